"""What a forecast is made of: how large the error was at which number of training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESOLUTION = 0.001
"""Errors below this are not told apart: logarithms are taken of the larger of the two."""


@dataclass(frozen=True)
class Curve:
    """A learning curve as measured, on one fixed test set.

    Args:
        sizes: [anchors] training rows, rising.
        errors: [anchors] mean error over the repeats, within 0 and 1.
        spread: [anchors] standard error of each.
        chance: The error of the best constant answer; None when nobody knows it.
        source: Where the spread is from: `repeats`, `given`, or `residuals` (estimated, neither was there).
    """

    sizes: Floats
    errors: Floats
    spread: Floats
    chance: float | None = None
    source: str = "given"


def log(errors: Floats | float) -> Floats:
    """Natural logarithms of errors, with those below `RESOLUTION` taken for it."""
    return np.asarray(np.log(np.maximum(errors, RESOLUTION)), dtype=np.float64)
