"""CP-SAT: it starts from a plan and never ends worse, says what it proved, and finds published optima."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import product as every
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.plan.schedule import exact, greedy
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.check import violations
from modelyard.plan.schedule.exact import Effort
from modelyard.plan.schedule.model import build
from modelyard.plan.schedule.problem import Problem, Solution, problem
from modelyard.plan.schedule.solve import solve
from modelyard.plan.schedule.work import Budget, Goal, Mode, Task, Work

pytest.importorskip("ortools")

MONDAY = date(2027, 1, 4)
Make = Callable[..., Work]
calm = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def whole(work: Work) -> Problem:
    return problem(work, WorkingDays(work.calendar, work.start))


def both(work: Work, effort: float = 2, lists: int = 1) -> tuple[Problem, Solution, Solution]:
    numbers = whole(work)
    first = greedy.solve(numbers, 0, lists)
    return numbers, first, exact.solve(numbers, first, Effort(effort))


@calm
@given(seed=st.integers(0, 10_000))
def test_it_never_ends_worse_than_it_started(seed: int, random_work: Make) -> None:
    numbers, first, found = both(random_work(seed, money=False))
    assert found.score(numbers) <= first.score(numbers)
    assert found.maker == "cp-sat"
    assert found.bound >= first.bound


def test_hardly_any_effort_gives_the_first_plan_and_proves_nothing(random_work: Make) -> None:
    numbers, first, found = both(random_work(3, most=9, money=False), effort=1e-9)
    assert found.score(numbers) <= first.score(numbers)
    assert set(found.starts) == set(first.starts)


def test_what_is_as_good_as_can_be_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "_solved", lambda *arguments: pytest.fail("it searched"))
    _, first, found = both(Work((Task("a", (Mode(3),)),), MONDAY))
    assert found.proven
    assert found.starts == first.starts


def test_the_model_has_only_the_aims_there_are(product: Work) -> None:
    numbers = whole(product)
    assert list(build(numbers, greedy.solve(numbers, 0, 1)).aims) == ["goals", "left_out", "lateness", "days", "cost"]
    plain = whole(Work((Task("a", (Mode(3),)),), MONDAY))
    assert list(build(plain, greedy.solve(plain, 0, 1)).aims) == ["days"]
    cheap = whole(Work((Task("a", (Mode(3), Mode(2, cost=1))),), MONDAY, first="cost"))
    assert list(build(cheap, greedy.solve(cheap, 0, 1)).aims) == ["cost", "days"]


def test_a_role_that_nobody_has_or_needs() -> None:
    _, _, found = both(Work((Task("a", (Mode(3),)), Task("b", (Mode(1),))), MONDAY, {"ml": 0}))
    assert found.length == 3


def tiny(seed: int) -> Work:
    """Four tasks in two ways each, small enough to try everything."""
    ways = [((seed >> number) % 3 + 1, (seed >> (number + 2)) % 4) for number in range(8)]
    tasks = tuple(
        Task(
            f"任务{number}",
            tuple(Mode(days, {"ml": 1}, cost=float(cost)) for days, cost in ways[2 * number : 2 * number + 2]),
            after={"任务0": seed % 2} if number == 3 else {},
            due=date(2027, 1, 5) if number == seed % 4 else None,
        )
        for number in range(4)
    )
    return Work(
        tasks,
        MONDAY,
        {"ml": 1 + seed % 2},
        budget=Budget(sum(min(c for _, c in ways[2 * n : 2 * n + 2]) for n in range(4)) + 2.0),
    )


def tried(numbers: Problem) -> Iterator[tuple[int, ...]]:
    """The scores of all plans in which every start is one of the first ten days."""
    for ways in every(*(job.ways for job in numbers.jobs)):
        if sum(way.cost for way in ways) > (numbers.total or 0):
            continue
        for starts in every(range(9), repeat=4):
            ends = [start + way.days for start, way in zip(starts, ways, strict=True)]
            in_order = all(starts[n] >= ends[o] + lag for n, job in enumerate(numbers.jobs) for o, lag in job.before)
            days = range(max(ends)) if in_order else ()
            busy = max((sum(s <= day < e for s, e in zip(starts, ends, strict=True)) for day in days), default=99)
            if busy * 100 <= numbers.people[0]:
                found = Solution(dict(enumerate(starts)), dict(enumerate(ways)), {}, False, "greedy", 0)
                yield found.score(numbers)


@pytest.mark.parametrize("seed", [37, 1206])
def test_nothing_better_is_found_by_trying_everything(seed: int) -> None:
    work = tiny(seed)
    work = replace(
        work, tasks=tuple(replace(task, modes=task.modes[: 1 + (n < 2)]) for n, task in enumerate(work.tasks))
    )
    numbers, _, found = both(work, effort=5, lists=100)
    assert found.proven
    assert found.score(numbers) == min(tried(numbers))


def test_money_is_kept_for_the_goal_that_is_worth_more() -> None:
    tasks = (
        Task("a", (Mode(5), Mode(9, cost=50, meets=("small",)))),
        Task("b", (Mode(5), Mode(9, cost=60, meets=("large",)))),
        Task("after", (Mode(1),), gate="large"),
    )
    work = Work(tasks, MONDAY, goals=(Goal("small", 1), Goal("large", 3)), budget=Budget(100))
    numbers, _, found = both(work)
    assert found.proven
    assert {numbers.jobs[number].id for number in found.reached.values()} == {"b"}
    assert len(found.starts) == 3


# published problems


def parsed(content: str) -> Work:
    """A problem in PSPLIB's single-mode format."""
    lines = content.splitlines()

    def rows(title: str, skipped: int) -> Iterator[list[int]]:
        for line in lines[lines.index(title) + skipped :]:
            if line.startswith("*"):
                return
            yield [int(word) for word in line.split()]

    after: dict[int, dict[str, int]] = {}
    for number, _, _, *following in rows("PRECEDENCE RELATIONS:", 2):
        for other in following:
            after.setdefault(other, {})[str(number)] = 0
    tasks = [
        Task(str(number), (Mode(days, {f"R{role}": need for role, need in enumerate(needs)}),), after.get(number, {}))
        for number, _, days, *needs in rows("REQUESTS/DURATIONS:", 3)
    ]
    people = next(rows("RESOURCEAVAILABILITIES:", 2))
    return Work(tuple(tasks), MONDAY, {f"R{role}": each for role, each in enumerate(people)})


