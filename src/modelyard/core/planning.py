"""What only the user knows of a plan: prices, people, dates and work. It stands in `plan:` of the project file.

Nothing here changes what is trained. What is not given is not computed, and the plan says which key it lacks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from modelyard.core.errors import Mistake
from modelyard.core.goals import Goal
from modelyard.core.messages import text

if TYPE_CHECKING:
    from modelyard.core.source import Found, Keys, Source


def _three(value: Any) -> tuple[float, ...]:
    """One number stands for three equal ones."""
    numbers = [value] * 3 if _is_number(value) else value
    good = isinstance(numbers, list | tuple) and len(numbers) == 3 and all(map(_is_number, numbers))
    if not good or not 0 <= numbers[0] <= numbers[1] <= numbers[2] < math.inf:
        raise ValueError(text("project.expected_rising"))
    return tuple(float(number) for number in numbers)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _positive(values: tuple[float, float, float]) -> tuple[float, float, float]:
    if not values[0] > 0:
        raise ValueError(text("project.expected_rising_positive"))
    return values


def _day(value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(text("project.expected_date")) from None


_NUMBER = {"type": "number", "minimum": 0}
_ONE_OR_THREE = {"anyOf": [_NUMBER, {"type": "array", "items": _NUMBER, "minItems": 3, "maxItems": 3}]}
Range = Annotated[tuple[float, float, float], BeforeValidator(_three), WithJsonSchema(_ONE_OR_THREE)]
"""One number, or [low, likely, high], none below 0."""
Some = Annotated[Range, AfterValidator(_positive)]
"""As `Range`, all above 0."""


class Strict(BaseModel):
    """No unknown keys, no infinities, no changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Labels(Strict):
    """What labelled rows cost."""

    price: Some | None = Field(None, description="of one label: one number, or [low, likely, high]")
    per_day: Some | None = Field(None, description="usable rows that all annotators label in a working day, alike")
    annotators: int = Field(1, ge=1, le=100, description="people who label each row")
    quality_share: float = Field(0.0, ge=0, le=1, description="share of the labels that is labelled once more to check")
    acceptance: float = Field(1.0, gt=0, le=1, description="share of the labelled rows that is usable in the end")
    most: int | None = Field(None, ge=1, description="rows that can be had at most, beside those there are")
    role: str | None = Field(None, description="who labels: a role of the team, for the schedule")


class Team(Strict):
    """Who works, and when."""

    calendar: str | None = Field(None, description="country of the holidays: CN, DE-BY; else Monday to Friday")
    start: Annotated[date, BeforeValidator(_day)] | None = Field(
        None, description="first day of the work, e.g. 2027-01-04"
    )
    roles: dict[str, Annotated[float, Field(gt=0, le=10_000)]] = Field({}, description="role: how many people have it")


class Money(Strict):
    """What may be spent."""

    total: float | None = Field(None, ge=0, description="in all")
    per_month: float | None = Field(None, ge=0, description="in each month of the calendar")
    currency: str = Field("", description="what money is shown in, e.g. CNY")


class Item(Strict):
    """A piece of work."""

    id: str = Field(min_length=1, description="its name")
    role: str | None = Field(None, description="who does it, a role of the team; nobody's time by default")
    days: Range = Field(description="working days: one number, or [low, likely, high]")
    cost: float = Field(0.0, ge=0, description="what is paid for it beside the people's time")
    after: list[str] = Field([], description="pieces of work that have to be over before")
    gate: str | None = Field(None, description="the goal that has to be met before: its line, or its metric")


class PlanSpec(Strict):
    """`plan:` of a project file."""

    level: float | None = Field(None, gt=0, lt=1, description="wanted probability of reaching each goal, e.g. 0.8")
    missing_cost: float | None = Field(None, gt=0, description="what it costs to miss the goals")
    labels: Labels = Labels()
    team: Team = Team()
    budget: Money = Money()
    work: list[Item] = Field([], description="what has to be done beside the labelling")


def gate_of(written: str, goals: tuple[Goal, ...]) -> Goal | None:
    """The goal that a gate names: by its line, or by its metric where one goal alone is about it."""
    exact = [goal for goal in goals if written.strip() in (goal.text, str(goal))]
    about = [goal for goal in goals if written.strip() in (goal.name, goal.metric)]
    return exact[0] if exact else about[0] if len(about) == 1 else None


def doubts(plan: PlanSpec | None, goals: tuple[Goal, ...], source: Source) -> Iterator[Found]:
    """What contradicts itself in a plan, with the path at fault.

    Args:
        plan: What was written; None where nothing was.
        goals: The goals of the project that can be read.
        source: The file, for places.
    """
    if plan is None:
        return
    ids = [item.id for item in plan.work]
    for number, item in enumerate(plan.work):
        keys: Keys = ("plan", "work", number)
        if item.id in ids[:number]:
            yield (*keys, "id"), Mistake(source.place(*keys, "id"), item.id, text("project.expected_new_id"))
        yield from _named((*keys, "after"), item.after, ids, source)
        yield from _named((*keys, "role"), [item.role] if item.role else [], list(plan.team.roles), source)
        if item.gate is not None and gate_of(item.gate, goals) is None:
            names = ", ".join(goal.text for goal in goals) or "-"
            expected = text("project.expected_gate", names=names)
            yield (*keys, "gate"), Mistake(source.place(*keys, "gate"), item.gate, expected)
    role = plan.labels.role
    yield from _named(("plan", "labels", "role"), [role] if role else [], list(plan.team.roles), source)
    circle = _circle({item.id: item.after for item in plan.work})
    if circle:
        keys = ("plan", "work")
        yield keys, Mistake(source.place(*keys), " → ".join(circle), text("project.expected_no_work_circle"))


def _named(keys: Keys, names: list[str], known: list[str], source: Source) -> Iterator[Found]:
    for name in names:
        if name not in known:
            expected = text("project.expected_one_of", names=", ".join(known) or "-")
            yield keys, Mistake(source.place(*keys), name, expected)


def _circle(before: dict[str, list[str]]) -> list[str]:
    """Names that wait for each other, the first one again at the end; empty where none do."""
    done: set[str] = set()
    for first in before:
        path, waiting = [first], [iter(before[first])]
        while path:
            name = next(waiting[-1], None)
            if name is None:
                done.add(path.pop())
                waiting.pop()
            elif name in path:
                return [*path[path.index(name) :], name][::-1]
            elif name in before and name not in done:
                path.append(name)
                waiting.append(iter(before[name]))
    return []
