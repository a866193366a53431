"""Probabilities -> the answer: the labels that are rather there than not."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.protocols import Outputs, State

VERSION = 1
THRESHOLD = 0.5


def answer(outputs: Outputs, state: State, calibration: State) -> dict[str, Any]:
    """The labels of each row, and every label's probability.

    Args:
        outputs: {"probability": float32 [rows, labels]}.
        state: {"labels": [...]}.
        calibration: Not looked at: it is in the probabilities.

    Returns:
        "value": a list of texts per row, object [rows]; "probability": {label: float32 [rows]}.
    """
    probability, labels = outputs["probability"], state["labels"]
    value = np.empty(len(probability), object)
    for row, present in enumerate(probability >= THRESHOLD):
        value[row] = [labels[code] for code in np.flatnonzero(present)]
    return {"value": value, "probability": {label: probability[:, code] for code, label in enumerate(labels)}}
