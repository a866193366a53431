"""Whatever people hold tables in -> `{name: array}`, without importing pandas, polars or Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from modelyard.core.cells import is_nothing, writable
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns

_INT64 = 2**63
_SECOND = np.timedelta64(1, "s")
_KEPT = "fiubM"  # floats, whole numbers, booleans, datetimes
_TEXTS = {str, type(None)}
_PLAIN = {str, int, float, bool, type(None)}


def as_columns(data: Any, names: Sequence[str] | None = None) -> Columns:
    """Turn a table into columns.

    Args:
        data: A mapping of columns, a list of row dictionaries, a pandas or polars frame, a pyarrow table, or a
            2-D array or list of lists (its columns are called `x1`, `x2`, ... unless `names` are given).
        names: Column names for data that has none.

    Returns:
        Name -> 1-D array [rows]. Numbers, booleans and datetimes (in UTC where they have a time zone) keep their
        type, with NaN or NaT where they are missing. All else becomes object, with None where it is missing: so do
        whole numbers and booleans of which some are missing, and those that 64 bits cannot hold. Durations become
        seconds.

    Raises:
        DataError: Not a table, a column name twice, or columns of different lengths.
    """
    named = ((writable(str(name)), values) for name, values in _pairs(data, names))
    pairs = [(name, _array(name, values)) for name, values in named]
    columns = dict(pairs)
    if len(columns) < len(pairs):
        counted = [name for name, _ in pairs]
        twice = ", ".join(name for name in columns if counted.count(name) > 1)
        raise DataError(
            Mistake(text("data.place_table"), text("data.got_twice", names=twice), text("data.expected_once"))
        )
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise _no_table(text("data.lengths", lengths=sorted(lengths)))
    return columns


def row_count(columns: Columns) -> int:
    """Rows of a table; 0 when it has no columns."""
    return len(next(iter(columns.values()))) if columns else 0


def take(columns: Columns, rows: Array | slice) -> Columns:
    """Some rows of a table, by number, mask or slice."""
    return {name: values[rows] for name, values in columns.items()}


def _pairs(data: Any, names: Sequence[str] | None) -> Iterable[tuple[Any, Any]]:
    """Names and columns, as they are."""
    if isinstance(data, Mapping):
        return data.items()
    if hasattr(data, "column_names"):  # pyarrow
        return zip(data.column_names, data.columns, strict=True)
    if hasattr(data, "get_columns"):  # polars
        return zip(data.columns, data.get_columns(), strict=True)
    if hasattr(data, "iloc") and hasattr(data, "columns"):  # pandas
        return ((name, data.iloc[:, number]) for number, name in enumerate(data.columns))
    if isinstance(data, Sequence) and not isinstance(data, str) and all(isinstance(row, Mapping) for row in data):
        return _pairs_of_rows(data)
    return _pairs_of_matrix(data, names)


def _pairs_of_rows(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[Any, Any]]:
    """A row that lacks a name has nothing there."""
    names = dict.fromkeys(name for row in rows for name in row)
    return ((name, [row.get(name) for row in rows]) for name in names)


def _pairs_of_matrix(data: Any, names: Sequence[str] | None) -> Iterable[tuple[Any, Any]]:
    if isinstance(data, np.ndarray) and data.ndim == 2:
        width = data.shape[1]
        columns: list[Any] = [data[:, number] for number in range(width)]
    elif isinstance(data, list | tuple) and all(_is_row(row) for row in data):
        widths = set(map(len, data))
        if len(widths) != 1:
            raise _no_table(text("columns.widths", widths=sorted(widths)))
        width, columns = widths.pop(), [list(cells) for cells in zip(*data, strict=True)]
    else:
        raise _no_table(_kind(data))
    if names is not None and len(names) != width:
        raise _no_table(text("columns.names", width=width, names=len(names)))
    return zip(names or [f"x{number + 1}" for number in range(width)], columns, strict=True)


def _is_row(row: Any) -> bool:
    return isinstance(row, list | tuple) or (isinstance(row, np.ndarray) and row.ndim == 1)


def _array(name: str, values: Any) -> Array:
    """One column [rows]; every library's way of saying that nothing is there becomes None, NaN or NaT."""
    if type(values) is list:  # rows of a request: nothing to unwrap, and no time to lose
        return _from_items(values)
    values = _unwrapped(values)
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise _no_table(text("columns.not_a_column", name=name, kind=_kind(values)))
        if values.dtype.kind == "m":
            return np.asarray(values / _SECOND)
        if values.dtype.kind in _KEPT or (values.dtype == object and set(map(type, values.tolist())) <= _TEXTS):
            return values
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise _no_table(text("columns.not_a_column", name=name, kind=_kind(values)))
    return _from_items(list(values))


