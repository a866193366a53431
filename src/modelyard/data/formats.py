"""The other formats: JSON, Parquet, Arrow, Excel. Their libraries are loaded only when such a file is read."""

from __future__ import annotations

import codecs
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO, NoReturn

import numpy as np

from modelyard.core import plugins
from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data.delimited import check_width, header, line_place
from modelyard.data.sources import TableFile, refuse, require

_BAD_EXCEL = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, SyntaxError)


def json_lines(file: TableFile, stream: BinaryIO, rows: int) -> Iterator[Columns]:
    """JSON Lines: one object per line; blank lines are passed over.

    Raises:
        DataError: A line that is not a JSON object, with its number.
    """
    records = (_record(file, number, line) for number, line in enumerate(stream, start=1) if line.strip())
    while batch := list(islice(records, rows)):
        yield as_columns(batch)


def json_array(file: TableFile, stream: BinaryIO, rows: int) -> Iterator[Columns]:
    """A JSON array of objects, or JSON Lines under that name.

    Raises:
        DataError: Neither of them.
    """
    content = stream.read().removeprefix(codecs.BOM_UTF8)
    if content.lstrip()[:1] != b"[":
        yield from json_lines(file, io.BytesIO(content), rows)
        return
    try:
        records = json.loads(content)
    except UnicodeDecodeError as error:
        _refuse_bytes(file.name, error)
    except (ValueError, RecursionError) as error:
        refuse(file.name, "data.got_bad_json", "data.expected_json", problem=error)
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            place = text("data.place_item", file=file.name, number=number)
            refuse(place, "data.got_no_object", "data.expected_json", kind=type(record).__name__)
    for start in range(0, len(records), rows):
        yield as_columns(records[start : start + rows])


def parquet(file: TableFile, stream: BinaryIO, rows: int) -> Iterator[Columns]:
    """Parquet, row group by row group."""
    arrow = require("pyarrow", file.name)
    reader = require("pyarrow.parquet", file.name)
    try:
        source = reader.ParquetFile(stream)
        yield from _arrow_batches(file, source.schema_arrow.names, source.iter_batches(batch_size=rows))
    except arrow.ArrowException as error:
        refuse(file.name, "data.got_damaged", "data.expected_kind", kind="Parquet", problem=_first_line(error))


def arrow_ipc(file: TableFile, stream: BinaryIO, rows: int) -> Iterator[Columns]:
    """Arrow IPC: the file form (also called Feather), or the stream form."""
    arrow = require("pyarrow", file.name)
    try:
        if stream.read(6) == b"ARROW1":
            source = arrow.ipc.open_file(stream)
            found = (source.get_batch(number) for number in range(source.num_record_batches))
        else:
            stream.seek(0)
            source = found = arrow.ipc.open_stream(stream)
        pieces = (batch.slice(start, rows) for batch in found for start in range(0, batch.num_rows, rows))
        yield from _arrow_batches(file, source.schema.names, pieces)
    except arrow.ArrowException as error:
        refuse(file.name, "data.got_damaged", "data.expected_kind", kind="Arrow", problem=_first_line(error))


def excel(file: TableFile, stream: BinaryIO, rows: int, sheet: str | None) -> Iterator[Columns]:
    """One sheet of an Excel workbook; the first row holds the names.

    Raises:
        DataError: Damaged, no such sheet, or a row wider than its header.
    """
    library = require("openpyxl", file.name)
    try:
        yield from _excel_rows(file, library.load_workbook(stream, read_only=True, data_only=True), rows, sheet)
    except _BAD_EXCEL as error:  # sheets are parsed while their rows are read
        refuse(file.name, "data.got_damaged", "data.expected_kind", kind="Excel", problem=_first_line(error))


