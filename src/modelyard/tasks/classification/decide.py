"""The decision rule of a classification, chosen on held-out rows; `postprocess` says what it holds.

The class. Goals with conditions, such as `recall[bad] >= 0.99 at fpr <= 0.05`, give a threshold for one class; else
costs give the class of least expected cost (Bayes' rule on calibrated probabilities); else, for two classes, a goal on
a balance of both kinds of mistakes (f1, balanced accuracy, mcc) gives the threshold that is best at it; else the
likeliest class is answered.

What a person confirms. Goals on coverage and error give the least probability of an answer that stands by itself
(Chow 1970); else the price of a person's look does, where there is one; else every answer stands by itself.

What is turned away: see `turning`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goal_checks import check_currency
from modelyard.core.goals import Condition, Goal
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Outputs, State
from modelyard.measure import decision as rules
from modelyard.tasks.classification.costs import read_costs, read_words
from modelyard.tasks.classification.options import TOGETHER
from modelyard.tasks.classification.postprocess import called, reviewed, turned_away, unlike
from modelyard.tasks.classification.turning import label_of, needed_for, turning_rule

THRESHOLD, REVIEW, _ = TOGETHER


def check(options: Mapping[str, Any], state: State, goals: Sequence[Goal], place: str) -> None:
    """Hold options and goals against the classes that the data has.

    Args:
        options: Those of the task that were written.
        state: Of the target.
        goals: Validated, those about this target.
        place: Of the target in the project file, for messages.

    Raises:
        ProjectError: Everything that no rule could follow.
    """
    mistakes: list[Mistake] = []
    labels = state["labels"]
    for name in ("costs", "decisions"):
        try:
            _read(name, options, state, f"{place}.{name}")
        except ProjectError as error:
            mistakes += error.mistakes
    currency = str(options.get("costs", {}).get("currency", ""))
    for goal in goals:
        try:
            check_currency(goal, currency)
        except ProjectError as error:
            mistakes += error.mistakes
    asked = [goal for goal in goals if goal.conditions and goal.metric in THRESHOLD]
    about = {one.label for goal in asked for one in goal.parts}
    if len(labels) > 2 and len(about) > 1:
        got = text("tasks.thresholds_of_several", labels=", ".join(sorted(about)))
        mistakes.append(Mistake(asked[-1].place, got, text("tasks.expected_one_threshold")))
    mistakes += [
        Mistake(goal.place, goal.text, text("tasks.expected_outside_option"), fix)
        for goal in goals
        if (fix := needed_for(goal, state, options))
    ]
    if mistakes:
        raise ProjectError(mistakes)


def choose(
    outputs: Outputs, y: Array, state: State, goals: Sequence[Goal], options: Mapping[str, Any], confidence: float
) -> State | None:
    """The rule that follows from goals and options; None where nothing asks for one.

    Args:
        outputs: Of rows that the model did not learn from.
        y: Their codes [rows]; -1 is left out.
        state: Of the target.
        goals: Validated, those about this target.
        options: Those of the task that were written; they passed `check`.
        confidence: Beyond which a bound is said to hold.
    """
    turning = turning_rule(unlike(outputs), y, state, goals, options, confidence)
    probability, y, labels = outputs["probability"][y >= 0], y[y >= 0], state["labels"]
    costs = _read("costs", options, state, "costs")
    rule = {
        **_class_rule(probability, y, labels, goals, costs, confidence),
        "costs": costs,
        "words": _read("decisions", options, state, "decisions") or read_words({}, labels, "decisions"),
    }
    rule |= _review_rule(probability, y, rule, goals, confidence)
    plain = rule["answer"] == "likeliest" and rule["review"] is None and not costs and not options.get("decisions")
    return None if plain and not turning else {**rule, **turning, "rows": len(y)}


def decided(outputs: Outputs, decision: State | None) -> Outputs:
    """What a rule decides, as `metrics` reads it beside the outputs."""
    probability = outputs["probability"]
    return {
        "code": called(probability, decision),
        "left": reviewed(probability, decision),
        "turned": turned_away(outputs, decision),
    }


def _read(name: str, options: Mapping[str, Any], state: State, place: str) -> Any:
    """What an option says of the classes; None where it is not written."""
    if options.get(name) is None:
        return None
    if name == "costs":
        return read_costs(options[name], state["labels"], place)
    return read_words(options[name], state["labels"], place, label_of(state))


def _class_rule(
    probability: Array, y: Array, labels: Sequence[str], goals: Sequence[Goal], costs: State | None, confidence: float
) -> State:
    """`answer`, with `code`, `threshold` and how they were chosen where they are."""
    asked = [goal for goal in goals if goal.conditions and goal.metric in THRESHOLD]
    if asked:
        code = 1 if len(labels) == 2 else labels.index(asked[0].label)
        at = rules.thresholds(probability[:, code])
        rates = rules.class_rates(probability[:, code], y == code, at)
        choice = rules.choose(rates, _bounds(asked, labels[code], len(labels)), at, confidence)
        return _threshold(labels, code, choice.threshold, by="goals", goals=asked, choice=choice)
    if costs:
        return {"answer": "costs"}
    balanced = [goal for goal in goals if goal.metric in rules.BALANCES] if len(labels) == 2 and len(y) else []
    if balanced:
        code = labels.index(balanced[0].label) if balanced[0].label else 1
        threshold = rules.best(probability[:, code], y == code, balanced[0].metric)
        return _threshold(labels, code, threshold, by=balanced[0].metric, goals=balanced[:1])
    return {"answer": "likeliest"}


def _threshold(
    labels: Sequence[str],
    code: int,
    threshold: float,
    *,
    by: str,
    goals: Sequence[Goal],
    choice: rules.Choice | None = None,
) -> State:
    standing = {"standing": choice.standing, "margin": round(choice.margin, 6)} if choice else {}
    chosen = {"by": by, "goals": [goal.text for goal in goals], **standing}
    return {"answer": "threshold", "code": code, "class": labels[code], "threshold": threshold, "chosen": chosen}


def _bounds(goals: Sequence[Goal], label: str, classes: int) -> list[rules.Bound]:
    """Goals and conditions as rates of calling one class; those about the other one of two are seen from its side."""

    def bound(one: Goal | Condition, condition: bool) -> rules.Bound:
        other = classes == 2 and one.label not in ("", label)
        return rules.Bound(f"other_{one.metric}" if other else one.metric, one.wants_more, one.value, condition)

    return [bound(one, one is not goal) for goal in goals for one in goal.parts if one.metric in THRESHOLD]


def _review_rule(probability: Array, y: Array, rule: State, goals: Sequence[Goal], confidence: float) -> State:
    """`review`, with `confidence` and how it was chosen where it is."""
    asked = [goal for goal in goals if goal.metric in REVIEW]
    parts = [(one, one is not goal) for goal in asked for one in goal.parts]
    if {one.metric for one, _ in parts} == set(REVIEW):
        codes = called(probability, rule)
        certainty = probability[np.arange(len(y)), codes]
        at = rules.thresholds(certainty)
        several = not any(goal.conditions for goal in asked)  # two goals side by side: the rate of mistakes comes first
        bounds = [
            rules.Bound(one.metric, one.wants_more, one.value, condition or (several and one.metric == "error"))
            for one, condition in parts
        ]
        choice = rules.choose(rules.certainty_rates(certainty, codes == y, at), bounds, at, confidence)
        chosen = {
            "goals": [goal.text for goal in asked],
            "standing": choice.standing,
            "margin": round(choice.margin, 6),
        }
        return {"review": "confidence", "confidence": choice.threshold, "review_chosen": chosen}
    if rule["costs"] and rule["costs"]["review"] is not None:
        return {"review": "costs"}
    return {"review": None}
