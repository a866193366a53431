"""CSV and its relatives, through the standard library's reader: it works everywhere and knows the line of a fault."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import BinaryIO

import numpy as np

from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data import shape
from modelyard.data.dialect import Dialect, dialect_of
from modelyard.data.encodings import lines as lines_of
from modelyard.data.layout import PLAIN, Hints, Layout
from modelyard.data.rows import batches as table_rows
from modelyard.data.shape import TYPED, Shape
from modelyard.data.sources import TableFile, refuse

_BATCH_CELLS = 4_000_000
_POOL_CELLS = 20_000
_SAMPLE_CHARACTERS = 1 << 18
_FEWEST_LINES = 3
_SHOWN = 3  # lines and cells that a note names
_LINE_END = re.compile("\r\n?|\n")


def batches(
    file: TableFile, stream: BinaryIO, rows: int, hints: Hints = PLAIN, layout: Layout | None = None
) -> Iterator[Columns]:
    """Read a CSV or TSV file.

    Args:
        file: What messages call it, and its format.
        stream: Its bytes.
        rows: The most rows of one batch; wide tables come in fewer.
        hints: What somebody says of its layout.
        layout: Is told how the file was read.

    Yields:
        Columns of texts, object [rows].

    Raises:
        DataError: Empty, ragged, in an encoding that is not clear, or binary; names the line, or the byte.
    """
    layout = layout if layout is not None else Layout(file.name)
    lines = lines_of(file.name, stream, layout, hints.encoding, hints.usual.get("encoding"))
    head = _head(lines)
    if not any(line.strip() for line in head):
        refuse(file.name, "data.got_empty", "data.expected_rows")
    dialect = dialect_of(head, hints, file.format)
    layout.separator = dialect.separator
    records = _records(file, chain(head, lines), dialect)
    sample = list(islice(records, shape.SAMPLE_LINES))
    if not dialect.sure and hints.header is None:
        hints = replace(hints, header=sample[0][0])
    found = shape.find(sample, hints, layout)
    fitting = _Fitting(file.name, found)
    size = min(rows, max(256, _BATCH_CELLS // max(1, found.width)))
    try:
        body = table_rows(chain(sample[found.start :], records), size, found, fitting.fit, hints, layout)
        yield from map(fitting.table, filter(None, body))
    finally:
        fitting.tell(layout)


class _Fitting:
    """Makes records as wide as the table, shares equal texts, and remembers what it did."""

    def __init__(self, name: str, found: Shape) -> None:
        self._name = name
        self._found = found
        self._typed = [place for place, kind in zip(found.places, found.kinds, strict=True) if kind in TYPED]
        self._pools: list[dict[str, str]] = [{} for _ in found.places]
        self._padded: list[int] = []
        self._stray: dict[int, str] = {}

    def fit(self, line: int, cells: Sequence[str]) -> Sequence[str]:
        """A record without the empty cells beyond the table, or filled up where Excel wrote no separators."""
        width = self._found.width
        if len(cells) > width and not any(cells[width:]):
            return cells[:width]
        if not (len(cells) < width and self._is_short(cells)):
            values = {"cells": len(cells), "width": width}
            refuse(line_place(self._name, line), "data.got_ragged", "data.expected_width", "data.fix_ragged", **values)
        self._padded.append(line)
        return [*cells, *[""] * (width - len(cells))]

    def _is_short(self, cells: Sequence[str]) -> bool:
        """Whether a record lacks empty cells at its end only: what is there is of the kind of its columns."""
        typed = [place for place in self._typed if place < len(cells)]
        return bool(typed) and all(shape.kind(cells[place]) in ("", *TYPED) for place in typed)

    def table(self, batch: list[Sequence[str]]) -> Columns:
        """Records as columns."""
        columns = [*zip(*batch, strict=True)]
        if len(columns) > len(self._found.places):
            for place in {*range(len(columns))}.difference(self._found.places, self._stray):
                cell = next(filter(str.strip, columns[place]), None)
                if cell is not None:
                    self._stray[place] = cell
        named = zip(self._found.names, self._found.places, self._pools, strict=True)
        return {name: _shared(columns[place], pool) for name, place, pool in named}

    def tell(self, layout: Layout) -> None:
        """Tell what was done."""
        if self._padded:
            lines = ", ".join(map(str, self._padded[:_SHOWN])) + (" …" if self._padded[_SHOWN:] else "")
            layout.say("data.note_padded", loud=True, count=len(self._padded), lines=lines)
        if self._stray:
            places = ", ".join(str(place + 1) for place in sorted(self._stray)[:_SHOWN])
            layout.say("data.note_stray", loud=True, places=places, shown=" | ".join([*self._stray.values()][:_SHOWN]))


def line_place(name: str, line: int) -> str:
    """`data.csv line 17`."""
    return text("data.place_line", file=name, line=line)


def _head(lines: Iterator[str]) -> list[str]:
    """The first lines that are not blank, with the blank ones among them."""
    head: list[str] = []
    characters = full = 0
    for line in lines:
        head.append(line)
        characters += len(line)
        full += bool(line.strip())
        if full >= shape.SAMPLE_LINES or (full >= _FEWEST_LINES and characters > _SAMPLE_CHARACTERS):
            break
    return head


def _records(file: TableFile, lines: Iterator[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of each record; blank lines, and those of separators alone, are none."""
    for _ in range(dialect.skipped):
        next(lines)
    reader = dialect.reader(lines)
    before = dialect.skipped
    guarded = bool(dialect.quote)
    try:
        for row in reader:
            line = reader.line_num + dialect.skipped
            if guarded and line - before > _FEWEST_LINES:
                _check_quotes(file.name, before + 1, row, dialect)
            if any(row) and (len(row) > 1 or row[0].strip()):
                yield before + 1, row
            before = line
    except csv.Error as error:
        place = line_place(file.name, reader.line_num + dialect.skipped)
        refuse(place, "data.got_bad_csv", "data.expected_csv", "data.fix_csv", problem=error)


def _check_quotes(name: str, line: int, row: list[str], dialect: Dialect) -> None:
    """Refuse a cell of several lines that are records themselves: a quote that was text swallowed them."""
    for cell in row:
        inner = _LINE_END.split(cell)[1:-1]
        if len(inner) > 1 and len(row) > 1 and all(part.count(dialect.separator) == len(row) - 1 for part in inner):
            values = {"count": len(inner), "quote": dialect.quote}
            refuse(line_place(name, line), "data.got_swallowed", "data.expected_csv", "data.fix_swallowed", **values)


def _shared(cells: tuple[str, ...], pool: dict[str, str]) -> Array:
    """A column in which equal texts are one object: a tenth of the memory, and faster to compare."""
    if len(pool) > _POOL_CELLS:
        pool.clear()
    return np.fromiter(map(pool.setdefault, cells, cells), object, len(cells))
