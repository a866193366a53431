"""A work as whole numbers, which is what solvers work on: days, hundredths of people, hundredths of money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.planned import Maker
from modelyard.plan.schedule.valid import Place, check, check_money, default_place, heaviest_month, is_staffed
from modelyard.plan.schedule.work import Mode, Task, Work, meeting

_HUNDREDTHS = 100
_WEIGHTS = 1000
_MONTH = 23  # working days at most
_EXACT = 1e-6


@dataclass(frozen=True)
class Way:
    """A mode that there are people and money for.

    Args:
        index: Its place among the task's modes.
        days: Whole working days.
        people: [roles] hundredths of people.
        cost: In hundredths.
        meets: Numbers of the goals that it meets.
    """

    index: int
    days: int
    people: tuple[int, ...]
    cost: int
    meets: tuple[int, ...]


@dataclass(frozen=True)
class Job:
    """A task.

    Args:
        id: Its name.
        ways: The ways of doing it; none where it waits for a gate and cannot be done at all.
        before: Numbers of the jobs it comes after, each with the days to wait after it.
        gate: Number of the goal that it waits for; None where it waits for none, or for one that is met.
        release: The working day it can start on at the earliest.
        due: Working days after which it is late; None where it is never.
        weight: What a day of lateness counts.
        is_required: Whether it has to be done whatever goals are met.
    """

    id: str
    ways: tuple[Way, ...]
    before: tuple[tuple[int, int], ...]
    gate: int | None
    release: int
    due: int | None
    weight: int
    is_required: bool

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose: how it is done, or whether."""
        return len(self.ways) > 1 or not self.is_required


