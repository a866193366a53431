"""What is asked of the result is held against the data before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelyard.core.errors import ProjectError
from modelyard.core.project import Project
from modelyard.core.schema import Column
from modelyard.data.dataset import DatasetTarget
from modelyard.prepare import wishes

TWO = DatasetTarget("y", ("y",), "classification", {}, {"labels": ["leaves", "buys"], "positive": 1})
THREE = DatasetTarget("y", ("y",), "classification", {}, {"labels": ["a", "b", "c"], "positive": None})
COLUMNS = (
    Column("age", "number"), Column("城市", "category"), Column("sex", "category", "protected"),
    Column("note", "category", "ignore"), Column("y", "category", "target"),
)  # fmt: skip
COSTS = {"currency": "CNY", "buys": 3, "leaves": 1}

MakeProject = Callable[..., Project]


def told(project: Project, target: DatasetTarget = TWO) -> str:
    with pytest.raises(ProjectError) as caught:
        wishes.check(project, (target,), COLUMNS)
    return str(caught.value)


@pytest.mark.parametrize(
    "goals",
    [
        ["roc_auc >= 0.8", "recall[buys] >= 0.9 at fpr <= 0.2", "coverage >= 0.5 at error <= 0.1"],
        ["roc_auc[城市 = *] >= 0.5", "recall[leaves][sex = 女] >= 0.5", "lift@5% >= 2", "ks >= 0.2"],
        ["latency_p99_ms <= 5 at over = http", "memory_mb <= 300"],
    ],
)
def test_goals_that_make_sense_pass(project_of: MakeProject, goals: list[str]) -> None:
    wishes.check(project_of(goals=goals), (TWO,), COLUMNS)


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        ("recall[byus] >= 0.5", "did you mean buys?"),
        ("recall[buys] >= 0.5 at fpr[leave] <= 0.5", "did you mean leaves?"),
        ("recall[buys] >= 90", "90%"),
        ("recall[buys] >= 0.9 at fpr <= 5", "fpr[buys] <= 5%"),
        ("recall[buys] >= 0.9 at fpr >= 5%", "fpr[buys] <="),
        ("roc_auc[ciy = *] >= 0.5", "'ciy'"),
        ("roc_auc[note = x] >= 0.5", "{note: {role: protected}}"),
        ("cost <= 5 CNY", "costs:"),
        ("lift@10% >= 11", "0 to 10"),
    ],
)
def test_goals_that_no_data_could_meet_are_refused(project_of: MakeProject, goal: str, says: str) -> None:
    said = told(project_of(goals=[goal]))
    assert says in said and "goals[0]" in said


@pytest.mark.parametrize(
    ("entry", "goals", "says"),
    [
        ({"costs": {**COSTS, "bys": 1}}, [], "did you mean buys?"),
        ({"costs": COSTS}, ["cost <= 5 EUR"], "cost <= 5 CNY"),
        ({"costs": {"buys": 1, "leaves": 1}}, [], "currency: CNY"),
        ({"decisions": {"buys": "leaves"}}, [], "two decisions"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(
    project_of: MakeProject, entry: dict[str, Any], goals: list[str], says: str
) -> None:
    assert says in told(project_of(predict={"column": "y", **entry}, goals=goals))


def test_everything_is_told_at_once(project_of: MakeProject) -> None:
    project = project_of(goals=["recall[byus] >= 0.5", "roc_auc[ciy = *] >= 0.5"], evaluate={"slices": ["nowhere"]})
    assert all(word in told(project) for word in ("byus", "'ciy'", "'nowhere'"))


def test_many_classes_need_one_named(project_of: MakeProject) -> None:
    assert "with a class" in told(project_of(goals=["recall >= 0.5 at fpr <= 0.2"]), THREE)
    both = ["recall[a] >= 0.5 at fpr <= 0.2", "recall[b] >= 0.5 at fpr <= 0.2"]
    assert "only one can have a threshold" in told(project_of(goals=both), THREE)
    wishes.check(project_of(goals=both[:1]), (THREE,), COLUMNS)
