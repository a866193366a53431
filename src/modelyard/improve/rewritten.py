"""The data with labels filled in, as a new file: what the user has is never overwritten."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.cells import is_nothing
from modelyard.core.errors import Mistake, StorageError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.core.store import write_bytes
from modelyard.data.sources import require

FORMS = (".csv", ".parquet")


def refuse_existing(path: Path) -> None:
    """Nothing of the user's is overwritten.

    Raises:
        StorageError: There is something of that name.
    """
    if path.exists():
        got, fix = text("improve.got_file"), text("improve.fix_file", name=f"{path.stem}-2{path.suffix}")
        raise StorageError(Mistake(str(path), got, text("improve.expected_no_file"), fix))


def write_data(table: Columns, path: Path) -> None:
    """Write a table.

    Args:
        table: Its columns.
        path: A file that is not there yet, one of `FORMS`.

    Raises:
        StorageError: It is there, or cannot be written.
        InstallError: Parquet without pyarrow.
    """
    refuse_existing(path)
    if path.suffix.lower() == ".parquet":
        arrow, files = require("pyarrow", str(path)), require("pyarrow.parquet", str(path))
        content = io.BytesIO()
        files.write_table(arrow.table({name: _arrow(arrow, cells) for name, cells in table.items()}), content)
        write_bytes(path, content.getvalue())
        return
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*map(_written, table.values()), strict=True))
    write_bytes(path, lines.getvalue().encode("utf-8", "backslashreplace"))


def _arrow(arrow: Any, cells: Array) -> Any:
    """A column; texts where its cells are of several kinds."""
    try:
        return arrow.array(cells, from_pandas=True)
    except arrow.ArrowException:
        return arrow.array([None if is_nothing(cell) else str(cell) for cell in cells.tolist()])


def _written(cells: Array) -> list[Any]:
    if cells.dtype.kind == "M":
        return ["" if cell == "NaT" else cell for cell in np.datetime_as_string(cells).tolist()]
    return [_one(cell) for cell in cells.tolist()]


def _one(cell: Any) -> Any:
    if isinstance(cell, list | tuple | np.ndarray):
        return json.dumps(list(cell), ensure_ascii=False, default=str)
    if is_nothing(cell):
        return ""
    return str(cell).lower() if isinstance(cell, bool) else cell
