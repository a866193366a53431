"""What a forecast is made of: how large the error was at which number of training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A learning curve as measured, on one fixed test set.

    Args:
        sizes: [anchors] training rows, rising.
        errors: [anchors] mean error over the repeats, within 0 and 1.
        spread: [anchors] standard error of each.
        chance: The error of the best constant answer; None when nobody knows it.
    """

    sizes: Floats
    errors: Floats
    spread: Floats
    chance: float | None = None
