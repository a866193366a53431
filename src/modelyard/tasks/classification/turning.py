"""Which rows are turned away: the part of the decision rule on rows that are unlike all classes.

Where a label of the data stands for such rows (`outside`), or a share of the rows of the classes may be lost
(`outside_loss`), rows get no class from some unlikeness on. The threshold is the one at which a new row of the classes
is turned away with at most that probability, by split conformal prediction. Goals that weigh what is found against what
is lost, such as `outside_recall >= 0.6 at in_scope_loss <= 0.05`, choose it as thresholds are chosen, where held-out
rows are outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core.goals import Condition, Goal
from modelyard.core.protocols import Array, State
from modelyard.measure import decision as rules
from modelyard.measure.calibration import split_quantile
from modelyard.tasks.classification.target import OUTSIDE

LOST, KEPT = "in_scope_loss", "in_scope_accuracy"
RATES = {"outside_recall": "recall", "outside_precision": "precision", LOST: "fpr"}
"""Metrics on what is turned away, as rates of calling a row outside."""
LOSS = 0.05
LABEL = "outside"
"""What rows are answered with that are turned away, where no label of the data stands for them."""


def label_of(state: State) -> str:
    """What rows are answered with that are turned away."""
    return str(state.get("outside", {}).get("label", LABEL))


def needed_for(goal: Goal, state: State, options: Mapping[str, Any]) -> str:
    """What has to be written for a goal on what is turned away; "" where nothing more has.

    Args:
        goal: Validated.
        state: Of the target.
        options: Those of the task that were written.
    """
    about = {part.metric for part in goal.parts}
    if "outside" not in state and about & {*RATES} - {LOST}:
        return f"predict: {{column: …, outside: {LABEL}}}"
    if "outside" not in state and about & {LOST, KEPT} and not options.get("outside_loss"):
        return f"predict: {{column: …, outside_loss: {LOSS}}}"
    return ""


def turning_rule(
    strange: Array, y: Array, state: State, goals: Sequence[Goal], options: Mapping[str, Any], confidence: float
) -> State:
    """`outside` of a decision rule with how it was chosen; nothing where every row gets a class.

    Args:
        strange: How unlike all classes each held-out row is [rows].
        y: Their codes [rows].
        state: Of the target.
        goals: Validated, those about this target.
        options: Those of the task that were written.
        confidence: Beyond which a bound is said to hold.
    """
    if "outside" not in state and not options.get("outside_loss"):
        return {}
    label, inside, outside = label_of(state), y >= 0, y == OUTSIDE
    word = (options.get("decisions") or {}).get(label, label)
    rows = {"in_scope": int(inside.sum()), "outside": int(outside.sum())}
    asked = [goal for goal in goals if goal.metric in RATES]
    if outside.any() and {one.metric for goal in asked for one in goal.parts} > {LOST}:
        known = inside | outside
        chosen = _keeping(strange[known], outside[known], asked, confidence)
    else:
        bounds = (one.value for goal in asked for one in goal.parts if one.metric == LOST)
        loss = min([options.get("outside_loss") or LOSS, *bounds])
        chosen = {"threshold": _losing(strange[inside], loss), "loss": loss}
    return {"outside": {"label": label, "word": word, "rows": rows, **chosen}}


def _keeping(strange: Array, outside: Array, goals: Sequence[Goal], confidence: float) -> State:
    """The threshold that keeps the bounds of goals; where they stand side by side, what is lost comes first."""
    several = not any(goal.conditions for goal in goals)

    def bound(one: Goal | Condition, condition: bool) -> rules.Bound:
        return rules.Bound(RATES[one.metric], one.wants_more, one.value, condition or (several and one.metric == LOST))

    bounds = [bound(one, one is not goal) for goal in goals for one in goal.parts]
    at = rules.thresholds(strange)
    choice = rules.choose(rules.class_rates(strange, outside, at), bounds, at, confidence)
    chosen = {
        "goals": [goal.text for goal in goals],
        "standing": choice.standing,
        "margin": round(choice.margin, 6),
    }
    return {"threshold": choice.threshold, "chosen": chosen}


def _losing(strange: Array, loss: float) -> float:
    """The threshold at which a new row of the classes is turned away with at most this probability.

    Where rows are too few to promise that, none of them is.
    """
    at = rules.thresholds(strange) if len(strange) else np.asarray([1 + rules.APART])
    most = split_quantile(np.asarray(strange, np.float64), 1 - loss)
    return float(at[-1] if most is None else at[at > most][0])
