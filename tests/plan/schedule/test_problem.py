"""A work as whole numbers: the order, what is required, what is possible, what a month costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.problem import Job, Problem, Solution, Way, problem, reached
from modelyard.plan.schedule.work import (
    Budget,
    Goal,
    Labelling,
    Lognormal,
    Mode,
    Pert,
    Task,
    Work,
    expected,
    meeting,
)  # fmt: skip

MONDAY = date(2027, 1, 4)
Make = Callable[..., Work]
calm = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def whole(work: Work) -> Problem:
    return problem(work, WorkingDays(work.calendar, work.start))


def way(days: int = 1, cost: int = 0, *meets: int) -> Way:
    return Way(0, days, (), cost, meets)


# the days that a plan counts on


@pytest.mark.parametrize(
    ("days", "likely", "planned"),
    [
        (0, 0, 0),
        (0.2, 0.2, 1),
        (3, 3, 3),
        (Pert(2, 3, 6), 3, 3),
        (Pert(2, 3.1, 6), 3.1, 4),
        (Pert(0, 0, 6), 0, 1),
        (Pert(0, 0, 0), 0, 0),
        (Lognormal(4.5, 9), 4.5, 5),
        (Labelling(2000, 200), 10, 10),
        (Labelling(2001, Pert(100, 200, 900)), 10.005, 11),
        (Labelling(6, 0.2), 30, 30),
        (Labelling(0, 5), 0, 0),
        (Labelling(100, Lognormal(30, 60)), 10 / 3, 4),
    ],
)
def test_a_plan_counts_on_what_is_likely(days: float, likely: float, planned: int) -> None:
    assert expected(days) == pytest.approx(likely)
    assert Mode(days).planned == planned


def test_who_meets_a_goal(product: Work) -> None:
    assert [task.id for task in meeting(product, "quality")] == ["标注"]
    assert meeting(product, "latency") == ()


# whole numbers


def test_jobs_come_after_what_they_wait_for() -> None:
    tasks = (
        Task("c", (Mode(1),), gate="g"),
        Task("b", (Mode(1),), after={"a": 2}),
        Task("a", (Mode(1, meets=("g",)),)),
    )
    numbers = whole(Work(tasks, MONDAY, goals=(Goal("g"),)))
    assert [job.id for job in numbers.jobs] == ["a", "c", "b"]
    assert numbers.jobs[2].before == ((0, 2),)
    assert [job.gate for job in numbers.jobs] == [None, 0, None]


@calm
@given(seed=st.integers(0, 10_000))
def test_every_arc_goes_back(seed: int, random_work: Make) -> None:
    numbers = whole(random_work(seed, money=False))
    for number, job in enumerate(numbers.jobs):
        assert all(other < number for other, _ in job.before)
        if job.gate is not None:
            assert all(other < number for other, _ in numbers.meeting(job.gate))


def test_what_is_behind_a_gate_is_not_required(product: Work) -> None:
    assert [job.is_required for job in whole(product).jobs] == [True, True, True, False, False]
    met = replace(product, goals=(Goal("quality", is_met=True),))
    assert all(job.is_required for job in whole(met).jobs)
    assert all(not way.meets for job in whole(met).jobs for way in job.ways)


def test_people_and_money_are_hundredths() -> None:
    work = Work((Task("a", (Mode(1, {"b": 0.25}, cost=10.505),)),), MONDAY, {"a": 1, "b": 1.5}, budget=Budget(20, 30))
    numbers = whole(work)
    assert numbers.people == (100, 150)
    assert numbers.jobs[0].ways[0].people == (0, 25)
    assert numbers.jobs[0].ways[0].cost in (1050, 1051)
    assert (numbers.total, numbers.monthly) == (2000, 3000)


def test_what_counts_little_still_counts() -> None:
    tasks = (Task("a", (Mode(1),), weight=1e-9), Task("b", (Mode(1),), weight=0), Task("c", (Mode(1),), weight=2.5))
    numbers = whole(Work(tasks, MONDAY, goals=(Goal("g", 1e-9), Goal("h", 30_000))))
    assert [job.weight for job in numbers.jobs] == [1, 0, 2500]
    assert numbers.values == (1, 30_000_000)


def test_dates_are_working_days() -> None:
    tasks = (
        Task("a", (Mode(1),), earliest=date(2027, 1, 9), due=date(2027, 1, 10)),
        Task("b", (Mode(1),), earliest=date(2026, 1, 9), due=MONDAY),
        Task("c", (Mode(1),), due=date(2027, 1, 11)),
    )
    numbers = whole(Work(tasks, MONDAY))
    assert [(job.release, job.due) for job in numbers.jobs] == [(5, 5), (0, 1), (0, 6)]


def test_ways_without_people_or_a_months_money_are_left_aside() -> None:
    modes = (Mode(1, {"ml": 2}), Mode(1, {"ml": 1}, cost=500), Mode(2, {"ml": 1}, cost=100))
    numbers = whole(Work((Task("a", modes),), MONDAY, {"ml": 1}, budget=Budget(per_month=200)))
    assert [way.index for way in numbers.jobs[0].ways] == [2]
    assert not numbers.jobs[0].is_open


def test_a_gated_task_that_nobody_can_do_has_no_way_but_is_no_mistake() -> None:
    tasks = (Task("a", (Mode(1),)), Task("b", (Mode(1, cost=500),), gate="g"))
    numbers = whole(Work(tasks, MONDAY, goals=(Goal("g"),), budget=Budget(per_month=200)))
    assert numbers.jobs[1].ways == ()


def test_everything_fits_the_horizon_one_after_the_other(product: Work) -> None:
    assert whole(replace(product, budget=Budget())).horizon == 3 + 10 + 4 + 5 + 0 + 1
    assert whole(product).horizon > 24
    assert whole(Work((), MONDAY)).horizon == 0


# what a month costs


def job(release: int = 0) -> Job:
    return Job("t", (), (), None, release, None, 1, True)


MONTHS = ((0, 20), (20, 40), (40, 63))


@calm
@given(st.integers(0, 30), st.integers(0, 40), st.integers(0, 10_000))
def test_the_months_add_up_to_the_whole(start: int, days: int, cost: int) -> None:
    numbers = Problem((), (), (), None, 1, (*MONTHS, (63, 99)), 99, True)
    parts = [numbers.spent(job(), way(days, cost), start, month) for month in numbers.months]
    assert sum(parts) == cost
    assert all(part >= 0 for part in parts)


def test_a_long_task_costs_in_each_month_by_its_days() -> None:
    numbers = Problem((), (), (), None, 1, MONTHS, 63, True)
    assert [numbers.spent(job(), way(40, 400), 10, month) for month in MONTHS] == [100, 200, 100]


def test_a_task_of_no_days_costs_on_the_day_before() -> None:
    numbers = Problem((), (), (), None, 1, MONTHS, 63, True)
    assert [numbers.spent(job(), way(0, 7), 20, month) for month in MONTHS] == [7, 0, 0]
    assert [numbers.spent(job(20), way(0, 7), 20, month) for month in MONTHS] == [0, 7, 0]
    assert [numbers.spent(job(), way(0, 7), 0, month) for month in MONTHS] == [7, 0, 0]


# what a solution comes to


def test_a_solution_is_scored_aim_by_aim(product: Work) -> None:
    numbers = whole(product)
    ways = {0: numbers.jobs[0].ways[0], 1: numbers.jobs[1].ways[1], 2: numbers.jobs[2].ways[0]}
    found = Solution({0: 0, 1: 3, 2: 20}, ways, {0: 1}, False, "greedy", 0)
    assert found.length == 24
    assert numbers.jobs[2].due == 20
    assert found.score(numbers) == (0, 2, 4000, 24, 500_000)
    cheap = replace(found, ways={**ways, 1: numbers.jobs[1].ways[0]}, reached={})
    assert cheap.score(numbers) == (1000, 2, 4000, 24, 200_000)
    assert cheap.score(replace(numbers, by_days=False)) == (1000, 2, 4000, 200_000, 24)


def test_the_first_of_equals_reaches_a_goal() -> None:
    ways = {0: way(3, 0, 0), 1: way(2, 0, 0, 1), 2: way(2, 0, 1)}
    assert reached({0: 0, 1: 1, 2: 0}, ways) == {0: 0, 1: 2}
    assert reached({}, {}) == {}
