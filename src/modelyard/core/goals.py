"""Goals: what the product has to reach, as one line each.

    [target.]metric[@share][class][column = value] (>= | <= | > | <) number[% | unit] [at condition [and condition ...]]

    roc_auc >= 0.8          recall[bad] >= 90%         roc_auc[branch = *] >= 0.75         risk.lift@10% >= 3
    recall[bad] >= 0.99 at fpr <= 0.05                 coverage >= 0.7 at error <= 0.02    cost <= 120 CNY
    latency_p99_ms <= 5 at batch = 32 and threads = 2 and over = http                      bundle_mb <= 10

`parse` reads the line by itself, so that a project file can be checked before there is any data; `core.goal_checks`
then hold it against the tasks of the project, and against the classes that the data turned out to have.
Signs may be written in full width: ＞＝, ≥, ％, ［ ］, 【 】.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args
from unicodedata import normalize

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text

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
    def is_plain(self) -> bool:
        """Whether it is about one number of a target on all rows: no slice, no condition, not the bundle."""
        return not (self.is_of_bundle or self.column or self.conditions)

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
        line = f"{target}{self.metric}{share}{brackets} {self.operator} {figure(self.value, self.unit)}"
        conditions = " and ".join(
            f"{one.metric}{_bracket(one.label)} {one.operator} {one.word or figure(one.value, one.unit)}"
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


def figure(value: float, unit: str) -> str:
    """A number as a goal writes it: 5%, 120 CNY."""
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
