"""Goals: what the product has to reach, as one line each.

    [target.]metric[class] (>= | <= | > | <) number[%]

    roc_auc >= 0.8      recall[bad] >= 90%      risk.roc_auc >= 0.8      latency_p99_ms <= 5      bundle_mb <= 10

`parse` reads the line by itself, so that a project file can be checked before there is any data; `validate` then
holds it against the tasks of the project, and `check_class` against the classes that the data turned out to have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Metric

Operator = Literal[">=", "<=", ">", "<"]
OPERATORS: tuple[Operator, ...] = (">=", "<=", ">", "<")
COST_METRICS = ("latency_p50_ms", "latency_p99_ms", "bundle_mb")
"""Measured by `evaluate` itself, whatever the task; megabytes are 1,000,000 bytes."""

_CLASS = "[class]"
"""How `METRICS` of a task writes a metric that is about one class: `recall[class]`."""
# A class may hold any character, operators too (`recall[>50K]`); the shortest reading without a target is tried first.
_GOAL = re.compile(
    r"(?:(?P<target>.+?)\.)??(?P<metric>[A-Za-z_]\w*)(?:\s*\[(?P<label>.+)\])?\s*"
    r"(?P<operator>>=|<=|>|<)\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<percent>%?)"
)
_SLIPS: dict[str, Operator] = {"=>": ">=", "=<": "<=", "==": ">=", "=": ">=", ":": ">=", "≧": ">=", "≦": "<="}


@dataclass(frozen=True)
class Goal:
    """One goal.

    Args:
        text: As the user wrote it.
        metric: Name of the metric, without its class.
        operator: How the metric has to stand to `value`.
        value: The number to reach; a percentage is a fraction here.
        target: Which target it is about; empty when the line does not say.
        label: The class in brackets; empty when there is none.
        place: Where it stands, for messages.
    """

    text: str
    metric: str
    operator: Operator
    value: float
    target: str = ""
    label: str = ""
    place: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """The metric as tasks know it: `recall[bad]`."""
        return f"{self.metric}[{self.label}]" if self.label else self.metric

    @property
    def is_cost(self) -> bool:
        """About the bundle (latency, size) rather than about the quality of a target."""
        return self.metric in COST_METRICS

    @property
    def wants_more(self) -> bool:
        """Higher is better: the operator is > or >=."""
        return self.operator in (">=", ">")

    def holds(self, number: float) -> bool:
        """Whether a number, taken as exact, reaches the goal."""
        if self.operator in (">=", "<="):
            return number >= self.value if self.wants_more else number <= self.value
        return number > self.value if self.wants_more else number < self.value


def parse(written: str, place: str) -> Goal:
    """Read one goal.

    Args:
        written: The line, e.g. `recall[bad] >= 90%`; `≥` and `≤` are read too.
        place: Where it stands, for messages.

    Raises:
        ProjectError: Not of the form of a goal; says what is wrong with it.
    """
    line = written.strip().replace("≥", ">=").replace("≤", "<=").replace("％", "%")
    found = _GOAL.fullmatch(line)
    if found is None:
        raise ProjectError(_form_mistake(line, written, place))
    share = 0.01 if found["percent"] else 1.0
    return Goal(
        text=written.strip(),
        metric=found["metric"],
        operator=_operator(found["operator"]),
        value=round(float(found["number"]) * share, 12),
        target=(found["target"] or "").strip(),
        label=(found["label"] or "").strip(),
        place=place,
    )


def validate(goal: Goal, tasks: Mapping[str, str]) -> Goal:
    """Hold a goal against the targets of the project.

    Args:
        goal: A parsed goal.
        tasks: Name of each target -> name of its task.

    Returns:
        The goal with its target filled in (cost goals have none).

    Raises:
        ProjectError: Unknown target or metric, a class where none belongs or none where one does, or several targets
            and none named.
    """
    if goal.is_cost:
        if goal.target or goal.label or goal.text.endswith(("%", "％")):
            raise _error(goal, goal.text, text("goals.expected_bare_cost", metric=goal.metric))
        if goal.wants_more or goal.value <= 0:
            expected = text("goals.expected_sense", metric=goal.metric, sign="<=", low="0", high="inf")
            raise _error(goal, goal.text, expected)
        return goal
    if goal.target and goal.target not in tasks:
        expected = text("goals.expected_target", names=", ".join(tasks))
        raise _error(goal, goal.target, expected, plugins.nearest(goal.target, list(tasks)))
    fitting = [name for name in tasks if goal.target in ("", name)]
    for name in fitting:
        _check_metric(goal, tasks[name])
    if len(fitting) > 1:
        fix = " / ".join(f"{name}.{goal.text}" for name in fitting[:3])
        raise _error(goal, goal.text, text("goals.expected_one_target", count=len(fitting)), fix)
    return replace(goal, target=fitting[0])


def check_class(goal: Goal, labels: Sequence[str]) -> None:
    """Hold a goal's class against the classes that the data has.

    Raises:
        ProjectError: There is no such class; the nearest one is offered.
    """
    if goal.label and goal.label not in labels:
        expected = text("goals.expected_class", names=", ".join(labels[:20]))
        raise _error(goal, goal.label, expected, plugins.nearest(goal.label, list(labels)))


def check_sense(goal: Goal, metric: Metric) -> None:
    """Hold a goal's number and direction against what the metric can be.

    Raises:
        ProjectError: A number outside the metric's range (90 where 90 % is meant), or a wish for the worse.
    """
    low, high = metric.bounds
    if not low <= goal.value <= high or goal.wants_more != (metric.better == "higher"):
        sign = ">=" if metric.better == "higher" else "<="
        expected = text("goals.expected_sense", metric=goal.name, sign=sign, low=f"{low:g}", high=f"{high:g}")
        share = goal.value / 100
        fix = f"{goal.name} {sign} {goal.value:g}%" if high == 1 < goal.value and low <= share <= high else ""
        raise _error(goal, goal.text, expected, fix)


def _check_metric(goal: Goal, task: str) -> None:
    """The task has the metric, and it takes a class or not as the goal says."""
    listed: tuple[str, ...] = plugins.part("tasks", task, "options").METRICS
    valid = (*listed, *COST_METRICS)
    bare = tuple(dict.fromkeys(name.removesuffix(_CLASS) for name in valid))
    if goal.metric not in bare:
        expected = text("goals.expected_metric", task=task, names=", ".join(valid))
        raise _error(goal, goal.metric, expected, plugins.nearest(goal.metric, bare))
    if goal.label and goal.metric + _CLASS not in listed:
        taking = ", ".join(name for name in listed if name.endswith(_CLASS))
        expected = text("goals.expected_no_class", metric=goal.metric)
        raise _error(goal, goal.name, expected, text("goals.fix_no_class", names=taking) if taking else "")
    if not goal.label and goal.metric not in valid:
        raise _error(goal, goal.metric, text("goals.expected_a_class", metric=goal.metric))


def _form_mistake(line: str, written: str, place: str) -> Mistake:
    """What exactly is wrong with a line that is no goal."""
    expected = text("goals.expected_form")
    beginning = _GOAL.match(line)
    if beginning is not None:
        rest = line[beginning.end() :].strip()
        return Mistake(place, text("goals.got_rest", rest=rest, goal=written), expected, beginning[0].strip())
    slip = re.search(r"=>|=<|==|[=:≧≦]", line)
    if slip is not None and not re.search(r">=|<=", line):
        return Mistake(place, written, expected, line.replace(slip[0], _SLIPS[slip[0]], 1))
    if not re.search(r"[<>]", line):
        return Mistake(place, text("goals.got_no_operator", goal=written), expected, f"{line} >= 0.8" if line else "")
    return Mistake(place, written, expected)


def _error(goal: Goal, got: str, expected: str, fix: str = "") -> ProjectError:
    return ProjectError(Mistake(goal.place, got, expected, fix))


def _operator(written: str) -> Operator:
    return next(operator for operator in OPERATORS if operator == written)
