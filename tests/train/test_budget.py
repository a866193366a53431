"""The work plan: fits the budget, never starts what cannot fit, and is the same for the same rates."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.progress import Clock
from modelyard.core.protocols import MethodInfo, Problem
from modelyard.train import budget
from modelyard.train.budget import Plan, Step, share
from modelyard.train.ladder import Rung

NOBODY = ("Nobody", "无")


def rung(method: str, number: int, lacks: tuple[str, ...] = (), view: Any = "raw", usual: int | None = None) -> Rung:
    info = MethodInfo(NOBODY, number, view, (), "tables", NOBODY, usual=usual)
    return Rung(method, info, options=None, lacks=lacks)


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stand-in methods: name -> (units wanted, seconds per unit)."""

    def install(**methods: tuple[int, float]) -> None:
        def part(_: str, name: str, module: str) -> Any:
            wanted, rate = methods[name]
            if module == "options":
                return SimpleNamespace(work=lambda _: wanted, cost=lambda *_: (wanted * rate, 0.0))
            return SimpleNamespace(probe=lambda *_: rate)

        monkeypatch.setattr(plugins, "part", part)

    return install


def problem(_: str) -> Problem:
    rows = (np.zeros((8, 2), np.float32), np.zeros(8), np.ones(8, np.float32))
    return Problem("classification", {}, 1, (), *rows, *rows, seed=0, threads=1)


def plan(rungs: list[Rung], problem_of: Any, seconds: float, *ways: tuple[int, int]) -> tuple[Step, ...]:
    return budget.plan(rungs, problem_of, seconds, ways or [(1, 1)]).steps


def works(steps: Sequence[Step]) -> dict[str, int]:
    return {step.method: step.work for step in steps}


def test_everything_that_fits_is_granted_whole(rates: Callable[..., None]) -> None:
    rates(naive=(1, 0.0), trees=(100, 0.01), network=(50, 0.02))
    steps = plan([rung("naive", 0), rung("trees", 2), rung("network", 3)], problem, 10.0)
    assert works(steps) == {"naive": 1, "trees": 100, "network": 50}


def test_what_does_not_fit_is_cut_to_a_power_of_two_inside_the_share(rates: Callable[..., None]) -> None:
    rates(naive=(1, 0.0), trees=(10_000, 0.01), network=(10_000, 0.1))
    steps = plan([rung("naive", 0), rung("trees", 2), rung("network", 3)], problem, 10.0)
    granted = works(steps)
    assert granted["trees"] == 384  # half of ten seconds affords 500
    assert granted["network"] == 48
    assert granted["trees"] * 0.01 + granted["network"] * 0.1 <= 10


def test_what_a_modest_method_leaves_goes_to_the_others(rates: Callable[..., None]) -> None:
    rates(trees=(10, 0.01), network=(10_000, 0.1))
    steps = plan([rung("trees", 2), rung("network", 3)], problem, 10.0)
    assert works(steps) == {"trees": 10, "network": 96}


def test_a_rung_that_cannot_fit_is_skipped_without_being_measured(rates: Callable[..., None]) -> None:
    rates(naive=(1, 0.0), network=(100, 5.0))
    steps = plan([rung("naive", 0), rung("network", 3)], problem, 1.0)
    assert works(steps) == {"naive": 1, "network": 0}
    assert "500 s" in steps[1].reason
    assert steps[1].rate is None


def test_one_unit_that_is_too_long_is_skipped_after_measuring(rates: Callable[..., None]) -> None:
    rates(linear=(1, 30.0))
    steps = plan([rung("linear", 1)], problem, 10.0)
    assert works(steps) == {"linear": 0}
    assert steps[0].rate == 30.0


def test_what_the_install_lacks_is_skipped_and_says_how_to_get_it(rates: Callable[..., None]) -> None:
    rates(network=(10, 0.1))
    (step,) = plan([rung("network", 3, lacks=("torch",))], problem, 10.0)
    assert step.work == 0
    assert "torch" in step.reason and "modelyard[tables]" in step.reason


def test_what_cannot_learn_without_labels_is_skipped_and_says_so(rates: Callable[..., None]) -> None:
    rates(linear=(10, 0.1))
    (step,) = plan([replace(rung("linear", 1), untaught=True)], problem, 10.0)
    assert step.work == 0 and "labels" in step.reason


def test_an_ensemble_is_not_rationed(rates: Callable[..., None]) -> None:
    rates(ensemble=(1, 1e9))
    (step,) = plan([rung("ensemble", 9, view="scores")], problem, 1.0)
    assert step.work == 1


