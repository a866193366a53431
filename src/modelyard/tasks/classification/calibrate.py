"""Scores -> probabilities of classes: Platt for two, temperature for more, and a threshold for `certain`.

Where scores have a column for what is outside, probabilities are those of the classes alone, "if it is one of them",
and calibrated as such; how unlike all of them a row is comes as an output of its own.
"""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import Array, Outputs, State
from modelyard.measure.calibration import calibrated, platt, sigmoid, softmax, split_quantile, temperature
from modelyard.tasks.classification.postprocess import unlikeness
from modelyard.tasks.classification.target import learns_outside, width


def identity(state: State) -> State:
    """The calibration that changes nothing."""
    columns = width(state)
    return {"slope": [1.0] * columns, "offset": [0.0] * columns, "conformal": None, "confidence": None}


def fit(scores: Array, y: Array, state: State, confidence: float, weight: Array | None = None) -> State:
    """Calibration from held-out rows.

    `conformal` is a probability that, by split conformal prediction, the true class of a new row gets at least with
    the given confidence; None when there are too few rows to promise that. Source: Sadinle, Lei and Wasserman 2019.
    It is at most 1 - confidence: a model that is right more often than promised would otherwise reach the promise with
    sets that leave out the second class of rows that hang in the balance, and call those certain.

    Args:
        scores: [rows, width].
        y: Codes [rows]; -1 is left out.
        state: Of the target.
        confidence: 0 to 1.
        weight: How much each row counts [rows]; all alike by default.
    """
    known = y >= 0
    scores, y, weight = scores[known], y[known], None if weight is None else weight[known]
    fitted = {**identity(state), "confidence": confidence}
    if width(state) == 1:
        slope, offset = platt(scores[:, 0], y == 1, weight)
        fitted |= {"slope": [slope], "offset": [offset]}
    else:
        fitted["slope"] = [temperature(scores[:, : len(state["labels"])], y, weight)] * width(state)
    given = apply(scores, fitted, state)["probability"][np.arange(len(y)), y]
    quantile = split_quantile(-given, confidence, weight)
    return {**fitted, "conformal": None if quantile is None else min(-quantile, 1 - confidence)}


def apply(scores: Array, calibration: State, state: State) -> Outputs:
    """{"probability": float32 [rows, classes]}; and "unlike": float32 [rows, 1] where it was learnt what is outside."""
    logits = calibrated(scores, calibration)
    if learns_outside(state):
        every, known = softmax(logits), softmax(logits[:, :-1])
        unlike = unlikeness(every[:, :-1], every[:, -1])
        return {"probability": known.astype(np.float32), "unlike": unlike[:, None].astype(np.float32)}
    if logits.shape[1] == 1:
        both = np.concatenate([sigmoid(-logits), sigmoid(logits)], axis=1)
        return {"probability": both.astype(np.float32)}
    return {"probability": softmax(logits).astype(np.float32)}
