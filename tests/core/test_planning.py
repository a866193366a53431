"""What a user may write under `plan:`, and how mistakes in it are told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelyard.core.errors import ProjectError
from modelyard.core.goals import parse
from modelyard.core.planning import gate_of
from modelyard.core.project import Project, from_values

WORK = {"id": "schema", "days": [2, 3, 6]}


def project(plan: Any, goals: tuple[str, ...] = ("roc_auc >= 0.9",)) -> Project:
    return from_values({"data": "a.csv", "predict": "y", "goals": list(goals), "plan": plan}, Path())


def mistake(plan: Any, goals: tuple[str, ...] = ("roc_auc >= 0.9",)) -> str:
    with pytest.raises(ProjectError) as error:
        project(plan, goals)
    assert all(len(str(one).splitlines()) <= 12 for one in error.value.mistakes)
    return str(error.value)


def test_nothing_is_filled_in() -> None:
    assert from_values({"data": "a.csv", "predict": "y"}, Path()).file.plan is None
    plan = project({}).file.plan
    assert plan.level is plan.missing_cost is plan.labels.price is plan.labels.per_day is plan.budget.total is None
    assert plan.team.start is None
    assert plan.work == []


def test_one_number_stands_for_three() -> None:
    plan = project({"labels": {"price": 0.3, "per_day": [100, 200, 300]}, "work": [{"id": "a", "days": 2}]}).file.plan
    assert plan.labels.price == (0.3, 0.3, 0.3)
    assert plan.labels.per_day == (100.0, 200.0, 300.0)
    assert plan.work[0].days == (2.0, 2.0, 2.0)


def test_dates_as_yaml_and_json_read_them() -> None:
    for written in (date(2027, 1, 4), "2027-01-04"):
        assert project({"team": {"start": written}}).file.plan.team.start == date(2027, 1, 4)


@pytest.mark.parametrize("price", [[3, 2, 1], [1, 2], [1, 2, 3, 4], [-1, 2, 3], -1, "cheap", True, [1, "2", 3], None])
def test_wrong_ranges(price: Any) -> None:
    written = {"labels": {"per_day": price}, "work": [{"id": "a", "days": price}]}
    if price is None:
        written = {"work": [{"id": "a", "days": price}]}
    assert "[low, likely, high]" in mistake(written) or "days" in mistake(written)


@pytest.mark.parametrize("key", ["price", "per_day"])
def test_prices_and_paces_are_above_nothing(key: str) -> None:
    assert "above 0" in mistake({"labels": {key: 0}})
    assert "above 0" in mistake({"labels": {key: [0, 1, 2]}})


@pytest.mark.parametrize(
    ("plan", "place"),
    [
        ({"level": 1}, "plan.level"),
        ({"level": 0}, "plan.level"),
        ({"missing_cost": 0}, "plan.missing_cost"),
        ({"labels": {"annotators": 0}}, "plan.labels.annotators"),
        ({"labels": {"acceptance": 0}}, "plan.labels.acceptance"),
        ({"labels": {"quality_share": 2}}, "plan.labels.quality_share"),
        ({"labels": {"most": 0}}, "plan.labels.most"),
        ({"team": {"start": "tomorrow"}}, "plan.team.start"),
        ({"team": {"roles": {"ml": 0}}}, "plan.team.roles.ml"),
        ({"budget": {"total": -1}}, "plan.budget.total"),
        ({"prices": 3}, "plan.prices"),
    ],
)
def test_mistakes_have_their_places(plan: Any, place: str) -> None:
    assert place in mistake(plan)


def test_roles_of_labels_and_work_are_those_of_the_team() -> None:
    told = mistake({"labels": {"role": "label"}, "team": {"roles": {"ml": 1}}, "work": [{**WORK, "role": "dev"}]})
    assert "plan.labels.role" in told
    assert "dev" in told
    assert "ml" in told


def test_work_names_work_that_is_there_once() -> None:
    assert "plan.work[0].after" in mistake({"work": [{**WORK, "after": ["pilot"]}]})
    assert "plan.work[1].id" in mistake({"work": [WORK, WORK]})


@pytest.mark.parametrize(
    ("before", "told"),
    [({"a": ["a"]}, "a → a"), ({"a": ["b"], "b": ["c"], "c": ["a"]}, "→"), ({"a": [], "b": ["b", "a"]}, "b → b")],
)
def test_work_that_waits_for_itself(before: dict[str, list[str]], told: str) -> None:
    assert told in mistake({"work": [{"id": name, "days": 1, "after": after} for name, after in before.items()]})


def test_many_may_wait_for_one() -> None:
    work = [{"id": "a", "days": 1}, *({"id": name, "days": 1, "after": ["a"]} for name in "bcd")]
    assert len(project({"work": [*work, {"id": "e", "days": 1, "after": ["b", "c", "d"]}]}).file.plan.work) == 5


def test_gates_are_goals() -> None:
    assert project({"work": [{**WORK, "gate": "roc_auc"}]}).file.plan.work[0].gate == "roc_auc"
    assert "roc_auc >= 0.9" in mistake({"work": [{**WORK, "gate": "f1"}]})
    assert "plan.work[0].gate" in mistake({"work": [{**WORK, "gate": "f1"}]}, goals=())


def test_a_gate_is_named_by_line_or_by_a_metric_that_is_one_goal_s() -> None:
    goals = tuple(parse(goal, "") for goal in ("recall[bad] >= 0.9", "f1 >= 0.8", "f1 >= 0.9"))
    assert gate_of("recall[bad]", goals) == goals[0]
    assert gate_of("recall", goals) == goals[0]
    assert gate_of(" f1 >= 0.9 ", goals) == goals[2]
    assert gate_of("f1", goals) is None


def test_a_plan_is_no_part_of_what_is_trained() -> None:
    one, other = project({"level": 0.5}), project({"level": 0.9, "work": [WORK]})
    for section in ("data", "predict", "columns", "train", "evaluate", "goals", "name"):
        assert getattr(one.file, section) == getattr(other.file, section)
