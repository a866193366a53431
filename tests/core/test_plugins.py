"""Plug-ins are found by name: folders in a room, and entry points of other packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from modelyard.core import messages, plugins

ROOMS = ("modalities", "tasks", "methods")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What is found in a test is forgotten after it."""
    plugins._locations.cache_clear()
    yield
    plugins._locations.cache_clear()


def add_entry_points(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """As if another package were installed that has plug-ins."""
    points = [EntryPoint(name, value, "modelyard.methods") for name, value in values.items()]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == "modelyard.methods" else [])


@pytest.mark.parametrize("room", ROOMS)
def test_every_folder_with_an_init_is_a_plug_in(room: str) -> None:
    folders = sorted(path.parent.name for path in (Path(plugins.__file__).parents[1] / room).glob("*/__init__.py"))
    assert list(plugins.names(room)) == folders
    for name in folders:
        assert plugins.location(room, name) == f"modelyard.{room}.{name}"


def test_an_unknown_room_is_empty() -> None:
    assert plugins.names("no_such_room") == ()


def test_part_is_a_module_and_unknown_names_are_refused() -> None:
    name = plugins.names("modalities")[0]
    assert plugins.part("modalities", name, "options").__name__ == f"modelyard.modalities.{name}.options"
    with pytest.raises(KeyError):
        plugins.part("modalities", "no_such", "options")
    with pytest.raises(ModuleNotFoundError):
        plugins.part("modalities", name, "no_such_part")


def test_another_package_adds_a_plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "quantum_yard" / "annealer"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("", "utf-8")
    (package / "options.py").write_text("INFO = 'found'\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    add_entry_points(monkeypatch, annealer="quantum_yard.annealer")
    assert "annealer" in plugins.names("methods")
    assert list(plugins.names("methods")) == sorted(plugins.names("methods"))
    assert plugins.part("methods", "annealer", "options").INFO == "found"


def test_another_package_cannot_replace_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    add_entry_points(monkeypatch, linear="evil.linear")
    assert plugins.location("methods", "linear") == "modelyard.methods.linear"


def test_a_broken_package_is_not_loaded_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    add_entry_points(monkeypatch, broken="no.such.package")
    assert "broken" in plugins.names("methods")
    with pytest.raises(ModuleNotFoundError):
        plugins.part("methods", "broken", "options")


@pytest.mark.parametrize(
    ("word", "valid", "offered"),
    [
        ("treees", ("linear", "trees"), "did you mean trees?"),
        ("Trees", ("linear", "trees"), "did you mean trees?"),
        ("roc_acu", ("roc_auc", "accuracy"), "did you mean roc_auc?"),
        ("numbr", ["Number", "members"], "did you mean Number"),
        ("qqq", ("linear", "trees"), ""),
        ("", ("linear",), ""),
        ("x", (), ""),
        ("收入额", ("收入", "支出"), "did you mean 收入?"),
    ],
)
def test_the_nearest_name_is_offered(word: str, valid: tuple[str, ...] | list[str], offered: str) -> None:
    said = plugins.nearest(word, valid)
    assert said.startswith(offered) if offered else said == ""


def test_the_nearest_name_is_offered_in_chinese() -> None:
    messages.use("zh")
    assert plugins.nearest("treees", ("trees",)) == "是否想写 trees？"


def test_names_are_offered_as_they_are_written() -> None:
    assert "GermanCredit" in plugins.nearest("germancredt", ("GermanCredit", "other"))


def test_missing_names_what_is_not_installed() -> None:
    assert plugins.missing(("numpy", "no_such_module_here", "json")) == ("no_such_module_here",)
    assert plugins.missing(()) == ()


def test_missing_knows_modules_that_were_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert plugins.missing(("numpy",)) == ("numpy",)


def test_missing_takes_a_module_inside_a_package_that_is_not_there() -> None:
    assert plugins.missing(("no_such_package.part",)) == ("no_such_package.part",)


def test_listing_and_options_load_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from modelyard.core import plugins\n"
        f"for room in {ROOMS}:\n"
        "    for name in plugins.names(room):\n"
        "        plugins.part(room, name, 'options')\n"
        "plugins.missing(('torch', 'pandas', 'sklearn', 'lightgbm'))\n"
        "print([name for name in ('torch', 'pandas', 'sklearn', 'lightgbm', 'onnx', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
