"""Probabilities -> the answer. Classes are texts, whatever the column held: 1 is answered as "1"."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.protocols import Outputs, State

VERSION = 1


def answer(outputs: Outputs, state: State, calibration: State) -> dict[str, Any]:
    """The likeliest class, every class's probability, and whether only one class is in question.

    Args:
        outputs: {"probability": float32 [rows, classes]}.
        state: {"labels": [...]}.
        calibration: {"conformal": threshold or None}.

    Returns:
        "value": texts [rows], "probability": {class: float32 [rows]}, and, where there is a threshold, "certain":
        boolean [rows]. An answer is certain when no second class reaches the threshold: the set that holds the truth
        with the promised confidence, the likeliest class always in it, has one member.
    """
    probability, labels = outputs["probability"], np.asarray(state["labels"], object)
    answered: dict[str, Any] = {
        "value": labels[probability.argmax(axis=1)],
        "probability": {label: probability[:, code] for code, label in enumerate(state["labels"])},
    }
    threshold = calibration.get("conformal")
    if threshold is not None:
        second = np.partition(probability, -2, axis=1)[:, -2]
        answered["certain"] = second < np.float32(threshold)
    return answered