@pytest.mark.parametrize("skipped", [None, ("train.over_budget", {"seconds": 3})])
def test_steps_survive_json(skipped: Any) -> None:
    step = Step("trees", 4, 9, 0.5, skipped)
    data = step.to_json()
    if skipped:
        data["skipped"] = list(data["skipped"])
    assert Step.from_json(data) == step


class Stopped(Clock):
    """A clock that stands still."""

    def __init__(self, budget: float, elapsed: float) -> None:
        super().__init__(budget)
        self.now = elapsed

    @property
    def elapsed(self) -> float:
        return self.now


def test_most_of_what_the_other_stages_leave_is_planned() -> None:
    assert budget.SHARE == 0.75
    assert share(Stopped(20, 0), 0.0, 0.0, 1) == 15
    assert share(Stopped(20, 4), 6.0, 0.0, 1) == 7.5


def test_training_is_never_left_without_a_tenth_of_the_budget() -> None:
    assert share(Stopped(20, 30), 0.0, 0.0, 1) == share(Stopped(20, 0), 30.0, 0.0, 1) == 1.5


def test_time_spent_is_taken_off_once_however_many_targets_wait() -> None:
    assert share(Stopped(20, 8), 0.0, 0.0, 3) == 3
    assert share(Stopped(20, 8), 0.0, 1.0, 2) == 4  # what the first target left goes to the others
    assert share(Stopped(20, 8), 0.0, 9.0, 1) == 0


def test_planned_work_is_counted_at_the_measured_rate_in_every_fold() -> None:
    steps = (Step("naive", 1, 1), Step("trees", 100, 200, 0.01), Step("network", 0, 9, 2.0))
    assert Plan(1, 1, steps).seconds == 1.0
    assert Plan(5, 3, steps).seconds == 15.0


WAYS = ((5, 3), (5, 1), (1, 1))


@pytest.mark.parametrize(
    ("seconds", "way", "work"),
    [(30.0, (5, 3), 100), (8.0, (5, 3), 48), (3.0, (5, 1), 48), (1.2, (1, 1), 100)],
)
def test_as_many_folds_as_leave_every_method_enough_work(
    rates: Callable[..., None], seconds: float, way: tuple[int, int], work: int
) -> None:
    rates(naive=(1, 0.0), trees=(100, 0.01))
    found = budget.plan([rung("naive", 0), rung("trees", 2, usual=25)], problem, seconds, WAYS)
    assert ((found.folds, found.repeats), works(found.steps)["trees"]) == (way, work)
    assert found.seconds <= seconds


def test_folds_never_cost_a_method_that_does_not_stop_early_its_work(rates: Callable[..., None]) -> None:
    rates(linear=(100, 0.01))
    assert budget.plan([rung("linear", 1)], problem, 8.0, WAYS).folds == 5
    assert budget.plan([rung("linear", 1)], problem, 4.0, WAYS).folds == 1


def test_options_below_the_usual_work_are_enough(rates: Callable[..., None]) -> None:
    rates(trees=(10, 0.01))
    assert budget.plan([rung("trees", 2, usual=25)], problem, 2.0, WAYS).steps[0].enough


def test_the_last_way_is_taken_however_little_it_leaves(rates: Callable[..., None]) -> None:
    rates(trees=(1000, 0.01))
    found = budget.plan([rung("trees", 2)], problem, 2.5, [(5, 1)])
    assert (found.folds, works(found.steps)) == (5, {"trees": 48})


def test_plans_survive_json() -> None:
    found = Plan(5, 3, (Step("trees", 4, 9, 0.5), Step("network", 0, 9, None, ("train.over_budget", {"seconds": 3}))))
    assert Plan.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_dear_method_gets_its_usual_work_before_a_cheap_one_gets_more(rates: Callable[..., None]) -> None:
    rates(trees=(10_000, 0.01), network=(60, 0.25))
    ladder = [rung("trees", 2, usual=100), rung("network", 3, usual=16)]
    assert works(plan(ladder, problem, 6.0)) == {"trees": 192, "network": 16}
    assert works(plan(ladder, problem, 4.0)) == {"trees": 192, "network": 8}  # both cannot have theirs


def test_units_are_rounded_to_steps_of_a_half_at_most() -> None:
    assert [budget.rounded_down(units) for units in (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 47, 48)] == [
        *(1, 2, 3, 4, 4, 6, 6, 8, 8, 12, 32, 48)
    ]
    assert all(units / 1.5 < budget.rounded_down(units) <= units for units in range(1, 3000))
