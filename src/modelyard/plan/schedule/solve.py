"""Work in, schedule out: by CP-SAT where OR-Tools is installed, by the best of many lists where it is not.

schedule = solve(work)                  # the same bytes every time
schedule.item("pilot").last             # datetime.date(2027, 1, 14)
"""

from __future__ import annotations

from modelyard.core import plugins
from modelyard.core.errors import InstallError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.schedule import exact, greedy, lists
from modelyard.plan.schedule.calendar import MOST_YEARS, WorkingDays
from modelyard.plan.schedule.check import violations
from modelyard.plan.schedule.greedy import Progress
from modelyard.plan.schedule.planned import Maker, Planned, Schedule
from modelyard.plan.schedule.problem import Problem, Solution, problem
from modelyard.plan.schedule.valid import Place, default_place
from modelyard.plan.schedule.work import Work

EFFORT = 10.0
"""Deterministic time, about seconds, that CP-SAT is given."""


def solve(
    work: Work,
    *,
    seed: int = 0,
    effort: float = EFFORT,
    parallel: bool = False,
    maker: Maker | None = None,
    place: Place = default_place,
    progress: Progress | None = None,
) -> Schedule:
    """The best schedule that is found.

    What is best: the goals that are met, by their value; then the tasks that are done; then lateness by its weights;
    then days and cost, in the order that the work wants.

    Args:
        work: Tasks, people, money, days.
        seed: Of the search; the same seed gives the same schedule, but for `parallel`.
        effort: How long CP-SAT may search: deterministic time, about seconds; seconds when `parallel`.
        parallel: Whether several workers search at once, which gives no two runs the same result.
        maker: What makes it; None for CP-SAT where it is installed, else `greedy`.
        place: How places are told in mistakes; see `valid`.
        progress: Called with what is being settled, its best value and its bound.

    Raises:
        ProjectError: The work is contradictory, or its budget fits nothing.
        InstallError: The calendar names a country and `holidays` is missing, or CP-SAT was asked for and is.
    """
    if not effort > 0:
        raise ProjectError(Mistake("plan", f"{effort}", text("plan_schedule.expected_effort")))
    maker = _maker(maker)
    days = WorkingDays(work.calendar, work.start)
    numbers = problem(work, days, place)
    found = greedy.solve(numbers, seed, greedy.LISTS if maker == lists.MAKER else exact.LISTS, progress)
    if maker == exact.MAKER:
        found = exact.solve(numbers, found, exact.Effort(effort, seed, parallel), progress)
    schedule = _schedule(numbers, found, work, days)
    broken = violations(work, schedule)
    if broken:
        raise RuntimeError(f"{found.maker} made a schedule that breaks its rules: {broken}")
    return schedule


def _maker(wanted: Maker | None) -> Maker:
    is_missing = bool(plugins.missing(("ortools",)))
    if wanted == "cp-sat" and is_missing:
        got, fix = text("plan_schedule.got_no_ortools"), text("errors.install", extra="plan")
        raise InstallError(Mistake("plan", got, text("plan_schedule.expected_ortools"), fix))
    return wanted or ("greedy" if is_missing else "cp-sat")


def _schedule(numbers: Problem, found: Solution, work: Work, days: WorkingDays) -> Schedule:
    items = [_item(number, numbers, found, work, days) for number in found.starts]
    done = {item.task for item in items}
    return Schedule(
        items=tuple(sorted(items, key=lambda item: (item.start, item.end, item.task))),
        left_out=tuple(task.id for task in work.tasks if task.id not in done),
        reached={work.goals[goal].name: numbers.jobs[number].id for goal, number in sorted(found.reached.items())},
        days=found.length,
        bound=found.bound,
        cost=sum(item.cost for item in items),
        proven=found.proven,
        maker=found.maker,
        known_through=days.known_through,
    )


def _item(number: int, numbers: Problem, found: Solution, work: Work, days: WorkingDays) -> Planned:
    job, way, start = numbers.jobs[number], found.ways[number], found.starts[number]
    evening = max(start - 1, job.release)  # a task of no days is over when what it waited for is
    first = days.day(start if way.days else evening)
    last = days.day(start + way.days - 1 if way.days else evening)
    if first is None or last is None:
        got = text("plan_schedule.got_too_long", task=job.id, days=start + way.days)
        raise ProjectError(Mistake("plan", got, text("plan_schedule.expected_years", most=MOST_YEARS)))
    mode = next(task for task in work.tasks if task.id == job.id).modes[way.index]
    late = 0 if job.due is None else max(0, start + way.days - job.due)
    return Planned(job.id, way.index, start, start + way.days, first, last, mode.cost, late)
