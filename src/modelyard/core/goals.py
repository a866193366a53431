"""Goals: what the product has to reach, as one line each.

    [target.]metric[@share][class][column = value] (>= | <= | > | <) number[% | unit] [at condition [and condition ...]]

    roc_auc >= 0.8          recall[bad] >= 90%         roc_auc[branch = *] >= 0.75         risk.lift@10% >= 3
    recall[bad] >= 0.99 at fpr <= 0.05                 coverage >= 0.7 at error <= 0.02    cost <= 120 CNY
    latency_p99_ms <= 5 at batch = 32 and threads = 2 and over = http                      bundle_mb <= 10

`parse` reads the line by itself, so that a project file can be checked before there is any data; `validate` then
holds it against the tasks of the project, and `check_class` against the classes that the data turned out to have.
Signs may be written in full width: ＞＝, ≥, ％, ［ ］, 【 】.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args
from unicodedata import normalize

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Metric

Operator = Literal[">=", "<=", ">", "<", "="]
OPERATORS: tuple[Operator, ...] = (">=", "<=", ">", "<")
BUNDLE_METRICS = ("latency_p50_ms", "latency_p99_ms", "rows_per_second", "memory_mb", "bundle_mb")
"""Measured by `evaluate` itself, whatever the task; megabytes are 1,000,000 bytes."""
TIMED = ("latency_p50_ms", "latency_p99_ms", "rows_per_second")
"""Those of them that may say under which conditions: `BATCH`, `THREADS` and `OVER`."""
BATCH, THREADS, OVER = "batch", "threads", "over"
Way = Literal["process", "http"]
CLASS, SHARE = "[class]", "@share"
"""How `METRICS` of a task writes a metric about one class, `recall[class]`, or a share of the rows, `lift@share`."""
ABOUT_ALL = ("coverage", "error", "outside_recall", "outside_precision", "in_scope_loss", "in_scope_accuracy")
"""Metrics on the whole of the answers: those with conditions need no class."""
EVERY = "*"
EXAMPLE = "{currency: CNY, good: {bad: 5000}, bad: {good: 20000}}"

_SIGNS = str.maketrans({"【": "[", "】": "]", "≧": "≥", "≦": "≤"})
_COMPARE = r"(?:>\s?=|<\s?=|>|<|≥|≤)"
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_UNIT = r"(?:\s*(?P<unit>%|(?!(?:at|and)\b)[^\W\d_]+|[$€£¥]))?"
# A class may hold any character, operators too (`recall[>50K]`): a bracket ends where another bracket, or an operator
# with what it asks for, follows. Settled once (`*+`): to try every other end takes time exponential in the brackets.
_BRACKET = r'\[(?:\s*"[^"]*"\s*|.+?)\]'
_ENDS = rf"\s*(?:\[(?!\])|{_COMPARE}\s*{_NUMBER}|=[^\]]*(?:\band\s+[A-Za-z_]\w*\s*[^\w\s\]]|$))"
_HEAD = (
    rf"(?P<metric>[A-Za-z_]\w*)(?:\s*@\s*(?P<share>{_NUMBER}\s*%?))?"
    rf"(?P<brackets>(?:\s*{_BRACKET}(?={_ENDS}))*+)\s*"
)
# The shortest reading without a target is tried first.
_GOAL = re.compile(rf"(?:(?P<target>.+?)\.)??{_HEAD}(?P<operator>{_COMPARE})\s*(?P<number>{_NUMBER}){_UNIT}")
_CONDITION = re.compile(
    rf"\s+(?P<joint>at|and)\s+{_HEAD}(?P<operator>{_COMPARE}|=)\s*(?:(?P<number>{_NUMBER}){_UNIT}|(?P<word>[A-Za-z]+))"
)
_INSIDE = re.compile(rf"{_BRACKET}(?=\s*(?:\[(?!\])|$))")
_SLICE = re.compile(r"\s*+([^=<>\"]*[^=<>\"\s])\s*=\s*([^=\s].*?)\s*")
_SLIPS: dict[str, Operator] = {"=>": ">=", "=<": "<=", "==": ">=", "=": ">=", ":": ">="}


@dataclass(frozen=True)
class Condition:
    """What must hold where a goal's metric is taken: `fpr <= 0.05`, `batch = 32`, `over = http`.

    Args:
        metric: Name of the metric, or of what is set.
        operator: How it has to stand to `value`; `=` where it is set.
        value: The number; a percentage is a fraction here.
        label: The class in brackets; empty when there is none.
        word: What stands in the place of the number.
        unit: `%` when it was written so.
    """

    metric: str
    operator: Operator
    value: float = 0.0
    label: str = ""
    word: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        """The metric as tasks know it."""
        return f"{self.metric}[{self.label}]" if self.label else self.metric

    @property
    def wants_more(self) -> bool:
        """Higher is better: the operator is > or >=."""
        return self.operator in (">=", ">")

    def holds(self, number: float) -> bool:
        """Whether a number, taken as exact, satisfies it."""
        return _holds(number, self.operator, self.value)


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
        share: Of the rows that score highest, for metrics such as `lift@10%`; 0 for others.
        column: The column whose value a row must have to count; empty where all rows count.
        cell: That value; `*` stands for every value, each by itself.
        unit: What stands after the number: `%`, `ms`, a currency.
        conditions: What must hold at the same time.
        place: Where it stands, for messages.
    """

    text: str
    metric: str
    operator: Operator
    value: float
    target: str = ""
    label: str = ""
    share: float = 0.0
    column: str = ""
    cell: str = ""
    unit: str = ""
    conditions: tuple[Condition, ...] = ()
    place: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """The metric as tasks know it: `recall[bad]`, `lift@10%`."""
        return self.metric + (f"@{_percent(self.share)}" if self.share else "") + (f"[{self.label}]" * bool(self.label))

    @property
    def listed(self) -> str:
        """The metric as `METRICS` of a task lists it: `recall[class]`, `lift@share`."""
        return self.metric + SHARE * bool(self.share) + CLASS * bool(self.label)

    @property
    def parts(self) -> tuple[Goal | Condition, ...]:
        """The goal itself and its conditions: all of them have to hold."""
        return (self, *self.conditions)

    @property
    def is_of_bundle(self) -> bool:
        """About the bundle (latency, size) rather than about the quality of a target."""
        return self.metric in BUNDLE_METRICS

    @property
    def wants_more(self) -> bool:
        """Higher is better: the operator is > or >=."""
        return self.operator in (">=", ">")

    def holds(self, number: float) -> bool:
        """Whether a number, taken as exact, reaches the goal."""
        return _holds(number, self.operator, self.value)

    def __str__(self) -> str:
        """The goal in one spelling, which `parse` reads as the same goal."""
        target = f"{self.target}." if self.target else ""
        share = f"@{_percent(self.share)}" if self.share else ""
        brackets = _bracket(self.label) + (f"[{self.column} = {_quoted(self.cell)}]" if self.column else "")
        line = f"{target}{self.metric}{share}{brackets} {self.operator} {_figure(self.value, self.unit)}"
        conditions = " and ".join(
            f"{one.metric}{_bracket(one.label)} {one.operator} {one.word or _figure(one.value, one.unit)}"
            for one in self.conditions
        )
        return f"{line} at {conditions}" if conditions else line


