"""A schedule: who does what when, as whole working days and as dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Maker = Literal["cp-sat", "greedy"]


@dataclass(frozen=True)
class Planned:
    """A task in a schedule.

    Args:
        task: Its id.
        mode: Place of the mode it is done in, among its modes.
        start: Working days before it, from the start of the plan.
        end: Working days until it is over; a task of no days ends when it starts.
        first: The day it starts on.
        last: The day on whose evening it is over.
        cost: What it costs.
        late: Working days by which it misses its due date.
    """

    task: str
    mode: int
    start: int
    end: int
    first: date
    last: date
    cost: float
    late: int


@dataclass(frozen=True)
class Schedule:
    """A plan whose durations are what was planned; `dates` tells what to expect of it.

    Args:
        items: The tasks that are done, by their starts.
        left_out: Those that wait for a goal that is not met, or that the budget does not reach, and what comes after.
        reached: Goal -> the task that meets it first; goals met from the start are not among them.
        days: Working days until all is over.
        bound: Days that no plan with the same goals and lateness can go below, as far as was found out.
        cost: Of all.
        proven: Whether no better plan exists.
        maker: What made it: `cp-sat`, or `greedy` where OR-Tools is not installed.
        known_through: Last year whose make-up working days are official; None where the calendar has none.
    """

    items: tuple[Planned, ...]
    left_out: tuple[str, ...]
    reached: Mapping[str, str]
    days: int
    bound: int
    cost: float
    proven: bool
    maker: Maker
    known_through: int | None

    def item(self, task: str) -> Planned | None:
        """A task by its id; None where it is left out."""
        return next((item for item in self.items if item.task == task), None)

    @property
    def last(self) -> date | None:
        """The day on whose evening all is over; None where nothing is done."""
        return max((item.last for item in self.items), default=None)
