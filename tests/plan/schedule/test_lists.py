"""List schedules: what is chosen, in which order jobs are placed, and how early people and money allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.core.errors import ProjectError
from modelyard.plan.schedule import greedy
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.lists import Choice, forward, justified, latest, settle
from modelyard.plan.schedule.problem import Problem, Solution, problem
from modelyard.plan.schedule.work import Budget, Goal, Mode, Task, Work

MONDAY = date(2027, 1, 4)
Make = Callable[..., Work]
calm = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def whole(work: Work) -> Problem:
    return problem(work, WorkingDays(work.calendar, work.start))


def settled(work: Work, *places: int) -> tuple[Problem, Choice]:
    """The problem, and the choice of the way at each job's place; -1 leaves it out."""
    numbers = whole(work)
    wanted = {
        number: job.ways[place]
        for number, (job, place) in enumerate(zip(numbers.jobs, places, strict=True))
        if place >= 0
    }
    choice = settle(numbers, wanted)
    assert choice is not None
    return numbers, choice


def placed(work: Work, *keys: float) -> dict[str, int]:
    """Starts, when all jobs are done in their first way, by these keys."""
    numbers, choice = settled(work, *([0] * len(work.tasks)))
    found = forward(numbers, choice, dict(enumerate(keys)))
    assert found is not None
    return {numbers.jobs[number].id: start for number, start in found.starts.items()}


def same(count: int, days: int = 2, people: float = 1, **more: float) -> tuple[Task, ...]:
    return tuple(Task(f"t{number}", (Mode(days, {"ml": people} if people else {}, **more),)) for number in range(count))


# what is chosen


def test_a_gate_opens_by_the_way_that_meets_its_goal(product: Work) -> None:
    _, choice = settled(product, 0, 1, 0, 0, 0)
    assert list(choice.ways) == [0, 1, 2, 3, 4]
    assert choice.reached == {0: 1}
    assert (1, 0) in choice.before[3]
    assert choice.starts == {0: 0, 1: 3, 2: 14, 3: 18, 4: 23}


def test_a_gate_stays_shut_with_all_that_comes_after(product: Work) -> None:
    _, choice = settled(product, 0, 0, 0, 0, 0)
    assert list(choice.ways) == [0, 1, 2]
    assert choice.reached == {}


def test_what_is_not_wanted_is_left_out_with_what_follows(product: Work) -> None:
    _, choice = settled(product, 0, 1, 0, -1, 0)
    assert list(choice.ways) == [0, 1, 2]
    assert choice.reached == {0: 1}


def test_a_choice_that_costs_too_much_is_none(product: Work) -> None:
    numbers = whole(replace(product, budget=Budget(2000)))
    assert settle(numbers, {0: numbers.jobs[0].ways[0], 1: numbers.jobs[1].ways[1]}) is None


def test_latest_ends_leave_the_longest_chain_no_room(product: Work) -> None:
    numbers, choice = settled(replace(product, tasks=tuple(replace(t, due=None) for t in product.tasks)), 0, 1, 0, 0, 0)
    assert latest(numbers, choice) == {0: 3, 1: 13, 2: 18, 3: 23, 4: 23}


def test_latest_ends_heed_due_dates_with_a_weight() -> None:
    work = Work((Task("a", (Mode(2),)), Task("b", (Mode(3),), after={"a": 1}, due=date(2027, 1, 8))), MONDAY)
    assert latest(*settled(work, 0, 0)) == {0: 1, 1: 5}
    calm_work = replace(work, tasks=(work.tasks[0], replace(work.tasks[1], weight=0)))
    assert latest(*settled(calm_work, 0, 0)) == {0: 2, 1: 6}


# the order, and how early


def test_the_smallest_key_comes_first() -> None:
    assert placed(Work(same(3), MONDAY, {"ml": 1}), 2, 3, 1) == {"t0": 2, "t1": 4, "t2": 0}


def test_equal_keys_come_in_the_order_of_the_work() -> None:
    assert placed(Work(same(3), MONDAY, {"ml": 1}), 0, 0, 0) == {"t0": 0, "t1": 2, "t2": 4}


def test_a_key_comes_after_what_it_waits_for() -> None:
    tasks = (Task("a", (Mode(2),)), Task("b", (Mode(1),), after={"a": 0}))
    assert placed(Work(tasks, MONDAY), 9, 0) == {"a": 0, "b": 2}


def test_a_short_job_fills_a_gap() -> None:
    tasks = (
        Task("a", (Mode(2, {"x": 1}),)),
        Task("late", (Mode(2, {"ml": 1}),), after={"a": 0}),
        Task("short", (Mode(2, {"ml": 1}),)),
        Task("long", (Mode(3, {"ml": 1}),)),
    )
    assert placed(Work(tasks, MONDAY, {"x": 1, "ml": 1}), 0, 1, 2, 3) == {"a": 0, "late": 2, "short": 0, "long": 4}


@pytest.mark.parametrize(("people", "last"), [(1, 8), (2, 4), (2.5, 4), (3, 2), (5, 0), (0.3, None)])
def test_as_many_at_once_as_there_are_people(people: float, last: int | None) -> None:
    work = Work(same(5, people=min(1, people)), MONDAY, {"ml": people})
    starts = placed(work, *range(5))
    assert max(starts.values()) == (8 if last is None else last)