def _excel_rows(file: TableFile, workbook: Any, rows: int, sheet: str | None) -> Iterator[Columns]:
    try:
        page = _sheet(file.name, workbook, sheet)
        page.reset_dimensions()
        records = ((number, _trimmed(cells)) for number, cells in enumerate(page.iter_rows(values_only=True), start=1))
        batches = _excel_batches(file, ((number, cells) for number, cells in records if cells), rows)
        first = next(batches, None)
        if first is None:
            _refuse_sheet(file.name, page.title, [other.title for other in workbook.worksheets])
        yield from chain([first], batches)
    finally:
        workbook.close()


def _record(file: TableFile, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.removeprefix(codecs.BOM_UTF8))
    except UnicodeDecodeError as error:
        _refuse_bytes(line_place(file.name, number), error)
    except (ValueError, RecursionError) as error:
        refuse(line_place(file.name, number), "data.got_bad_json", "data.expected_json", problem=error)
    if not isinstance(record, dict):
        place = line_place(file.name, number)
        refuse(place, "data.got_no_object", "data.expected_json", kind=type(record).__name__)
    return record


def _refuse_bytes(place: str, error: UnicodeDecodeError) -> NoReturn:
    byte = f"0x{error.object[error.start]:02x}"
    refuse(place, "data.got_not_utf8", "data.expected_utf8", "data.fix_utf8", byte=byte, position=error.start)


def _arrow_batches(file: TableFile, names: Sequence[str], found: Iterable[Any]) -> Iterator[Columns]:
    header(file.name, names)
    for batch in found:
        if batch.num_rows:
            yield {name: arrow_cells(batch.column(number)) for number, name in enumerate(names)}


def arrow_cells(column: Any) -> Array:
    """An Arrow array -> [rows]: numbers, booleans and times keep their type, all else becomes object with None."""
    arrow = require("pyarrow", "")
    kinds, kind = arrow.types, column.type
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        column = column.dictionary_encode()
        kind = column.type
    if kinds.is_dictionary(kind):
        words = [*column.dictionary.to_pylist(), None]
        codes = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        cells: Array = np.fromiter(words, object, len(words))[codes]
        return cells
    whole = (kinds.is_integer(kind) or kinds.is_boolean(kind)) and column.null_count == 0
    if whole or kinds.is_floating(kind) or kinds.is_timestamp(kind) or kinds.is_date(kind):
        numbers: Array = column.to_numpy(zero_copy_only=False)
        return numbers
    cells = np.fromiter(column.to_pylist(), object, len(column))
    return cells


def _sheet(place: str, workbook: Any, sheet: str | None) -> Any:
    names = [page.title for page in workbook.worksheets]
    if sheet is None:
        return workbook.worksheets[0]
    if sheet not in names:
        expected = text("data.expected_sheet", names=", ".join(names))
        raise DataError(Mistake(place, text("data.got_no_sheet", sheet=sheet), expected, plugins.nearest(sheet, names)))
    return workbook[sheet]


def _refuse_sheet(place: str, sheet: str, sheets: Sequence[str]) -> NoReturn:
    """A sheet without rows; the others may be meant."""
    others = ", ".join(name for name in sheets if name != sheet)
    fix = "data.fix_sheet" if others else ""
    refuse(place, "data.got_empty_sheet", "data.expected_rows", fix, sheet=sheet, names=others, file=place)


def _trimmed(cells: Sequence[Any]) -> list[Any]:
    """A row without the empty cells at its end."""
    width = max((number + 1 for number, cell in enumerate(cells) if cell is not None), default=0)
    return list(cells[:width])


def _excel_batches(file: TableFile, records: Iterator[tuple[int, list[Any]]], rows: int) -> Iterator[Columns]:
    _, first = next(records, (0, []))
    names = header(file.name, ["" if cell is None else str(cell) for cell in first])
    while batch := list(islice(records, rows)):
        for number, cells in batch:
            if len(cells) > len(names):
                check_width(line_place(file.name, number), len(cells), names)
            cells += [None] * (len(names) - len(cells))
        columns = zip(*(cells for _, cells in batch), strict=True)
        yield as_columns(dict(zip(names, columns, strict=True)))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
