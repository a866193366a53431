"""The work to be planned: tasks and the ways of doing them, people, money and days.

    Work(
        tasks=(
            Task("schema", (Mode(Pert(2, 3, 6), {"ml": 1}),)),
            Task("pilot", (Mode(5, {"ml": 1}, cost=800),), after={"schema": 0}, gate="quality"),
        ),
        roles={"ml": 1},
        goals=(Goal("quality", is_met=True),),
        start=date(2027, 1, 4),
        calendar=Calendar("CN"),
    )

Time is counted in working days from the start of the plan; `calendar` turns them into dates. What is wrong with a
work is told by `valid`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

_EXACT = 1e-9  # 6 / 0.2 is not 30.000000000000004 days


@dataclass(frozen=True)
class Pert:
    """Days whose least, most likely and greatest number is known; they follow the PERT distribution.

    Args:
        low: No fewer than this.
        likely: The mode, which is what a plan counts on.
        high: No more than this.
    """

    low: float
    likely: float
    high: float


@dataclass(frozen=True)
class Lognormal:
    """Days of which half take at most `p50`, nine in ten at most `p90`; a long tail of long ones."""

    p50: float
    p90: float


@dataclass(frozen=True)
class Labelling:
    """Days that follow from rows to be labelled.

    Args:
        rows: How many a plan counts on; simulated projects draw what they need where draws are given.
        per_day: Rows that are labelled in a day.
    """

    rows: float
    per_day: float | Pert | Lognormal


Days = float | Pert | Lognormal | Labelling


@dataclass(frozen=True)
class Mode:
    """One way of doing a task.

    Args:
        days: Working days it takes.
        people: Role -> how many of its people are busy with it all the while, in hundredths.
        cost: What is paid, spread evenly over its days.
        meets: Names of the goals that are met, at the level that is wanted, once it is done this way.
        name: What it is called where a task has several.
    """

    days: Days
    people: Mapping[str, float] = field(default_factory=dict)
    cost: float = 0.0
    meets: tuple[str, ...] = ()
    name: str = ""

    @property
    def planned(self) -> int:
        """The whole working days that a plan counts on: the most likely number, rounded up; one if it may be any."""
        least = 1 if isinstance(self.days, Pert) and self.days.high > 0 else 0
        return max(least, math.ceil(expected(self.days) - _EXACT))


@dataclass(frozen=True)
class Task:
    """Something to be done, in one of its modes.

    Args:
        id: Its name, unique in the work.
        modes: The ways of doing it.
        after: Tasks that have to be over before -> working days to wait after that.
        gate: The goal that has to be met before; empty where it waits for none.
        earliest: It does not start before this day.
        due: The day that it should be done by; later is allowed, and counted.
        weight: What a working day of lateness counts.
    """

    id: str
    modes: tuple[Mode, ...]
    after: Mapping[str, int] = field(default_factory=dict)
    gate: str = ""
    earliest: date | None = None
    due: date | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Goal:
    """What tasks may wait for, and modes may meet.

    Args:
        name: Unique in the work.
        value: What meeting it is worth, against the other goals.
        is_met: Whether it is met today, so that nobody waits for it.
    """

    name: str
    value: float = 1.0
    is_met: bool = False


@dataclass(frozen=True)
class Budget:
    """What may be spent: in all, and in each month of the calendar; None where there is no limit."""

    total: float | None = None
    per_month: float | None = None


@dataclass(frozen=True)
class Calendar:
    """Which days are working days.

    Args:
        country: Two letters, e.g. CN: its public holidays are free, its make-up days are worked; empty for none.
        region: A part of it that has holidays of its own, e.g. BY.
        weekend: Days of the week that are free, 0 (Monday) to 6 (Sunday); None for the country's, or 5 and 6. Who
            works on Saturdays closes those within a public break: to the country they are no holidays.
        closed: Days off of one's own.
        opened: Days that are worked whatever else is said.
    """

    country: str = ""
    region: str = ""
    weekend: tuple[int, ...] | None = None
    closed: tuple[date, ...] = ()
    opened: tuple[date, ...] = ()


@dataclass(frozen=True)
class Work:
    """Everything a schedule is made from.

    Args:
        tasks: In any order.
        start: The first day, or the last before the first working day.
        roles: Role -> how many people have it, in hundredths.
        goals: Those that are named in gates and modes.
        budget: What may be spent.
        calendar: Which days are working days.
        first: What matters more once goals and due dates are settled: the fewest days, or the least cost.
    """

    tasks: tuple[Task, ...]
    start: date
    roles: Mapping[str, float] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    budget: Budget = field(default_factory=Budget)
    calendar: Calendar = field(default_factory=Calendar)
    first: Literal["days", "cost"] = "days"


def expected(days: Days) -> float:
    """The number of days that a plan counts on, before it is rounded: the most likely one, or the median."""
    if isinstance(days, Pert):
        return days.likely
    if isinstance(days, Lognormal):
        return days.p50
    return days.rows / expected(days.per_day) if isinstance(days, Labelling) else days


def meeting(work: Work, goal: str) -> tuple[Task, ...]:
    """The tasks of which a mode meets a goal."""
    return tuple(task for task in work.tasks if any(goal in mode.meets for mode in task.modes))
