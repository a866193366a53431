"""Files -> columns: whole, or in batches of bounded memory.

    read("sales.csv")                                    a file; gzipped text is unpacked
    read("2024/*.parquet"), read("folder"), read([...])  several files with the same columns
    read("s3://bucket/sales.csv")                        any fsspec URL
    read("sqlite:///bank.db#loans")                      a table, or a query, of a database

Cells stay what the file holds: texts in a CSV, numbers and times in Parquet. What they mean is for the modalities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.addresses import is_database, without_password
from modelyard.core.columns import row_count, take
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data import delimited, excel, formats, sql
from modelyard.data.content import digests
from modelyard.data.layout import PLAIN, Hints, Layout
from modelyard.data.sources import AnySource, TableFile, find, refuse

BATCH_ROWS = 65_536
_MEANT_FOR = {
    "sheet": ("excel",),
    "encoding": ("csv", "tsv"),
    "separator": ("csv", "tsv"),
    "quote": ("csv", "tsv"),
    "header": ("csv", "tsv", "excel"),
    "totals": ("csv", "tsv", "excel"),
    "query": ("database",),
}
_TAKEN_OVER = ("quote", "totals")  # of what was usual; of the rest, a file may show of itself that it is otherwise
READERS = {
    "csv": delimited.batches,
    "tsv": delimited.batches,
    "excel": excel.batches,
    "jsonl": formats.json_lines,
    "json": formats.json_array,
    "parquet": formats.parquet,
    "arrow": formats.arrow_ipc,
}


def read(
    source: AnySource,
    hints: Hints = PLAIN,
    folder: Path | None = None,
    limit: int | None = None,
    layouts: list[Layout] | None = None,
) -> Columns:
    """Read a table whole.

    Args:
        source: A path, a folder, a glob, an fsspec URL, a database URL, or a list of them.
        hints: What somebody says of their layout; the rest is found out.
        folder: Where relative paths start; the current folder by default.
        limit: Stop after so many rows.
        layouts: Takes how each file was read.

    Returns:
        Column name -> cells as the file holds them [rows], at least one row.

    Raises:
        DataError: What cannot be read, with the file, the line and what to do.
        InstallError: The format needs a package that is not installed.
        StorageError: The file cannot be opened.
    """
    parts: list[Columns] = []
    rows = 0
    for batch in batches(source, BATCH_ROWS, hints, folder, layouts):
        parts.append(batch)
        rows += row_count(batch)
        if limit is not None and rows >= limit:
            break
    table = joined(parts)
    if limit is not None:
        return take(table, slice(limit))
    if any(is_database(item) for item in _items(source)):  # which promises no order: the same rows, the same table
        return take(table, np.argsort(digests(table), kind="stable"))
    return table


def batches(
    source: AnySource,
    rows: int = BATCH_ROWS,
    hints: Hints = PLAIN,
    folder: Path | None = None,
    layouts: list[Layout] | None = None,
) -> Iterator[Columns]:
    """Read a table piece by piece; only one piece is in memory (but for a JSON array, which is read whole).

    Args:
        source: As for `read`.
        rows: The most rows of one batch.
        hints: As for `read`.
        folder: Where relative paths start.
        layouts: Takes how each file was read; what is left out at a file's end is known when that has been read.

    Yields:
        Batches with the same columns in the same order (JSON may bring new ones later); at least one row in all.

    Raises:
        DataError, InstallError, StorageError: As `read`.
    """
    names: list[str] = []
    for item in _items(source):
        for layout, found, loose in _opened(item, rows, hints, folder or Path()):
            if layouts is not None:
                layouts.append(layout)
            empty = True
            for batch in found:
                names = names or list(batch)
                yield _in_order(layout.file, batch, names, loose)
                empty = False
            if empty:
                refuse(layout.file, "data.got_no_rows", "data.expected_rows")


def contents(source: AnySource, hints: Hints = PLAIN, folder: Path | None = None) -> list[str]:
    """Identity of what a source holds: of files their bytes, of a database what its rows say.

    Raises:
        DataError, InstallError, StorageError: As `read`.
    """
    found: list[str] = []
    for item in _items(source):
        if is_database(item):
            found.append(sql.identity(str(item), hints, folder))
        else:
            found += [_bytes_digest(file) for file in find(item, folder or Path())]
    return found


def fitting(name: str, form: str, hints: Hints) -> Hints:
    """What is said of a file, and what was usual of its kind.

    Args:
        name: How messages call the file.
        form: Its format, or "database".
        hints: What is said.

    Raises:
        DataError: Something is said that files of this format do not have.
    """
    usual: dict[str, Any] = {}
    for key, kinds in _MEANT_FOR.items():
        said = getattr(hints, key)
        silent = said is None or said is False
        if not silent and form not in kinds:
            values = {"hint": f"{key}: {str(said).lower() if said is True else said}", "kinds": ", ".join(kinds)}
            refuse(name, "data.got_hint", "data.expected_no_hint", **values)
        if silent and key in hints.usual and form in kinds:
            usual[key] = hints.usual[key]
    taken = {key: usual[key] for key in _TAKEN_OVER if key in usual}
    return replace(hints, **taken, usual=usual)


def joined(parts: Sequence[Columns]) -> Columns:
    """Tables under each other; a column that one of them lacks is empty there."""
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _joined([part[name] if name in part else _nothing(part) for part in parts]) for name in names}


def _items(source: AnySource) -> Sequence[str | Path]:
    return [source] if isinstance(source, str | Path) else source


def _opened(
    item: str | Path, rows: int, hints: Hints, folder: Path
) -> Iterator[tuple[Layout, Iterator[Columns], bool]]:
    """Each file of a source, or the database: its layout, its batches, and whether its rows may differ in columns."""
    if is_database(item):
        hints = fitting(without_password(str(item)), "database", hints)
        layout = Layout(str(item))
        yield layout, sql.batches(str(item), rows, hints, folder, layout), False
        return
    for file in find(item, folder):
        layout = Layout(file.name)
        yield (
            layout,
            _read_file(file, rows, fitting(file.name, file.format, hints), layout),
            file.format.startswith("json"),
        )


def _read_file(file: TableFile, rows: int, hints: Hints, layout: Layout) -> Iterator[Columns]:
    with file.open() as stream:
        yield from READERS[file.format](file, stream, rows, hints, layout)


def _bytes_digest(file: TableFile) -> str:
    with file.open() as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _in_order(name: str, batch: Columns, names: list[str], loose: bool) -> Columns:
    """The batch with these columns first.

    A JSON object may leave out what is missing, so absent columns are empty there and new ones may come later;
    elsewhere both are a mistake.
    """
    lacking = [name for name in names if name not in batch]
    extra = [name for name in batch if name not in names]
    if (extra or lacking) and not loose:
        got = text("data.got_other_columns", lacking=_listed(lacking), extra=_listed(extra))
        raise DataError(Mistake(name, got, text("data.expected_same_columns"), text("data.fix_same_columns")))
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
