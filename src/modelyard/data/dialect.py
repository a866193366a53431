"""Which character separates the cells of a text file, and which one is put around those that hold it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelyard.data.layout import Hints
from modelyard.data.shape import kind

SEPARATORS = ("\t", "|", ";", ",", "；", "，", "^")
"""From the one that is least likely to stand in a cell by chance; where several fit alike, the first is meant."""
_COMMON = SEPARATORS[:4]
_LITERAL_QUOTES = ("\t", "|")  # in files with these, a quote is often but a part of the text
_SAYS = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_ESCAPED = '\\"'
_FEWEST, _FEWEST_RARE = 0.5, 0.8  # share of the lines that are cut into equally many cells
_FEWEST_LINES = 3  # of a file whose cells are separated by spaces
_SINGLE = 0.3  # share of the cells that stand in single quotes


@dataclass(frozen=True)
class Dialect:
    """How lines become cells.

    Args:
        separator: Between cells.
        quote: Around cells; empty when quotes are part of the text.
        escape: Before a quote inside quotes; empty where it is doubled.
        skipped: Lines before the first one that is read: 1 when that one says the separator.
        sure: Whether the lines bear it out; else the first line alone decides, and must hold the names.
    """

    separator: str = ","
    quote: str = '"'
    escape: str = ""
    skipped: int = 0
    sure: bool = True

    def reader(self, lines: Iterator[str]) -> Any:
        """The standard library's reader of these lines."""
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            doublequote=not self.escape,
            skipinitialspace=True,
            strict=True,
        )


def dialect_of(head: Sequence[str], hints: Hints, form: str) -> Dialect:
    """The dialect of a file.

    Args:
        head: Its first lines.
        hints: What somebody says of it.
        form: "tsv" when its name says that tabs separate.
    """
    said = _SAYS.fullmatch(head[0].strip("\ufeff"))
    lines = head[1:] if said else head
    text = "".join(lines)
    if hints.separator or said:
        separators: Sequence[str] = (hints.separator or (said[1] if said else ""),)
    else:
        separators = [mark for mark in SEPARATORS if mark in text]
        if form == "tsv" and "\t" in text:
            separators = ("\t",)
    tried = [found for mark in separators for found in _dialects(mark, lines, hints)]
    skipped = 1 if said else 0
    best = max(tried, key=lambda one: one[0], default=(0.0, Dialect()))
    usual = hints.usual.get("separator", "")
    if usual and usual in text and not (hints.separator or said):
        (found,) = _dialects(usual, lines, hints)
        if found[0] > 0 or best[0] == 0:
            return found[1]
    if best[0] > 0 or hints.separator or said:
        return replace(best[1], skipped=skipped)
    return _spaced(lines) or replace(_by_first_line(lines, hints), sure=not separators)


def _dialects(separator: str, lines: Sequence[str], hints: Hints) -> Iterator[tuple[float, Dialect]]:
    """The dialect of this separator that fits, with how well: the share of lines cut into equally many cells."""
    usual = Dialect(separator, _wished(hints, '"'))
    rows = _parsed(lines, usual)
    if hints.quote is None:
        text = "".join(lines)
        plain = Dialect(separator, "")
        if rows is None and _ESCAPED in text:
            usual = Dialect(separator, '"', "\\")
            rows = _parsed(lines, usual)
        elif '"' not in text and "'" in text and _in_single_quotes(_parsed(lines, plain) or []):
            usual = Dialect(separator, "'")
            rows = _parsed(lines, usual)
        elif '"' in text and separator in _LITERAL_QUOTES:
            bare = _parsed(lines, plain) or []
            if (rows is None or len(rows) < len(bare)) and _agreement(bare, separator) == 1:
                usual, rows = plain, bare
    yield (_agreement(rows, separator) if rows else 0.0), usual


def _wished(hints: Hints, usual: str) -> str:
    return usual if hints.quote is None else "" if hints.quote == "none" else hints.quote


def _parsed(lines: Sequence[str], dialect: Dialect) -> list[list[str]] | None:
    """The lines as records, blank ones left out; None when they are not of that dialect.

    A record that the end of the sample cuts off is left out.
    """
    reader = dialect.reader(iter(lines))
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in reader if any(row))
    except csv.Error:
        if reader.line_num < len(lines) or len(lines) < 2 or not rows:
            return None
    return rows


def _agreement(rows: Sequence[Sequence[str]], separator: str) -> float:
    """Share of the rows that have as many cells as most have; 0 when that is one cell, or too few agree."""
    counts = Counter(len(row) for row in rows if len(row) > 1)
    if not counts:
        return 0.0
    width, count = counts.most_common(1)[0]
    share = count / len(rows)
    if len(rows[0]) == 1 and width == 2 and not any(kind(cell) == "number" for row in rows[1:] for cell in row):
        return 0.0  # a title over two columns of texts, or sentences with a comma: nobody can tell
    return share if share >= (_FEWEST if separator in _COMMON else _FEWEST_RARE) else 0.0


def _in_single_quotes(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row if cell]
    return sum(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in cells) > _SINGLE * len(cells)


def _spaced(lines: Sequence[str]) -> Dialect | None:
    """Cells between spaces: only where every line has as many, and at least half of them are numbers."""
    rows = [line.split() for line in lines if line.strip()]
    cells = [cell for row in rows for cell in row]
    same = len({len(row) for row in rows}) == 1 and len(rows) >= _FEWEST_LINES and len(rows[0]) > 1
    numbers = same and 2 * sum(kind(cell) == "number" for cell in cells) >= len(cells)
    return Dialect(" ") if numbers else None


def _by_first_line(lines: Sequence[str], hints: Hints) -> Dialect:
    """The separator that cuts the first line into most names; a comma when none does."""
    first = next((line for line in lines if line.strip()), "")
    quote = _wished(hints, '"')
    counts = {mark: len((_parsed([first], Dialect(mark, quote)) or [[]])[0]) for mark in (",", ";", "\t", "|")}
    return Dialect(max(counts, key=lambda mark: counts[mark]), quote)
