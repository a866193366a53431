"""Files -> columns: whole, or in batches of bounded memory.

    read("sales.csv")                                    a file; gzipped text is unpacked
    read("2024/*.parquet"), read("folder"), read([...])  several files with the same columns
    read("s3://bucket/sales.csv")                        any fsspec URL

Cells stay what the file holds: texts in a CSV, numbers and times in Parquet. What they mean is for the modalities.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from modelyard.core.columns import row_count, take
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data import delimited, formats
from modelyard.data.sources import AnySource, TableFile, find, refuse

BATCH_ROWS = 65_536
_READERS = {
    "csv": delimited.batches,
    "tsv": delimited.batches,
    "jsonl": formats.json_lines,
    "json": formats.json_array,
    "parquet": formats.parquet,
    "arrow": formats.arrow_ipc,
}


def read(source: AnySource, sheet: str | None = None, folder: Path | None = None, limit: int | None = None) -> Columns:
    """Read a table whole.

    Args:
        source: A path, a folder, a glob, an fsspec URL, or a list of them.
        sheet: Sheet of an Excel file; the first by default.
        folder: Where relative paths start; the current folder by default.
        limit: Stop after so many rows.

    Returns:
        Column name -> cells as the file holds them [rows], at least one row.

    Raises:
        DataError: What cannot be read, with the file, the line and what to do.
        InstallError: The format needs a package that is not installed.
        StorageError: The file cannot be opened.
    """
    parts: list[Columns] = []
    rows = 0
    for batch in batches(source, BATCH_ROWS, sheet, folder):
        parts.append(batch)
        rows += row_count(batch)
        if limit is not None and rows >= limit:
            break
    table = joined(parts)
    return table if limit is None else take(table, slice(limit))


def batches(
    source: AnySource, rows: int = BATCH_ROWS, sheet: str | None = None, folder: Path | None = None
) -> Iterator[Columns]:
    """Read a table piece by piece; only one piece is in memory (but for a JSON array, which is read whole).

    Args:
        source: As for `read`.
        rows: The most rows of one batch.
        sheet: Sheet of an Excel file.
        folder: Where relative paths start.

    Yields:
        Batches with the same columns in the same order (JSON may bring new ones later); at least one row in all.

    Raises:
        DataError, InstallError, StorageError: As `read`.
    """
    names: list[str] = []
    for file in find(source, folder or Path()):
        empty = True
        with file.open() as stream:
            for batch in _batches(file, stream, rows, sheet):
                names = names or list(batch)
                yield _in_order(file, batch, names)
                empty = False
        if empty:
            refuse(file.name, "data.got_no_rows", "data.expected_rows")


def joined(parts: Sequence[Columns]) -> Columns:
    """Tables under each other; a column that one of them lacks is empty there."""
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _joined([part[name] if name in part else _nothing(part) for part in parts]) for name in names}


def _batches(file: TableFile, stream: BinaryIO, rows: int, sheet: str | None) -> Iterator[Columns]:
    if file.format == "excel":
        return formats.excel(file, stream, rows, sheet)
    if sheet is not None:
        refuse(file.name, "data.got_sheet", "data.expected_no_sheet", sheet=sheet)
    return _READERS[file.format](file, stream, rows)


def _in_order(file: TableFile, batch: Columns, names: list[str]) -> Columns:
    """The batch with these columns first.

    A JSON object may leave out what is missing, so absent columns are empty there and new ones may come later;
    elsewhere both are a mistake.
    """
    lacking = [name for name in names if name not in batch]
    extra = [name for name in batch if name not in names]
    if (extra or lacking) and not file.format.startswith("json"):
        got = text("data.got_other_columns", lacking=_listed(lacking), extra=_listed(extra))
        raise DataError(Mistake(file.name, got, text("data.expected_same_columns"), text("data.fix_same_columns")))
    names += extra
    return {name: batch[name] if name in batch else _nothing(batch) for name in names}


def _nothing(table: Columns) -> Array:
    return np.full(row_count(table), None, object)


def _joined(pieces: list[Array]) -> Array:
    kinds = {piece.dtype.kind for piece in pieces}
    if len(kinds) > 1 and not kinds <= set("iuf"):
        pieces = [_as_objects(piece) for piece in pieces]
    return np.concatenate(pieces)


def _as_objects(piece: Array) -> Array:
    """Python's own objects; times go through microseconds because numpy turns nanoseconds into bare integers."""
    return (piece.astype("datetime64[us]") if piece.dtype.kind == "M" else piece).astype(object)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "") or "-"
