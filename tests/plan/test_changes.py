"""Two plans beside each other, and how one came about."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.errors import ProjectError
from modelyard.plan.changes import differences, goal_named, lines, why
from modelyard.plan.making import plan_project


def test_the_same_plan_has_no_differences(plant: Any) -> None:
    plan = plan_project(plant()).to_json()
    assert differences(plan, plan) == []
    assert list(lines(plan, plan)) == ["nothing differs: verdicts, needs, money and dates are the same"]


def test_a_price_changes_costs_alone(plant: Any) -> None:
    folder = plant(goals=["accuracy >= 0.96"], plan={"labels": {"price": 0.4}})
    before, after = (plan_project(folder, changes=[f"plan.labels.price={price}"]).to_json() for price in (0.4, 0.2))
    found = differences(before, after)
    assert found
    assert all("cost" in name for name, _, _ in found)


def test_a_goal_that_moves_is_the_same_goal(plant: Any) -> None:
    folder = plant()
    after = plan_project(folder, changes=['goals=["accuracy >= 0.95"]']).to_json()
    found = {name: (was, now) for name, was, now in differences(plan_project(folder).to_json(), after)}
    assert found["target.accuracy: goal"] == ("accuracy >= 0.97", "accuracy >= 0.95")
    assert "target.accuracy: rows, 50%" in found
    assert not any(now == "-" for name, (_, now) in found.items() if "rows" in name)


def test_what_is_computed_now_is_told(plant: Any) -> None:
    folder = plant()
    before, after = plan_project(folder), plan_project(folder, changes=["plan.labels.price=0.2"])
    written = list(lines(before.to_json(), after.to_json()))
    assert any(line.startswith("computed now: what rows cost") for line in written)
    back = list(lines(after.to_json(), before.to_json()))
    assert any(line.startswith("not computed any more: what rows cost") for line in back)


def test_why_tells_every_step(plant: Any) -> None:
    plan = plan_project(plant())
    written = "\n".join(why(plan, goal_named(plan, "accuracy")))
    for word in (
        "1. points",
        "2. laws",
        "3. quantiles",
        "pow3",
        "MMF4",
        "1,446",
        "tried on this very curve",
        "digests",
    ):
        assert word in written
    assert plan.inputs["curve"][:16] in written
    assert str(plan.goals[0].forecast and plan.goals[0].forecast.model) in written


def test_why_of_a_goal_without_a_forecast(plant: Any) -> None:
    plan = plan_project(plant(goals=["bundle_mb <= 5"]))
    assert "not computed" in "\n".join(why(plan, goal_named(plan, "bundle_mb <= 5")))


def test_why_in_chinese(plant: Any) -> None:
    messages.use("zh")
    plan = plan_project(plant())
    assert "曲线族" in "\n".join(why(plan, plan.goals[0]))


def test_a_goal_is_named_by_its_line_or_its_metric(plant: Any) -> None:
    plan = plan_project(plant(goals=["accuracy >= 0.97", "log_loss <= 0.2", "log_loss <= 0.1"]))
    assert goal_named(plan, " accuracy ").today.goal == "accuracy >= 0.97"
    assert goal_named(plan, "log_loss <= 0.1").today.wanted == 0.1
    for name in ("log_loss", "f1", ""):
        with pytest.raises(ProjectError, match=r"accuracy >= 0\.97"):
            goal_named(plan, name)
