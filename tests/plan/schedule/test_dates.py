"""Dates: what is drawn, how it passes through the order of work, what the end hangs on, and what is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from modelyard.core.errors import ProjectError
from modelyard.plan.schedule import dates as module
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.dates import Dates, critical, dates, drawn, likely, passed
from modelyard.plan.schedule.dispatch import dispatched
from modelyard.plan.schedule.flow import Network, network
from modelyard.plan.schedule.planned import Schedule
from modelyard.plan.schedule.solve import solve
from modelyard.plan.schedule.work import Calendar, Days, Goal, Labelling, Lognormal, Mode, Pert, Task, Work

MONDAY = date(2027, 1, 4)
calm = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Make = Callable[..., Work]
Floats = NDArray[np.float64]


def rough(work: Work) -> Schedule:
    return solve(work, maker="greedy")


def told(work: Work, **options: Any) -> Dates:
    return dates(work, rough(work), **{"draws": 2000, **options})


def sure(*days: float, roles: dict[str, float] | None = None) -> Work:
    people = {role: 1.0 for role in roles or {}}
    return Work(tuple(Task(f"t{n}", (Mode(each, people),)) for n, each in enumerate(days)), MONDAY, roles or {})


# what is drawn


@pytest.mark.parametrize(
    ("days", "p50", "p80"),
    [(Lognormal(4, 9), 4, 6.81), (Lognormal(5, 5), 5, 5), (Pert(2, 3, 6), 3.22, 3.99), (Pert(0, 0, 10), 1.29, 2.75)],
)
def test_draws_follow_their_distribution(days: Days, p50: float, p80: float) -> None:
    found = np.quantile(drawn(days, np.random.default_rng(0), 100_000), [0.5, 0.8])
    assert_allclose(found, [p50, p80], rtol=0.02)


def test_a_tenth_of_lognormal_days_takes_longer_than_p90() -> None:
    found = drawn(Lognormal(4, 9), np.random.default_rng(0), 100_000)
    assert np.mean(found > 9) == pytest.approx(0.1, abs=0.005)


def test_pert_days_stay_within_their_ends_and_have_the_known_mean() -> None:
    found = drawn(Pert(2, 3, 10), np.random.default_rng(0), 50_000)
    assert found.min() >= 2
    assert found.max() <= 10
    assert found.mean() == pytest.approx((2 + 4 * 3 + 10) / 6, rel=0.01)


@pytest.mark.parametrize("days", [3.0, Pert(3, 3, 3), Labelling(300, 100)])
def test_what_is_sure_is_drawn_so(days: Days) -> None:
    assert_array_equal(drawn(days, np.random.default_rng(0), 4), [3, 3, 3, 3])


def test_labelling_takes_the_rows_that_are_needed() -> None:
    found = drawn(Labelling(300, 100), np.random.default_rng(0), 3, np.array([0, 250, np.inf]))
    assert_array_equal(found, [0, 2.5, np.inf])


# the order of work


def test_people_are_handed_on() -> None:
    work = sure(2, 3, 4, roles={"ml": 1})
    plan = network(work, rough(work))
    assert [len(hands) for hands in plan.hands] == [0, 1, 1]
    spans = np.array([[2.0], [3.0], [4.0]])
    starts, finishes = passed(plan, spans, spans[:, 0], np.zeros(3))
    assert finishes.max() == 9
    assert len(set(starts[:, 0])) == 3


def test_nobody_waits_for_people_who_are_free() -> None:
    work = sure(2, 3, roles={"ml": 2})
    assert network(work, rough(work)).hands == ((), ())


def test_people_come_from_those_that_are_waited_for() -> None:
    tasks = (
        Task("a", (Mode(2, {"ml": 1}),)),
        Task("b", (Mode(2, {"ml": 1}),)),
        Task("c", (Mode(1, {"ml": 1}),), after={"b": 0}),
    )
    work = Work(tasks, MONDAY, {"ml": 2})
    assert all(not hands for hands in network(work, rough(work)).hands)


@calm
@given(seed=st.integers(0, 10_000), luck=st.integers(0, 100))
def test_whatever_days_take_the_order_of_work_has_people_enough(seed: int, luck: int, random_work: Make) -> None:
    work = random_work(seed, money=False)
    plan = network(work, rough(work))
    spans = np.random.default_rng(luck).uniform(0, 9, (len(plan.tasks), 1))
    spans[[mode.planned == 0 for mode in plan.modes]] = 0
    starts, finishes = passed(plan, spans, spans[:, 0], np.zeros(len(spans)))
    for when in starts[:, 0]:
        for role, people in work.roles.items():
            busy = sum(
                mode.people.get(role, 0)
                for mode, start, end in zip(plan.modes, starts[:, 0], finishes[:, 0], strict=True)
                if start <= when < end - 1e-9
            )
            assert busy <= people + 1e-6


@calm
@given(seed=st.integers(0, 10_000))
def test_with_the_planned_days_nothing_ends_later_than_planned(seed: int, random_work: Make) -> None:
    work = random_work(seed, money=False)
    schedule = rough(work)
    plan = network(work, schedule)
    planned = np.array([mode.planned for mode in plan.modes], float)
    days = WorkingDays(work.calendar, work.start)
    ready = np.array([days.number(task.earliest) if task.earliest else 0 for task in plan.tasks], float)
    _, finishes = passed(plan, planned[:, None], planned, ready)
    ends = [item.end if item else 0 for item in map(schedule.item, (task.id for task in plan.tasks))]
    assert (finishes[:, 0] <= np.array(ends) + 1e-9).all()


# what the end hangs on


def test_the_longer_of_two_is_critical() -> None:
    result = told(sure(2, 3))
    assert {task.task: task.criticality for task in result.tasks} == {"t0": 0.0, "t1": 1.0}


def test_criticality_goes_back_through_a_chain() -> None:
    tasks = (
        Task("a", (Mode(1),)),
        Task("b", (Mode(5),), after={"a": 3}),
        Task("c", (Mode(2),), after={"a": 0}),
        Task("d", (Mode(0),), after={"b": 0, "c": 0}),
    )
    result = told(Work(tasks, MONDAY))
    assert {task.task: task.criticality for task in result.tasks} == {"a": 1, "b": 1, "c": 0, "d": 1}


def test_two_alike_share_the_end() -> None:
    work = Work(tuple(Task(name, (Mode(Lognormal(5, 9)),)) for name in "ab"), MONDAY)
    found = [task.criticality for task in told(work, draws=10_000).tasks]
    assert sum(found) == pytest.approx(1)
    assert found[0] == pytest.approx(0.5, abs=0.02)


def test_projects_that_never_end_hang_on_nothing() -> None:
    plan = Network((), (), ((), ()), ((), ()))
    starts, finishes = np.zeros((2, 2)), np.array([[np.inf, 1], [2, 3]])
    assert_array_equal(critical(plan, starts, finishes), [0, 1])
    assert_array_equal(critical(plan, starts, np.full((2, 2), np.inf)), [0, 0])


# dates


def test_sure_days_are_over_as_planned() -> None:
    result = told(sure(2, 3, roles={"ml": 1}))
    assert result.end.p50 == result.end.p80 == result.dispatched.p80 == date(2027, 1, 8)
    assert (result.on_plan, result.end.never) == (1.0, 0.0)


def test_no_task_is_over_at_once() -> None:
    result = told(Work((), MONDAY))
    assert (result.tasks, result.end.p50, result.on_plan) == ((), MONDAY, 1.0)


def test_quantiles_are_those_that_so_many_projects_keep() -> None:
    days = WorkingDays(Calendar(), MONDAY)
    found = likely(np.array([1.0, 2, 3, 4, 5]), days)
    assert (found.p50, found.p80) == (date(2027, 1, 6), date(2027, 1, 7))
    assert likely(np.array([1.0]), days).p80 == MONDAY


def test_p80_is_none_where_too_many_never_end() -> None:
    days = WorkingDays(Calendar(), MONDAY)
    found = likely(np.array([1.0] * 7 + [np.inf] * 3), days)
    assert (found.p50, found.p80, found.never) == (MONDAY, None, 0.3)
    assert likely(np.full(3, np.inf), days).p50 is None


@calm
@given(seed=st.integers(0, 10_000))
def test_p80_is_never_before_p50(seed: int, random_work: Make) -> None:
    result = told(random_work(seed, money=False), draws=200)
    for each in [*(task.likely for task in result.tasks), result.end, result.dispatched]:
        assert each.p50 is not None and each.p80 is not None
        assert each.p80 >= each.p50
    assert all(0 <= task.criticality <= 1 for task in result.tasks)
    assert not result.tasks or max(task.criticality for task in result.tasks) > 0


def test_a_due_date_is_kept_by_a_share_of_the_projects() -> None:
    work = Work((Task("t", (Mode(Lognormal(5, 9)),), due=date(2027, 1, 8)), Task("u", (Mode(1),))), MONDAY)
    result = told(work, draws=10_000)
    assert result.tasks[1].task == "t"
    assert result.tasks[1].in_time == pytest.approx(0.5, abs=0.02)
    assert result.tasks[0].in_time is None


def test_nothing_starts_before_its_day_in_any_project() -> None:
    work = Work((Task("t", (Mode(Pert(0, 1, 2)),), earliest=date(2027, 1, 11)),), MONDAY)
    assert told(work).finishes.min() >= 5


def test_the_same_seed_gives_the_same_dates_and_another_others(product: Work) -> None:
    assert told(product) == told(product)
    assert_array_equal(told(product).finishes, told(product).finishes)
    assert not np.array_equal(told(product).finishes, told(product, seed=1).finishes)


def test_a_task_draws_the_same_whatever_others_there_are() -> None:
    one = Work((Task("t", (Mode(Lognormal(5, 9)),)),), MONDAY)
    two = replace(one, tasks=(Task("先", (Mode(Lognormal(5, 9)),)), *one.tasks))
    place = [task.task for task in told(two).tasks].index("t")
    assert_array_equal(told(one).finishes[0], told(two).finishes[place])


# rows that turn out to be needed


def test_what_is_needed_moves_the_dates(product: Work) -> None:
    few, many = (told(product, need={"标注": np.array([rows])}) for rows in (1000.0, 9000.0))
    assert few.end.p50 is not None and many.end.p50 is not None
    assert few.end.p50 < told(product).end.p50 < many.end.p50  # type: ignore[operator]


def test_projects_in_which_nothing_suffices_never_end(product: Work) -> None:
    need = np.where(np.arange(1000) % 4 == 0, np.inf, 4000.0)
    result = told(product, need={"标注": need})
    assert result.end.never == result.dispatched.never == 0.25
    assert (result.end.p80, result.dispatched.p80) == (None, None)
    assert result.end.p50 is not None
    assert result.tasks[0].likely.never == 0


def test_people_leave_work_that_never_suffices() -> None:
    tasks = (Task("标", (Mode(Labelling(100, 50), {"p": 1}),)), Task("其他", (Mode(3, {"p": 1}),), after={}))
    work = Work(tasks, MONDAY, {"p": 1})
    result = told(work, need={"标": np.array([np.inf])})
    other = next(task for task in result.tasks if task.task == "其他")
    assert other.likely.never == 0
    assert result.end.never == result.dispatched.never == 1


def test_needs_belong_together() -> None:
    """Two tasks that need much in the same projects: both are long in half of them, not one or the other."""
    tasks = tuple(Task(name, (Mode(Labelling(100, 100)),)) for name in "ab")
    need = np.tile([100.0, 1000.0], 1000)
    result = told(Work(tasks, MONDAY), need={"a": need, "b": need})
    assert_array_equal(result.finishes[0], result.finishes[1])
    assert result.end.p50 == MONDAY


# who takes up whatever is ready


def hand(roles: dict[str, float], tasks: tuple[Task, ...]) -> Network:
    work = Work(tasks, MONDAY, roles)
    return network(work, rough(work))


def test_what_is_ready_is_taken_up_although_it_was_planned_later() -> None:
    tasks = (
        Task("a", (Mode(2, {"x": 1}),)),
        Task("b", (Mode(1, {"ml": 1}),), after={"a": 0}),
        Task("c", (Mode(4, {"ml": 1}),), earliest=date(2027, 1, 7)),
    )
    plan = hand({"x": 1, "ml": 1}, tasks)
    spans = np.array([{"a": 9.0, "b": 1.0, "c": 4.0}[task.id] for task in plan.tasks])[:, None]
    ready = np.array([3.0 if task.id == "c" else 0.0 for task in plan.tasks])
    _, fixed = passed(plan, spans, spans[:, 0], ready)
    free = dispatched(plan, {"x": 1, "ml": 1}, spans, spans[:, 0], ready)
    assert (fixed.max(), free.max()) == (14, 10)


@calm
@given(seed=st.integers(0, 10_000))
def test_dispatched_projects_keep_people_and_order(seed: int, random_work: Make) -> None:
    work = random_work(seed, money=False)
    plan = network(work, rough(work))
    spans = np.random.default_rng(seed).uniform(0, 5, (len(plan.tasks), 3))
    ready = np.zeros(len(spans))
    finishes = dispatched(plan, work.roles, spans, spans[:, 0], ready)
    assert np.isfinite(finishes).all()
    starts = finishes - spans
    for number, waits in enumerate(plan.waits):
        for other, lag in waits:
            assert (starts[number] >= finishes[other] + lag - 1e-6).all()
    for column in range(3):
        for when in starts[:, column]:
            is_busy = (starts[:, column] <= when + 1e-9) & (finishes[:, column] > when + 1e-6)
            for role, people in work.roles.items():
                needed = sum(mode.people.get(role, 0) for mode, busy in zip(plan.modes, is_busy, strict=True) if busy)
                assert needed <= people + 1e-6


def test_lags_and_releases_are_events_too() -> None:
    tasks = (Task("a", (Mode(1),)), Task("b", (Mode(1),), after={"a": 2}), Task("c", (Mode(1),), after={"b": 0}))
    plan = hand({}, tasks)
    spans = np.array([[1.0, 0.5]] * 3)
    assert_allclose(dispatched(plan, {}, spans, spans[:, 0], np.array([4.0, 0, 0]))[2], [9, 7.5])


# what cannot be


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"draws": 0}, "draws: 1 or more"),
        ({"need": {"标主": np.ones(3)}}, "`标主`, which is not there"),
        ({"need": {"train": np.ones(3)}}, "planned without rows"),
        ({"need": {"标注": np.array([])}}, "one draw or more"),
        ({"need": {"标注": np.ones((2, 2))}}, "shape (2, 2)"),
        ({"need": {"标注": np.array([1, -1.0])}}, "each 0 or more"),
        ({"need": {"标注": np.array([1, np.nan])}}, "each 0 or more"),
    ],
)
def test_draws_that_cannot_be(product: Work, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ProjectError) as raised:
        told(product, **options)
    assert said in str(raised.value)


def test_needs_of_what_is_left_out_change_nothing(product: Work) -> None:
    shut = replace(product, tasks=(Task("标", (Mode(Labelling(1, 1)),), gate="quality"),), goals=(Goal("quality"),))
    assert told(shut, need={"标": np.array([5.0])}).tasks == ()


def test_p80_covers_four_in_five_when_the_days_are_as_told(random_work: Make) -> None:
    """Projects of another seed, carried out in the same order."""
    inside = []
    for seed in range(8):
        work = random_work(seed, money=False)
        schedule = rough(work)
        level = np.quantile(dates(work, schedule, draws=2000).finishes.max(axis=0), 0.8, method="inverted_cdf")
        inside.append(np.mean(dates(work, schedule, draws=2000, seed=7).finishes.max(axis=0) <= level + 1e-9))
    assert np.mean([share for share in inside if share < 1]) == pytest.approx(0.8, abs=0.03)


def test_few_projects_are_dispatched_when_few_are_drawn(product: Work) -> None:
    assert told(product, draws=3).draws == 3 < module.DISPATCHED
