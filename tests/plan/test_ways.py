"""What to build: methods as the report measured them, with today's rows and with more."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.number import Number
from modelyard.plan import changes, making, told
from modelyard.plan.outlook import Choice, Plan
from modelyard.plan.ways import MOST

WELL = {"accuracy": Number(0.94, 0.92, 0.96, 351)}


def report(model: str = "linear", numbers: Any = None, others: Any = None, target: str = "target") -> Any:
    """The newest run: one target, the bundle's method and simpler ones with their paired differences."""
    scores = tuple(
        SimpleNamespace(metric=name, number=number, bounds=(0.0, 1.0), better="higher")
        for name, number in (numbers or WELL).items()
    )
    baselines = tuple(
        SimpleNamespace(method=name, differences={"accuracy": gain}) for name, gain in (others or {}).items()
    )
    return SimpleNamespace(targets=(SimpleNamespace(name=target, method=model, scores=scores, baselines=baselines),))


def planned(folder: Path, found: Any) -> tuple[Choice | None, tuple[str, ...]]:
    read = making.read_all(making.as_project(str(folder), None, {})[0])
    run = making.Newest("r", found)
    return making._ways(making.Read(read.project, read.goals, run, read.curve), making.outcomes(read), 0)


def chosen(folder: Path, found: Any) -> Choice:
    choice, lacks = planned(folder, found)
    assert choice is not None, lacks
    return choice


def test_a_goal_that_holds_today_costs_nothing(plant: Any) -> None:
    choice = chosen(plant(goals=["accuracy >= 0.9"], plan={"level": 0.8, "labels": {"price": 1}}), report())
    first = choice.ways[0]
    assert choice.reached
    assert (first.method, first.rows, first.label, first.basis, first.cost) == ("linear", 1446, 0, "measured", 0.0)
    assert first.probability > 0.99


def test_a_goal_out_of_reach_is_said_to_be(plant: Any) -> None:
    choice = chosen(plant(goals=["accuracy >= 0.9999"], plan={"level": 0.9}), report())
    assert not choice.reached
    assert choice.ways[0].probability < 0.9
    assert all(way.cost is None for way in choice.ways)  # no price is given


def test_more_rows_where_the_goal_takes_them(plant: Any) -> None:
    choice = chosen(plant(goals=["accuracy >= 0.96"], plan={"level": 0.5, "labels": {"price": 2}}), report())
    first = choice.ways[0]
    assert first.rows > 1446
    assert first.basis == "forecast"
    assert first.cost == pytest.approx(2 * first.label, rel=0.01)
    assert len(choice.ways) <= MOST


@pytest.mark.parametrize("first", [0, 1])
def test_a_goal_on_a_slice_of_the_same_metric_hides_no_forecast(plant: Any, first: int) -> None:
    goals = ["accuracy >= 0.96", "accuracy[1 = *] >= 0.5"]
    choice = chosen(plant(goals=[goals[first], goals[1 - first]], plan={"level": 0.5}), report())
    assert choice.ways[0].basis == "forecast"
    assert len(choice.goals) == len(choice.left_out) == 1


def test_no_more_rows_than_can_be_had(plant: Any) -> None:
    said = {"level": 0.5, "labels": {"most": 10}}
    choice = chosen(plant(goals=["accuracy >= 0.96"], plan=said), report())
    assert {way.rows for way in choice.ways} == {1446}


def test_a_method_that_is_worse_beyond_noise_is_not_looked_at(plant: Any) -> None:
    folder = plant(goals=["accuracy >= 0.9"], plan={"level": 0.8})
    near, far = Number(0.002, -0.01, 0.014, 351), Number(0.8, 0.76, 0.84, 351)
    choice = chosen(folder, report(others={"trees": near, "naive": far}))
    assert {way.method for way in choice.ways} == {"linear", "trees"}
    assert "trees" in {way.method for way in choice.alike}


