"""Whether a schedule can be carried out: told from the work and the dates alone, by none of the solvers' code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.planned import Planned, Schedule
from modelyard.plan.schedule.work import Mode, Task, Work

_CENTS = 0.01  # of each task, as solvers count in whole ones
_EXACT = 1e-6


def violations(work: Work, schedule: Schedule) -> tuple[str, ...]:
    """What is wrong with a schedule; nothing when it can be carried out.

    Args:
        work: Work that `valid` finds right.
        schedule: What is said to be its schedule.
    """
    tasks = {task.id: task for task in work.tasks}
    ids = list(tasks)
    strange = [item.task for item in schedule.items if item.task not in tasks]
    names = Counter([*(item.task for item in schedule.items), *schedule.left_out])
    if strange or names != Counter(ids):
        return (f"tasks: {strange or names - Counter(ids) or Counter(ids) - names}",)
    items = {item.task: item for item in schedule.items}
    modes = {name: tasks[name].modes[item.mode] for name, item in items.items()}
    return (
        *_days(items, modes, work),
        *_order(items, tasks, work),
        *_gates(items, modes, schedule, work),
        *_people(items, modes, work),
        *_money(items, modes, work),
        *_left_out(schedule, work),
        *_figures(items, schedule, work),
    )


def _days(items: dict[str, Planned], modes: dict[str, Mode], work: Work) -> Iterator[str]:
    calendar = WorkingDays(work.calendar, work.start)
    for name, item in items.items():
        if item.start < 0 or item.end - item.start != modes[name].planned:
            yield f"{name}: lasts from {item.start} to {item.end}, not {modes[name].planned} days"
        if item.first != calendar.day(item.start) and item.end > item.start:
            yield f"{name}: day {item.start} is not {item.first}"
        if item.last != calendar.day(item.end - 1) and item.end > item.start:
            yield f"{name}: day {item.end - 1} is not {item.last}"


def _order(items: dict[str, Planned], tasks: dict[str, Task], work: Work) -> Iterator[str]:
    for name, item in items.items():
        task = tasks[name]
        if task.earliest is not None and item.first < task.earliest:
            yield f"{name}: starts on {item.first}, before {task.earliest}"
        for other, lag in task.after.items():
            if other not in items:
                yield f"{name}: {other} is left out"
            elif item.start < items[other].end + lag:
                yield f"{name}: starts on day {item.start}, {other} ends on {items[other].end}, and waits {lag}"


def _gates(items: dict[str, Planned], modes: dict[str, Mode], schedule: Schedule, work: Work) -> Iterator[str]:
    ends: dict[str, int] = {}
    for name, mode in modes.items():
        for goal in mode.meets:
            ends[goal] = min(ends.get(goal, items[name].end), items[name].end)
    met = {goal.name for goal in work.goals if goal.is_met}
    for task in work.tasks:
        if task.gate and task.id in items and task.gate not in met:
            opened = ends.get(task.gate)
            if opened is None or items[task.id].start < opened:
                yield f"{task.id}: starts on day {items[task.id].start}, {task.gate} is met on {opened}"
    if set(schedule.reached) != set(ends) - met:
        yield f"goals: {sorted(schedule.reached)} are said to be reached, {sorted(set(ends) - met)} are"
    for goal, name in schedule.reached.items():
        if name not in items or items[name].end != ends.get(goal):
            yield f"{goal}: is not met by {name} first"


def _people(items: dict[str, Planned], modes: dict[str, Mode], work: Work) -> Iterator[str]:
    busy: dict[tuple[str, int], float] = {}
    for name, item in items.items():
        for role, people in modes[name].people.items():
            for day in range(item.start, item.end):
                busy[role, day] = busy.get((role, day), 0.0) + people
    for (role, day), people in busy.items():
        if people > work.roles[role] + _EXACT:
            yield f"{role}: {people:g} are busy on day {day}, there are {work.roles[role]:g}"


def _money(items: dict[str, Planned], modes: dict[str, Mode], work: Work) -> Iterator[str]:
    calendar, spent = WorkingDays(work.calendar, work.start), dict[tuple[int, int], float]()
    for name, item in items.items():
        days = [calendar.day(number) for number in range(item.start, item.end)] or [item.last]
        for day in days:
            if day is not None:
                month = (day.year, day.month)
                spent[month] = spent.get(month, 0.0) + modes[name].cost / len(days)
        if item.cost != modes[name].cost:
            yield f"{name}: costs {modes[name].cost}, not {item.cost}"
    slack, total = _CENTS * (len(items) + 1), sum(item.cost for item in items.values())
    if work.budget.total is not None and total > work.budget.total + slack:
        yield f"budget: {total} is spent, there are {work.budget.total}"
    for month, amount in spent.items():
        if work.budget.per_month is not None and amount > work.budget.per_month + slack:
            yield f"budget: {amount} is spent in {month}, there are {work.budget.per_month}"


def _left_out(schedule: Schedule, work: Work) -> Iterator[str]:
    """Nothing is left out unless it waits, itself or through others, for a goal that is not met from the start."""
    met = {goal.name for goal in work.goals if goal.is_met}
    may = {task.id for task in work.tasks if task.gate and task.gate not in met}
    for _ in work.tasks:
        may |= {task.id for task in work.tasks if may & set(task.after)}
    yield from (f"{name}: is left out" for name in schedule.left_out if name not in may)


def _figures(items: dict[str, Planned], schedule: Schedule, work: Work) -> Iterator[str]:
    calendar, ends = WorkingDays(work.calendar, work.start), [item.end for item in items.values()]
    if schedule.days != max(ends, default=0) or schedule.bound > schedule.days:
        yield f"days: {schedule.days}, bound {schedule.bound}, the last ends on {max(ends, default=0)}"
    for task in work.tasks:
        if task.id in items:
            item = items[task.id]
            late = max(0, item.end - calendar.number(task.due + timedelta(1))) if task.due is not None else 0
            if item.late != late:
                yield f"{task.id}: is {late} working days late, not {item.late}"
