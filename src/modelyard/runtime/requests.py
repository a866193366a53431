"""Rows as they are sent -> parsed columns, or a refusal that names the column and never repeats a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelyard.core.columns import as_columns
from modelyard.core.errors import Mistake, RequestError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.core.schema import Column

_NAMED = 5  # rows and columns that a message names before it counts
_EXTRA, _ODD = "extra", "odd"


@dataclass(frozen=True)
class Remark:
    """Something unusual about rows, without their values; as text it is a sentence.

    Args:
        about: `extra` columns, `odd` cells, or the name of a note on cells that were changed while reading.
        columns: The columns it is about.
        count: How many cells.
        rows: Numbers of the first of them; empty where that is not said.
    """

    about: str
    columns: tuple[str, ...]
    count: int = 0
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.about == _EXTRA:
            return text("runtime.extra_columns", names=_first_of(self.columns))
        if self.about == _ODD:
            more = text("runtime.more") if self.count > len(self.rows) else ""
            rows = ", ".join(map(str, self.rows)) + more
            return text("runtime.odd", column=self.columns[0], count=self.count, rows=rows)
        note = text(f"prepare.cell_{self.about}", count=self.count)
        return text("runtime.noted", column=self.columns[0], note=note)


def gathered(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Remarks on several batches of the same rows: those that say the same of the same columns become one."""
    found: dict[tuple[str, tuple[str, ...]], Remark] = {}
    for one in remarks:
        before = found.get((one.about, one.columns), Remark(one.about, one.columns))
        rows = (*before.rows, *one.rows)[:_NAMED]
        found[one.about, one.columns] = Remark(one.about, one.columns, before.count + one.count, rows)
    return tuple(found.values())


def table(data: Any, names: Sequence[str]) -> Columns:
    """Anything that holds rows as columns; one dictionary of single cells is one row.

    Args:
        data: What `core.columns.as_columns` takes, or one row.
        names: What the columns of a matrix are called.
    """
    if isinstance(data, Mapping) and not any(_holds_cells(value) for value in data.values()):
        data = [data] if data else []
    return as_columns(data, names if _is_matrix(data, len(names)) else None)


def refuse_empty() -> RequestError:
    """The error for a request without rows."""
    return RequestError(Mistake(text("runtime.place_request"), text("runtime.no_rows"), text("runtime.expected_rows")))


def refuse_missing(inputs: Iterable[Column], columns: Columns) -> None:
    """Refuse a request in which input columns are absent, naming them.

    Raises:
        RequestError: At least one is absent.
    """
    missing = [column for column in inputs if column.name not in columns]
    if missing:
        got = text("runtime.missing_column")
        raise _refusal([(column, got) for column in missing], "runtime.expected_column")


def refuse_unreadable(bad: Sequence[tuple[Column, Array]]) -> None:
    """Refuse a request with unreadable cells, naming columns and rows.

    Args:
        bad: Columns, each with the numbers of its unreadable rows.

    Raises:
        RequestError: There are any.
    """
    if bad:
        told = [(column, _where("runtime.bad_cells", rows)) for column, rows in bad]
        raise _refusal(told, "runtime.expected_cells")


def unknown_columns(names: Sequence[str]) -> Remark:
    """The warning that columns were passed over."""
    return Remark(_EXTRA, tuple(names))


def odd_cells(column: Column, rows: Array) -> Remark:
    """The warning that the cells of a column in these rows are unlike anything seen in training."""
    return Remark(_ODD, (column.name,), len(rows), tuple(rows[:_NAMED].tolist()))


def noted_cells(column: Column, note: str, count: int) -> Remark:
    """The warning that `count` cells of a column were changed while reading, e.g. infinities taken as missing."""
    return Remark(note, (column.name,), count)


def _is_matrix(data: Any, width: int) -> bool:
    """Rows without names, as wide as the model's inputs; a matrix of another width keeps the names x1, x2, ..."""
    first = data[0] if isinstance(data, np.ndarray | list | tuple) and len(data) else None
    return isinstance(first, np.ndarray | list | tuple) and len(first) == width


def _holds_cells(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes)


def _refusal(told: Sequence[tuple[Column, str]], expected: str) -> RequestError:
    """A mistake for each of the first columns, and one that counts them when there are more."""
    mistakes = [
        Mistake(text("runtime.place_column", column=column.name), got, text(expected, modality=column.modality))
        for column, got in told[:_NAMED]
    ]
    if len(told) > _NAMED:
        got = text("runtime.columns_in_all", count=len(told))
        mistakes.append(Mistake(text("runtime.place_request"), got, text("runtime.expected_schema")))
    return RequestError(mistakes, told[0][0].name)


def _where(key: str, rows: Array, **values: Any) -> str:
    return text(key, count=len(rows), rows=_first_of(rows.tolist()), **values)


def _first_of(items: Sequence[Any]) -> str:
    return ", ".join(map(str, items[:_NAMED])) + (text("runtime.more") if len(items) > _NAMED else "")
