"""Answers -> CSV, JSON Lines or Parquet, to standard output or to a file that is there whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec
import numpy as np

from modelyard.core.errors import DataError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Array
from modelyard.core.store import storage_error, sync
from modelyard.data.sources import require
from modelyard.runtime.answers import Answers

FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"}

Write = Callable[[Answers], None]
_PIECE = 1 << 20


def form_of(out: Path | None, form: str | None) -> str:
    """The form of the output: as asked for, else as the file's name says, else CSV.

    Raises:
        ProjectError: The name does not say it, there is no such form, or Parquet to standard output.
    """
    found = form or (FORMS.get(out.suffix.lower(), "") if out else "csv")
    if found not in WRITERS:
        got = form or text("serve.no_form", name=out.name if out else "")
        raise _wrong_form(got, "serve.fix_form")
    if found == "parquet" and out is None:
        raise _wrong_form(text("serve.parquet_stream"), "serve.fix_parquet")
    return found


@contextmanager
def opened(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears under its name when everything has been written.

    Raises:
        StorageError: The disk is full or cannot be written; what stood there before still does.
    """
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = out.resolve()
    special = target.exists() and not target.is_file()  # a device or a pipe must not be replaced
    draft = target if special else target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            yield stream
            if not special:
                stream.flush()
                os.fsync(stream.fileno())
        if not special:
            draft.replace(target)
            sync(target.parent)
    except OSError as error:
        raise storage_error(error, out) from error
    finally:
        if not special:
            draft.unlink(missing_ok=True)


@contextmanager
def _csv(stream: BinaryIO, like: Path | None = None) -> Iterator[Write]:
    characters = io.TextIOWrapper(stream, "utf-8", newline="")
    writer = csv.writer(characters, lineterminator="\n")
    headed = like is not None

    def write(answers: Answers) -> None:
        nonlocal headed
        columns = answers.signed_columns()
        if not headed:
            writer.writerow(columns)
            headed = True
        writer.writerows(zip(*map(_cells, columns.values()), strict=True))

    try:
        yield write
        characters.flush()
    finally:
        characters.detach()  # or it would close the stream, which may be standard output


@contextmanager
def _json_lines(stream: BinaryIO, like: Path | None = None) -> Iterator[Write]:
    encoder = msgspec.json.Encoder()
    yield lambda answers: _write(stream, encoder.encode_lines(answers.signed_rows()))


@contextmanager
def _parquet(stream: BinaryIO, like: Path | None = None) -> Iterator[Write]:
    arrow, files = require("pyarrow", text("serve.place_format")), require("pyarrow.parquet", "")
    writers: list[Any] = []

    def write(answers: Answers) -> None:
        columns = {name: _arrow_column(arrow, values) for name, values in answers.signed_columns().items()}
        if not writers:
            schema = files.read_schema(like) if like else arrow.table(columns).schema
            writers.append(files.ParquetWriter(stream, schema))
        schema = writers[0].schema
        cast = [_cast(arrow, field, columns[field.name]) for field in schema]
        writers[0].write_table(arrow.table(cast, schema=schema))

    try:
        yield write
    finally:
        for writer in writers:
            writer.close()


class OpenWriter(Protocol):
    """Opens a writer of one form."""

    def __call__(self, stream: BinaryIO, like: Path | None = None) -> AbstractContextManager[Write]:
        """Write to a stream; with `like`, as the continuation of an earlier file of the same form."""


WRITERS: dict[str, OpenWriter] = {"csv": _csv, "jsonl": _json_lines, "parquet": _parquet}


def join(form: str, parts: Sequence[Path], stream: BinaryIO) -> None:
    """Several files, each written as the continuation of the first, as one.

    Raises:
        OSError: A part cannot be read, or the stream not written.
    """
    if form != "parquet":
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, stream, _PIECE)
        return
    files = require("pyarrow.parquet", text("serve.place_format"))
    with files.ParquetWriter(stream, files.read_schema(parts[0])) as writer:
        for part in parts:
            with files.ParquetFile(part) as file:
                for number in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(number))


def _write(stream: BinaryIO, content: bytes) -> None:
    stream.write(content)


def _cells(values: Array) -> list[Any]:
    """A column as the csv module writes it; what is missing is empty."""
    if values.dtype.kind == "M":
        return ["" if cell == "NaT" else cell for cell in np.datetime_as_string(values).tolist()]
    cells = values.tolist()
    if values.dtype.kind in "iu":
        return list(cells)
    return [_cell(cell) for cell in cells]


def _cell(cell: Any) -> Any:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return msgspec.json.encode(cell).decode() if isinstance(cell, list | tuple) else cell


def _arrow_column(arrow: Any, values: Array) -> Any:
    """An Arrow array; texts where the cells are of several kinds or all missing."""
    try:
        column = arrow.array(values, from_pandas=True)
    except arrow.ArrowException:
        column = arrow.array([None if cell is None else str(cell) for cell in values.tolist()])
    return column.cast(arrow.string()) if arrow.types.is_null(column.type) else column


def _cast(arrow: Any, field: Any, column: Any) -> Any:
    """A later batch in the kind of the first one."""
    try:
        return column.cast(field.type)
    except arrow.ArrowException:
        place = text("serve.place_output", name="parquet", column=field.name)
        expected = text("serve.expected_kind", kind=field.type)
        raise DataError(Mistake(place, text("serve.changed_kind"), expected, text("serve.fix_csv"))) from None


def _wrong_form(got: str, fix: str) -> ProjectError:
    expected = text("serve.expected_formats", names=", ".join(WRITERS))
    return ProjectError(Mistake(text("serve.place_format"), got, expected, text(fix)))