@pytest.fixture(scope="session")
def published(data_mirror: Path) -> dict[str, tuple[Work, int]]:
    """Some problems of j30, with their optima."""
    folder = data_mirror / "psplib"
    if not folder.is_dir():
        pytest.skip("no psplib in the data mirror")
    with (folder / "j30.optimum.csv").open(encoding="utf-8") as lines:
        optima = {row["problem"]: int(row["optimum"]) for row in csv.DictReader(lines)}
    with tarfile.open(folder / "j30.sm.tar.gz") as archive:
        names = ("j301_1.sm", "j3017_4.sm", "j3036_2.sm")
        files = {name: archive.extractfile(name) for name in names}
        return {name: (parsed(file.read().decode()), optima[name]) for name, file in files.items() if file is not None}


def test_published_optima_are_found_and_proven(published: dict[str, tuple[Work, int]]) -> None:
    for work, optimum in published.values():
        schedule = solve(work)
        assert (schedule.days, schedule.proven) == (optimum, True)
        assert violations(work, schedule) == ()


def test_lists_come_near_published_optima(published: dict[str, tuple[Work, int]]) -> None:
    for work, optimum in published.values():
        schedule = solve(work, maker="greedy")
        assert schedule.bound <= optimum <= schedule.days <= 1.05 * optimum
        assert violations(work, schedule) == ()
