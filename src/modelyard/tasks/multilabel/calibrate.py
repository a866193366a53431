"""Scores -> probabilities of labels, each by a logistic curve of its own."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import Array, Outputs, State
from modelyard.measure.calibration import calibrated, platt, sigmoid
from modelyard.tasks.multilabel.target import width


def identity(state: State) -> State:
    """The calibration that changes nothing."""
    labels = width(state)
    return {"slope": [1.0] * labels, "offset": [0.0] * labels, "conformal": None, "confidence": None}


def fit(scores: Array, y: Array, state: State, confidence: float, weight: Array | None = None) -> State:
    """Slope and offset of each label from held-out rows; no promise is made for whole label sets.

    Args:
        scores: [rows, labels].
        y: 0, 1 or NaN [rows, labels].
        state: Of the target.
        confidence: Kept with the calibration.
        weight: How much each row counts [rows]; all alike by default.
    """
    known = ~np.isnan(y)
    curves = []
    for label in range(width(state)):
        rows = known[:, label]
        counts = None if weight is None else weight[rows]
        curves.append(platt(scores[rows, label], y[rows, label] == 1, counts))
    slopes, offsets = [slope for slope, _ in curves], [offset for _, offset in curves]
    return {"slope": slopes, "offset": offsets, "conformal": None, "confidence": confidence}


def apply(scores: Array, calibration: State, state: State) -> Outputs:
    """{"probability": float32 [rows, labels]}."""
    return {"probability": sigmoid(calibrated(scores, calibration)).astype(np.float32)}
