"""The decision rule of a label set, chosen on held-out rows: from which probability on each label is answered.

A label's goals with conditions, such as `recall[sport] >= 0.9 at precision >= 0.5`, decide its threshold; else a goal
on its F1, or on the mean F1 of the labels, takes the threshold that is best for it. A goal on F1 over all decisions
together moves the labels that are left by one common threshold. Labels that no goal is about stay at 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Outputs, State
from modelyard.measure import decision as rules
from modelyard.tasks.multilabel.options import TOGETHER
from modelyard.tasks.multilabel.postprocess import THRESHOLD, called

FEWEST = 10
"""Rows with a label, and without it, below which its threshold stays where it is."""


def check(options: Mapping[str, Any], state: State, goals: Sequence[Goal], place: str) -> None:
    """Every label has a threshold of its own.

    Raises:
        ProjectError: A goal on one label whose condition is on another.
    """
    mistakes = [
        Mistake(goal.place, goal.text, text("tasks.expected_one_label", label=goal.label))
        for goal in goals
        if {one.label for one in goal.parts} != {goal.label}
    ]
    if mistakes:
        raise ProjectError(mistakes)


def choose(
    outputs: Outputs, y: Array, state: State, goals: Sequence[Goal], options: Mapping[str, Any], confidence: float
) -> State | None:
    """The rule that follows from goals; None where nothing asks for one.

    Args:
        outputs: Of rows that the model did not learn from.
        y: 0, 1 or NaN [rows, labels].
        state: Of the target.
        goals: Validated, those about this target.
        options: None of them matters.
        confidence: Beyond which a bound is said to hold.
    """
    probability = outputs["probability"]
    chosen: dict[str, dict[str, Any]] = {}
    thresholds = [THRESHOLD] * len(state["labels"])
    if any(goal.metric == "f1_micro" for goal in goals) and not np.isnan(y).all():
        thresholds = [rules.best_together(probability, y)] * len(thresholds)
        chosen = {label: {"by": "f1_micro"} for label in state["labels"]}
    for code, label in enumerate(state["labels"]):
        found = _of_label(probability[:, code], y[:, code], label, goals, confidence)
        if found:
            thresholds[code], chosen[label] = found
    return {"thresholds": thresholds, "chosen": chosen, "rows": len(y)} if chosen else None


def decided(outputs: Outputs, decision: State | None) -> Outputs:
    """What a rule decides, as `metrics` reads it beside the outputs."""
    return {"called": called(outputs["probability"], decision)}


def _of_label(
    score: Array, y: Array, label: str, goals: Sequence[Goal], confidence: float
) -> tuple[float, dict[str, Any]] | None:
    """The threshold of a label and how it was chosen; None where no goal asks for one or too few rows show one."""
    known = ~np.isnan(y)
    score, there = score[known], y[known] == 1
    few = min(there.sum(), (~there).sum()) < FEWEST
    asked = [goal for goal in goals if goal.conditions and goal.label == label and goal.metric in TOGETHER[0]]
    if asked and len(score):
        at = rules.thresholds(score)
        bounds = [
            rules.Bound(one.metric, one.wants_more, one.value, one is not goal) for goal in asked for one in goal.parts
        ]
        choice = rules.choose(rules.class_rates(score, there, at), bounds, at, confidence)
        told = {"by": "goals", "goals": [goal.text for goal in asked], "standing": choice.standing}
        return choice.threshold, {**told, "margin": round(choice.margin, 6)}
    balanced = [goal for goal in goals if goal.metric == "f1_macro" or (goal.metric == "f1" and goal.label == label)]
    if balanced and not few:
        return rules.best(score, there, "f1"), {"by": "f1", "goals": [balanced[0].text]}
    return None
