"""Excel workbooks: the sheet that holds the table, its merged cells, its names in one line or two.

Cells keep their type; of a formula the value that Excel stored is read. Errors (#N/A, #REF!) are missing cells.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, NoReturn

from modelyard.core import plugins
from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Columns
from modelyard.data import shape
from modelyard.data.layout import PLAIN, Hints, Layout
from modelyard.data.rows import batches as table_rows
from modelyard.data.shape import Cells, Line, Shape, Spans
from modelyard.data.sources import TableFile, refuse, require

ERRORS = frozenset({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!"})
_BAD = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, SyntaxError)
_LOOKED_AT = 400  # rows of a sheet, blank ones included
_SHOWN = 3
_BLOCK = 1 << 20
_OVERLAP = 200  # bytes: no tag that is looked for is longer
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_UNSTORED = re.compile(rb"</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>|</(?:\w+:)?c>)")


@dataclass
class _Page:
    """What is known of a sheet before its rows are read.

    Args:
        sheet: As openpyxl has it.
        sample: Its first rows that are not blank.
        size: Rows of the sheet, as it says itself; 0 where it does not say.
    """

    sheet: Any
    sample: list[Line]
    size: int

    @property
    def cells(self) -> int:
        """About how many cells its table has."""
        widths = sorted(len(shape.filled(cells)) for _, cells in self.sample)
        usual = widths[len(widths) // 2] if widths else 0
        rows = max(self.size, len(self.sample)) if len(self.sample) >= shape.SAMPLE_LINES else len(self.sample)
        return usual * (rows - 1)


@dataclass
class _Done:
    """What was done to the cells, to be told when the reading ends."""

    found: Shape
    errors: int = 0
    filled: int = 0
    stray: list[str] = field(default_factory=list)

    def fit(self, line: int, cells: Cells) -> Cells:
        """A line as wide as the table; what stands beside it is left out."""
        width = self.found.width
        self.stray += [str(cell) for cell in cells[width:] if cell is not None]
        return [*cells[:width], *[None] * (width - len(cells))]

    def table(self, batch: Sequence[Cells]) -> Columns:
        """Lines as columns."""
        columns = [*zip(*batch, strict=True)]
        for place in set(range(len(columns))).difference(self.found.places):
            self.stray += [str(cell) for cell in columns[place] if cell is not None]
        named = zip(self.found.names, self.found.places, strict=True)
        return as_columns({name: list(columns[place]) for name, place in named})

    def tell(self, layout: Layout) -> None:
        """Tell what was done."""
        if self.errors:
            layout.say("data.note_errors", count=self.errors)
        if self.filled:
            layout.say("data.note_merged", count=self.filled)
        if self.stray:
            layout.say("data.note_beside", loud=True, count=len(self.stray), shown=" | ".join(self.stray[:_SHOWN]))


def batches(
    file: TableFile, stream: BinaryIO, rows: int, hints: Hints = PLAIN, layout: Layout | None = None
) -> Iterator[Columns]:
    """Read one sheet of a workbook: the one that is named, else the one that holds the largest table.

    Args:
        file: What messages call it.
        stream: Its bytes.
        rows: The most rows of one batch.
        hints: What somebody says of it.
        layout: Is told how it was read.

    Raises:
        DataError: Damaged, no such sheet, or nothing in it.
    """
    library = require("openpyxl", file.name)
    layout = layout if layout is not None else Layout(file.name)
    try:
        workbook = library.load_workbook(stream, read_only=True, data_only=True)
        try:
            yield from _read(file, stream, workbook, rows, hints, layout)
        finally:
            workbook.close()
    except _BAD as error:  # sheets are parsed while their rows are read
        refuse(file.name, "data.got_damaged", "data.expected_kind", kind="Excel", problem=first_line(error))


def first_line(error: Exception) -> str:
    """The first line of what a library says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _read(
    file: TableFile, stream: BinaryIO, workbook: Any, rows: int, hints: Hints, layout: Layout
) -> Iterator[Columns]:
    page = _chosen(file.name, workbook, hints)
    others = [other.title for other in workbook.worksheets if other.title != page.sheet.title and _visible(other)]
    layout.sheet, layout.sheets = page.sheet.title, tuple(others)
    spans, unstored = _marks(stream, page.sheet)
    if unstored:
        layout.say("data.note_unstored", loud=True, count=unstored)
    found = shape.find(page.sample, hints, layout, spans) if page.sample else None
    if found is None or found.start >= len(page.sample):
        _refuse_sheet(file.name, page.sheet.title, others)
    done = _Done(found)
    body = _body(_lines(page.sheet), page.sample[found.start][0], spans, done)
    try:
        yield from map(done.table, filter(None, table_rows(body, rows, found, done.fit, hints, layout)))
    finally:
        done.tell(layout)


