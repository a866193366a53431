"""Works to plan: a small product, and random ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from modelyard.plan.schedule.work import Budget, Calendar, Days, Goal, Labelling, Lognormal, Mode, Pert, Task, Work

MONDAY = date(2027, 1, 4)


@pytest.fixture
def product() -> Work:
    """客服意图: a schema, labels of 2,000 or 5,000 rows, a training, and a pilot that waits for the quality."""
    return Work(
        tasks=(
            Task("数据模式", (Mode(Pert(2, 3, 6), {"ml": 1}),)),
            Task(
                "标注",
                (
                    Mode(Labelling(2000, 200), {"label": 2}, cost=2000, name="2k"),
                    Mode(Labelling(5000, Pert(300, 500, 800)), {"label": 2}, cost=5000, meets=("quality",), name="5k"),
                ),
                after={"数据模式": 0},
            ),
            Task("train", (Mode(Lognormal(4, 9), {"ml": 1}),), after={"标注": 1}, due=date(2027, 1, 29)),
            Task("pilot", (Mode(5, {"ml": 1}, cost=800),), after={"train": 0}, gate="quality"),
            Task("done", (Mode(0),), after={"pilot": 0}),
        ),
        roles={"ml": 1, "label": 2},
        goals=(Goal("quality"),),
        start=MONDAY,
        budget=Budget(8000, 6000),
    )


def _days(chance: random.Random) -> Days:
    low = chance.randint(0, 4)
    return chance.choice(
        [
            float(low),
            Pert(low, low + chance.randint(0, 3), low + 3 + chance.randint(0, 9)),
            Lognormal(low + 1, (low + 1) * (1 + chance.random())),
            Labelling(100 * low, chance.choice([50.0, Pert(20, 50, 60)])),
        ]
    )


def _mode(chance: random.Random, roles: dict[str, float], gate: str) -> Mode:
    people = {role: chance.choice([0, 0.5, 1, most]) for role, most in roles.items() if chance.random() < 0.7}
    meets = ("质量",) if gate != "质量" and chance.random() < 0.3 else ()
    return Mode(_days(chance), people, cost=chance.choice([0, 10, 50.55, 99]), meets=meets)


def _task(chance: random.Random, number: int, roles: dict[str, float]) -> Task:
    # What waits at a gate comes late, and meets no goal, so that nothing waits for itself.
    gate = "质量" if number > 3 and chance.random() < 0.3 else ""
    modes = tuple(_mode(chance, roles, "质量" if number > 3 else "") for _ in range(chance.randint(1, 3)))
    first = 4 if number > 3 and not gate else 0
    after = {f"任务{other}": chance.randint(0, 2) for other in range(first, number) if chance.random() < 0.3}
    return Task(
        f"任务{number}",
        modes,
        after,
        gate,
        earliest=MONDAY + timedelta(chance.randint(0, 20)) if chance.random() < 0.2 else None,
        due=MONDAY + timedelta(chance.randint(20, 60)) if chance.random() < 0.3 else None,
        weight=chance.choice([0, 1, 2.5]),
    )


@pytest.fixture(scope="session")
def random_work() -> Callable[..., Work]:
    """Seed, most tasks -> a work that can be planned, with everything that a work can have."""

    def make(seed: int, most: int = 9, money: bool = True) -> Work:
        chance = random.Random(seed)
        roles: dict[str, float] = {"ml": chance.choice([1, 1.5, 2]), "标注员": chance.choice([1, 3])}
        tasks = tuple(_task(chance, number, roles) for number in range(chance.randint(1, most)))
        dearest = sum(max(mode.cost for mode in task.modes) for task in tasks)
        least = sum(min(mode.cost for mode in task.modes) for task in tasks)
        total = chance.choice([None, least, (least + dearest) / 2])
        budget = Budget(total, chance.choice([None, 100, 150])) if money else Budget()
        return Work(
            tasks,
            MONDAY,
            roles,
            (Goal("质量", value=2),),
            budget,
            Calendar(closed=(date(2027, 1, 6),)),
            first=chance.choice(["days", "cost"]),
        )

    return make