@dataclass(frozen=True)
class Setting:
    """How a bundle is asked while it is timed: rows at a time, threads of the model (0: as many as it may), and how."""

    batch: int = 1
    threads: int = 0
    over: Way = "process"


def setting(goal: Goal) -> Setting:
    """What the conditions of a validated goal on the bundle set."""
    given = {one.metric: one for one in goal.conditions}
    numbers = {name: int(given[name].value) for name in (BATCH, THREADS) if name in given}
    over: Way = "http" if OVER in given and given[OVER].word == "http" else "process"
    return Setting(**numbers, over=over)


# -------------------------------------------------------------------- reading
def parse(written: str, place: str) -> Goal:
    """Read one goal.

    Args:
        written: The line, e.g. `recall[bad] >= 90% at fpr <= 5%`; signs may be of full width.
        place: Where it stands, for messages.

    Raises:
        ProjectError: Not of the form of a goal; says what is wrong with it.
    """
    line = written.strip()
    signs = _signs(line)
    found = _GOAL.match(signs)
    if found is None:
        raise ProjectError(_form_mistake(signs, written, place))
    conditions = list(_conditions(signs, line, found.end()))
    end = conditions[-1][1] if conditions else found.end()
    if end < len(line):
        raise ProjectError(_rest_mistake(line, end, place))
    share = _share(found["share"] or "")
    if found["share"] and not 0 < share < 1:
        raise ProjectError(Mistake(place, line, text("goals.expected_share", metric=found["metric"])))
    label, column, cell = _brackets(found, line, place)
    unit = found["unit"] or ""
    return Goal(
        text=line,
        metric=found["metric"],
        operator=_operator(found["operator"]),
        value=_value(found["number"], unit),
        target=line[slice(*found.span("target"))].strip() if found["target"] else "",
        label=label,
        share=share,
        column=column,
        cell=cell,
        unit=unit,
        conditions=tuple(condition for condition, _ in conditions),
        place=place,
    )


def _signs(line: str) -> str:
    """The line with signs and digits of full width as ASCII, each character in its place."""
    narrow = (normalize("NFKC", character) for character in line.translate(_SIGNS))
    return "".join(n if len(n) == 1 else c for n, c in zip(narrow, line, strict=True))


