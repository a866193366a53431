"""The other formats: JSON, Parquet, Arrow. Their libraries are loaded only when such a file is read."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, NoReturn

import numpy as np

from modelyard.core.columns import as_columns
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data.delimited import line_place
from modelyard.data.excel import first_line
from modelyard.data.layout import PLAIN, Hints, Layout
from modelyard.data.shape import distinct
from modelyard.data.sources import TableFile, refuse, require


def json_lines(
    file: TableFile, stream: BinaryIO, rows: int, hints: Hints = PLAIN, layout: Layout | None = None
) -> Iterator[Columns]:
    """JSON Lines: one object per line; blank lines are passed over.

    Raises:
        DataError: A line that is not a JSON object, with its number.
    """
    records = (_record(file, number, line) for number, line in enumerate(stream, start=1) if line.strip())
    while batch := list(islice(records, rows)):
        yield as_columns(batch)


def json_array(
    file: TableFile, stream: BinaryIO, rows: int, hints: Hints = PLAIN, layout: Layout | None = None
) -> Iterator[Columns]:
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


def parquet(
    file: TableFile, stream: BinaryIO, rows: int, hints: Hints = PLAIN, layout: Layout | None = None
) -> Iterator[Columns]:
    """Parquet, row group by row group."""
    arrow = require("pyarrow", file.name)
    reader = require("pyarrow.parquet", file.name)
    try:
        source = reader.ParquetFile(stream)
        yield from _arrow_batches(file, source.schema_arrow, source.iter_batches(batch_size=rows), layout)
    except arrow.ArrowException as error:
        refuse(file.name, "data.got_damaged", "data.expected_kind", kind="Parquet", problem=first_line(error))


def arrow_ipc(
    file: TableFile, stream: BinaryIO, rows: int, hints: Hints = PLAIN, layout: Layout | None = None
) -> Iterator[Columns]:
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
        yield from _arrow_batches(file, source.schema, pieces, layout)
    except arrow.ArrowException as error:
        refuse(file.name, "data.got_damaged", "data.expected_kind", kind="Arrow", problem=first_line(error))


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


def _arrow_batches(file: TableFile, schema: Any, found: Iterable[Any], layout: Layout | None) -> Iterator[Columns]:
    names = distinct(schema.names, layout if layout is not None else Layout(file.name))
    labels = class_names(schema.metadata or {})
    for batch in found:
        if batch.num_rows:
            cells = {name: arrow_cells(batch.column(number)) for number, name in enumerate(names)}
            yield {name: _labelled(values, labels.get(name)) for name, values in cells.items()}


def class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Column -> names of its classes, as the Hugging Face library writes them into a file beside the codes."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    except ValueError:
        return {}
    return {
        name: list(feature["names"])
        for name, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and feature.get("names")
    }


def _labelled(values: Array, names: list[str] | None) -> Array:
    """Codes as the names of their classes; -1, which stands for a label that is held back, is missing."""
    if names is None:
        return values
    said = {code: name for code, name in enumerate(names)}
    return np.fromiter((said.get(cell) for cell in values.tolist()), object, len(values))


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
