"""Schedules: what is best, what is always so, and that both makers keep every rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from modelyard.core import plugins
from modelyard.core.errors import InstallError, ProjectError
from modelyard.plan.schedule.check import violations
from modelyard.plan.schedule.planned import Maker, Schedule
from modelyard.plan.schedule.solve import solve
from modelyard.plan.schedule.work import Budget, Calendar, Goal, Mode, Task, Work

pytest.importorskip("ortools")

MONDAY = date(2027, 1, 4)
MAKERS: tuple[Maker, ...] = ("cp-sat", "greedy")
calm = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
both = pytest.mark.parametrize("maker", MAKERS)
Make = Callable[..., Work]


def planned(work: Work, maker: Maker = "cp-sat", **options: Any) -> Schedule:
    return solve(work, maker=maker, effort=2, **options)


def starts(schedule: Schedule) -> dict[str, int]:
    return {item.task: item.start for item in schedule.items}


def chain(*days: float, **more: Any) -> Work:
    tasks = tuple(Task(f"t{n}", (Mode(each),), after={f"t{n - 1}": 0} if n else {}) for n, each in enumerate(days))
    return Work(tasks, MONDAY, **more)


# the smallest works


@both
def test_no_task_is_a_plan_of_no_days(maker: Maker) -> None:
    schedule = planned(Work((), MONDAY), maker)
    assert (schedule.items, schedule.days, schedule.last, schedule.cost) == ((), 0, None, 0)
    assert schedule.proven


@both
def test_one_task(maker: Maker) -> None:
    schedule = planned(chain(3), maker)
    assert schedule.items[0].first == MONDAY
    assert schedule.last == date(2027, 1, 6)
    assert schedule.proven
    assert schedule.maker == maker
    assert schedule.item("nobody") is None


@both
def test_a_task_of_no_days_is_over_when_what_it_waits_for_is(maker: Maker) -> None:
    schedule = planned(chain(5, 0, 0, 1), maker)
    assert starts(schedule) == {"t0": 0, "t1": 5, "t2": 5, "t3": 5}
    milestone = schedule.item("t1")
    assert milestone is not None
    assert milestone.last == date(2027, 1, 8)
    assert schedule.days == 6


@both
def test_only_tasks_of_no_days(maker: Maker) -> None:
    schedule = planned(chain(0, 0), maker)
    assert schedule.days == 0
    assert schedule.last == MONDAY


@both
def test_half_days_are_planned_as_whole_ones(maker: Maker) -> None:
    assert planned(chain(0.5, 2.0000000001, 2.2), maker).days == 1 + 2 + 3


# people, lags, dates


@both
def test_people_are_not_in_two_places(maker: Maker) -> None:
    work = Work(tuple(Task(name, (Mode(2, {"ml": 1}),)) for name in "abc"), MONDAY, {"ml": 2})
    assert planned(work, maker).days == 4
    assert planned(replace(work, roles={"ml": 3}), maker).days == 2


@both
def test_two_halves_of_a_person_are_one(maker: Maker) -> None:
    work = Work(tuple(Task(name, (Mode(2, {"ml": 0.5}),)) for name in "abc"), MONDAY, {"ml": 1})
    assert planned(work, maker).days == 4


@both
def test_lags_are_working_days(maker: Maker) -> None:
    work = chain(4, 1)
    work = replace(work, tasks=(work.tasks[0], replace(work.tasks[1], after={"t0": 2})))
    item = planned(work, maker).item("t1")
    assert item is not None
    assert (item.start, item.first) == (6, date(2027, 1, 12))


@both
def test_nothing_starts_before_its_day(maker: Maker) -> None:
    work = replace(chain(1), tasks=(Task("t", (Mode(1),), earliest=date(2027, 1, 9)),))
    item = planned(work, maker).item("t")
    assert item is not None
    assert item.first == date(2027, 1, 11)  # the 9th is a Saturday


@both
def test_what_is_due_comes_first(maker: Maker) -> None:
    tasks = (
        Task("long", (Mode(5, {"ml": 1}),), due=date(2027, 1, 8)),
        Task("dear", (Mode(3, {"ml": 1}),), due=date(2027, 1, 6), weight=10),
    )
    schedule = planned(Work(tasks, MONDAY, {"ml": 1}), maker)
    assert starts(schedule) == {"dear": 0, "long": 3}
    assert [item.late for item in schedule.items] == [0, 3]


# ways, goals, gates, money


def two_ways(**more: Any) -> Work:
    modes = (Mode(10, cost=100, name="slow"), Mode(4, cost=300, name="fast"))
    return Work((Task("t", modes),), MONDAY, **more)


@both
def test_days_or_cost_come_first(maker: Maker) -> None:
    assert planned(two_ways(), maker).days == 4
    assert planned(two_ways(first="cost"), maker).cost == 100


@both
def test_money_decides_what_can_be_afforded(maker: Maker) -> None:
    assert planned(two_ways(budget=Budget(total=299.99)), maker).days == 10
    assert planned(two_ways(budget=Budget(total=300)), maker).days == 4


@both
def test_a_due_date_is_worth_more_than_money(maker: Maker) -> None:
    work = two_ways(first="cost")
    late = replace(work, tasks=(replace(work.tasks[0], due=date(2027, 1, 8)),))
    assert planned(late, maker).cost == 300


@both
def test_the_way_that_meets_a_goal_opens_its_gate(product: Work, maker: Maker) -> None:
    schedule = planned(product, maker)
    labels, pilot = schedule.item("标注"), schedule.item("pilot")
    assert labels is not None and pilot is not None
    assert labels.mode == 1
    assert schedule.reached == {"quality": "标注"}
    assert schedule.days == 23
    assert schedule.left_out == ()


@both
def test_a_goal_that_money_does_not_reach_leaves_out_what_waits_for_it(product: Work, maker: Maker) -> None:
    schedule = planned(replace(product, budget=Budget(4999)), maker)
    assert schedule.left_out == ("pilot", "done")
    assert schedule.reached == {}
    assert schedule.cost == 2000


@both
def test_a_goal_is_met_even_where_what_waits_for_it_cannot_be_paid(product: Work, maker: Maker) -> None:
    schedule = planned(replace(product, budget=Budget(5000)), maker)
    assert schedule.left_out == ("pilot", "done")
    assert schedule.reached == {"quality": "标注"}


@both
def test_nobody_waits_for_a_goal_that_is_met(product: Work, maker: Maker) -> None:
    schedule = planned(replace(product, goals=(Goal("quality", is_met=True),), first="cost"), maker)
    assert schedule.left_out == ()
    assert schedule.cost == 2800


@both
def test_a_goal_that_nothing_meets_leaves_its_gate_shut(maker: Maker) -> None:
    work = replace(chain(2), goals=(Goal("g"),), tasks=(Task("a", (Mode(1),)), Task("b", (Mode(1),), gate="g")))
    assert planned(work, maker).left_out == ("b",)


@both
def test_the_worthier_goal_is_met(maker: Maker) -> None:
    modes = (Mode(1, cost=10, meets=("cheap",)), Mode(9, cost=10, meets=("worthy",)))
    work = Work((Task("t", modes),), MONDAY, goals=(Goal("cheap", 1), Goal("worthy", 2)))
    assert planned(work, maker).reached == {"worthy": "t"}


@both
def test_the_first_of_two_tasks_opens_the_gate(maker: Maker) -> None:
    tasks = (
        Task("slow", (Mode(9, meets=("g",)),)),
        Task("quick", (Mode(2, meets=("g",)),)),
        Task("after", (Mode(1),), gate="g"),
    )
    schedule = planned(Work(tasks, MONDAY, goals=(Goal("g"),)), maker)
    assert schedule.reached == {"g": "quick"}
    assert starts(schedule)["after"] == 2


@both
def test_months_share_what_a_long_task_costs(maker: Maker) -> None:
    """January 2027 has 20 working days, February 20, March 23: 40 days from its start are 500 a month."""
    work = Work((Task("long", (Mode(40, cost=1000),)),), MONDAY, budget=Budget(per_month=500))
    schedule = planned(work, maker)
    assert (schedule.items[0].start, schedule.last) == (0, date(2027, 2, 26))


@both
def test_a_second_task_waits_for_the_next_months_money(maker: Maker) -> None:
    tasks = (Task("long", (Mode(30, cost=900),)), Task("short", (Mode(1, cost=300),)))
    schedule = planned(Work(tasks, MONDAY, budget=Budget(per_month=600)), maker)
    short = schedule.item("short")
    assert short is not None
    assert short.first >= date(2027, 2, 1)
    assert schedule.days == 30


# what is always so


@calm
@given(seed=st.integers(0, 10_000))
def test_both_makers_keep_every_rule(seed: int, random_work: Make) -> None:
    work = random_work(seed)
    try:
        exact = planned(work)
    except ProjectError as refused:
        assert "budget" in str(refused)  # a month's money is too little for some task alone
        return
    rough = planned(work, "greedy")
    assert violations(work, exact) == violations(work, rough) == ()
    assert exact.bound <= exact.days
    missed, value = (len(exact.left_out), len(rough.left_out)), (len(exact.reached), len(rough.reached))
    assert value[0] >= value[1]
    if value[0] == value[1]:
        assert missed[0] <= missed[1]


@calm
@given(seed=st.integers(0, 10_000))
def test_no_plan_is_shorter_than_its_longest_chain(seed: int, random_work: Make) -> None:
    work = random_work(seed, money=False)
    schedule = planned(work)
    ends: dict[str, int] = {}
    for task in work.tasks:  # tasks come after those with smaller numbers
        item = schedule.item(task.id)
        if item is not None:
            before = [ends[other] + lag for other, lag in task.after.items()]
            ends[task.id] = max([0, *before]) + min(mode.planned for mode in task.modes)
    assert schedule.days >= max(ends.values(), default=0)


@calm
@given(seed=st.integers(0, 10_000), role=st.sampled_from(["ml", "标注员"]))
def test_one_more_person_never_makes_it_later(seed: int, role: str, random_work: Make) -> None:
    work = replace(random_work(seed, money=False), first="days", goals=(Goal("质量", is_met=True),))
    work = replace(work, tasks=tuple(replace(task, due=None) for task in work.tasks))
    few = planned(work)
    more = planned(replace(work, roles={**work.roles, role: work.roles[role] + 1}))
    assume(few.proven and more.proven)
    assert more.days <= few.days


@calm
@given(seed=st.integers(0, 10_000))
def test_what_is_proven_is_no_worse_than_what_lists_find(seed: int, random_work: Make) -> None:
    work = replace(random_work(seed, money=False), first="days", goals=(Goal("质量", is_met=True),))
    work = replace(work, tasks=tuple(replace(task, due=None) for task in work.tasks))
    exact, rough = planned(work), planned(work, "greedy")
    assert rough.bound <= exact.days
    if exact.proven:
        assert exact.days == exact.bound <= rough.days
    if rough.proven:
        assert rough.days == exact.days


@both
def test_the_same_seed_gives_the_same_bytes(random_work: Make, maker: Maker) -> None:
    for seed in range(3):
        work = random_work(seed, most=12, money=False)
        once, twice = (json.dumps(asdict(planned(work, maker, seed=5)), default=str) for _ in range(2))
        assert once == twice


def test_several_workers_keep_the_rules_too(product: Work) -> None:
    assert planned(product, parallel=True).days == 23


def test_a_task_further_away_than_any_date_is_refused() -> None:
    with pytest.raises(ProjectError, match="50 years"):
        planned(chain(*([2400] * 6)), "greedy")


def test_progress_is_told(product: Work) -> None:
    told: list[tuple[str, int, int]] = []
    planned(product, progress=lambda aim, best, bound: told.append((aim, best, bound)))
    assert told
    assert all(bound <= best for _, best, bound in told)


# wrong input


def test_without_the_library_lists_are_made_and_the_plan_says_so(
    product: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    assert solve(product).maker == "greedy"
    with pytest.raises(InstallError, match=r"modelyard\[plan\]"):
        solve(product, maker="cp-sat")


@pytest.mark.parametrize("effort", [0, -1, float("nan")])
def test_no_effort_is_refused(product: Work, effort: float) -> None:
    with pytest.raises(ProjectError, match="effort: more than 0"):
        solve(product, effort=effort)


def test_a_plan_on_the_chinese_calendar_says_how_far_it_is_official(product: Work) -> None:
    pytest.importorskip("holidays")
    schedule = planned(replace(product, calendar=Calendar("CN"), start=date(2026, 1, 30)))
    assert schedule.known_through is not None
    assert schedule.known_through >= 2026
    worked = {item.first for item in schedule.items} | {item.last for item in schedule.items}
    assert not any(date(2026, 2, 15) + timedelta(n) in worked for n in range(9))  # spring festival
