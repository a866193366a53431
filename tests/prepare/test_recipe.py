"""Recipes become projects; nothing is overwritten, and what is missing is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelyard.core import messages, plugins
from modelyard.core.errors import DataError, InstallError, ProjectError, StorageError
from modelyard.core.project import FILE, load
from modelyard.prepare import recipe
from modelyard.prepare.contract import Part

DESCRIPTION = """
title: {en: Flowers, zh: 花}
purpose: {en: Tell them apart., zh: 分辨。}
data: {files: {iris.csv: {package: scikit-learn, dataset: iris, rows: 150}}, source: Fisher 1936, licence: free}
columns:
  length: {means: {en: length, zh: 长}, unit: {en: cm, zh: 厘米}, type: number, range: [0, 10], also: [长度]}
  width: {means: {en: width, zh: 宽}, type: number, range: [0, 10], monotone: up}
  petal: {means: {en: petal, zh: 瓣}, type: number, range: [0, 10], missing: [0]}
  petal width: {means: {en: petal width, zh: 瓣宽}, type: number, range: [0, 10], role: protected}
  kind: {means: {en: kind, zh: 种}, role: target, levels: {setosa: [], versicolor: [], virginica: []}}
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room with one recipe."""
    home = tmp_path / "recipes" / "园艺" / "flowers"
    home.mkdir(parents=True)
    (home / "recipe.yaml").write_text(DESCRIPTION, "utf-8")
    (home / FILE).write_text("data: iris.csv\npredict: kind\n", "utf-8")
    (home / "README.md").write_text("english", "utf-8")
    (home / "README.zh-CN.md").write_text("中文", "utf-8")
    monkeypatch.setattr(recipe, "ROOM", tmp_path / "recipes")
    return tmp_path


def test_recipes_are_found_by_their_folders(room: Path) -> None:
    assert recipe.names() == ("园艺/flowers",)
    assert recipe.contract("园艺/flowers").target == "kind"


def test_a_recipe_becomes_a_project(room: Path) -> None:
    written = recipe.write("园艺/flowers", room / "a")
    assert [path.name for path in written] == ["README.md", "iris.csv", FILE]
    assert sorted(path.name for path in (room / "a").iterdir()) == ["README.md", "iris.csv", FILE]
    assert (room / "a" / "iris.csv").read_text().splitlines()[:2] == [
        "length,width,petal,petal width,kind",
        "5.1,3.5,1.4,0.2,setosa",
    ]
    columns = load(room / "a").columns
    assert columns["length"].type == "number"
    assert columns["width"].monotone == "up"
    assert columns["petal"].options == {"missing": [0]}
    assert columns["petal width"].role == "protected"
    assert set(columns) == {"length", "width", "petal", "petal width"}


def test_columns_say_what_they_mean_in_the_language_in_use(room: Path) -> None:
    recipe.write("园艺/flowers", room / "a")
    assert re.search(r"^  length: number +# length \(cm\)$", (room / "a" / FILE).read_text("utf-8"), re.MULTILINE)
    assert (room / "a" / "README.md").read_text("utf-8") == "english"
    messages.use("zh")
    recipe.write("园艺/flowers", room / "b")
    assert "# 长（厘米）\n" in (room / "b" / FILE).read_text("utf-8")
    assert (room / "b" / "README.md").read_text("utf-8") == "中文"


def test_an_entry_that_is_very_wide_moves_no_other() -> None:
    part = Part.model_validate({"means": {"en": "m", "zh": "义"}, "type": "number", "range": [0, 1]})
    lines = recipe.columns_section({"a": part, "长" * 40: part, "b": part}).splitlines()
    assert lines[-3:] == ["  a: number   # m", f"  {'长' * 40}: number   # m", "  b: number   # m"]


def test_names_that_yaml_would_misread(tmp_path: Path) -> None:
    part = Part.model_validate({"means": {"en": "m", "zh": "义"}, "type": "number", "range": [0, 1]})
    names = ["a: b", "yes", "007", "#x", "[list]", "null", "two\nlines", "年，龄"]
    (tmp_path / FILE).write_text(
        "data: a.csv\npredict: y\n" + recipe.columns_section(dict.fromkeys(names, part)), "utf-8"
    )
    assert list(load(tmp_path).columns) == names


def test_an_unknown_recipe(room: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        recipe.write("园艺/flowrs", room / "a")
    assert "did you mean 园艺/flowers" in str(caught.value)
    assert not (room / "a").exists()


def test_nothing_is_overwritten(room: Path) -> None:
    recipe.write("园艺/flowers", room / "a")
    (room / "a" / FILE).write_text("mine", "utf-8")
    with pytest.raises(StorageError, match="nothing is overwritten"):
        recipe.write("园艺/flowers", room / "a")
    assert (room / "a" / FILE).read_text("utf-8") == "mine"


def test_a_place_that_cannot_be_written(room: Path) -> None:
    (room / "file").write_text("", "utf-8")
    with pytest.raises(StorageError):
        recipe.write("园艺/flowers", room / "file" / "a")


def test_a_package_that_is_not_installed_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    with pytest.raises(InstallError, match=r"modelyard\[tables\]"):
        recipe.write("medicine/breast-cancer", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_without_the_mirror_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELYARD_DATA", raising=False)
    with pytest.raises(DataError, match="MODELYARD_DATA"):
        recipe.write("finance/credit-risk", tmp_path / "a")
    assert not (tmp_path / "a").exists()
