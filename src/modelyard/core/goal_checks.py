"""Goals held against what is there: the tasks of the project, the classes of the data, what a metric can be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import (
    ABOUT_ALL,
    BATCH,
    BUNDLE_METRICS,
    CLASS,
    EXAMPLE,
    OVER,
    SHARE,
    THREADS,
    TIMED,
    Condition,
    Goal,
    Way,
    figure,
)
from modelyard.core.messages import text
from modelyard.core.protocols import Metric


def validate(goal: Goal, tasks: Mapping[str, str]) -> Goal:
    """Hold a goal against the targets of the project.

    Args:
        goal: A parsed goal.
        tasks: Name of each target -> name of its task.

    Returns:
        The goal with its target filled in (those on the bundle have none), and with its class in the conditions that
        name none.

    Raises:
        ProjectError: Unknown target or metric, a class, share, unit or condition where none belongs or none where one
            does, or several targets and none named.
    """
    if goal.is_of_bundle:
        _check_of_bundle(goal)
        return goal
    if goal.target and goal.target not in tasks:
        expected = text("goals.expected_target", names=", ".join(tasks))
        raise _error(goal, goal.target, expected, plugins.nearest(goal.target, list(tasks)))
    fitting = [name for name in tasks if goal.target in ("", name)]
    for name in fitting:
        _check_metric(goal, tasks[name])
        _check_conditions(goal, tasks[name])
    if len(fitting) > 1:
        fix = " / ".join(f"{name}.{goal.text}" for name in fitting[:3])
        raise _error(goal, goal.text, text("goals.expected_one_target", count=len(fitting)), fix)
    listed: tuple[str, ...] = plugins.part("tasks", tasks[fitting[0]], "options").METRICS
    about = tuple(
        replace(one, label=goal.label) if not one.label and one.metric + CLASS in listed else one
        for one in goal.conditions
    )
    return replace(goal, target=fitting[0], conditions=about)


def check_class(goal: Goal, labels: Sequence[str]) -> None:
    """Hold a goal's class, and those of its conditions, against the classes that the data has.

    Raises:
        ProjectError: There is no such class, and the nearest one is offered; or one is needed, as there are many.
    """
    for label in [one.label for one in goal.parts if one.label]:
        if label not in labels:
            expected = text("goals.expected_class", names=", ".join(labels[:20]))
            raise _error(goal, label, expected, plugins.nearest(label, list(labels)))
    if not goal.label and labels and len(labels) != 2 and (goal.share or goal.conditions) and not _is_about_all(goal):
        example = f"{goal.name}[{labels[0]}]" if labels else goal.name
        raise _error(goal, goal.name, text("goals.expected_a_class", metric=goal.name), f"{example} …")


def _is_about_all(goal: Goal) -> bool:
    """Metrics on what goes to a person, or is turned away, are about every answer, whatever its class."""
    return not goal.share and goal.metric in ABOUT_ALL


def check_sense(goal: Goal, metric: Metric, part: Goal | Condition | None = None) -> None:
    """Hold the number and direction of a goal, or of one of its parts, against what the metric can be.

    Raises:
        ProjectError: A number outside the metric's range (90 where 90 % is meant), or a wish for the worse.
    """
    asked = part or goal
    low, high = metric.bounds
    if not low <= asked.value <= high or asked.wants_more != (metric.better == "higher"):
        sign = ">=" if metric.better == "higher" else "<="
        expected = text("goals.expected_sense", metric=asked.name, sign=sign, low=f"{low:g}", high=f"{high:g}")
        share = asked.value / 100
        fix = f"{asked.name} {sign} {asked.value:g}%" if high == 1 < asked.value and low <= share <= high else ""
        raise _error(goal, goal.text, expected, fix)


def check_currency(goal: Goal, currency: str) -> None:
    """Hold the unit of a goal on money against the currency that the costs are in; empty where there are no costs.

    Raises:
        ProjectError: There are no costs, or the goal names no currency or another one.
    """
    if goal.metric == "cost" and not currency:
        raise _error(goal, goal.text, text("goals.expected_costs"), f"predict: {{column: …, costs: {EXAMPLE}}}")
    if goal.metric == "cost" and goal.unit != currency:
        fix = f"{goal.name} {goal.operator} {goal.value:g} {currency}"
        raise _error(goal, goal.text, text("goals.expected_currency", currency=currency), fix)


def _check_of_bundle(goal: Goal) -> None:
    """A goal on latency, size and the like: nothing of a target in it, the right unit, sense and conditions."""
    unit = goal.metric.rpartition("_")[2]
    unit = unit if unit in ("ms", "mb") else ""
    if goal.target or goal.label or goal.column or goal.share or goal.unit.lower() not in ("", unit):
        raise _error(goal, goal.text, text("goals.expected_bare", metric=goal.metric))
    more = goal.metric == "rows_per_second"
    if goal.wants_more != more or goal.value <= 0:
        sign = ">=" if more else "<="
        expected = text("goals.expected_sense", metric=goal.metric, sign=sign, low="0", high="inf")
        raise _error(goal, goal.text, expected)
    if goal.conditions and goal.metric not in TIMED:
        raise _error(goal, goal.text, text("goals.expected_no_condition", metric=goal.metric))
    for condition in goal.conditions:
        if not _is_setting(condition) or [one.metric for one in goal.conditions].count(condition.metric) > 1:
            raise _error(goal, goal.text, text("goals.expected_setting"))


def _is_setting(one: Condition) -> bool:
    """`batch = 32`, `threads = 2`, `over = http`."""
    if one.operator != "=" or one.label or one.unit:
        return False
    if one.metric == OVER:
        return one.word in get_args(Way)
    return one.metric in (BATCH, THREADS) and not one.word and one.value == int(one.value) and 1 <= one.value <= 65536


def _check_metric(goal: Goal, task: str) -> None:
    """The task has the metric, and it takes a class, a share and a unit or not as the goal says."""
    listed: tuple[str, ...] = plugins.part("tasks", task, "options").METRICS
    forms = {name for name in listed if _stem(name) == goal.metric}
    if not forms:
        valid = (*listed, *BUNDLE_METRICS)
        expected = text("goals.expected_metric", task=task, names=", ".join(valid))
        raise _error(goal, goal.metric, expected, plugins.nearest(goal.metric, list(dict.fromkeys(map(_stem, valid)))))
    shared = [SHARE in name for name in forms]
    if goal.share and not any(shared):
        raise _error(goal, goal.text, text("goals.expected_no_share", metric=goal.metric))
    if not goal.share and all(shared):
        raise _error(goal, goal.text, text("goals.expected_share", metric=goal.metric), str(replace(goal, share=0.1)))
    if goal.label and goal.listed not in forms:
        taking = ", ".join(name for name in listed if name.endswith(CLASS))
        expected = text("goals.expected_no_class", metric=goal.metric)
        raise _error(goal, goal.name, expected, text("goals.fix_no_class", names=taking) if taking else "")
    if not goal.label and goal.listed not in forms:
        raise _error(goal, goal.metric, text("goals.expected_a_class", metric=goal.metric))
    if goal.unit and (goal.unit == "%") == (goal.metric == "cost"):
        key = "goals.expected_money" if goal.metric == "cost" else "goals.expected_no_unit"
        raise _error(goal, goal.text, text(key, metric=goal.metric))


def _check_conditions(goal: Goal, task: str) -> None:
    """Each condition is a metric that the same rule decides: a threshold, or what goes to a person."""
    together = getattr(plugins.part("tasks", task, "options"), "TOGETHER", ())
    partners = next((group for group in together if goal.metric in group), ())
    for one in goal.conditions:
        needless = one.label and one.metric in ABOUT_ALL
        if one.metric not in partners or one.metric == goal.metric or needless:
            valid = [" / ".join(group) for group in together]
            expected = text("goals.expected_together", groups="; ".join(valid) or text("goals.no_conditions"))
            raise _error(goal, goal.text, expected)
        if one.operator == "=" or one.word or one.unit not in ("", "%"):
            sign = "<=" if one.metric in ("fpr", "fnr", "error", "in_scope_loss") else ">="
            fix = f"{one.metric} {sign} {figure(one.value, one.unit)}" if not one.word else ""
            raise _error(goal, goal.text, text("goals.expected_bound", metric=one.metric), fix)


def _stem(listed: str) -> str:
    return re.split(r"[@\[]", listed)[0]


def _error(goal: Goal, got: str, expected: str, fix: str = "") -> ProjectError:
    return ProjectError(Mistake(goal.place, got, expected, fix))
