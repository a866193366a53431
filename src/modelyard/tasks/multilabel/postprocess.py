"""Probabilities -> the answer: the labels that are rather there than not.

A *decision rule* is plain data that was chosen when the bundle was made: {"thresholds": [one per label]}.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.protocols import Array, Outputs, State

VERSION = 2
THRESHOLD = 0.5


def answer(outputs: Outputs, state: State, calibration: State, decision: State | None = None) -> dict[str, Any]:
    """The labels of each row, and every label's probability.

    Args:
        outputs: {"probability": float32 [rows, labels]}.
        state: {"labels": [...]}.
        calibration: Not looked at: it is in the probabilities.
        decision: The rule; None takes labels from `THRESHOLD` on.

    Returns:
        "value": a list of texts per row, object [rows]; "probability": {label: float32 [rows]}.
    """
    probability, labels = outputs["probability"], state["labels"]
    value = np.empty(len(probability), object)
    for row, present in enumerate(called(probability, decision)):
        value[row] = [labels[code] for code in np.flatnonzero(present)]
    return {"value": value, "probability": {label: probability[:, code] for code, label in enumerate(labels)}}


def called(probability: Array, decision: State | None) -> Array:
    """Whether each label is answered, boolean [rows, labels]."""
    if decision is None:
        return np.asarray(probability >= THRESHOLD)
    return np.asarray(probability.astype(np.float64) >= np.asarray(decision["thresholds"], np.float64))
