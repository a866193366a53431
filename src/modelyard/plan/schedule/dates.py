"""When things will be over: P50 and P80 of every task by simulated projects, and which tasks the end hangs on.

Days follow PERT or lognormal distributions, labelling follows the rows that turn out to be needed. Each simulated
project keeps to the schedule's order of work; how much sooner it ends when people take up whatever is ready is told
beside. What a month may cost is not held in them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.dispatch import dispatched
from modelyard.plan.schedule.flow import Network, network
from modelyard.plan.schedule.planned import Schedule
from modelyard.plan.schedule.valid import Place, default_place
from modelyard.plan.schedule.work import Days, Labelling, Lognormal, Pert, Task, Work

Floats = NDArray[np.float64]

DISPATCHED = 1000
"""Simulated projects in which people take up whatever is ready."""
_LEVELS = (0.5, 0.8)
_Z90 = 1.2815515655446004
_EXACT = 1e-9


@dataclass(frozen=True)
class Likely:
    """When something is over.

    Args:
        p50: The date that half of the projects keep; None where more never get there.
        p80: The date that four in five keep.
        never: Share of the projects that never get there, as no number of rows suffices.
    """

    p50: date | None
    p80: date | None
    never: float


@dataclass(frozen=True)
class TaskDates:
    """A task in the simulated projects.

    Args:
        task: Its id.
        planned: The day that the schedule says.
        likely: When it is over.
        criticality: Share of the projects that come to an end which hang on it: any longer, and all is.
        in_time: Share of the projects that keep its due date; None where it has none.
    """

    task: str
    planned: date
    likely: Likely
    criticality: float
    in_time: float | None


@dataclass(frozen=True)
class Dates:
    """What to expect of a schedule.

    Args:
        tasks: In the order in which they are worked on.
        end: When all is over, when every project keeps to the schedule's order of work.
        dispatched: The same when people take up whatever is ready.
        on_plan: Share of the projects that are over on the day that the schedule says.
        draws: How many projects were simulated.
        finishes: [tasks, draws] working days until each task is over; infinite where it never is.
    """

    tasks: tuple[TaskDates, ...]
    end: Likely
    dispatched: Likely
    on_plan: float
    draws: int
    finishes: Floats = field(repr=False, compare=False)


def dates(
    work: Work,
    schedule: Schedule,
    *,
    draws: int = 10_000,
    seed: int = 0,
    need: Mapping[str, Floats] | None = None,
    place: Place = default_place,
) -> Dates:
    """Simulate the project many times.

    Args:
        work: What was planned.
        schedule: Its schedule, by `solve`.
        draws: How many projects.
        seed: Of the draws; a task draws the same whatever other tasks there are.
        need: Task -> [n] draws of the rows it needs, infinite where no number suffices; the tasks' draws with the
            same place belong to the same project, and are gone through again where there are fewer than `draws`.
        place: How places are told in mistakes; see `valid`.

    Raises:
        ProjectError: Draws that cannot be, of tasks that there are not, or that label nothing.
    """
    _refuse(work, schedule, draws, need or {}, place)
    plan, days = network(work, schedule), WorkingDays(work.calendar, work.start)
    spans = np.empty((len(plan.tasks), draws))
    for number, (task, mode) in enumerate(zip(plan.tasks, plan.modes, strict=True)):
        rows = (need or {}).get(task.id)
        generator = np.random.default_rng([seed, zlib.crc32(task.id.encode())])
        spans[number] = drawn(mode.days, generator, draws, None if rows is None else np.resize(rows, draws))
    ready = np.array([0 if task.earliest is None else days.number(task.earliest) for task in plan.tasks], np.float64)
    planned = np.array([mode.planned for mode in plan.modes], np.float64)
    starts, finishes = passed(plan, spans, planned, ready)
    few = min(draws, DISPATCHED)
    again = dispatched(plan, work.roles, spans[:, :few], planned, ready)
    hung = critical(plan, starts, finishes)
    ends = finishes.max(axis=0, initial=0)
    return Dates(
        tasks=tuple(_task(task, schedule, days, finishes[k], float(hung[k])) for k, task in enumerate(plan.tasks)),
        end=likely(ends, days),
        dispatched=likely(again.max(axis=0, initial=0), days),
        on_plan=float(np.mean(ends <= schedule.days + _EXACT)),
        draws=draws,
        finishes=finishes,
    )


def _refuse(work: Work, schedule: Schedule, draws: int, need: Mapping[str, Floats], place: Place) -> None:
    if draws < 1:
        raise ProjectError(Mistake("plan", f"{draws}", text("plan_schedule.expected_draws")))
    tasks, found = {task.id: task for task in work.tasks}, []
    for name, rows in need.items():
        where = place("work", name, "")
        item = schedule.item(name)
        if name not in tasks:
            got, expected = text("plan_schedule.got_unknown", name=name), ", ".join(tasks)
            found.append(Mistake(where, got, text("plan_schedule.expected_names", names=expected)))
        elif item is not None and not isinstance(tasks[name].modes[item.mode].days, Labelling):
            got, expected = text("plan_schedule.got_not_labelling"), text("plan_schedule.expected_labelling")
            found.append(Mistake(where, got, expected))
        elif np.ndim(rows) != 1 or not len(rows) or not np.all(np.asarray(rows) >= 0):
            got = text("plan_schedule.got_need", shape=np.shape(rows))
            found.append(Mistake(where, got, text("plan_schedule.expected_need")))
    if found:
        raise ProjectError(found)


def _task(task: Task, schedule: Schedule, days: WorkingDays, finishes: Floats, criticality: float) -> TaskDates:
    item = schedule.item(task.id)
    if item is None:
        raise ValueError(f"{task.id} is not in the schedule")
    in_time = None
    if task.due is not None:
        in_time = float(np.mean(finishes <= days.number(task.due + timedelta(1)) + _EXACT))
    return TaskDates(task.id, item.last, likely(finishes, days), criticality, in_time)


def likely(finishes: Floats, days: WorkingDays) -> Likely:
    """When something is over.

    Args:
        finishes: [draws] working days until then, infinite where it never is.
        days: Their dates.
    """
    places = [int(np.ceil(level * len(finishes) - _EXACT)) - 1 for level in _LEVELS]
    sure = np.partition(finishes, places)[places]  # the least that so many projects keep
    p50, p80 = (days.last(float(end)) for end in sure)
    return Likely(p50, p80, float(np.mean(np.isinf(finishes))))


def drawn(days: Days, generator: np.random.Generator, draws: int, rows: Floats | None = None) -> Floats:
    """[draws] numbers of days.

    Args:
        days: How they are distributed.
        generator: Of random numbers.
        draws: How many.
        rows: [draws] rows to label, in place of those that are planned.
    """
    if isinstance(days, Labelling):
        rows = np.full(draws, days.rows) if rows is None else rows
        return rows / drawn(days.per_day, generator, draws)
    if isinstance(days, Lognormal):
        spread = np.log(days.p90 / days.p50) / _Z90
        return np.asarray(days.p50 * np.exp(spread * generator.standard_normal(draws)))
    if isinstance(days, Pert) and days.high > days.low:
        width = days.high - days.low
        shape = 4 * (days.likely - days.low) / width
        return days.low + width * generator.beta(1 + shape, 5 - shape, draws)
    return np.full(draws, days.low if isinstance(days, Pert) else float(days))


def passed(plan: Network, spans: Floats, planned: Floats, ready: Floats) -> tuple[Floats, Floats]:
    """Starts and finishes of the tasks when every project keeps to the schedule's order of work.

    Args:
        plan: The order of work.
        spans: [tasks, draws] days; infinite where the task is never over, and its people leave after `planned`.
        planned: [tasks] days.
        ready: [tasks] no start before.

    Returns:
        [tasks, draws] each; infinite where a task never starts, or is never over.
    """
    starts, finishes = np.empty_like(spans), np.empty_like(spans)
    left = np.empty_like(spans)
    for number in range(len(spans)):
        start = np.full(spans.shape[1], ready[number])
        for other, lag in plan.waits[number]:
            np.maximum(start, finishes[other] + lag if lag else finishes[other], out=start)
        for other in plan.hands[number]:
            np.maximum(start, left[other], out=start)
        starts[number] = start
        finishes[number] = start + spans[number]
        left[number] = start + np.where(np.isinf(spans[number]), planned[number], spans[number])
    return starts, finishes


def critical(plan: Network, starts: Floats, finishes: Floats) -> Floats:
    """[tasks] share of the projects that come to an end in which a task's delay delays the end."""
    ends = finishes.max(axis=0, initial=0)
    is_over = np.isfinite(ends)
    if not is_over.all():
        starts, finishes, ends = starts[:, is_over], finishes[:, is_over], ends[is_over]
    latest = np.broadcast_to(ends, finishes.shape).copy()  # finishes at which the end stays
    shares = np.zeros(len(finishes))
    for number in reversed(range(len(finishes))):
        slack = latest[number] - finishes[number]
        shares[number] = float(np.mean(slack <= _EXACT * (1 + ends))) if len(ends) else 0.0
        begin = starts[number] + slack
        for other, lag in plan.waits[number]:
            np.minimum(latest[other], begin - lag, out=latest[other])
        for other in plan.hands[number]:
            np.minimum(latest[other], begin, out=latest[other])
    return shares
