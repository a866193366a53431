"""How much each row counts: the column with `role: weight`, scaled so that a training row counts 1 on average."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.data.dataset import TRAIN
from modelyard.prepare.infer import Reading


def weights_of(
    project: Project, readings: Sequence[Reading], parts: NDArray[np.int8], named: Callable[[int], str]
) -> NDArray[np.float64]:
    """Weight of each row, float64 [rows]; 1 everywhere without a column that says it.

    Args:
        project: For the place of a mistake.
        readings: Every column.
        parts: Part of each row, int8 [rows].
        named: How people call a row.

    Raises:
        DataError: A weight that is missing or negative, or no training row that counts.
    """
    reading = next((one for one in readings if one.column.role == "weight"), None)
    if reading is None:
        return np.ones(len(parts))
    weights = np.asarray(reading.values, np.float64) if _are_numbers(reading) else np.full(len(parts), np.nan)
    wrong = np.flatnonzero(~(weights >= 0))
    mean = float(weights[parts == TRAIN].mean()) if not len(wrong) else 0.0
    if not mean:
        place = project.place("columns", reading.column.name, "role")
        raise DataError(Mistake(place, _got(reading, weights, wrong, named), text("prepare.expected_weight")))
    scaled: NDArray[np.float64] = weights / mean
    return scaled


def _are_numbers(reading: Reading) -> bool:
    return reading.values is not None and reading.values.dtype.kind in "fiu"


def _got(reading: Reading, weights: NDArray[np.float64], wrong: NDArray[np.int64], named: Callable[[int], str]) -> str:
    """What is wrong with the weights: how many cells, and the first of them."""
    if not len(wrong):
        return text("prepare.got_no_weight", column=reading.column.name)
    said = "-" if np.isnan(weights[wrong[0]]) else f"{weights[wrong[0]]:g}"
    row = named(int(wrong[0]))
    return text("prepare.got_weight", column=reading.column.name, count=len(wrong), row=row, cell=said)