def _conditions(signs: str, line: str, start: int) -> Iterator[tuple[Condition, int]]:
    """The conditions after a goal, each with the place where it ends."""
    joint = "at"
    while (found := _CONDITION.match(signs, start)) is not None and found["joint"] == joint:
        labels = _contents(found, line)
        if found["share"] or len(labels) > 1:
            return
        start, joint, unit = found.end(), "and", found["unit"] or ""
        value = _value(found["number"], unit) if found["number"] else 0.0
        word = (found["word"] or "").lower()
        label = _unquoted(labels[0]) if labels else ""
        yield Condition(found["metric"], _operator(found["operator"]), value, label, word, unit), start


def _contents(found: re.Match[str], line: str) -> list[str]:
    """What stands in the brackets of a goal or a condition, as the user wrote it."""
    first = found.start("brackets")
    return [line[first + one.start() + 1 : first + one.end() - 1] for one in _INSIDE.finditer(found["brackets"])]


def _brackets(found: re.Match[str], line: str, place: str) -> tuple[str, str, str]:
    """The class, and the column and its value; empty where there is none.

    Raises:
        ProjectError: Two classes, or two slices.
    """
    labels, slices = [], []
    for content in _contents(found, line):
        part = _SLICE.fullmatch(content)
        if part:
            slices.append((part[1], _unquoted(part[2])))
        else:
            labels.append(_unquoted(content))
    if len(labels) > 1 or len(slices) > 1:
        raise ProjectError(Mistake(place, line, text("goals.expected_brackets")))
    column, cell = slices[0] if slices else ("", "")
    return labels[0] if labels else "", column, cell


def _unquoted(written: str) -> str:
    """A class or a value without the quotes that keep its `=` from being read as a slice."""
    bare = written.strip()
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def _value(number: str, unit: str) -> float:
    return round(float(number.replace(",", "")) * (0.01 if unit == "%" else 1.0), 12)


def _share(written: str) -> float:
    bare = written.rstrip("% ")
    return _value(bare, "%" if written.endswith("%") else "") if bare else 0.0


def _operator(written: str) -> Operator:
    bare = {"≥": ">=", "≤": "<="}.get(written, written.replace(" ", ""))
    return next(operator for operator in get_args(Operator) if operator == bare)


def _rest_mistake(line: str, end: int, place: str) -> Mistake:
    """What follows a goal that could be read up to `end`."""
    rest = line[end:].strip()
    got = text("goals.got_rest", rest=rest, goal=line)
    if re.match(r"(at|and)\b", rest) and (rest.startswith("at") or " at " in line[:end]):
        return Mistake(place, got, text("goals.expected_condition"))
    return Mistake(place, got, text("goals.expected_form"), line[:end].strip())


def _form_mistake(line: str, written: str, place: str) -> Mistake:
    """What exactly is wrong with a line that is no goal."""
    expected = text("goals.expected_form")
    slip = re.search(r"=>|=<|==|[=:]", re.sub(r"\[.*\]", lambda inside: "_" * len(inside[0]), line))
    if slip is not None and not re.search(r">=|<=", line):
        fix = line[: slip.start()] + _SLIPS[slip[0]] + line[slip.end() :]
        return Mistake(place, written, expected, fix)
    if not re.search(r"[<>≥≤]", line):
        return Mistake(place, text("goals.got_no_operator", goal=written), expected, f"{line} >= 0.8" if line else "")
    return Mistake(place, written, expected)


# -------------------------------------------------------------------- spelling
def _percent(share: float) -> str:
    return f"{round(100 * share, 10):.12g}%"


def _figure(value: float, unit: str) -> str:
    if unit == "%":
        return _percent(value)
    return f"{value:.12g}" + (f" {unit}" if unit else "")


def _bracket(label: str) -> str:
    return f"[{_quoted(label)}]" if label else ""


def _quoted(written: str) -> str:
    """A class or a value, in quotes where it would be read as something else without."""
    plain = _unquoted(written) == written and not _SLICE.fullmatch(written) and "]" not in written
    return written if plain else f'"{written}"'


def _holds(number: float, operator: Operator, value: float) -> bool:
    return {
        ">=": number >= value, "<=": number <= value, ">": number > value, "<": number < value, "=": number == value,
    }[operator]  # fmt: skip


# ------------------------------------------------------------------ validating
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
            fix = f"{one.metric} {sign} {_figure(one.value, one.unit)}" if not one.word else ""
            raise _error(goal, goal.text, text("goals.expected_bound", metric=one.metric), fix)


def _stem(listed: str) -> str:
    return re.split(r"[@\[]", listed)[0]


def _error(goal: Goal, got: str, expected: str, fix: str = "") -> ProjectError:
    return ProjectError(Mistake(goal.place, got, expected, fix))
