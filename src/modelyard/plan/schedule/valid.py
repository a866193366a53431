"""What is wrong with a work, told all at once; only then what its money does not allow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.work import Days, Labelling, Lognormal, Mode, Pert, Task, Work, meeting

Place = Callable[[str, str, str], str]
"""Section (`work`, `roles`, `goals`, `budget`), name, and field or "" -> where the user wrote it."""

MOST_DAYS = 2500
"""Working days of one task, about ten years."""
_HUNDREDTHS = 100
_A_YEAR = 250  # working days
_EXACT = 1e-6


def default_place(section: str, name: str, field: str) -> str:
    """Where something stands, when there is no file to point into."""
    if not field:
        return text("plan_schedule.place", section=section, name=name)
    return text("plan_schedule.place_field", section=section, name=name, field=field)


def check(work: Work, place: Place = default_place) -> None:
    """Refuse a work that cannot be planned.

    Args:
        work: Anything.
        place: How places are told; the command line gives lines of `modelyard.yaml`.

    Raises:
        ProjectError: All mistakes that were found.
    """
    found = [*_twice(work, place), *_roles(work, place), *_amounts(work, place)]
    found += chain.from_iterable(_task(task, work, place) for task in work.tasks)
    found += [] if found else _cycle(work, place)
    if found:
        raise ProjectError(found)


def _twice(work: Work, place: Place) -> Iterator[Mistake]:
    named = (("work", [task.id for task in work.tasks]), ("goals", [goal.name for goal in work.goals]))
    for section, names in named:
        for name in sorted({name for name in names if names.count(name) > 1}):
            got, expected = text("plan_schedule.got_twice", name=name), text("plan_schedule.expected_once")
            yield Mistake(place(section, name, ""), got, expected)


def _roles(work: Work, place: Place) -> Iterator[Mistake]:
    for role, people in work.roles.items():
        if not _is_hundredths(people):
            yield Mistake(place("roles", role, ""), f"{people}", text("plan_schedule.expected_people"))


def _amounts(work: Work, place: Place) -> Iterator[Mistake]:
    for field, amount in (("total", work.budget.total), ("per_month", work.budget.per_month)):
        if amount is not None and not _is_amount(amount):
            yield Mistake(place("budget", field, ""), f"{amount}", text("plan_schedule.expected_money"))
    for goal in work.goals:
        if not _is_amount(goal.value):
            yield Mistake(place("goals", goal.name, "value"), f"{goal.value}", text("plan_schedule.expected_weight"))


def _task(task: Task, work: Work, place: Place) -> Iterator[Mistake]:
    ids, goals = [other.id for other in work.tasks], [goal.name for goal in work.goals]
    for other, lag in task.after.items():
        yield from _unknown(other, ids, place("work", task.id, "after"))
        if lag < 0 or lag > MOST_DAYS or lag != int(lag):
            yield Mistake(place("work", task.id, "after"), f"{other}: {lag}", text("plan_schedule.expected_lag"))
    if task.gate:
        yield from _unknown(task.gate, goals, place("work", task.id, "gate"))
    if not _is_amount(task.weight):
        yield Mistake(place("work", task.id, "weight"), f"{task.weight}", text("plan_schedule.expected_weight"))
    yield from _dates(task, work, place)
    if not task.modes:
        got, expected = text("plan_schedule.got_no_modes"), text("plan_schedule.expected_modes")
        yield Mistake(place("work", task.id, "days"), got, expected)
    for mode in task.modes:
        yield from _mode(mode, task, work, place)
    yield from _demand(task, work, place)


def _dates(task: Task, work: Work, place: Place) -> Iterator[Mistake]:
    if task.due is not None and task.earliest is not None and task.due < task.earliest:
        got = text("plan_schedule.got_due", due=task.due, earliest=task.earliest)
        yield Mistake(place("work", task.id, "due"), got, text("plan_schedule.expected_due"))
    elif task.due is not None and task.due < work.start:
        got = text("plan_schedule.got_due_early", due=task.due, start=work.start)
        yield Mistake(place("work", task.id, "due"), got, text("plan_schedule.expected_due"))


def _mode(mode: Mode, task: Task, work: Work, place: Place) -> Iterator[Mistake]:
    wrong = _wrong_days(mode.days)
    if wrong:
        yield Mistake(place("work", task.id, "days"), *wrong)
    elif mode.planned > MOST_DAYS:
        expected = text("plan_schedule.expected_days_most", most=MOST_DAYS)
        yield Mistake(place("work", task.id, "days"), f"{mode.planned}", expected)
    for role, people in mode.people.items():
        yield from _unknown(role, list(work.roles), place("work", task.id, "role"))
        if not _is_hundredths(people):
            yield Mistake(place("work", task.id, "role"), f"{people}", text("plan_schedule.expected_people"))
    if not _is_amount(mode.cost):
        yield Mistake(place("work", task.id, "cost"), f"{mode.cost}", text("plan_schedule.expected_money"))
    for goal in mode.meets:
        yield from _unknown(goal, [each.name for each in work.goals], place("work", task.id, "meets"))
    if task.gate in mode.meets:
        got, expected = text("plan_schedule.got_own_gate"), text("plan_schedule.expected_other_gate")
        yield Mistake(place("work", task.id, "gate"), got, expected)


def _wrong_days(days: Days) -> tuple[str, str] | None:
    """What is wrong with a number of days, or rows a day: what was got, what is expected."""
    if isinstance(days, Pert):
        right = 0 <= days.low <= days.likely <= days.high < math.inf
        got = f"[{days.low:g}, {days.likely:g}, {days.high:g}]"
        return None if right else (got, text("plan_schedule.expected_pert"))
    if isinstance(days, Lognormal):
        right = 0 < days.p50 <= days.p90 < math.inf
        return None if right else (f"P50 {days.p50:g}, P90 {days.p90:g}", text("plan_schedule.expected_lognormal"))
    if isinstance(days, Labelling):
        return _wrong_labelling(days)
    return None if _is_amount(days) else (f"{days}", text("plan_schedule.expected_days"))


def _wrong_labelling(days: Labelling) -> tuple[str, str] | None:
    if not _is_amount(days.rows):
        return f"{days.rows}", text("plan_schedule.expected_rows")
    least = days.per_day.low if isinstance(days.per_day, Pert) else days.per_day
    if isinstance(least, int | float) and not least > 0:
        return f"{least}", text("plan_schedule.expected_per_day")
    return _wrong_days(days.per_day)


def _demand(task: Task, work: Work, place: Place) -> Iterator[Mistake]:
    """A task of which no mode can be staffed: the role that is nearest to sufficing."""
    short = [
        [(needed - work.roles[role], role, needed) for role, needed in mode.people.items() if role in work.roles]
        for mode in task.modes
    ]
    lacking = [max((each for each in needs if each[0] > _EXACT), default=None) for needs in short]
    worst = [each for each in lacking if each is not None]
    if worst and len(worst) == len(task.modes):
        _, role, needed = min(worst)
        got = text("plan_schedule.got_too_many", needed=needed, role=role)
        expected = text("plan_schedule.expected_at_most", people=work.roles[role])
        fix = text("plan_schedule.fix_people", role=role, needed=needed)
        yield Mistake(place("work", task.id, "role"), got, expected, fix)


def _unknown(name: str, known: list[str], place: str) -> Iterator[Mistake]:
    if name not in known:
        names = ", ".join(known) or text("plan_schedule.no_names")
        expected = text("plan_schedule.expected_names", names=names)
        yield Mistake(place, text("plan_schedule.got_unknown", name=name), expected, plugins.nearest(name, known))


def _cycle(work: Work, place: Place) -> Iterator[Mistake]:
    """Work that waits for itself, through what it comes after or through a gate that it opens."""
    before = {task.id: list(task.after) for task in work.tasks}
    is_met = {goal.name for goal in work.goals if goal.is_met}
    for task in work.tasks:
        if task.gate and task.gate not in is_met:
            before[task.id] += [other.id for other in meeting(work, task.gate)]
    circle = cycle(before)
    if circle:
        got = text("plan_schedule.got_cycle", cycle=" → ".join(circle))
        fix = text("plan_schedule.fix_cycle")
        yield Mistake(place("work", circle[0], "after"), got, text("plan_schedule.expected_no_cycle"), fix)


def cycle(before: dict[str, list[str]]) -> tuple[str, ...]:
    """A circle in what waits for what, its first name again at its end; empty when there is none.

    Args:
        before: Name -> the names that it waits for, all of them keys.
    """
    done: set[str] = set()
    for root in before:
        path: list[str] = []
        waiting = [(root, iter(before[root]))] if root not in done else []
        while waiting:
            name, rest = waiting[-1]
            if len(path) < len(waiting):
                path.append(name)
            following = next((other for other in rest if other not in done), None)
            if following is None:
                done.add(path.pop())
                waiting.pop()
            elif following in path:
                return (following, *reversed(path[path.index(following) :]))
            else:
                waiting.append((following, iter(before[following])))
    return ()


def check_money(work: Work, days: WorkingDays, required: Iterable[Task], place: Place = default_place) -> None:
    """Refuse a budget that nothing fits: the least that would.

    Args:
        work: A work that `check` found right.
        days: Its working days.
        required: The tasks that have to be done whatever goals are met.
        place: See `check`.

    Raises:
        ProjectError: The month's or the whole budget is too small.
    """
    total, monthly, least = work.budget.total, work.budget.per_month, 0.0
    for task in required:
        modes = [mode for mode in task.modes if is_staffed(mode, work)]
        if monthly is not None:
            lightest = min(heaviest_month(mode, days) for mode in modes)
            if lightest > monthly + _EXACT:
                _refuse_budget("per_month", monthly, lightest, task.id, place)
            modes = [mode for mode in modes if heaviest_month(mode, days) <= monthly + _EXACT]
        least += min(mode.cost for mode in modes)
    if total is not None and least > total + _EXACT:
        _refuse_budget("total", total, least, "", place)


def _refuse_budget(field: str, amount: float, least: float, task: str, place: Place) -> None:
    up = math.ceil(least * _HUNDREDTHS - _EXACT) / _HUNDREDTHS
    if field == "total":
        got, expected = text("plan_schedule.got_total", got=amount), text("plan_schedule.expected_total", least=up)
    else:
        got = text("plan_schedule.got_month", got=amount)
        expected = text("plan_schedule.expected_month", least=up, task=task)
    fix = text("plan_schedule.fix_budget", least=up)
    raise ProjectError(Mistake(place("budget", field, ""), got, expected, fix))


def heaviest_month(mode: Mode, days: WorkingDays) -> float:
    """The most that a mode costs in one month, when it is started where that is least within about a year."""
    length = mode.planned
    if not length or not mode.cost:
        return mode.cost
    first, end = np.array(days.months(length + _A_YEAR)).T
    starts = np.arange(_A_YEAR)[:, None]
    within = np.minimum(end, starts + length) - np.maximum(first, starts)  # [starts, months] days of work
    return mode.cost * float(within.max(axis=1).min()) / length


def is_staffed(mode: Mode, work: Work) -> bool:
    """Whether there are the people for it."""
    return all(needed <= work.roles[role] + _EXACT for role, needed in mode.people.items())


def _is_amount(value: float) -> bool:
    return math.isfinite(value) and value >= 0


def _is_hundredths(value: float) -> bool:
    return _is_amount(value) and abs(value * _HUNDREDTHS - round(value * _HUNDREDTHS)) < _EXACT
