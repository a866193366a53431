"""What a project asks of decisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.core.errors import ProjectError
from modelyard.core.project import from_values
from modelyard.core.wishes import deciding, wishes_of

COSTS = {"currency": "CNY", "yes": 3, "no": 1}


def test_goals_on_quality_and_the_options_that_shape_a_rule(tmp_path: Path) -> None:
    entry = {"column": "y", "positive": "yes", "costs": COSTS}
    goals = ["roc_auc >= 0.8", "bundle_mb <= 5", "cost <= 2 CNY"]
    values = {"data": "a.csv", "predict": entry, "goals": goals, "evaluate": {"confidence": 0.9}}
    wishes = wishes_of(from_values(values, tmp_path), {"y": "classification"})
    assert [goal.metric for goal in wishes.goals] == ["roc_auc", "cost"]
    assert wishes.options == {"y": {"costs": COSTS}} and wishes.confidence == 0.9


def test_a_project_that_asks_for_nothing(tmp_path: Path) -> None:
    wishes = wishes_of(from_values({"data": "a.csv", "predict": "y"}, tmp_path), {"y": "regression"})
    assert not wishes.about("y") and wishes.goals == ()


def test_goals_that_do_not_fit_the_tasks_are_refused(tmp_path: Path) -> None:
    project = from_values({"data": "a.csv", "predict": "y", "goals": ["rmse <= 3", "recall >= 0.5"]}, tmp_path)
    with pytest.raises(ProjectError) as caught:
        wishes_of(project, {"y": "classification"})
    assert [mistake.got for mistake in caught.value.mistakes] == ["rmse"]


def test_deciding_options() -> None:
    assert deciding("classification") == ("costs", "decisions", "outside_loss") and deciding("regression") == ()
