"""Numbers -> the answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.protocols import Outputs, State

VERSION = 1


def answer(outputs: Outputs, state: State, calibration: State, decision: State | None = None) -> dict[str, Any]:
    """The number, and the interval that holds the truth with the promised confidence.

    Args:
        outputs: {"value": float64 [rows, 1]}.
        state: Of the target.
        calibration: {"conformal": half the interval's width or None}.
        decision: Not looked at: a number is not decided.

    Returns:
        "value", and, where there is an interval, "low" and "high": each float64 [rows].
    """
    value = np.asarray(outputs["value"], np.float64).reshape(-1)
    half = calibration.get("conformal")
    return {"value": value} if half is None else {"value": value, "low": value - half, "high": value + half}