@dataclass(frozen=True)
class Problem:
    """What solvers are given.

    Args:
        jobs: Every job after those that it waits for.
        people: [roles] hundredths of people there are.
        values: [goals] what meeting each is worth.
        total: What may be spent in all; None without limit.
        monthly: What may be spent in a month.
        months: The calendar's months, each from its first working day to before its end.
        horizon: A number of working days within which everything can be done.
        by_days: Whether fewer days come before less cost.
    """

    jobs: tuple[Job, ...]
    people: tuple[int, ...]
    values: tuple[int, ...]
    total: int | None
    monthly: int | None
    months: tuple[tuple[int, int], ...]
    horizon: int
    by_days: bool

    @property
    def aims(self) -> tuple[Aim, ...]:
        """What is made small, the first first."""
        last: tuple[Aim, ...] = ("days", "cost") if self.by_days else ("cost", "days")
        return ("goals", "left_out", "lateness", *last)

    @property
    def open_goals(self) -> tuple[int, ...]:
        """The goals that some way of doing a job meets."""
        return tuple(sorted({goal for job in self.jobs for way in job.ways for goal in way.meets}))

    def meeting(self, goal: int) -> list[tuple[int, Way]]:
        """The jobs and their ways that meet a goal."""
        return [(number, way) for number, job in enumerate(self.jobs) for way in job.ways if goal in way.meets]

    def spent(self, job: Job, way: Way, start: int, month: tuple[int, int]) -> int:
        """What a job costs in a month when it starts on that day; the whole is spread evenly over its days."""
        first, end = month
        if not way.days:
            return way.cost if first <= max(start - 1, job.release) < end else 0
        done = [way.cost * min(max(until - start, 0), way.days) // way.days for until in month]
        return done[1] - done[0]

    def fits_months(self, placed: Iterable[tuple[Job, Way, int]]) -> bool:
        """Whether jobs that are done so, started then, cost no more than a month may."""
        if self.monthly is None:
            return True
        placed = list(placed)
        return all(
            sum(self.spent(job, way, start, month) for job, way, start in placed) <= self.monthly
            for month in self.months
        )


Aim = Literal["goals", "left_out", "lateness", "days", "cost"]
"""What is made small: the value of goals that are not met, jobs that are left out, weighted days of lateness, the day
on which all is over, money."""


@dataclass(frozen=True)
class Solution:
    """What a solver gives back.

    Args:
        starts: Number of a job -> its start; jobs that are left out are not in it.
        ways: Number of a job -> how it is done.
        reached: Number of a goal -> the job that meets it first.
        proven: Whether nothing better exists.
        maker: What found it: `cp-sat` or `greedy`.
        bound: Days that no plan that is as good otherwise can go below.
    """

    starts: Mapping[int, int]
    ways: Mapping[int, Way]
    reached: Mapping[int, int]
    proven: bool
    maker: Maker
    bound: int

    def end(self, number: int) -> int:
        """When a job is over."""
        return self.starts[number] + self.ways[number].days

    @property
    def length(self) -> int:
        """When the last job is over."""
        return max((self.end(number) for number in self.starts), default=0)

    def value(self, problem: Problem, aim: Aim) -> int:
        """What an aim comes to."""
        if aim == "goals":
            return sum(problem.values[goal] for goal in problem.open_goals if goal not in self.reached)
        if aim == "left_out":
            return len(problem.jobs) - len(self.starts)
        if aim == "days":
            return self.length
        if aim == "cost":
            return sum(way.cost for way in self.ways.values())
        return sum(
            job.weight * max(0, self.end(number) - job.due)
            for number, job in enumerate(problem.jobs)
            if job.due is not None and number in self.starts
        )

    def score(self, problem: Problem) -> tuple[int, ...]:
        """What is compared between plans: all aims, the first first; the smaller the better."""
        return tuple(self.value(problem, aim) for aim in problem.aims)


def reached(starts: Mapping[int, int], ways: Mapping[int, Way]) -> dict[int, int]:
    """Number of a goal -> the job that meets it first."""
    found: dict[int, int] = {}
    for number, way in ways.items():
        for goal in way.meets:
            found[goal] = min(found.get(goal, number), number, key=lambda each: (starts[each] + ways[each].days, each))
    return found


def problem(work: Work, days: WorkingDays, place: Place = default_place) -> Problem:
    """The whole numbers of a work.

    Raises:
        ProjectError: The work cannot be planned, or its budget fits nothing.
    """
    check(work, place)
    order = list(_order(work))
    required = _required(order, work)
    check_money(work, days, [task for task in order if task.id in required], place)
    number = {task.id: index for index, task in enumerate(order)}
    jobs = tuple(_job(task, work, days, number, task.id in required) for task in order)
    horizon = _horizon(jobs, work)
    return Problem(
        jobs=jobs,
        people=tuple(round(people * _HUNDREDTHS) for people in work.roles.values()),
        values=tuple(_weight(goal.value) for goal in work.goals),
        total=_hundredths(work.budget.total),
        monthly=_hundredths(work.budget.per_month),
        months=tuple(days.months(horizon + 1)) if work.budget.per_month is not None else (),
        horizon=horizon,
        by_days=work.first == "days",
    )


def _order(work: Work) -> Iterator[Task]:
    """Every task after those that it waits for, or may wait for at a gate; otherwise as they were given."""
    waits = {task.id: {*task.after, *(other.id for other in _gates(task, work))} for task in work.tasks}
    left, done = list(work.tasks), set[str]()
    while left:
        task = next(task for task in left if waits[task.id] <= done)
        left.remove(task)
        done.add(task.id)
        yield task


def _gates(task: Task, work: Work) -> tuple[Task, ...]:
    return meeting(work, task.gate) if _is_open_gate(task, work) else ()


def _is_open_gate(task: Task, work: Work) -> bool:
    """Whether it waits for a goal that is not met today."""
    return bool(task.gate) and not any(goal.name == task.gate and goal.is_met for goal in work.goals)


def _required(order: list[Task], work: Work) -> set[str]:
    """The tasks behind no gate."""
    required: set[str] = set()
    for task in order:
        if not _is_open_gate(task, work) and set(task.after) <= required:
            required.add(task.id)
    return required


def _job(task: Task, work: Work, days: WorkingDays, number: dict[str, int], is_required: bool) -> Job:
    goals = [goal.name for goal in work.goals]
    modes = [(index, mode) for index, mode in enumerate(task.modes) if is_possible(mode, work, days)]
    return Job(
        id=task.id,
        ways=tuple(
            Way(
                index=index,
                days=mode.planned,
                people=tuple(round(mode.people.get(role, 0) * _HUNDREDTHS) for role in work.roles),
                cost=round(mode.cost * _HUNDREDTHS),
                meets=tuple(goals.index(goal) for goal in mode.meets if not work.goals[goals.index(goal)].is_met),
            )
            for index, mode in modes
        ),
        before=tuple((number[other], int(lag)) for other, lag in task.after.items()),
        gate=goals.index(task.gate) if _is_open_gate(task, work) else None,
        release=0 if task.earliest is None else days.number(task.earliest),
        due=None if task.due is None else days.number(task.due + timedelta(1)),
        weight=_weight(task.weight),
        is_required=is_required,
    )


def is_possible(mode: Mode, work: Work, days: WorkingDays) -> bool:
    """Whether there are the people for a mode, and a month's money."""
    monthly = work.budget.per_month
    return is_staffed(mode, work) and (monthly is None or heaviest_month(mode, days) <= monthly + _EXACT)


def _horizon(jobs: tuple[Job, ...], work: Work) -> int:
    """Everything one after the other; where months have a limit, each task in months of its own."""
    longest = sum(max((way.days for way in job.ways), default=0) for job in jobs)
    waits = sum(max((lag for _, lag in job.before), default=0) for job in jobs)
    apart = 0
    if work.budget.per_month is not None:
        apart = 2 * _MONTH * sum(any(way.cost for way in job.ways) for job in jobs)
    return max((job.release for job in jobs), default=0) + longest + waits + apart


def _hundredths(amount: float | None) -> int | None:
    return None if amount is None else round(amount * _HUNDREDTHS)


def _weight(value: float) -> int:
    return max(1, round(value * _WEIGHTS)) if value else 0
