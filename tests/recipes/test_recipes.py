"""Every recipe is a valid project whose data keep the contract, in both languages."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelyard.core import messages
from modelyard.core.project import FILE, load
from modelyard.prepare import recipe
from modelyard.prepare.prepare import inspect

every_recipe = pytest.mark.parametrize("name", recipe.names())


def description_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((recipe.ROOM / name / recipe.DESCRIPTION).read_text("utf-8"))
    return found


@every_recipe
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_recipe_becomes_a_project(name: str, language: str, tmp_path: Path) -> None:
    messages.use(language)
    folder = tmp_path / "项目"
    recipe.write(name, folder)
    description, project = description_of(name), load(folder)
    assert project.lang in (None, language)
    seen = inspect(project)
    contract = {column: kind for column, kind in description["columns"].items() if kind != "target"}
    assert {one.name: one.modality for one in seen.columns if one.role == "input"} == contract
    targets = [column for column, kind in description["columns"].items() if kind == "target"]
    assert [column for target in seen.targets for column in target.columns] == targets
    project.validated_goals({target.name: target.task for target in seen.targets})
    assert seen.held_out
    assert not [str(note) for note in seen.notes if note.loud]


@every_recipe
def test_both_languages_say_the_same(name: str) -> None:
    home = recipe.ROOM / name
    english, chinese = (yaml.safe_load((home / file).read_text("utf-8")) for file in (FILE, "modelyard.zh-CN.yaml"))
    assert {**english, "lang": "zh"} == chinese
    assert (home / "README.md").is_file()
    assert (home / "README.zh-CN.md").is_file()


@every_recipe
def test_the_data_are_described(name: str, tmp_path: Path) -> None:
    description = description_of(name)
    recipe.write(name, tmp_path / "a")
    with (tmp_path / "a" / description["data"]["file"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(description["columns"])
    assert len(rows) - 1 == description["data"]["rows"]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert description["data"]["source"]
    assert description["data"]["licence"]
    assert set(description["title"]) == set(messages.LANGUAGES)


@every_recipe
def test_recipes_hold_no_code(name: str) -> None:
    assert not list((recipe.ROOM / name).rglob("*.py"))


def test_breast_cancer(tmp_path: Path) -> None:
    recipe.write("medicine/breast-cancer", tmp_path / "a")
    (target,) = inspect(load(tmp_path / "a")).targets
    assert target.state["labels"] == ["benign", "malignant"]
    assert target.state["positive"] == 1
