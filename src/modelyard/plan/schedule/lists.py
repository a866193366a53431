"""List schedules: jobs are placed one after the other, each as early as people and money allow."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelyard.plan.schedule.planned import Maker
from modelyard.plan.schedule.problem import Problem, Solution, Way, reached

MAKER: Maker = "greedy"
Arcs = Sequence[Sequence[tuple[int, int]]]
"""[jobs] the jobs that come before, each with the days to wait after it."""


@dataclass(frozen=True)
class Choice:
    """How each job is done, and what that makes wait for what.

    Args:
        ways: Number of a job -> how it is done; jobs that are left out are not in it.
        before: [jobs] the jobs that come before, the one that opens its gate among them.
        reached: Number of a goal -> the job that meets it.
        starts: Number of a job -> its start if there were people and money for everything.
    """

    ways: Mapping[int, Way]
    before: Arcs
    reached: Mapping[int, int]
    starts: Mapping[int, int]


def settle(problem: Problem, wanted: Mapping[int, Way]) -> Choice | None:
    """What follows from the ways that are wanted: jobs whose gate stays shut are left out, with all that comes after.

    Returns:
        The choice; None when it costs more than there is.
    """
    ways: dict[int, Way] = {}
    ends: dict[int, int] = {}
    starts: dict[int, int] = {}
    met: dict[int, int] = {}
    before: list[tuple[tuple[int, int], ...]] = []
    for number, job in enumerate(problem.jobs):
        waits = job.before
        if job.gate is not None and job.gate in met:
            waits = (*waits, (met[job.gate], 0))
        before.append(waits)
        is_shut = job.gate is not None and job.gate not in met
        if number not in wanted or is_shut or any(other not in ways for other, _ in waits):
            continue
        way = ways[number] = wanted[number]
        starts[number] = max([job.release, *(ends[other] + lag for other, lag in waits)])
        ends[number] = starts[number] + way.days
        for goal in way.meets:
            met[goal] = min(met.get(goal, number), number, key=lambda each: ends[each])
    if problem.total is not None and sum(way.cost for way in ways.values()) > problem.total:
        return None
    return Choice(ways, before, met, starts)


def latest(problem: Problem, choice: Choice) -> dict[int, int]:
    """The latest ends of jobs at which nothing gets late or longer, if there were people for everything."""
    length = max((choice.starts[number] + way.days for number, way in choice.ways.items()), default=0)
    ends = dict.fromkeys(choice.ways, length)
    for number in reversed(list(choice.ways)):
        job = problem.jobs[number]
        if job.due is not None and job.weight:
            ends[number] = min(ends[number], job.due)
        begin = ends[number] - choice.ways[number].days
        for other, lag in choice.before[number]:
            ends[other] = min(ends[other], begin - lag)
    return ends


def forward(problem: Problem, choice: Choice, keys: Mapping[int, float]) -> Solution | None:
    """The list schedule in which, of the jobs that may come next, the one with the smallest key does.

    Returns:
        The schedule; None when a month's money leaves no room within the horizon.
    """
    free = _Free(problem)
    ends: dict[int, int] = {}
    starts: dict[int, int] = {}
    for number in _listed(choice.ways, choice.before, keys):
        job, way = problem.jobs[number], choice.ways[number]
        ready = max([job.release, *(ends[other] + lag for other, lag in choice.before[number])])
        start = free.first(number, way, ready)
        if start is None:
            return None
        free.take(number, way, start)
        starts[number], ends[number] = start, start + way.days
    bound = max((choice.starts[number] + way.days for number, way in choice.ways.items()), default=0)
    return Solution(starts, choice.ways, reached(starts, choice.ways), False, MAKER, bound)


def justified(problem: Problem, choice: Choice, solution: Solution) -> dict[int, float]:
    """Keys that order the jobs by their starts once each is moved as late as it can be: forward-backward improvement.

    Time runs backwards here, so jobs come before those that they wait for; releases and months are left aside.
    """
    after: list[list[tuple[int, int]]] = [[] for _ in problem.jobs]
    for number in choice.ways:
        for other, lag in choice.before[number]:
            after[other].append((number, lag))
    free = _Free(problem, monthly=False)
    ends: dict[int, int] = {}
    for number in _listed(choice.ways, after, {each: -solution.end(each) for each in choice.ways}):
        way = choice.ways[number]
        start = free.first(number, way, max([0, *(ends[other] + lag for other, lag in after[number])]))
        if start is None:  # lags reach beyond the horizon backwards
            return dict(solution.starts)
        free.take(number, way, start)
        ends[number] = start + way.days
    return {number: -end for number, end in ends.items()}


def _listed(ways: Mapping[int, Way], before: Arcs, keys: Mapping[int, float]) -> list[int]:
    """The jobs, each after those that come before, otherwise by their keys."""
    waiting = {number: len(before[number]) for number in ways}
    after: dict[int, list[int]] = {number: [] for number in ways}
    for number in ways:
        for other, _ in before[number]:
            after[other].append(number)
    ready = [(keys[number], number) for number in ways if not waiting[number]]
    heapq.heapify(ready)
    listed = []
    while ready:
        number = heapq.heappop(ready)[1]
        listed.append(number)
        for other in after[number]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, (keys[other], other))
    return listed


class _Free:
    """The people and the money that are still free.

    The people of a day are one whole number, a field of bits for each role with a guard bit above it: taking away
    what a job needs leaves all guards standing exactly when there are people enough of every role.
    """

    def __init__(self, problem: Problem, monthly: bool = True) -> None:
        self._problem = problem
        self._width = max(problem.people, default=0).bit_length() + 1
        self._guards = self._packed([1 << (self._width - 1)] * len(problem.people))
        self._days = [self._guards + self._packed(problem.people)] * (problem.horizon + 1)
        self._is_monthly = monthly and problem.monthly is not None
        self._spent = [0] * len(problem.months)

    def first(self, number: int, way: Way, ready: int) -> int | None:
        """The first day on which a job can start."""
        start = self._staffed(way, ready)
        while self._is_monthly and way.cost and start is not None and not self._is_paid(number, way, start):
            start = self._staffed(way, start + 1)
        return start

    def take(self, number: int, way: Way, start: int) -> None:
        """The job starts on that day."""
        need = self._packed(way.people)
        for day in range(start, start + way.days):
            self._days[day] -= need
        if self._is_monthly:
            job = self._problem.jobs[number]
            for index, month in enumerate(self._problem.months):
                self._spent[index] += self._problem.spent(job, way, start, month)

    def _staffed(self, way: Way, ready: int) -> int | None:
        need, guards, days, last = self._packed(way.people), self._guards, self._days, len(self._days)
        day, run = ready, 0
        while run < way.days:
            if day >= last:
                return None
            run = run + 1 if (days[day] - need) & guards == guards else 0
            day += 1
        return day - way.days if day - way.days < last else None

    def _is_paid(self, number: int, way: Way, start: int) -> bool:
        job, limit = self._problem.jobs[number], self._problem.monthly or 0
        return all(
            spent + self._problem.spent(job, way, start, month) <= limit
            for spent, month in zip(self._spent, self._problem.months, strict=True)
        )

    def _packed(self, people: Sequence[int]) -> int:
        return sum(count << (self._width * index) for index, count in enumerate(people))
