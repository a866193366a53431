"""What a bundle answers: per target named columns, as rows for JSON or flat columns for frames and CSV."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modelyard.core.columns import row_count
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns

BUNDLE_COLUMNS = ("bundle", "modelyard.bundle")
"""What the column with the bundle's id is called: the second where a key or a target has the first name."""
GIVEN = ".given"
_ROWS_SHOWN = 20


@dataclass(frozen=True, repr=False, eq=False)
class Answers:
    """Answers to the rows of one request, in their order.

    Args:
        targets: Target name -> what the task answers: "value" [rows], and by task "probability" {label: [rows]},
            "certain" [rows], "low" and "high" [rows].
        bundle_id: Who answered.
        keys: The key columns of the request, and others, carried along; one that is called like an answer is
            `risk.given` in rows and columns, beside the answer `risk`.
        warnings: What was unusual about the request, in sentences without its values.
    """

    targets: dict[str, dict[str, Any]]
    bundle_id: str
    keys: Columns = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return row_count(self.to_columns())

    def __repr__(self) -> str:
        return f"Answers({len(self)} rows, targets={list(self.targets)}, bundle={self.bundle_id[:12]})"

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary per row that JSON can hold: the carried keys, and per target its parts; NaN is None."""
        columns = [(key, _by_row(values)) for key, values in self._carried().items()]
        columns += [(target, _by_row(parts)) for target, parts in self.targets.items()]
        return [{name: cell(number) for name, cell in columns} for number in range(len(self))]

    def to_columns(self) -> Columns:
        """Flat columns: `risk`, `risk.probability.bad`, `risk.certain`; `pandas.DataFrame` takes them as they are."""
        return {**self._carried(), **self._answered()}

    def signed_rows(self) -> list[dict[str, Any]]:
        """`rows`, each with the id of the bundle that answered, last."""
        rows = self.rows()
        name = _bundle_name(rows[0]) if rows else ""
        return [{**row, name: self.bundle_id} for row in rows]

    def signed_columns(self) -> Columns:
        """`to_columns`, with the id of the bundle that answered as the last of them."""
        columns = self.to_columns()
        return {**columns, _bundle_name(columns): np.full(len(self), self.bundle_id, object)}

    def _answered(self) -> Columns:
        return {name: values for target, parts in self.targets.items() for name, values in _flat(target, parts)}

    def _carried(self) -> Columns:
        """The keys under names that no answer has."""
        taken = {*self._answered(), *self.targets, BUNDLE_COLUMNS[1]}
        named: Columns = {}
        for key, values in self.keys.items():
            name = key
            while name in taken or (name != key and name in self.keys):
                name += GIVEN
            named[name] = values
        return named

    def _repr_html_(self) -> str:
        columns = {name: plain(values[:_ROWS_SHOWN]) for name, values in self.to_columns().items()}
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(_short(cell))}</td>' for cell in cells)}</tr>"
            for cells in zip(*columns.values(), strict=True)
        )
        shown = text("runtime.rows_shown", shown=min(len(self), _ROWS_SHOWN), count=len(self))
        notes = "".join(f"<p>{html.escape(text('runtime.warning', what=warning))}</p>" for warning in self.warnings)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{html.escape(shown)}</p>{notes}"


def _bundle_name(columns: Mapping[str, Any]) -> str:
    plain_name, other = BUNDLE_COLUMNS
    return other if plain_name in columns else plain_name


def _flat(target: str, parts: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    for part, values in parts.items():
        name = target if part == "value" else f"{target}.{part}"
        if isinstance(values, dict):
            yield from ((f"{name}.{label}", column) for label, column in values.items())
        else:
            yield name, values


def _by_row(values: Any) -> Callable[[int], Any]:
    """A function from a row number to what JSON can hold."""
    if isinstance(values, dict):
        parts = [(name, _by_row(part)) for name, part in values.items()]
        return lambda number: {name: cell(number) for name, cell in parts}
    return plain(values).__getitem__


def plain(values: Array) -> list[Any]:
    """An array as a list that JSON can hold; NaN, NaT and infinities are None, times ISO 8601."""
    if values.dtype.kind in "iub" or (values.dtype.kind == "f" and np.isfinite(values).all()):
        return list(values.tolist())
    if values.dtype.kind == "M":
        return [None if cell == "NaT" else cell for cell in np.datetime_as_string(values).tolist()]
    return [_cell(cell) for cell in values.tolist()]


def _cell(cell: Any) -> Any:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if cell is None or isinstance(cell, str | int):
        return cell
    if isinstance(cell, list | tuple):
        return [_cell(item) for item in cell]
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _short(cell: Any) -> str:
    return "" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)
