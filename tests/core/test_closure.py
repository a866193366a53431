"""The static import closure: what a bundle carries and what the cache hashes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelyard.core import closure as subject
from modelyard.core.closure import closure, digest

Package = Callable[[dict[str, str]], Path]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Writes the package `house` from {path: source}."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(files: dict[str, str]) -> Path:
        for path, source in {"__init__.py": "", **files}.items():
            place = tmp_path / "house" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(source, "utf-8")
        subject._home.cache_clear()
        return tmp_path / "house"

    return write


def names(*modules: str) -> list[str]:
    return [path for path in closure(*modules) if path.startswith("house/")]


def test_a_module_alone_brings_its_packages(package: Package) -> None:
    package({"room/__init__.py": "", "room/plain.py": "import json\nimport numpy\n"})
    assert names("house.room.plain") == ["house/__init__.py", "house/room/__init__.py", "house/room/plain.py"]


@pytest.mark.parametrize(
    "line",
    [
        "import house.other",
        "import house.other as name",
        "from house import other",
        "from house.other import thing",
        "from house.other import *",
        "from . import other",
        "from .other import thing",
        "def late():\n    from house.other import thing",
        "class Late:\n    import house.other",
        "try:\n    import house.other\nexcept ImportError:\n    pass",
        "if True:\n    import house.other",
        "async def late():\n    import house.other",
    ],
)
def test_every_way_to_import_is_followed(package: Package, line: str) -> None:
    package({"one.py": line, "other.py": "thing = 1"})
    assert names("house.one") == ["house/__init__.py", "house/one.py", "house/other.py"]


def test_imports_of_imports_and_of_packages_are_followed(package: Package) -> None:
    package(
        {
            "one.py": "from house.room.inner import thing",
            "room/__init__.py": "from house import third",
            "room/inner.py": "from ..second import thing",
            "second.py": "thing = 1",
            "third.py": "",
            "unrelated.py": "",
        }
    )
    assert names("house.one") == [
        "house/__init__.py", "house/one.py", "house/room/__init__.py", "house/room/inner.py",
        "house/second.py", "house/third.py",
    ]  # fmt: skip


def test_circles_end(package: Package) -> None:
    package({"one.py": "import house.two", "two.py": "import house.one"})
    assert names("house.one") == ["house/__init__.py", "house/one.py", "house/two.py"]


def test_what_only_a_type_checker_reads_is_left_out(package: Package) -> None:
    package(
        {
            "one.py": "import typing\nif typing.TYPE_CHECKING:\n    import house.types\nelse:\n    import house.two",
            "two.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.types import Shape",
            "types.py": "",
        }
    )
    assert names("house.one") == ["house/__init__.py", "house/one.py", "house/two.py"]


def test_what_a_package_imports_one_day_is_left_out(package: Package) -> None:
    package(
        {
            "__init__.py": "def __getattr__(name):\n    from house import heavy\n    return heavy\n",
            "one.py": "",
            "heavy.py": "import torch",
        }
    )
    assert names("house.one") == ["house/__init__.py", "house/one.py"]


def test_a_method_called_getattr_is_ordinary_code(package: Package) -> None:
    package({"one.py": "class A:\n    def __getattr__(self, name):\n        import house.two", "two.py": ""})
    assert "house/two.py" in names("house.one")


def test_functions_and_unknown_names_are_no_files(package: Package) -> None:
    package({"one.py": "from house import __version__, gone\nfrom somewhere_else import thing\nimport torch"})
    assert names("house.one") == ["house/__init__.py", "house/one.py"]


def test_several_modules_and_packages_at_once(package: Package) -> None:
    package({"one.py": "from modelyard.core.errors import DataError", "two.py": ""})
    found = list(closure("house.one", "house.two"))
    assert found == sorted(found)
    assert {"house/one.py", "house/two.py", "modelyard/core/errors.py", "modelyard/core/messages/errors.py"} <= {*found}


def test_sentences_come_with_who_speaks_them(package: Package) -> None:
    package(
        {"one.py": "from modelyard.core.messages import text\ntext('store.' + 'first')\nf\"{text('data.lengths')}\""}
    )
    found = set(closure("house.one"))
    assert {"modelyard/core/messages/store.py", "modelyard/core/messages/data.py"} <= found
    assert "modelyard/core/messages/project.py" not in found


@pytest.mark.parametrize("module", ["house.gone", "nowhere.at.all", "json.decoder.gone"])
def test_a_module_that_is_not_there(package: Package, module: str) -> None:
    package({})
    with pytest.raises(ModuleNotFoundError) as error:
        closure(module)
    assert error.value.name == module


def test_chinese_names_and_encodings(package: Package) -> None:
    package({"一.py": "from house import 二", "二.py": "# 注释\n甲 = '信'"})
    assert names("house.一") == ["house/__init__.py", "house/一.py", "house/二.py"]


def test_editing_a_called_function_changes_the_digest(package: Package) -> None:
    house = package({"one.py": "from house.two import f", "two.py": "def f(): return 1", "unrelated.py": ""})
    before = digest("house.one")
    (house / "unrelated.py").write_text("x = 1", "utf-8")
    assert digest("house.one") == before
    (house / "two.py").write_text("def f(): return 2 # another length", "utf-8")
    assert digest("house.one") != before


def test_files_cannot_trade_places_in_the_digest(package: Package) -> None:
    house = package({"one.py": "import house.ab, house.c", "ab.py": "x = 1", "c.py": "y = 22"})
    before = digest("house.one")
    (house / "ab.py").write_text("y = 22", "utf-8")
    (house / "c.py").write_text("x = 1", "utf-8")
    assert digest("house.one") != before


def test_sentences_do_not_count_in_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    with_messages = digest("modelyard.core.errors")
    kept = {name: path for name, path in closure("modelyard.core.errors").items() if "/messages/" not in name}
    monkeypatch.setattr(subject, "closure", lambda *_: kept)
    assert digest("modelyard.core.errors") == with_messages


def test_the_closure_runs_where_nothing_else_is(tmp_path: Path) -> None:
    """The point of it all: the copied files import each other and nothing that was not copied."""
    for path, source in closure("modelyard.runtime.bundle").items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(source.read_bytes())
    code = "import sys; sys.path.insert(0, sys.argv[1]); import modelyard.runtime.bundle as b; print(b.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_the_runtime_is_small_and_light() -> None:
    rooms = {Path(path).parts[1] for path in closure("modelyard.runtime.bundle") if path.count("/") > 1}
    assert rooms == {"core", "runtime"}
    assert not {"pydantic", "msgspec", "torch"} & {
        line.split()[1].split(".")[0]
        for path in closure("modelyard.runtime.bundle").values()
        for line in path.read_text("utf-8").splitlines()
        if line.startswith(("import ", "from "))
    }


def test_libraries_that_are_not_installed_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LIBRARIES", ("numpy", "no-such-library"))
    assert list(subject.libraries()) == ["numpy"]
