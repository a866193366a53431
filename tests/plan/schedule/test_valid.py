"""What is wrong with a work: each mistake by itself, many at once, and what its money does not allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, ProjectError
from modelyard.plan.schedule import valid
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.problem import problem
from modelyard.plan.schedule.work import Budget, Goal, Labelling, Lognormal, Mode, Pert, Task, Work

MONDAY = date(2027, 1, 4)
NAN, INFINITE = float("nan"), float("inf")


def refused(work: Work, *said: str) -> ProjectError:
    with pytest.raises(ProjectError) as raised:
        problem(work, WorkingDays(work.calendar, work.start))
    for each in said:
        assert each in str(raised.value)
    assert all(len(str(mistake).split("\n")) <= MAX_LINES for mistake in raised.value.mistakes)
    return raised.value


def of(*tasks: Task, **more: Any) -> Work:
    return Work(tasks, MONDAY, **more)


def task(days: Any = 1, **more: Any) -> Task:
    return Task("数据", (Mode(days),), **more)


def test_a_right_work_is_not_refused(product: Work) -> None:
    valid.check(product)
    valid.check(of())


# names


def test_an_unknown_task_role_or_goal_offers_the_nearest() -> None:
    other = Task("schema", (Mode(1, {"mll": 1}, meets=("qualty",)),), after={"shema2": 0}, gate="quality2")
    found = refused(of(other, roles={"ml": 1}, goals=(Goal("quality"),)), "work.schema.after", "did you mean ml?")
    assert len(found.mistakes) == 4
    assert str(found).count("did you mean quality?") == 2


def test_names_that_are_not_there_when_there_are_none() -> None:
    refused(of(task(gate="g")), "plan: work.数据.gate", "`g`, which is not there", "(there is none)")


@pytest.mark.parametrize("section", ["work", "goals"])
def test_a_name_twice(section: str) -> None:
    work = of(task(), task()) if section == "work" else of(goals=(Goal("g"), Goal("g")))
    refused(work, f"plan: {section}.", "twice")


def test_places_are_told_as_the_caller_wants(product: Work) -> None:
    work = replace(product, roles={"ml": 1, "label": -1})
    with pytest.raises(ProjectError, match="line 7, roles label"):
        valid.check(work, lambda section, name, field: f"line 7, {section} {name}")


def test_in_chinese() -> None:
    messages.use("zh")
    refused(of(task(Pert(3, 2, 1))), "计划：work.数据.days", "由小到大")


# circles


def test_a_circle_is_named() -> None:
    tasks = [Task(name, (Mode(1),), after={before: 0}) for name, before in ("ac", "ba", "cb")]
    found = refused(of(*tasks, task()), "work that waits for itself")
    assert found.mistakes[0].got.rpartition(": ")[2] in ("a → b → c → a", "b → c → a → b", "c → a → b → c")


def test_a_task_after_itself() -> None:
    refused(of(Task("a", (Mode(1),), after={"a": 0})), "a → a")


def test_a_gate_that_closes_a_circle() -> None:
    tasks = (Task("a", (Mode(1, meets=("g",)),), after={"b": 0}), Task("b", (Mode(1),), gate="g"))
    refused(of(*tasks, goals=(Goal("g"),)), "a → b → a")
    valid.check(of(*tasks, goals=(Goal("g", is_met=True),)))


def test_a_gate_that_only_its_own_work_opens() -> None:
    refused(of(Task("a", (Mode(1, meets=("g",)),), gate="g"), goals=(Goal("g"),)), "only its own work opens")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16))
def test_a_circle_is_found_exactly_when_there_is_one(arcs: list[tuple[int, int]]) -> None:
    before = {str(name): [str(other) for one, other in arcs if one == name] for name in range(8)}
    found = valid.cycle(before)
    left = dict(before)
    while any(not set(waits) & set(left) for waits in left.values()):
        left = {name: waits for name, waits in left.items() if set(waits) & set(left)}
    assert bool(found) == bool(left)
    if found:
        assert found[0] == found[-1]
        assert all(one in before[two] for one, two in pairwise(found))


def test_a_circle_far_down_a_long_chain() -> None:
    before = {str(name): [str(name - 1)] if name else ["0"] for name in range(3000)}
    assert valid.cycle(before) == ("0", "0")


# numbers


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "0 or more"),
        (NAN, "finite"),
        (INFINITE, "finite"),
        (2501, "at most 2500"),
        (Pert(3, 2, 6), "[3, 2, 6]"),
        (Pert(1, 6, 3), "rising order"),
        (Pert(-1, 2, 3), "rising order"),
        (Pert(1, NAN, 3), "rising order"),
        (Pert(1, 2, INFINITE), "rising order"),
        (Lognormal(0, 1), "0 < P50 <= P90"),
        (Lognormal(4, 3), "P50 4, P90 3"),
        (Lognormal(NAN, 3), "P50 nan"),
        (Labelling(-1, 10), "rows to label"),
        (Labelling(INFINITE, 10), "rows to label"),
        (Labelling(100, 0), "more than 0 rows a day"),
        (Labelling(100, NAN), "more than 0 rows a day"),
        (Labelling(100, Pert(0, 2, 3)), "more than 0 rows a day"),
        (Labelling(100, Pert(3, 2, 3)), "rising order"),
        (Labelling(100, Lognormal(3, 2)), "P50 3"),
        (Labelling(100, INFINITE), "finite"),
    ],
)
def test_days_that_cannot_be(days: Any, said: str) -> None:
    refused(of(task(days)), "plan: work.数据.days", said)


@pytest.mark.parametrize("lag", [-1, 0.5, 10**6])
def test_lags_are_whole_days(lag: Any) -> None:
    refused(of(Task("a", (Mode(1),)), Task("b", (Mode(1),), after={"a": lag})), "work.b.after", "a lag of 0 or more")


@pytest.mark.parametrize("people", [-1, 0.123, NAN, INFINITE])
def test_people_are_counted_in_hundredths(people: float) -> None:
    work = of(Task("a", (Mode(1, {"ml": people}), Mode(1))), roles={"ml": people})
    found = refused(work, "plan: roles.ml", "plan: work.a.role", "in hundredths")
    assert len(found.mistakes) == 2


@pytest.mark.parametrize("amount", [-1, NAN, INFINITE])
def test_money_and_weights_are_amounts(amount: float) -> None:
    work = of(
        Task("a", (Mode(1, cost=amount),), weight=amount),
        goals=(Goal("g", amount),),
        budget=Budget(amount, amount),
    )
    assert len(refused(work, "budget.total", "budget.per_month", "goals.g.value").mistakes) == 5


def test_no_way_of_doing_it() -> None:
    refused(of(Task("a", ())), "no way of doing it")


def test_dates_that_contradict_each_other() -> None:
    refused(of(task(due=date(2027, 2, 1), earliest=date(2027, 2, 2))), "not before 2027-02-02")
    refused(of(task(due=date(2027, 1, 3))), "before the plan starts on 2027-01-04")
    valid.check(of(task(due=MONDAY, earliest=MONDAY)))


# people and money that do not suffice


def test_more_people_than_there_are() -> None:
    work = of(Task("a", (Mode(1, {"ml": 3}), Mode(2, {"ml": 2}))), roles={"ml": 1})
    refused(work, "2 of `ml`", "at most the 1 there are", "give `ml` 2")


def test_one_way_that_can_be_staffed_is_enough() -> None:
    work = of(Task("a", (Mode(1, {"ml": 3}), Mode(2, {"ml": 1}))), roles={"ml": 1})
    assert [way.index for way in problem(work, WorkingDays(work.calendar, MONDAY)).jobs[0].ways] == [1]


def test_nobody_has_a_role() -> None:
    refused(of(Task("a", (Mode(1, {"ml": 1}),)), roles={"ml": 0}), "1 of `ml`")
    valid.check(of(Task("a", (Mode(1, {"ml": 0}),)), roles={"ml": 0}))


def test_a_budget_that_nothing_fits_says_the_least_that_would(product: Work) -> None:
    refused(replace(product, budget=Budget(1999.99)), "budget.total", "1,999.99 in all", "at least 2,000.00")
    problem(replace(product, budget=Budget(2000)), WorkingDays(product.calendar, MONDAY))


def test_work_behind_a_gate_is_no_part_of_the_least(product: Work) -> None:
    met = replace(product, goals=(Goal("quality", is_met=True),), budget=Budget(2799))
    refused(met, "at least 2,800.00")


def test_a_month_that_nothing_fits_says_the_least_that_would() -> None:
    """A task of ten days fits two months best in halves."""
    work = of(task(10), budget=Budget(per_month=499))
    work = replace(work, tasks=(Task("数据", (Mode(10, cost=1000),)),))
    refused(work, "499.00 a month", "at least 500.00 a month, for `数据` alone")
    assert problem(replace(work, budget=Budget(per_month=500)), WorkingDays(work.calendar, MONDAY)).monthly == 50000


def test_what_a_month_allows_decides_what_all_costs() -> None:
    modes = (Mode(1, cost=600), Mode(60, cost=900))
    work = of(Task("a", modes), budget=Budget(total=700, per_month=500))
    refused(work, "budget.total", "at least 900.00")


def test_the_heaviest_month_of_no_days_and_of_no_cost() -> None:
    days = WorkingDays(of().calendar, MONDAY)
    assert valid.heaviest_month(Mode(0, cost=5), days) == 5
    assert valid.heaviest_month(Mode(5), days) == 0
    assert valid.heaviest_month(Mode(2, cost=5), days) == 2.5
    assert valid.heaviest_month(Mode(60, cost=60), days) < 23
