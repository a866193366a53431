"""Recipes become projects; nothing is overwritten, and what is missing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.core import messages, plugins
from modelyard.core.errors import InstallError, ProjectError, StorageError
from modelyard.core.project import FILE
from modelyard.prepare import recipe


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A room with one recipe whose data lie beside it."""
    home = tmp_path / "recipes" / "零售" / "churn"
    home.mkdir(parents=True)
    (home / "recipe.yaml").write_text("data: {file: churn.csv}\ncolumns: {x: number, y: target}\n", "utf-8")
    (home / "churn.csv").write_text("x,y\n1,a\n", "utf-8")
    (home / FILE).write_text("data: churn.csv\npredict: y\n", "utf-8")
    (home / "README.md").write_text("english", "utf-8")
    (home / "README.zh-CN.md").write_text("中文", "utf-8")
    monkeypatch.setattr(recipe, "ROOM", tmp_path / "recipes")
    return tmp_path


def test_recipes_are_found_by_their_folders(room: Path) -> None:
    assert recipe.names() == ("零售/churn",)


def test_files_are_copied_in_the_language_in_use(room: Path) -> None:
    written = recipe.write("零售/churn", room / "a")
    assert [path.name for path in written] == ["README.md", "churn.csv", FILE]
    assert all(path.is_file() for path in written)
    assert sorted(path.name for path in (room / "a").iterdir()) == ["README.md", "churn.csv", FILE]
    assert (room / "a" / "README.md").read_text("utf-8") == "english"
    messages.use("zh")
    recipe.write("零售/churn", room / "b")
    assert (room / "b" / "README.md").read_text("utf-8") == "中文"


def test_an_unknown_recipe(room: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        recipe.write("零售/chrun", room / "a")
    assert "did you mean 零售/churn" in str(caught.value)
    assert not (room / "a").exists()


def test_nothing_is_overwritten(room: Path) -> None:
    recipe.write("零售/churn", room / "a")
    (room / "a" / FILE).write_text("mine", "utf-8")
    with pytest.raises(StorageError, match="nothing is overwritten"):
        recipe.write("零售/churn", room / "a")
    assert (room / "a" / FILE).read_text("utf-8") == "mine"


def test_a_place_that_cannot_be_written(room: Path) -> None:
    (room / "file").write_text("", "utf-8")
    with pytest.raises(StorageError):
        recipe.write("零售/churn", room / "file" / "a")


def test_a_package_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    with pytest.raises(InstallError, match=r"modelyard\[tables\]"):
        recipe.write("medicine/breast-cancer", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_numbers_to_predict_have_no_class_names() -> None:
    data = {"file": "d.csv", "from": {"package": "scikit-learn", "dataset": "diabetes"}}
    names = [f"x{n}" for n in range(10)]
    content = recipe.table({"data": data, "columns": [*names, "progression"]})["d.csv"]
    lines = content.splitlines()
    assert lines[0] == ",".join([*names, "progression"])
    assert len(lines) == 443
    assert lines[1].endswith(",151.0")