def test_another_method_never_overtakes_by_extrapolation(plant: Any) -> None:
    folder = plant(goals=["accuracy >= 0.96"], plan={"level": 0.5})
    choice = chosen(folder, report(others={"trees": Number(0.004, -0.001, 0.009, 351)}))
    ratio = {way.rows: way.probability for way in choice.ways if way.method == "trees" and way.basis == "ratio"}
    forecast = {way.rows: way.probability for way in choice.ways if way.method == "linear"}
    assert all(ratio[rows] <= forecast[rows] + 0.02 for rows in ratio.keys() & forecast.keys())


def test_the_bundle_may_be_another_method_than_the_curve(plant: Any) -> None:
    folder = plant(goals=["accuracy >= 0.9"], plan={"level": 0.8})
    choice = chosen(folder, report("trees", others={"linear": Number(0.0, -0.01, 0.01, 351)}))
    assert {way.method for way in choice.ways} == {"linear", "trees"}
    found, lacks = planned(folder, report("trees"))
    assert found is None
    assert "linear" in lacks[0]


def test_goals_without_a_number_for_every_method_are_named(plant: Any) -> None:
    goals = ["accuracy >= 0.9", "bundle_mb <= 10", "recall[3] >= 0.9"]
    choice = chosen(plant(goals=goals, plan={"level": 0.8}), report())
    assert len(choice.goals) == 1
    assert len(choice.left_out) == 2
    assert planned(plant(name="b", goals=["bundle_mb <= 10"], plan={"level": 0.8}), report()) == (None, ())


def test_without_a_level_nothing_is_chosen(plant: Any) -> None:
    assert planned(plant(plan={"labels": {"price": 1}}), report()) == (None, ())
    assert planned(plant(name="b"), report()) == (None, ())


def test_a_target_that_the_report_does_not_have(plant: Any) -> None:
    found, lacks = planned(plant(plan={"level": 0.8}), report(target="other"))
    assert found is None
    assert lacks


def test_a_number_that_is_not_defined(plant: Any) -> None:
    found, lacks = planned(plant(plan={"level": 0.8}), report(numbers={"accuracy": Number(None)}))
    assert found is None
    assert lacks


def test_the_same_twice(plant: Any) -> None:
    folder = plant(goals=["accuracy >= 0.96"], plan={"level": 0.5, "labels": {"price": 2}})
    others = {"trees": Number(0.004, -0.001, 0.009, 351)}
    assert chosen(folder, report(others=others)) == chosen(folder, report(others=others))


@pytest.mark.parametrize(("language", "word"), [("en", "cheapest"), ("zh", "最省")])
def test_in_words(plant: Any, language: str, word: str) -> None:
    folder = plant(goals=["accuracy >= 0.9", "bundle_mb <= 10"], plan={"level": 0.8, "labels": {"price": 1}})
    choice = chosen(folder, report(others={"trees": Number(0.0, -0.01, 0.01, 351)}))
    messages.use(language)
    sentences = "\n".join(told.ways(choice, "CNY"))
    assert word in sentences
    assert "80%" in sentences
    assert "trees" in sentences
    assert "bundle_mb <= 10" in sentences


def test_the_whole_plan_holds_it(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = plant(goals=["accuracy >= 0.9"], plan={"level": 0.8})
    choice = chosen(folder, report())
    monkeypatch.setattr(making, "_ways", lambda read, found, seed: (choice, ()))
    plan = making.plan_project(folder)
    assert isinstance(plan, Plan)
    assert plan.choice == choice
    assert plan.to_json()["choice"]["ways"][0]["method"] == "linear"
    assert any("linear" in line for line in told.lines(plan))


def test_what_if_tells_another_way(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [{"level": 0.5, "labels": {"price": price}} for price in (2, 9)]
    found = [chosen(plant(goals=["accuracy >= 0.96"], plan=one), report()) for one in said]
    written = []
    for one in found:
        monkeypatch.setattr(making, "_ways", lambda read, known, seed, one=one: (one, ()))
        written.append(making.plan_project(plant(goals=["accuracy >= 0.96"])).to_json())
    told_of = {name: (was, now) for name, was, now in changes.differences(*written)}
    assert list(told_of) == ["what to build: labels"]
