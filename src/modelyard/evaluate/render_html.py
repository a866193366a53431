"""A report as one offline page: no script, no font, no request; readable on a phone, on paper, in any script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import islice

from modelyard.core.messages import language, text
from modelyard.core.report import Report
from modelyard.evaluate.blocks import Block, Cell, Commands, Drawing, Items, Table, Words
from modelyard.evaluate.content import Section, Tile, sections, tiles
from modelyard.evaluate.style import STYLE
from modelyard.evaluate.words import joined, lead, warnings

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
# Nothing may be loaded and nothing may run, whatever a class or a column is called.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
LONG = 10


def render_html(report: Report) -> str:
    """The whole page, in the language in use."""
    parts = sections(report)
    main = [
        *(f'<p class="banner">{escape(sentence)}</p>' for sentence in warnings(report)),
        f'<div class="tiles">{"".join(map(_tile, tiles(report)))}</div>',
        *map(_section, parts),
    ]
    return page(f"{report.name} · {text('report.title')}", _header(report, parts), main)


def page(title: str, header: str, main: Iterable[str], style: str = "", body: str = "<body>") -> str:
    """A page that needs nothing but itself, in the language in use.

    Args:
        title: Of the window, not escaped yet.
        header: What stands on top, as HTML.
        main: What stands below, as HTML.
        style: Rules beside those of all pages.
        body: The tag that opens the body.
    """
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{LANGUAGE_TAGS[language()]}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}{style}</style>",
            "</head>",
            body,
            header,
            "<main>",
            *main,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _header(report: Report, parts: list[Section]) -> str:
    sentences = escape(joined(lead(report)))
    links = "".join(f'<a href="#{part.anchor}">{escape(part.title)}</a>' for part in parts)
    return (
        f'<header><p class="eyebrow">{escape(text("report.title"))}</p><h1>{escape(report.name)}</h1>'
        f'<p class="lead">{sentences}</p><nav>{links}</nav></header>'
    )


def _tile(tile: Tile) -> str:
    return (
        f'<div class="tile {tile.kind}"><h2>{escape(tile.title)}</h2>'
        f'<p class="big">{escape(tile.number)}</p><p class="small">{escape(tile.note)}</p></div>'
    )


def _section(section: Section) -> str:
    written = [f"<h2>{escape(section.title)}</h2>"]
    blocks = iter(section.blocks)
    for block in blocks:
        written.append(_block(block))
        if isinstance(block, Drawing) and block.beside:
            beside = "\n".join(map(_block, islice(blocks, block.beside)))
            written.append(f'<div class="beside">{beside}</div>')
    return f'<section id="{section.anchor}">' + "\n".join(written) + "</section>"


def _block(block: Block) -> str:
    if isinstance(block, Words):
        return f'<p class="wide {block.kind}">{escape(block.words)}</p>'
    if isinstance(block, Items):
        return '<ul class="wide">' + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
    if isinstance(block, Commands):
        items = (f"<li>{escape(why)}<pre><code>{escape(command)}</code></pre></li>" for command, why in block.items)
        return f'<ol class="wide commands">{"".join(items)}</ol>'
    if isinstance(block, Drawing):
        return f"<figure>{block.svg}</figure>"
    return "" if block.kind == "spare" else _table(block)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_named(name)}</th>' for name in table.head)
    thead = f"<thead><tr>{head}</tr></thead>" if any(table.head) else ""
    body = "".join(f"<tr>{_first(row[0])}{''.join(map(_cell, row[1:]))}</tr>" for row in table.rows)
    return f'<div class="table {table.kind or "wide"}"><table>{thead}<tbody>{body}</tbody></table></div>'


def _first(cell: Cell) -> str:
    return f'<th scope="row" class="{cell.kind}">{_inside(cell)}</th>'


def _cell(cell: Cell) -> str:
    shade = f' style="--shade:{cell.shade:.3f}"' if cell.kind in ("right", "wrong") else ""
    return f'<td class="{cell.kind}"{shade}>{_inside(cell)}</td>'


def _inside(cell: Cell) -> str:
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f"{_named(cell.words)}{note}{cell.drawing}"


def _named(words: str) -> str:
    """Words that may be shortened by the style sheet; long ones are shown whole when pointed at."""
    hint = f' title="{escape(words)}"' if len(words) > LONG else ""
    return f"<span{hint}>{escape(words)}</span>"