def test_roles_are_not_mixed_up() -> None:
    """Many roles with different numbers of people, one of which is short."""
    roles = {f"r{number}": number + 1.0 for number in range(7)}
    wide = tuple(Task(f"t{number}", (Mode(1, roles if not number else {"r3": 1}),)) for number in range(4))
    assert placed(Work(wide, MONDAY, roles), 0, 1, 2, 3) == {"t0": 0, "t1": 1, "t2": 1, "t3": 1}


def test_people_of_a_role_that_nobody_needs() -> None:
    assert placed(Work(same(2, people=0), MONDAY, {"ml": 0}), 0, 1) == {"t0": 0, "t1": 0}


def test_a_month_without_money_left_is_passed_over() -> None:
    work = Work(same(3, days=1, people=0, cost=60), MONDAY, {}, budget=Budget(per_month=100))
    assert placed(work, 0, 1, 2) == {"t0": 0, "t1": 20, "t2": 40}


def test_a_job_across_two_months_costs_in_both() -> None:
    work = Work(same(1, days=10, people=0, cost=100), MONDAY, {}, budget=Budget(per_month=50))
    assert placed(work, 0) == {"t0": 15}  # five days of January, five of February


def test_moved_as_late_as_possible_jobs_come_in_the_order_of_their_starts() -> None:
    tasks = (Task("a", (Mode(1),)), Task("b", (Mode(4),)), Task("c", (Mode(1),), after={"b": 0}))
    numbers, choice = settled(Work(tasks, MONDAY), 0, 0, 0)
    found = forward(numbers, choice, {0: 0, 1: 1, 2: 2})
    assert isinstance(found, Solution)
    keys = justified(numbers, choice, found)
    assert sorted(keys, key=lambda number: keys[number])[0] == 1  # `a` can wait until the end


@calm
@given(seed=st.integers(0, 10_000))
def test_justified_lists_hold_the_same_jobs(seed: int, random_work: Make) -> None:
    numbers = whole(random_work(seed, money=False))
    choice = greedy._first(numbers)
    found = forward(numbers, choice, latest(numbers, choice))
    assert found is not None
    keys = justified(numbers, choice, found)
    assert set(keys) == set(found.starts) == set(choice.ways)
    again = forward(numbers, choice, keys)
    assert again is not None
    assert again.length >= max((choice.starts[n] + way.days for n, way in choice.ways.items()), default=0)


# the best of many


@calm
@given(seed=st.integers(0, 10_000))
def test_more_lists_are_never_worse(seed: int, random_work: Make) -> None:
    numbers = whole(random_work(seed, money=False))
    few, many = (greedy.solve(numbers, 0, lists).score(numbers) for lists in (1, 40))
    assert many <= few


@calm
@given(seed=st.integers(0, 10_000))
def test_nothing_is_shorter_than_the_bound(seed: int, random_work: Make) -> None:
    numbers = whole(random_work(seed, money=False))
    found = greedy.solve(numbers, 0, 20)
    assert found.bound <= found.length


def test_the_bound_of_a_busy_role() -> None:
    assert greedy.bound(whole(Work(same(5, days=3), MONDAY, {"ml": 2}))) == 8
    assert greedy.bound(whole(Work((), MONDAY))) == 0


def test_the_bound_of_a_chain_with_lags_and_releases() -> None:
    tasks = (
        Task("a", (Mode(2), Mode(5)), earliest=date(2027, 1, 6)),
        Task("b", (Mode(3),), after={"a": 2}),
        Task("gated", (Mode(90),), gate="g"),
    )
    assert greedy.bound(whole(Work(tasks, MONDAY, goals=(Goal("g"),)))) == 2 + 2 + 2 + 3


def test_a_plan_as_short_as_its_bound_is_proven() -> None:
    assert greedy.solve(whole(Work(same(4), MONDAY, {"ml": 2}))).proven
    late = tuple(replace(task, due=MONDAY) for task in same(4))
    assert not greedy.solve(whole(Work(late, MONDAY, {"ml": 2})), 0, 5).proven


def test_what_has_several_ways_is_not_proven() -> None:
    work = Work((Task("a", (Mode(1, cost=2), Mode(1, cost=1))),), MONDAY)
    found = greedy.solve(whole(work))
    assert not found.proven
    assert found.ways[0].cost == 100


def test_money_is_moved_to_where_it_saves_days() -> None:
    tasks = (
        Task("a", (Mode(9, cost=1), Mode(8, cost=5))),
        Task("b", (Mode(9, cost=1), Mode(2, cost=5)), after={"a": 0}),
    )
    found = greedy.solve(whole(Work(tasks, MONDAY, budget=Budget(6))))
    assert found.length == 11


def test_progress_tells_every_better_plan() -> None:
    told: list[int] = []
    work = Work((Task("a", (Mode(9, cost=1), Mode(8, cost=5), Mode(3, cost=6))),), MONDAY)
    greedy.solve(whole(work), progress=lambda aim, best, bound: told.append(best))
    assert told == sorted(told, reverse=True)
    assert told[-1] == 3


def test_no_room_within_the_horizon_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greedy, "forward", lambda *arguments: None)
    work = Work(same(1, people=0, cost=60), MONDAY, {}, budget=Budget(per_month=100))
    with pytest.raises(ProjectError, match=r"100\.00 a month"):
        greedy.solve(whole(work), 0, 2)
