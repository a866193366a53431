"""The checker: it passes what is right, and finds every single thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from modelyard.plan.schedule.check import violations
from modelyard.plan.schedule.planned import Planned, Schedule
from modelyard.plan.schedule.solve import solve
from modelyard.plan.schedule.work import Budget, Goal, Task, Work


@pytest.fixture
def schedule(product: Work) -> Schedule:
    return solve(product, maker="greedy")


def changed(schedule: Schedule, task: str, **values: Any) -> Schedule:
    items = tuple(replace(item, **values) if item.task == task else item for item in schedule.items)
    return replace(schedule, items=items)


def moved(schedule: Schedule, task: str, by: int) -> Schedule:
    item = schedule.item(task)
    assert item is not None
    return changed(schedule, task, start=item.start + by, end=item.end + by)


def test_a_right_schedule_is_right(product: Work, schedule: Schedule) -> None:
    assert violations(product, schedule) == ()


def test_of_nothing_nothing_is_wrong(product: Work) -> None:
    nothing = replace(product, tasks=())
    assert violations(nothing, solve(nothing, maker="greedy")) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: moved(s, "train", -1), "train: starts on day 13, 标注 ends on 13, and waits 1"),
        (lambda s: moved(s, "pilot", -1), "pilot: starts on day 17"),
        (lambda s: changed(s, "数据模式", start=-1, end=2), "lasts from -1"),
        (lambda s: changed(s, "数据模式", end=2), "not 3 days"),
        (lambda s: changed(s, "数据模式", first=date(2027, 1, 5)), "is not 2027-01-05"),
        (lambda s: changed(s, "数据模式", last=date(2027, 1, 9)), "is not 2027-01-09"),
        (lambda s: changed(s, "pilot", cost=0.0), "costs 800"),
        (lambda s: changed(s, "train", late=3), "working days late, not 3"),
        (lambda s: changed(s, "标注", mode=0), "costs 2000, not 5000"),
        (lambda s: replace(s, reached={}), "are said to be reached"),
        (lambda s: replace(s, reached={"quality": "train"}), "is not met by train first"),
        (lambda s: replace(s, days=22), "days: 22"),
        (lambda s: replace(s, bound=24), "bound 24"),
        (lambda s: replace(s, left_out=("done",)), "tasks:"),
        (lambda s: replace(s, items=s.items[1:]), "tasks:"),
        (lambda s: replace(s, items=(*s.items, s.items[0])), "tasks:"),
        (lambda s: replace(s, items=(replace(s.items[0], task="nobody"), *s.items[1:])), "nobody"),
    ],
)
def test_each_thing_that_is_wrong(
    product: Work, schedule: Schedule, change: Callable[[Schedule], Schedule], said: str
) -> None:
    assert said in "\n".join(violations(product, change(schedule)))


def without(schedule: Schedule, *tasks: str) -> Schedule:
    items = tuple(item for item in schedule.items if item.task not in tasks)
    return replace(schedule, items=items, left_out=tasks, days=max(item.end for item in items), bound=0)


def test_only_what_waits_for_a_gate_may_be_left_out(product: Work, schedule: Schedule) -> None:
    assert violations(product, without(schedule, "pilot", "done")) == ()
    assert "train: is left out" in violations(product, without(schedule, "train", "pilot", "done"))
    met = replace(product, goals=(Goal("quality", is_met=True),))
    assert "pilot: is left out" in violations(met, replace(without(schedule, "pilot", "done"), reached={}))


def test_a_task_whose_predecessor_is_left_out(product: Work, schedule: Schedule) -> None:
    assert "done: pilot is left out" in violations(product, without(schedule, "pilot"))


def test_a_gate_that_is_shut(product: Work, schedule: Schedule) -> None:
    cheap = next(item for item in solve(replace(product, budget=Budget(4999)), maker="greedy").items if item.mode == 0)
    item = schedule.item("标注")
    assert item is not None and isinstance(cheap, Planned)
    broken = changed(schedule, "标注", mode=0, cost=2000.0)
    assert "quality is met on None" in "\n".join(violations(product, replace(broken, reached={})))


def test_more_people_than_there_are(product: Work, schedule: Schedule) -> None:
    assert "label: 2 are busy on day 3, there are 1" in violations(
        replace(product, roles={"ml": 1, "label": 1}), schedule
    )


def test_more_money_than_there_is(product: Work, schedule: Schedule) -> None:
    said = "\n".join(violations(replace(product, budget=Budget(5799, 5319)), schedule))
    assert "5800.0 is spent, there are 5799" in said
    assert "is spent in (2027, 1), there are 5319" in said


def test_money_is_spread_over_the_days_of_a_task(product: Work, schedule: Schedule) -> None:
    """Of the five days of the pilot, two lie in January."""
    assert violations(replace(product, budget=Budget(5800, 5320)), schedule) == ()
    assert violations(replace(product, budget=Budget(5800, 5319)), schedule) != ()


def test_a_task_before_its_day(product: Work, schedule: Schedule) -> None:
    first = product.tasks[0]
    late = Task(first.id, first.modes, earliest=date(2027, 1, 5))
    said = violations(replace(product, tasks=(late, *product.tasks[1:])), schedule)
    assert said == ("数据模式: starts on 2027-01-04, before 2027-01-05",)
