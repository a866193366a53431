"""Schedules without OR-Tools: the best of many list schedules.

Lists by latest ends with random noise, forward-backward improvement (Tormos and Lova, 2001; Valls et al., 2005), and
perturbation of the best list so far; ways of doing the work are changed one or two at a time. Nothing is proven, except
where a plan is as short as its longest chain, or as its busiest role allows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.schedule.lists import Choice, forward, justified, latest, settle
from modelyard.plan.schedule.problem import Problem, Solution, Way

Progress = Callable[[str, int, int], None]
"""Called with what is being settled, the best value so far and the bound that it cannot go below."""

LISTS = 300
"""How many lists are tried."""
_FRESH = 0.3  # share of the lists that do not start from the best one
_CHANGED = 0.5  # share of the lists that go with another way of doing some job, where there is one
_NOISE = 3.0  # how far keys are moved, in mean days of a job


def solve(problem: Problem, seed: int = 0, lists: int = LISTS, progress: Progress | None = None) -> Solution:
    """The best of many list schedules.

    Args:
        problem: What to do.
        seed: Of the sampling; the same seed gives the same plan.
        lists: How many are tried.
        progress: Told of every better plan.

    Raises:
        ProjectError: A month's money leaves no room for the work.
    """
    chance = random.Random(seed)  # noqa: S311  nothing secret
    shortest, kept = bound(problem), _first(problem)
    best: Solution | None = None
    score: tuple[int, ...] | None = None
    for tried in range(lists):
        choice = _changed(problem, kept, chance) if tried and chance.random() < _CHANGED else kept
        start = best if tried and chance.random() > _FRESH else None
        for found in _improved(problem, choice, _keys(problem, choice, start, chance if tried else None)):
            new = found.score(problem)
            if score is None or new <= score:
                if progress is not None and new != score:
                    progress("greedy", found.length, shortest)
                best, score, kept = found, new, choice
        if best is not None and _is_best(problem, best, shortest):
            return replace(best, proven=True, bound=shortest)
    if best is None:
        raise ProjectError(_no_room(problem))
    return replace(best, bound=shortest)


def bound(problem: Problem) -> int:
    """Days that no plan can go below: the longest chain of the work that is required, or its busiest role."""
    ends: list[int] = []
    for job in problem.jobs:
        ready = max([job.release, *(ends[other] + lag for other, lag in job.before)]) if job.is_required else 0
        ends.append(ready + min(way.days for way in job.ways) if job.is_required else 0)
    busy = [
        -(-sum(min(way.days * way.people[role] for way in job.ways) for job in problem.jobs if job.is_required) // most)
        for role, most in enumerate(problem.people)
        if most
    ]
    return max([0, *ends, *busy])


def _is_best(problem: Problem, solution: Solution, shortest: int) -> bool:
    """Whether nothing can be better: there was nothing to choose, nothing is late, and it is as short as can be."""
    is_settled = not any(job.is_open for job in problem.jobs)
    return is_settled and solution.length == shortest and not solution.value(problem, "lateness")


def _first(problem: Problem) -> Choice:
    """The cheapest way of doing what is required, then what meets goals, then what gates let through."""
    wanted = {number: _cheapest(job.ways) for number, job in enumerate(problem.jobs) if job.is_required}
    choice = settle(problem, wanted)
    if choice is None:
        raise ValueError("the budget was checked before")
    goals = sorted(range(len(problem.values)), key=lambda goal: -problem.values[goal])
    for goal in goals:
        for number, way in sorted(problem.meeting(goal), key=lambda each: (each[1].cost, each[1].days, each[0])):
            other = settle(problem, {**wanted, number: way})
            if goal not in choice.reached and other is not None and len(other.reached) > len(choice.reached):
                wanted, choice = {**wanted, number: way}, other
    for number, job in enumerate(problem.jobs):
        if number not in wanted and job.ways:
            other = settle(problem, {**wanted, number: _cheapest(job.ways)})
            if other is not None:
                wanted, choice = {**wanted, number: _cheapest(job.ways)}, other
    return choice


def _cheapest(ways: tuple[Way, ...]) -> Way:
    return min(ways, key=lambda way: (way.cost, way.days))


def _changed(problem: Problem, choice: Choice, chance: random.Random) -> Choice:
    """The same with one or two jobs done another way, where there is money for it."""
    open_jobs = [number for number, job in enumerate(problem.jobs) if job.is_open]
    wanted = dict(choice.ways)
    for number in chance.sample(open_jobs, min(len(open_jobs), chance.choice((1, 2)))):
        job = problem.jobs[number]
        way = chance.choice([*job.ways, *([] if job.is_required else [None])])
        wanted.pop(number, None)
        if way is not None:
            wanted[number] = way
    return settle(problem, wanted) or choice


def _keys(problem: Problem, choice: Choice, best: Solution | None, chance: random.Random | None) -> dict[int, float]:
    """What a list is ordered by: latest ends, or the starts of the best plan; moved at random, not for None."""
    keys: dict[int, float] = dict(latest(problem, choice))
    if best is not None:
        keys = {number: best.starts.get(number, best.length) for number in keys}
    if chance is None:
        return keys
    mean = sum(way.days for way in choice.ways.values()) / max(1, len(choice.ways))
    wide = _NOISE * mean * chance.random()
    return {number: key + wide * chance.gauss() for number, key in keys.items()}


def _improved(problem: Problem, choice: Choice, keys: dict[int, float]) -> Iterator[Solution]:
    """A list schedule, and that of the list in which its jobs were moved as late as possible."""
    found = forward(problem, choice, keys)
    if found is not None:
        yield found
        again = forward(problem, choice, justified(problem, choice, found))
        if again is not None:
            yield again


def _no_room(problem: Problem) -> Mistake:
    """A month's limit under which no list could be placed; what would be enough for each job alone."""
    job = max(problem.jobs, key=lambda job: max((way.cost for way in job.ways), default=0))
    most, got = max(way.cost for way in job.ways) / 100, (problem.monthly or 0) / 100
    return Mistake(
        "plan: budget.per_month",
        text("plan_schedule.got_month", got=got),
        text("plan_schedule.expected_month", least=most, task=job.id),
        text("plan_schedule.fix_budget", least=most),
    )
