"""Whatever people hold tables in -> `{name: array}`, without importing pandas, polars or Arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns


def as_columns(data: Any, names: Sequence[str] | None = None) -> Columns:
    """Turn a table into columns.

    Args:
        data: A mapping of columns, a list of row dictionaries, a pandas or polars frame, a pyarrow table, or a
            2-D array or list of lists (its columns are called `x1`, `x2`, ... unless `names` are given).
        names: Column names for data that has none.

    Returns:
        Name -> 1-D array [rows]; numbers, booleans and datetimes keep their type, all else becomes object.

    Raises:
        DataError: Not a table, or columns of different lengths.
    """
    if isinstance(data, Mapping):
        columns = {str(name): _array(values) for name, values in data.items()}
    elif hasattr(data, "columns") and hasattr(data, "__getitem__"):  # pandas, polars
        columns = {str(name): _array(data[name]) for name in data.columns}
    elif hasattr(data, "column_names"):  # pyarrow
        columns = {name: _array(data[name].to_pylist()) for name in data.column_names}
    elif _is_rows(data):
        columns = _from_rows(data)
    else:
        columns = _from_matrix(data, names)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise DataError(_mistake(text("data.lengths", lengths=sorted(lengths))))
    return columns


def row_count(columns: Columns) -> int:
    """Rows of a table; 0 when it has no columns."""
    return len(next(iter(columns.values()))) if columns else 0


def take(columns: Columns, rows: Array | slice) -> Columns:
    """Some rows of a table, by number, mask or slice."""
    return {name: values[rows] for name, values in columns.items()}


def _is_rows(data: Any) -> bool:
    return isinstance(data, Sequence) and not isinstance(data, str) and all(isinstance(row, Mapping) for row in data)


def _from_rows(rows: Sequence[Mapping[str, Any]]) -> Columns:
    names = dict.fromkeys(name for row in rows for name in row)
    return {str(name): _array([row.get(name) for row in rows]) for name in names}


def _from_matrix(data: Any, names: Sequence[str] | None) -> Columns:
    matrix = np.asarray(data) if isinstance(data, np.ndarray | list | tuple) else None
    if matrix is None or matrix.ndim != 2 or (names is not None and len(names) != matrix.shape[1]):
        raise DataError(_mistake(type(data).__name__))
    names = names or [f"x{number + 1}" for number in range(matrix.shape[1])]
    return {name: _array(matrix[:, number]) for number, name in enumerate(names)}


def _array(values: Any) -> Array:
    """One column; pandas' missing markers become None so that nobody downstream need know them."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiubM":
        return values
    items = list(values)
    kinds = {type(item) for item in items}
    if kinds and kinds <= {int, float} and not any(abs(item) >= 2**63 for item in items if type(item) is int):
        return np.asarray(items, np.float64 if float in kinds else np.int64)
    column = np.empty(len(items), object)
    column[:] = [None if _is_missing(item) else item for item in items]
    return column


def _is_missing(item: Any) -> bool:
    """None, NaN, NaT and pandas.NA: the values that do not equal themselves."""
    if item is None or type(item).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(item, float | np.floating) and bool(item != item)


def _mistake(got: str) -> Mistake:
    return Mistake(text("data.place_table"), got, text("data.expected_table"), text("data.fix_table"))
