"""Numbers: cells -> float64, read as columns of numbers are; `state` is {"decimal", "unit", "mean", "scale"}."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import plugins
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Doubles, Floats, Preprocess, Sample, State, Target

FEW = 10
"""Whole numbers with at most this many different values are rather classes."""
_SHOWN = 5


def claim(samples: Sequence[Sample]) -> float:
    """High for one column of numbers with many values.

    Many are: more than two when some have a fraction; of whole numbers more than 10, or than half of the rows.
    """
    if len(samples) != 1 or _numbers().claim(samples[0]) < 0.5:
        return 0.0
    (sample,) = samples
    values = _numbers().parse(sample.values, _spelling(sample.values)).values
    numbers = values[~np.isnan(values)]
    distinct = len(np.unique(numbers))
    whole = bool((numbers == np.round(numbers)).all())
    many = distinct > min(FEW, max(2, len(numbers) / 2)) if whole else distinct > 2
    return 0.9 if many else 0.1


def read(columns: Mapping[str, Array], options: Mapping[str, Any]) -> Target:
    """Cells -> float64 [rows], NaN where missing or infinite.

    Raises:
        DataError: Several columns, a cell that is no number, all missing, or always the same number.
    """
    if len(columns) != 1:
        got = text("tasks.several_columns", count=len(columns))
        raise _error(", ".join(columns), got, text("tasks.expected_one_column"))
    ((name, values),) = columns.items()
    spelling = _spelling(values)
    parsed = _numbers().parse(values, spelling)
    if len(parsed.bad):
        got = _bad_cells(values, parsed.bad)
        raise _error(name, got, text("tasks.expected_number"), text("tasks.fix_number"))
    y = parsed.values
    known_y = y[known(y)]
    if not len(known_y):
        raise _error(name, text("tasks.all_missing"), text("tasks.expected_known_cells"), text("tasks.fix_all_missing"))
    if (known_y == known_y[0]).all():
        got = text("tasks.constant", value=f"{known_y[0]:g}")
        raise _error(name, got, text("tasks.expected_varying"), text("tasks.fix_one_class"))
    return Target(y, spelling)


def reread(columns: Mapping[str, Array], state: State) -> Doubles:
    """Numbers of a later file; what cannot be read is NaN."""
    (values,) = columns.values()
    return np.asarray(_numbers().parse(values, state).values, np.float64)


def fit(y: Array, state: State) -> State:
    """Mean and standard deviation of the training rows; a scale of 1 where they do not vary."""
    numbers = y[known(y)]
    size = float(np.abs(numbers).max(initial=0.0))
    if size == 0:
        return {**state, "mean": 0.0, "scale": 1.0}
    # Divided by the largest first: the squares of very large or small numbers leave the range of float64.
    unit = numbers / size
    constant = bool((numbers == numbers[0]).all())
    return {**state, "mean": float(unit.mean() * size), "scale": 1.0 if constant else float(unit.std() * size) or 1.0}


def encode(y: Array, state: State) -> Floats:
    """Standardised numbers, float32 [rows, 1]."""
    return np.asarray((y - state["mean"]) / state["scale"], np.float32)[:, None]


def known(y: Array, state: State | None = None) -> NDArray[np.bool_]:
    """Rows with a number."""
    return ~np.isnan(y)


def width(state: State) -> int:
    """One standardised number."""
    return 1


def _numbers() -> Preprocess:
    """A target is read as an input column is, so that both understand the same spellings."""
    preprocess: Preprocess = plugins.part("modalities", "number", "preprocess")
    return preprocess


def _spelling(values: Array) -> State:
    """How the cells spell numbers: `decimal`, a comma where that makes more cells readable, and their `unit`."""
    settled = _numbers().settle(Sample("", values, 0, len(values)), {})
    return {option: settled[option] for option in ("decimal", "unit")}


def _bad_cells(values: Array, bad: NDArray[np.int64]) -> str:
    rows = ", ".join(str(row + 1) for row in bad[:_SHOWN]) + (", …" if len(bad) > _SHOWN else "")
    return text("tasks.no_number", count=len(bad), rows=rows, example=str(values[bad[0]])[:40])


def _error(column: str, got: str, expected: str, fix: str = "") -> DataError:
    return DataError(Mistake(text("tasks.place_column", column=column), got, expected, fix))
