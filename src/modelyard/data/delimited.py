"""CSV and its relatives, through the standard library's reader: it works everywhere and knows the line of a fault."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

import numpy as np

from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data.sources import TableFile, refuse

DELIMITERS = (",", ";", "\t", "|")
_BATCH_CELLS = 4_000_000
_POOL_CELLS = 20_000
_LINE_END = re.compile("\r\n?|\n")
_OTHER_UNICODE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def batches(file: TableFile, stream: BinaryIO, rows: int) -> Iterator[Columns]:
    """Read a CSV or TSV file.

    Args:
        file: What messages call it, and its format.
        stream: Its bytes.
        rows: The most rows of one batch; wide tables come in fewer.

    Yields:
        Columns of texts, object [rows].

    Raises:
        DataError: Empty, ragged, not UTF-8, or binary; names the line, or the byte.
    """
    lines = _lines(file, stream)
    head: list[str] = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    else:
        refuse(file.name, "data.got_empty", "data.expected_rows")
    records = _records(file, chain(head, lines), "\t" if file.format == "tsv" else _delimiter(head[-1]))
    names = header(file.name, next(records)[1])
    yield from _columns(file, names, records, min(rows, max(256, _BATCH_CELLS // len(names))))


def header(place: str, cells: Sequence[str]) -> list[str]:
    """Column names from the cells of the first row; one without a name is called by its position.

    Raises:
        DataError: A name twice.
    """
    names = [cell.strip() or f"unnamed_{number + 1}" for number, cell in enumerate(cells)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        refuse(place, "data.got_twice", "data.expected_once", "data.fix_twice", names=", ".join(twice[:5]))
    return names


def check_width(place: str, cells: int, names: Sequence[str]) -> None:
    """Refuse a row that has not as many cells as there are names."""
    if cells != len(names):
        refuse(place, "data.got_ragged", "data.expected_width", "data.fix_ragged", cells=cells, width=len(names))


def line_place(name: str, line: int) -> str:
    """`data.csv line 17`."""
    return text("data.place_line", file=name, line=line)


def _lines(file: TableFile, stream: BinaryIO) -> Iterator[str]:
    """The lines of a file as text."""
    position = 0
    ends = (part for line in stream for part in line.splitlines(keepends=True))  # a carriage return alone is one, too
    for number, line in enumerate(ends, start=1):
        if number == 1:
            if line.startswith(_OTHER_UNICODE):
                refuse(file.name, "data.got_other_unicode", "data.expected_utf8", "data.fix_utf8", encoding="UTF-16")
            line = line.removeprefix(codecs.BOM_UTF8)
        if b"\0" in line:
            refuse(line_place(file.name, number), "data.got_binary", "data.expected_text")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte, place = line[error.start], line_place(file.name, number)
            at = position + error.start
            refuse(place, "data.got_not_utf8", "data.expected_utf8", "data.fix_utf8", byte=f"0x{byte:02x}", position=at)
        position += len(line)


def _records(file: TableFile, lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(last line, cells) of each record; blank lines are none."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        refuse(
            line_place(file.name, reader.line_num),
            "data.got_bad_csv",
            "data.expected_csv",
            "data.fix_csv",
            problem=error,
        )


def _delimiter(first: str) -> str:
    """The separator that cuts the header into most names; a comma when none does."""
    try:
        counts = [len(next(csv.reader([first], delimiter=delimiter), [])) for delimiter in DELIMITERS]
    except csv.Error:  # whoever reads the records says it, with the line
        return DELIMITERS[0]
    return DELIMITERS[counts.index(max(counts))]


def _columns(
    file: TableFile, names: list[str], records: Iterator[tuple[int, list[str]]], rows: int
) -> Iterator[Columns]:
    pools: list[dict[str, str]] = [{} for _ in names]
    batch: list[list[str]] = []
    for line, row in records:
        if len(row) != len(names):
            first = line - sum(len(_LINE_END.findall(cell)) for cell in row)
            check_width(line_place(file.name, first), len(row), names)
        batch.append(row)
        if len(batch) == rows:
            yield _table(names, batch, pools)
            batch = []
    if batch:
        yield _table(names, batch, pools)


def _table(names: list[str], batch: list[list[str]], pools: list[dict[str, str]]) -> Columns:
    columns = zip(*batch, strict=True)
    return {name: _shared(cells, pool) for name, cells, pool in zip(names, columns, pools, strict=True)}


def _shared(cells: tuple[str, ...], pool: dict[str, str]) -> Array:
    """A column in which equal texts are one object: a tenth of the memory, and faster to compare."""
    if len(pool) > _POOL_CELLS:
        pool.clear()
    return np.fromiter(map(pool.setdefault, cells, cells), object, len(cells))
