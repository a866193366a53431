"""Probabilities -> the answer. Classes are texts, whatever the column held: 1 is answered as "1".

A *decision rule* is plain data that was chosen when the bundle was made:

    answer       "likeliest", "threshold" or "costs": how the class is found
    code         of "threshold": the class that is answered when its probability reaches `threshold`
    threshold    of "threshold"; other rows get the likeliest of the other classes
    costs        {"currency", "matrix": [actual][answered], "review": price of a person's look or None}, or None;
                 "costs" answers the class of least expected cost
    review       None, "confidence" or "costs": which answers a person has to confirm: those that are less probable
                 than `confidence`, or whose expected cost is above the price of a person's look
    words        what the decision is called for each class, and last where a person decides
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.protocols import Array, Doubles, Outputs, State

VERSION = 2


def answer(outputs: Outputs, state: State, calibration: State, decision: State | None = None) -> dict[str, Any]:
    """The class, every class's probability, what is decided, and whether only one class is in question.

    Args:
        outputs: {"probability": float32 [rows, classes]}.
        state: {"labels": [...]}.
        calibration: {"conformal": threshold or None}.
        decision: The rule; None answers the likeliest class.

    Returns:
        "value": texts [rows], "probability": {class: float32 [rows]}; with a rule "decision": texts [rows]; and, where
        there is a threshold, "certain": boolean [rows]. An answer is certain when it is the likeliest class and no
        second class reaches the threshold: the set that holds the truth with the promised confidence, the likeliest
        class always in it, has one member.
    """
    probability, labels = outputs["probability"], np.asarray(state["labels"], object)
    codes = called(probability, decision)
    answered: dict[str, Any] = {"value": labels[codes]}
    if decision is not None:
        places = np.where(reviewed(probability, decision), len(labels), codes)
        answered["decision"] = np.asarray(decision["words"], object)[places]
    answered["probability"] = {label: probability[:, code] for code, label in enumerate(state["labels"])}
    threshold = calibration.get("conformal")
    if threshold is not None:
        second = np.partition(probability, -2, axis=1)[:, -2]
        answered["certain"] = (second < np.float32(threshold)) & (codes == probability.argmax(axis=1))
    return answered


def called(probability: Array, decision: State | None) -> Array:
    """Codes of the classes that are answered [rows]; probabilities are [rows, classes]."""
    rule = "likeliest" if decision is None else decision["answer"]
    if decision is None or rule == "likeliest":
        return np.asarray(probability.argmax(axis=1))
    if rule == "costs":
        return np.asarray(expected_costs(probability, decision["costs"]["matrix"]).argmin(axis=1))
    code = decision["code"]
    others = np.where(np.arange(probability.shape[1]) == code, -1.0, probability).argmax(axis=1)
    return np.asarray(np.where(probability[:, code].astype(np.float64) >= decision["threshold"], code, others))


def reviewed(probability: Array, decision: State | None) -> Array:
    """Which answers a person has to confirm, boolean [rows]."""
    by = None if decision is None else decision["review"]
    if decision is None or by is None:
        return np.zeros(len(probability), bool)
    place = np.arange(len(probability)), called(probability, decision)
    if by == "confidence":
        return np.asarray(probability[place].astype(np.float64) < decision["confidence"])
    costs = decision["costs"]
    return np.asarray(expected_costs(probability, costs["matrix"])[place] > costs["review"])


def expected_costs(probability: Array, matrix: Any) -> Doubles:
    """What each answer is expected to cost [rows, classes]; `matrix` is [actual, answered]."""
    return np.asarray(probability.astype(np.float64) @ np.asarray(matrix, np.float64), np.float64)
