"""Classes of which there is too little are told by name and number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Note

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
Base = dict[str, list[Any]]
PARTS = ["train"] * 700 + ["valid"] * 250 + ["test"] * 250


def test_classes_that_are_not_measured(project_of: MakeProject, told: Told) -> None:
    y = [*["a", "b", "c", "d"] * 175, *["a", "b", "c", "c", "b"] * 50, *["a", "b"] * 125]
    found = told(project_of(data={"split": {"by": "column", "column": "p"}}), y=y, p=PARTS)
    assert found["class_not_in_valid"].values == {"target": "y", "count": 1}
    assert found["class_not_in_test"].values == {"target": "y", "count": 2}
    assert "class_not_trained" not in found
    assert found["rare_class"].values["classes"] == "c (275), d (175)"


def test_classes_that_are_not_trained(project_of: MakeProject, told: Told, base: Base) -> None:
    project = project_of(data={"split": {"by": "time", "column": "t"}})
    found = told(project, y=[*base["y"][:-100], *["late"] * 100], t=list(range(1200)))
    assert found["class_not_trained"] == Note("prepare.note_class_not_trained", {"target": "y", "count": 1}, "warn")


@pytest.mark.parametrize(("count", "level"), [(1, "warn"), (6, "warn"), (11, "warn")])
def test_hardly_any_rows(project_of: MakeProject, told: Told, base: Base, count: int, level: str) -> None:
    found = told(project_of(), y=["其他" if n % (1200 // count) == 5 else word for n, word in enumerate(base["y"])])
    note = found["rare_class"]
    assert note.level == level
    assert "其他 (" in note.values["classes"]
    assert note.values["count"] == 1


def test_a_small_share_of_many_rows_is_told_quietly(project_of: MakeProject, told: Told, base: Base) -> None:
    table = {name: cells * 10 for name, cells in base.items()}
    table["x"] = [value + n * 1e-6 for n, value in enumerate(table["x"])]
    table["y"] = ["odd" if n % 130 == 0 else word for n, word in enumerate(table["y"])]
    note = told(project_of(), table)["rare_class"]
    assert (note.level, note.values["classes"]) == ("note", "odd (93)")


def test_numbers_and_labels_have_no_rare_classes(project_of: MakeProject, told: Told) -> None:
    assert "rare_class" not in told(project_of(), y=[n * 0.37 for n in range(1200)])
    labels = project_of(predict={"column": "y", "task": "multilabel"})
    assert "rare_class" not in told(labels, y=["a;b", "b"] * 599 + ["a;c", "b"])


def test_in_folds_only_the_whole_counts(project_of: MakeProject, told: Told, base: Base) -> None:
    few = {name: cells[:300] for name, cells in base.items()}
    auto = project_of(data={"split": {"test": "auto"}})
    few["y"] = ["odd" if n % 25 == 0 else word for n, word in enumerate(few["y"])]
    assert "rare_class" not in told(auto, few)
    few["y"] = ["odd" if n % 50 == 0 else word for n, word in enumerate(base["y"][:300])]
    assert told(auto, few)["rare_class"].values["classes"] == "odd (6)"
