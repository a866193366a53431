"""Scores -> numbers in the target's unit, and how far off they are."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import Array, Outputs, State
from modelyard.measure.calibration import calibrated, split_quantile


def identity(state: State) -> State:
    """The calibration that changes nothing."""
    return {"slope": [1.0], "offset": [0.0], "conformal": None, "confidence": None}


def fit(scores: Array, y: Array, state: State, confidence: float, weight: Array | None = None) -> State:
    """Half the width of the prediction interval from held-out rows; the numbers stay as they are.

    `conformal` is in the unit of y, None when there are too few rows for that confidence. Source: Lei et al. 2018.

    Args:
        scores: Standardised [rows, 1].
        y: Numbers [rows]; NaN is left out.
        state: Of the target.
        confidence: 0 to 1.
        weight: How much each row counts [rows]; all alike by default.
    """
    known = ~np.isnan(y)
    fitted = {**identity(state), "confidence": confidence}
    value = apply(scores[known], fitted, state)["value"][:, 0]
    counts = None if weight is None else weight[known]
    return {**fitted, "conformal": split_quantile(np.abs(value - y[known]), confidence, counts)}


def apply(scores: Array, calibration: State, state: State) -> Outputs:
    """{"value": float64 [rows, 1]}."""
    return {"value": calibrated(scores, calibration) * state["scale"] + state["mean"]}
