"""A report as Markdown: the same words and tables as the page, without the drawings."""

from __future__ import annotations

import re

from modelyard.core.messages import text
from modelyard.core.report import Report
from modelyard.evaluate.blocks import Block, Cell, Commands, Drawing, Items, Table, Words
from modelyard.evaluate.content import sections
from modelyard.evaluate.words import joined, lead, warnings

# What would be read as markup inside a name; `<` also keeps pages safe that show the Markdown as HTML.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")
NOTED = ("right", "wrong", "number", "number inline", "chosen")


def render_markdown(report: Report) -> str:
    """The whole report, in the language in use."""
    parts = [f"# {escaped(report.name)}: {text('report.title')}", escaped(joined(lead(report)))]
    parts += [f"> **{escaped(sentence)}**" for sentence in warnings(report)]
    for section in sections(report):
        parts.append(f"## {escaped(section.title)}")
        parts += [written for written in map(_block, section.blocks) if written]
    return "\n\n".join(parts) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of escaped cells."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def escaped(words: str) -> str:
    """Words in which nothing is taken for markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(words.split())).replace(r"\<", "&lt;").replace(r"\>", "&gt;")


def _block(block: Block) -> str:
    if isinstance(block, Words):
        return f"**{escaped(block.words)}**" if block.kind == "strong" else escaped(block.words)
    if isinstance(block, Items):
        return "\n".join(f"- {escaped(item)}" for item in block.items)
    if isinstance(block, Commands):
        return "\n\n".join(f"{escaped(why)}\n\n```\n{command}\n```" for command, why in block.items)
    if isinstance(block, Drawing):
        return ""
    return _table(block)


def _table(block: Table) -> str:
    return table(tuple(map(escaped, block.head)), [tuple(map(_cell, row)) for row in block.rows])


def _cell(cell: Cell) -> str:
    note = f" ({escaped(cell.note)})" if cell.note and cell.kind in NOTED else ""
    return escaped(cell.words) + note
