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
    outside      absent, or {"label", "threshold", "word"}: rows from that `unlikeness` on are turned away: they are
                 answered with the label, which is no class, and the decision is the word
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.protocols import Array, Doubles, Outputs, State

VERSION = 3
UNKNOWN = 100.0
"""Unknown classes that the probability of being outside is spread over."""


def answer(outputs: Outputs, state: State, calibration: State, decision: State | None = None) -> dict[str, Any]:
    """The class, every class's probability, what is decided, and whether only one class is in question.

    Args:
        outputs: {"probability": float32 [rows, classes]}, and perhaps "unlike": float32 [rows, 1].
        state: {"labels": [...]}.
        calibration: {"conformal": threshold or None}.
        decision: The rule; None answers the likeliest class.

    Returns:
        "value": texts [rows], "probability": {class: float32 [rows]}; with a rule "decision": texts [rows]; where rows
        may be turned away "unlike": float64 [rows]; and, where there is a threshold, "certain": boolean [rows]. An
        answer is certain when it is the likeliest class and no second class reaches the threshold: the set that holds
        the truth with the promised confidence, the likeliest class always in it, has one member.
    """
    probability, labels = outputs["probability"], np.asarray(state["labels"], object)
    codes = called(probability, decision)
    answered: dict[str, Any] = {"value": labels[codes]}
    turned = turned_away(outputs, decision)
    if decision is not None:
        places = np.where(reviewed(probability, decision), len(labels), codes)
        answered["decision"] = np.asarray(decision["words"], object)[places]
    if decision is not None and "outside" in decision:
        answered["value"][turned] = decision["outside"]["label"]
        answered["decision"][turned] = decision["outside"]["word"]
        answered["unlike"] = unlike(outputs)
    answered["probability"] = {label: probability[:, code] for code, label in enumerate(state["labels"])}
    threshold = calibration.get("conformal")
    if threshold is not None:
        second = np.partition(probability, -2, axis=1)[:, -2]
        answered["certain"] = (second < np.float32(threshold)) & (codes == probability.argmax(axis=1)) & ~turned
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


def turned_away(outputs: Outputs, decision: State | None) -> Array:
    """Which rows are unlike all classes, boolean [rows]."""
    if decision is None or "outside" not in decision:
        return np.zeros(len(outputs["probability"]), bool)
    return np.asarray(unlike(outputs) >= decision["outside"]["threshold"])


def unlike(outputs: Outputs) -> Doubles:
    """How unlike all classes each row is [rows]: as the graph says, or by the probabilities alone."""
    if "unlike" in outputs:
        return np.asarray(outputs["unlike"], np.float64).reshape(-1)
    return unlikeness(outputs["probability"])


def unlikeness(probability: Array, outside: Array | float = 0.0) -> Doubles:
    """How unlike all classes a row is [rows]: 0 where one class alone is in question, towards 1 the more are.

    It is 1 - 1/n, where n is the effective number of classes in question, (sum of the roots of the probabilities)²
    (Hill 1973, of order 1/2), and the probability of being outside counts as that of `UNKNOWN` classes more. Unlike
    the greatest probability it looks at the tail of the small ones, and hardly depends on how sharp they all are.

    Args:
        probability: Of each class [rows, classes].
        outside: Of being outside [rows]; 1 with those of the classes.
    """
    known = np.sqrt(probability.astype(np.float64)).sum(axis=1)
    count = (known + np.sqrt(UNKNOWN * np.asarray(outside, np.float64))) ** 2
    return np.asarray(np.maximum(1 - 1 / count, 0.0), np.float64)


def expected_costs(probability: Array, matrix: Any) -> Doubles:
    """What each answer is expected to cost [rows, classes]; `matrix` is [actual, answered]."""
    return np.asarray(probability.astype(np.float64) @ np.asarray(matrix, np.float64), np.float64)