# -------------------------------------------------------------------- the sheet
def _chosen(name: str, workbook: Any, hints: Hints) -> _Page:
    """The sheet that is named; else, of the visible ones, that with the names that are expected, or the most cells."""
    titles = [sheet.title for sheet in workbook.worksheets]
    if hints.sheet is not None and hints.sheet not in titles:
        got, expected = (
            text("data.got_no_sheet", sheet=hints.sheet),
            text("data.expected_sheet", names=", ".join(titles)),
        )
        raise DataError(Mistake(name, got, expected, plugins.nearest(hints.sheet, titles)))
    visible = [sheet for sheet in workbook.worksheets if _visible(sheet)] or workbook.worksheets
    wanted = visible if hints.sheet is None else [workbook[hints.sheet]]
    pages = [_Page(sheet, size=_size(sheet), sample=_sample(sheet)) for sheet in wanted]
    return max(pages, key=lambda page: (_knows(page, hints.names), page.cells))


def _visible(sheet: Any) -> bool:
    return bool(sheet.sheet_state == "visible")


def _size(sheet: Any) -> int:
    return int(sheet.max_row or 0)


def _knows(page: _Page, names: Sequence[str]) -> int:
    """How many of the expected names stand in one line of a sheet."""
    lines = ({str(cell).strip() for cell in cells} for _, cells in page.sample)
    return max((len(line.intersection(names)) for line in lines), default=0) if names else 0


def _refuse_sheet(name: str, sheet: str, others: Sequence[str]) -> NoReturn:
    """A sheet without rows; the others may be meant."""
    fix = "data.fix_sheet" if others else ""
    refuse(name, "data.got_empty_sheet", "data.expected_rows", fix, sheet=sheet, names=", ".join(others), file=name)


def _marks(stream: BinaryIO, sheet: Any) -> tuple[Spans, int]:
    """Merged cells, and how many formulas Excel stored no value of: openpyxl tells neither when it streams."""
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    unstored = 0
    before = b""
    with zipfile.ZipFile(stream) as archive, archive.open(sheet._worksheet_path) as content:
        while block := content.read(_BLOCK):
            for found in _MERGED.finditer(before + block):
                left, top, right, bottom = found.groups()
                spans[int(top), _place(left)] = int(bottom), _place(right)
            unstored += len(_UNSTORED.findall(before + block)) - len(_UNSTORED.findall(before))
            before = block[-_OVERLAP:]
    return spans, unstored


def _place(letters: bytes) -> int:
    """`A` -> 0, `AA` -> 26."""
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place - 1


# --------------------------------------------------------------------- the rows
def _sample(sheet: Any) -> list[Line]:
    return list(islice(_lines(sheet, _LOOKED_AT), shape.SAMPLE_LINES))


def _lines(sheet: Any, most: int | None = None) -> Iterator[Line]:
    """Rows that are not blank, without the empty cells at their ends."""
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_row=most), start=1):
        places = shape.filled(cells)
        if places:
            yield number, cells[: places[-1] + 1]


def _body(lines: Iterator[Line], start: int, spans: Spans, done: _Done) -> Iterator[Line]:
    """The lines from `start` on: merged cells filled downwards, errors missing."""
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, place), (bottom, _) in spans.items():
        if bottom > top >= start:
            merged.setdefault(top, []).append((place, bottom))
    open_spans: dict[int, tuple[int, Any]] = {}
    for number, cells in lines:
        if number < start:
            continue
        row = [None if isinstance(cell, str) and cell in ERRORS else cell for cell in cells]
        done.errors += sum(new is not old for new, old in zip(row, cells, strict=True))
        for place, (bottom, value) in [*open_spans.items()]:
            if number > bottom:
                del open_spans[place]
                continue
            row += [None] * (place + 1 - len(row))
            row[place] = value
            done.filled += 1
        open_spans |= {place: (bottom, row[place]) for place, bottom in merged.get(number, ())}
        yield number, row
