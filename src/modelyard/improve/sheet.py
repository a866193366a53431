"""Proposed rows as a table for people: CSV that spreadsheets open as it is, or Excel with labels to choose from.

    row | keys | inputs | why | current guess, its probability | the target, empty | check

`row` counts from 1; `check` tells whether the row is still what it was when it was proposed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.cells import is_nothing, text_of, writable
from modelyard.core.messages import text
from modelyard.core.number import columns_wide
from modelyard.core.store import write_bytes
from modelyard.data.sources import require
from modelyard.improve.asked import Asked
from modelyard.improve.propose import Proposal

ROW, WHY, CHECK = "row", "why", "check"
GUESS, PROBABILITY = ".guess", ".probability"
_OWN = "modelyard."
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?[0-9]*[.,]?[0-9]+(?:[eE][-+]?[0-9]+)?%?")
_GUARD = "'"
_LONGEST = 32_000  # characters; Excel takes 32,767 in a cell
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 60  # characters
_COLOUR = "FFF2CC"
LABELS = "labels"
_PLAIN = (int, float, bool, datetime, date, type(None))


def named(name: str, taken: Collection[str]) -> str:
    """A column of this table by a name that no column of the data has."""
    return _OWN + name if name in taken else name


def cells_of(proposal: Proposal) -> dict[str, list[Any]]:
    """The table: name -> cells, in the order in which they are shown."""
    pool, rows = proposal.pool, proposal.rows.tolist()
    checks = pool.checks()
    columns: dict[str, list[Any]] = {named(ROW, pool.table): [row + 1 for row in rows]}
    columns |= {name: [_cell(pool.table[name][row]) for row in rows] for name in pool.shown}
    columns[named(WHY, pool.table)] = [str(note) for note in proposal.why]
    for target, guess in proposal.guesses.items():
        columns[named(target + GUESS, pool.table)] = [_cell(value) for value in guess.values]
        if guess.probability is not None:
            columns[named(target + PROBABILITY, pool.table)] = [round(one, 3) for one in guess.probability]
    for one in pool.asked:
        columns[one.column] = _given(proposal, one)
    columns[named(CHECK, pool.table)] = [checks[row] for row in rows]
    return columns


def csv_bytes(columns: dict[str, list[Any]]) -> bytes:
    """As CSV: UTF-8 with its mark, so that Excel reads it as such; no cell can begin a formula."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow([guarded(name) for name in columns])
    writer.writerows([guarded(cell) for cell in cells] for cells in zip(*columns.values(), strict=True))
    return content.getvalue().encode("utf-8-sig", "replace")


def guarded(cell: Any) -> Any:
    """A text that a spreadsheet would run, behind the sign that makes it a text (OWASP: CSV injection)."""
    risky = isinstance(cell, str) and cell.startswith(_DANGEROUS) and not _NUMBER.fullmatch(cell.strip())
    return _GUARD + cell if risky else cell


def unguarded(cell: Any) -> Any:
    """The inverse of `guarded`."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == _GUARD and cell[1:2] in _DANGEROUS else cell


def write_excel(columns: Mapping[str, list[Any]], asked: Sequence[Asked], path: Path) -> None:
    """As a workbook: names that stay in view, and lists of the known labels to choose from.

    Raises:
        InstallError: openpyxl is not installed.
        StorageError: The disk is full or cannot be written.
    """
    library = require("openpyxl", str(path))
    book = library.Workbook()
    sheet = book.active
    sheet.title = text("improve.sheet")
    for cells in [list(columns), *zip(*columns.values(), strict=True)]:
        sheet.append([_for_excel(cell) for cell in cells])
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text that begins with = is no formula
    _lay_out(library, sheet, columns, {one.column for one in asked})
    for place, one in enumerate((one for one in asked if one.choice and not one.several), start=1):
        _offer(library, book, list(columns).index(one.column) + 1, one, place)
    content = io.BytesIO()
    book.save(content)
    write_bytes(path, content.getvalue())


def _lay_out(library: Any, sheet: Any, columns: Mapping[str, list[Any]], empty: Collection[str]) -> None:
    """The line of names stays in view, long texts wrap, and where to write is told by its colour."""
    sheet.freeze_panes = "A2"
    styles = library.styles
    bold, wrap = styles.Font(bold=True), styles.Alignment(wrap_text=True, vertical="top")
    colour = styles.PatternFill("solid", fgColor=_COLOUR)
    for place, (name, cells) in enumerate(columns.items(), start=1):
        longest = max((columns_wide(str(cell)) for cell in [name, *cells]), default=0)
        letter = library.utils.get_column_letter(place)
        sheet.column_dimensions[letter].width = min(_WIDEST, longest + 2)
        for line, (cell,) in enumerate(sheet.iter_rows(min_col=place, max_col=place)):
            cell.alignment = wrap
            if name in empty:
                cell.fill = colour
            if not line:
                cell.font = bold


def _offer(library: Any, book: Any, place: int, one: Asked, number: int) -> None:
    """The labels of a column, on a hidden sheet: a list in the cell itself ends at 255 characters, and at commas."""
    if LABELS not in book.sheetnames:
        book.create_sheet(LABELS).sheet_state = "hidden"
    lists, letter = book[LABELS], library.utils.get_column_letter
    for line, label in enumerate(one.choice, start=1):
        cell = lists.cell(line, number, _for_excel(label))
        cell.data_type = "s"
    among = f"{LABELS}!${letter(number)}$1:${letter(number)}${len(one.choice)}"
    offer = library.worksheet.datavalidation.DataValidation("list", formula1=among, allow_blank=True)
    offer.errorStyle = "warning"  # a label that is new may be right
    book.active.add_data_validation(offer)
    offer.add(f"{letter(place)}2:{letter(place)}{book.active.max_row}")


def _given(proposal: Proposal, one: Asked) -> list[Any]:
    """What a row has of a target already: of several columns one may be known."""
    cells = proposal.pool.table.get(one.column)
    return [None if cells is None else _cell(cells[row]) for row in proposal.rows.tolist()]


def _cell(cell: Any) -> Any:
    """A cell of the data as people read it."""
    if isinstance(cell, list | tuple | np.ndarray):
        return ";".join(text_of(item) for item in cell)
    if is_nothing(cell):
        return None
    return cell if isinstance(cell, str) else cell.item() if isinstance(cell, np.generic) else cell


def _for_excel(cell: Any) -> Any:
    """A cell that Excel can hold."""
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.isoformat()
    if not isinstance(cell, str):
        return cell if isinstance(cell, _PLAIN) else str(cell)
    clean = _CONTROL.sub("", writable(cell))
    return clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "…"