def _unwrapped(values: Any) -> Any:
    """A column of some library as numpy's, or as a list where numpy would bend its values."""
    if isinstance(values, np.ma.MaskedArray):
        return values.tolist()
    if isinstance(values, np.ndarray):
        return np.asarray(values)
    kind = str(getattr(values, "dtype", getattr(values, "type", ""))).lower()
    if hasattr(values, "to_pylist"):  # Arrow
        bends = values.null_count and not kind.startswith(("timestamp", "date", "float", "double", "halffloat"))
        return values.to_pylist() if bends else np.asarray(values)
    if hasattr(values, "null_count"):  # polars
        nested = kind.startswith(("array", "struct"))
        return values.to_list() if nested or (values.null_count() and _is_whole(kind)) else values.to_numpy()
    if kind.startswith(("datetime64[ns,", "datetime64[us,", "datetime64[ms,", "datetime64[s,")) or ", tz=" in kind:
        return values.dt.tz_convert(None).to_numpy()  # pandas, with a time zone
    if hasattr(values, "to_numpy"):  # pandas: its whole numbers with gaps would come as floats
        found = values.to_numpy()
        kind = str(values.cat.categories.dtype) if kind == "category" else kind
        bends = _is_whole(kind) and found.dtype.kind == "f"
        return [None if is_nothing(cell) else cell for cell in values.astype(object)] if bends else found
    return values


def _is_whole(kind: str) -> bool:
    return kind.startswith(("int", "uint"))


def _from_items(items: list[Any]) -> Array:
    """Python objects as the narrowest of bool, int64, float64 and object that changes none of them."""
    kinds = set(map(type, items))
    if len(kinds) == 1 and issubclass(next(iter(kinds)), np.generic):
        found = np.asarray(items)
        if found.dtype.kind in _KEPT:
            return found
    if not kinds <= _PLAIN or (float in kinds and str in kinds):
        items = [_plain(item) for item in items]
        kinds = set(map(type, items))
    if kinds == {bool}:
        return np.asarray(items, np.bool_)
    if kinds == {int} and min(items) >= -_INT64 and max(items) < _INT64:
        return np.asarray(items, np.int64)
    if float in kinds and kinds <= {int, float, type(None)} and not (int in kinds and any(map(_is_huge, items))):
        return np.asarray(items, np.float64)
    if float in kinds:
        items = [None if is_nothing(item) else item for item in items]
    return np.fromiter(items, object, len(items))


def _plain(item: Any) -> Any:
    """A cell without numpy's wrapping, where that loses nothing; bytes are text, durations seconds, nothing is None."""
    if is_nothing(item):
        return None
    if isinstance(item, timedelta | np.timedelta64):
        return float(np.timedelta64(item) / _SECOND)
    if isinstance(item, np.bool_ | np.integer | np.float64 | np.str_ | np.bytes_):
        item = item.item()
    if isinstance(item, bytes):
        try:
            return item.decode()
        except UnicodeDecodeError:
            return item
    return item


def _is_huge(item: Any) -> bool:
    """A whole number that not even an int64 holds."""
    return isinstance(item, int) and not -_INT64 <= item < _INT64


def _kind(value: Any) -> str:
    """What somebody gave instead of a table or a column."""
    if isinstance(value, np.ndarray):
        return f"{type(value).__name__} {value.shape}"
    inside = type(value[0]).__name__ if isinstance(value, list | tuple) and value else ""
    return f"{type(value).__name__}[{inside}]" if inside else type(value).__name__


def _no_table(got: str) -> DataError:
    return DataError(Mistake(text("data.place_table"), got, text("data.expected_table"), text("data.fix_table")))
