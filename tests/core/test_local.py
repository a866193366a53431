"""Methods of the project's own: one Python file each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelyard.core import local, plugins
from modelyard.core.errors import ProjectError
from modelyard.core.project import Project, from_values

FILE = """
from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(title=("Mine", "我的"), rung=5, view="dense", needs=(), extra="", unit=("fit", "次拟合"))

def fit(problems, options, work, folders, watch): ...
def load(folder): ...
def export(graph, folders, view): ...
"""


def project(folder: Path, method: Any, **train: Any) -> Project:
    values = {"data": {}, "predict": "y", "train": {"method": method, **train}}
    return from_values(values, folder)


@pytest.fixture(autouse=True)
def _no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_LOCAL", {})


@pytest.mark.parametrize(
    ("method", "name"), [("./mine.py", "mine"), ("sub/我的.py", "我的"), ("trees", "trees"), ("auto", "auto")]
)
def test_a_file_is_called_by_its_name(method: str, name: str) -> None:
    assert local.name(method) == name
    assert local.is_file(method) == method.endswith(".py")


def test_a_file_is_a_method(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILE, "utf-8")
    found = project(tmp_path, ["linear", "./mine.py"])
    options = plugins.part("methods", "mine", "options")
    assert plugins.part("methods", "mine", "fit") is options and options.INFO.title[1] == "我的"
    assert found.train.of("mine") == local.NoOptions()
    assert (options.work(None), options.cost(10, 2, None), options.probe(None, None)) == (1, (1.0, 160), 0.0)
    assert "mine" not in plugins.names("methods")
    assert list(found.digests) == ["./mine.py"]


def test_what_it_defines_itself_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILE + "\ndef work(options): return 7\n", "utf-8")
    project(tmp_path, "./mine.py")
    assert plugins.part("methods", "mine", "options").work(None) == 7


def test_an_edited_file_is_another_method(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILE, "utf-8")
    before = project(tmp_path, "./mine.py").digests, plugins.local_digest("methods", "mine")
    (tmp_path / "mine.py").write_text(FILE.replace("Mine", "Better"), "utf-8")
    after = project(tmp_path, "./mine.py").digests, plugins.local_digest("methods", "mine")
    assert before[0] != after[0] and before[1] != after[1]
    assert plugins.part("methods", "mine", "options").INFO.title[0] == "Better"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("absent", None, "FileNotFoundError"),
        ("broken", "def", "SyntaxError"),
        ("raises", "1 / 0", "ZeroDivisionError"),
        ("poor", "INFO = 1", "fit, load, export"),
        ("needs", "import no_such_module", "no_such_module"),
        ("trees", FILE, "trees"),
    ],
)
def test_files_that_are_no_methods(tmp_path: Path, name: str, content: str | None, reason: str) -> None:
    if content is not None:
        (tmp_path / f"{name}.py").write_text(content, "utf-8")
    with pytest.raises(ProjectError, match=rf"train\.method(.|\n)*{reason}") as caught:
        project(tmp_path, f"./{name}.py")
    assert "INFO, fit, load, export" in str(caught.value)
    assert not plugins.local_digest("methods", name)


def test_its_place_in_a_list(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"train\.method"):
        project(tmp_path, ["linear", "./absent.py"])


# ----------------------------------------------------------------------- import
def test_a_model_and_the_method_that_imports_it_go_together(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("tree", "utf-8")
    assert project(tmp_path, "import", model="m.txt").digests.keys() == {"m.txt"}
    with pytest.raises(ProjectError, match=r"train\.model(.|\n)*no method imports"):
        project(tmp_path, "trees", model="m.txt")
    with pytest.raises(ProjectError, match=r"import without a model"):
        project(tmp_path, "import")
    with pytest.raises(ProjectError, match=r"train\.model(.|\n)*nowhere\.txt"):
        project(tmp_path, "import", model="nowhere.txt")
