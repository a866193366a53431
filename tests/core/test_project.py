"""The project file: two lines are enough, every default is filled in, every value means what is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from modelyard.core import json_schema, plugins
from modelyard.core.errors import ProjectError, StorageError
from modelyard.core.meaning import automatic, owners
from modelyard.core.project import FILE, Project, file_model, load
from modelyard.core.source import parse

ROOMS = ("modalities", "tasks", "methods")
TWO = "data: german.csv\npredict: risk\n"


def read(content: str, folder: Path) -> Project:
    """The project of a file with this content."""
    (folder / FILE).write_text(content, "utf-8")
    return load(folder)


def refused(content: str, folder: Path) -> ProjectError:
    """What is wrong with a file with this content."""
    with pytest.raises(ProjectError) as caught:
        read(content, folder)
    return caught.value


# ------------------------------------------------------------------- two lines and defaults
def test_two_lines_are_a_project(tmp_path: Path) -> None:
    found = read(TWO, tmp_path)
    assert found.data.source == "german.csv"
    assert [target.name for target in found.predict] == ["risk"]
    assert found.folder == tmp_path.resolve()
    assert found.name == tmp_path.name


def test_every_default(tmp_path: Path) -> None:
    found = read(TWO, tmp_path)
    assert found.file.version == 1
    assert (found.data.valid, found.data.test, found.data.sheet) == (None, None, None)
    assert found.data.split.model_dump() == {"by": "auto", "column": None, "valid": 0.15, "test": "auto"}
    target = found.predict[0]
    assert (target.column, target.columns, target.task, target.options) == ("risk", (), None, {})
    assert found.goals == () and found.columns == {} and found.lang is None
    assert (found.train.method, found.train.time_budget, found.train.seed, found.train.threads) == ("auto", 300.0, 0, 0)
    assert found.evaluate.model_dump() == {"slices": [], "confidence": 0.95, "coverage": 0.9}
    for method in plugins.names("methods"):
        assert found.train.of(method) == plugins.part("methods", method, "options").Options()


def test_a_project_is_named_by_its_folder_or_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.yaml").write_text(TWO + "name: 德国信用\n", "utf-8")
    assert load(tmp_path / "other.yaml").name == "德国信用"
    read(TWO, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load(".").folder == load(FILE).folder == load(str(tmp_path)).folder == tmp_path.resolve()


def test_no_project_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.yaml"):
        with pytest.raises(StorageError, match="modelyard init"):
            load(path)


# ------------------------------------------------------------------------- short forms
@pytest.mark.parametrize(
    ("written", "sources"),
    [
        ("a.csv", "a.csv"),
        ("[a.csv, b.csv]", ["a.csv", "b.csv"]),
        ("{source: a.csv}", "a.csv"),
        ("{source: [a.csv]}", ["a.csv"]),
        ("s3://bucket/*.parquet", "s3://bucket/*.parquet"),
        ("2024", "2024"),
        ("2024-01-01", "2024-01-01"),
        ("on", "on"),
    ],
)
def test_short_forms_of_data(written: str, sources: str | list[str], tmp_path: Path) -> None:
    assert read(f"data: {written}\npredict: y\n", tmp_path).data.source == sources


@pytest.mark.parametrize(
    ("written", "targets"),
    [
        ("y", [("y",)]),
        ("[y]", [("y",)]),
        ("{column: y}", [("y",)]),
        ("[a, {column: b}]", [("a",), ("b",)]),
        ("[a, {column: b, task: regression}, c]", [("a",), ("b",), ("c",)]),
        ("{columns: [a, b]}", [("a", "b")]),
        ("[{columns: [a, b], task: multilabel}, c]", [("a", "b"), ("c",)]),
        ("\n  - 收入\n  - column: 风险\n", [("收入",), ("风险",)]),
    ],
)
def test_short_forms_of_predict(written: str, targets: list[tuple[str, ...]], tmp_path: Path) -> None:
    assert [target.targets for target in read(f"data: a\npredict: {written}\n", tmp_path).predict] == targets


def test_several_columns_have_one_name(tmp_path: Path) -> None:
    assert read("data: a\npredict: {columns: [a, 二]}\n", tmp_path).predict[0].name == "a+二"


def test_short_forms_of_columns(tmp_path: Path) -> None:
    found = read(
        TWO + "columns: {age: number, id: {role: key}, note: , 收入: {type: number, role: protected}}\n", tmp_path
    )
    assert [(name, spec.type, spec.role) for name, spec in found.columns.items()] == [
        ("age", "number", None),
        ("id", None, "key"),
        ("note", None, None),
        ("收入", "number", "protected"),
    ]


def test_one_goal_needs_no_list(tmp_path: Path) -> None:
    assert [goal.metric for goal in read(TWO + "goals: roc_auc >= 0.8\n", tmp_path).goals] == ["roc_auc"]


def test_goals_are_read_with_their_places(tmp_path: Path) -> None:
    found = read(TWO + 'goals:\n  - roc_auc >= 80%\n  - "recall[坏] >= 0.9"\n  - bundle_mb <= 10\n', tmp_path)
    assert [(goal.name, goal.value, goal.place) for goal in found.goals] == [
        ("roc_auc", 0.8, "modelyard.yaml line 4, goals[0]"),
        ("recall[坏]", 0.9, "modelyard.yaml line 5, goals[1]"),
        ("bundle_mb", 10.0, "modelyard.yaml line 6, goals[2]"),
    ]


@pytest.mark.parametrize("method", ["auto", "trees", "[linear, trees]", "[network]"])
def test_methods_one_or_several(method: str, tmp_path: Path) -> None:
    found = read(TWO + f"train: {{method: {method}}}\n", tmp_path).train.method
    assert found == parse(f"m: {method}", "x").data["m"]


@pytest.mark.parametrize("section", ["train", "evaluate", "goals", "columns", "lang", "name"])
def test_an_empty_section_says_nothing(section: str, tmp_path: Path) -> None:
    if section == "name":
        assert refused(TWO + "name:\n", tmp_path).mistakes[0].got == "nothing"
        return
    assert read(TWO + f"{section}:\n", tmp_path).file == read(TWO, tmp_path).file


def test_an_empty_section_inside_a_section_says_nothing(tmp_path: Path) -> None:
    found = read("data:\n  source: a.csv\n  split:\npredict: y\ntrain:\n  network:\n", tmp_path)
    assert found.file.model_dump() == read("data: a.csv\npredict: y\n", tmp_path).file.model_dump()


# --------------------------------------------------------------- what YAML bends elsewhere
@pytest.mark.parametrize(
    "name",
    [
        "on",
        "no",
        "y",
        "123",
        "007",
        "1e3",
        "1.50",
        "0x1F",
        "true",
        "null_",
        "2024-01-01",
        "12:30",
        "1_000",
        "收入",
        "a b",
        "x.y",
    ],
)
def test_a_column_may_be_called_anything(name: str, tmp_path: Path) -> None:
    content = (
        f"data: a.csv\npredict: {name}\ncolumns: {{{name}2: {{role: key}}, x: {{}}}}\nevaluate: {{slices: [{name}]}}\n"
    )
    found = read(content, tmp_path)
    assert found.predict[0].column == name
    assert list(found.columns) == [f"{name}2", "x"]
    assert found.evaluate.slices == [name]


def test_keys_of_columns_are_text_as_written(tmp_path: Path) -> None:
    found = read(TWO + "columns: {on: number, 123: number, 1.50: number, 2024-01-01: number, ~: number}\n", tmp_path)
    assert list(found.columns) == ["on", "123", "1.50", "2024-01-01", "~"]


def test_whole_numbers_may_be_written_with_an_exponent(tmp_path: Path) -> None:
    found = read(TWO + "train: {seed: 7.0, trees: {rounds: 1e3}}\n", tmp_path)
    assert (found.train.seed, found.train.of("trees").rounds) == (7, 1000)


@pytest.mark.parametrize(
    ("key", "written", "kind"),
    [
        ("seed", "true", "a whole number"),
        ("seed", "'5'", "a whole number"),
        ("seed", "1.5", "a whole number"),
        ("seed", "on", "a whole number"),
        ("seed", "[1]", "a whole number"),
        ("seed", "0x10", "a whole number"),
        ("seed", "1_000", "a whole number"),
        ("threads", "yes", "a whole number"),
        ("seed", "-1", "a number >= 0"),
        ("seed", "99999999999999999999", "a number < 2147483648"),
        ("threads", "257", "a number <= 256"),
        ("method", "{trees: {}}", "text, or a list: [a, b]"),
        ("network", "[1]", "keys and values"),
        ("trees", "5", "keys and values"),
    ],
)
def test_wrong_types(key: str, written: str, kind: str, tmp_path: Path) -> None:
    (mistake,) = refused(TWO + f"train: {{{key}: {written}}}\n", tmp_path).mistakes
    assert mistake.place == f"modelyard.yaml line 3, train.{key}"
    assert mistake.expected.startswith(kind)


@pytest.mark.parametrize("written", ["2", "1.0", "0.5", ".inf", ".nan", "high", "true"])
def test_shares_and_confidences_have_bounds(written: str, tmp_path: Path) -> None:
    (mistake,) = refused(TWO + f"evaluate: {{confidence: {written}}}\n", tmp_path).mistakes
    assert mistake.place == "modelyard.yaml line 3, evaluate.confidence"
    assert mistake.expected.startswith("a number")


# ------------------------------------------------------------------------ filled in
PROJECTS = {
    "two lines": TWO,
    "short forms": "data: [a, b]\npredict: [a, {columns: [b, c]}]\ngoals: a.roc_auc > 0.8\ncolumns: {d: number, e: }\n",
    "everything": """
version: 1
name: on
data: {source: a.xlsx, test: b.xlsx, sheet: "2024", split: {by: group, column: "007", valid: 0.1}}
predict: {column: "1e3", task: classification, positive: no}
goals: [roc_auc >= 0.80, "recall[bad] >= 90%", bundle_mb <= 10]
columns:
  "on": {type: category, max_levels: 9, missing: ["1e3", -999, no]}
  when: {role: time}
train: {method: [linear, network], time_budget: 90 s, seed: 3, threads: 2, network: {widths: [64, 32], dropout: 0.2}}
evaluate: {slices: [when, "007"], confidence: 0.9}
lang: zh
""",
}


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_filled_in_reads_back_as_the_same(name: str, tmp_path: Path) -> None:
    found = read(PROJECTS[name], tmp_path)
    again = read(found.filled(), tmp_path)
    assert again.file.model_dump(exclude={"columns", "predict"}) == found.file.model_dump(
        exclude={"columns", "predict"}
    )
    assert [(target.targets, target.task, target.options) for target in again.predict] == [
        (target.targets, target.task, target.options) for target in found.predict
    ]
    assert {name: (spec.type, spec.role, spec.options) for name, spec in again.columns.items()} == {
        name: (spec.type, spec.role, spec.options) for name, spec in found.columns.items()
    }
    assert again.filled() == found.filled()


def test_what_is_filled_in_shows_every_default_that_matters(tmp_path: Path) -> None:
    filled = parse(read(TWO + "train: {method: [trees]}\n", tmp_path).filled(), "x").data
    assert filled["data"] == {
        "source": "german.csv", "valid": None, "test": None, "query": None, "encoding": None, "separator": None,
        "quote": None, "header": None, "sheet": None, "totals": False,
        "split": {"by": "auto", "column": None, "valid": 0.15, "test": "auto"},
    }  # fmt: skip
    assert filled["predict"] == [{"column": "risk"}]
    assert filled["train"]["time_budget"] == 300.0
    assert filled["train"]["trees"] == plugins.part("methods", "trees", "options").Options().model_dump(mode="json")
    assert "network" not in filled["train"]  # its options would change nothing
    assert set(parse(read(TWO, tmp_path).filled(), "x").data["train"]) >= set(automatic())


def test_options_are_what_was_written(tmp_path: Path) -> None:
    content = (
        "data: a\npredict: {column: y, task: classification, positive: 1}\ncolumns: {a: {type: category, onehot: 5}}\n"
    )
    found = read(content, tmp_path)
    assert found.predict[0].options == {"positive": 1}
    assert found.columns["a"].options == {"onehot": 5}


# ------------------------------------------------------------------------- plug-ins
@pytest.mark.parametrize("room", ROOMS)
def test_options_of_every_plug_in_are_strict_and_explained(room: str) -> None:
    for name in plugins.names(room):
        options: type[BaseModel] = plugins.part(room, name, "options").Options
        assert options.model_config.get("extra") == "forbid", name
        assert options.model_config.get("frozen"), name
        assert all(field.description for field in options.model_fields.values()), name
        assert options() == options.model_validate_json(options().model_dump_json(), strict=True), name


class _Deep(BaseModel, extra="forbid"):
    needed: int


class _Short(BaseModel, extra="forbid"):
    inner: _Deep | None = Field(None, description="more")
    size: Annotated[int, Field(ge=1)] = Field(3, description="how many")
    shade: str = Field("red", description="which")


class _Long(BaseModel, extra="forbid"):
    size: float = Field(0.5, le=1, description="how much")


@pytest.fixture
def standing_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two modalities that share the name of an option, each with ideas of its own."""
    real = plugins.part

    def part(room: str, name: str, module: str) -> Any:
        if name in ("short", "long"):
            return SimpleNamespace(Options={"short": _Short, "long": _Long}[name])
        return real(room, name, module)

    locations = {room: dict(plugins._locations(room)) for room in ROOMS}
    locations["modalities"] |= {"short": "short", "long": "long"}
    monkeypatch.setattr(plugins, "_locations", lambda room: locations[room])
    monkeypatch.setattr(plugins, "part", part)
    file_model.cache_clear()
    yield
    file_model.cache_clear()


@pytest.mark.usefixtures("standing_in")
def test_one_name_may_be_an_option_of_two_plug_ins(tmp_path: Path) -> None:
    found = read(TWO + "columns: {a: {type: short, size: 4, shade: on}, b: {type: long, size: 0.25}}\n", tmp_path)
    assert found.columns["a"].options == {"size": 4, "shade": "on"}
    assert found.columns["b"].options == {"size": 0.25}
    mistakes = refused(
        TWO + "columns:\n  a: {type: short, size: 0.25}\n  b: {type: long, size: 4}\n  c: {type: long, shade: x}\n",
        tmp_path,
    ).mistakes
    assert [(mistake.place, mistake.expected) for mistake in mistakes] == [
        ("modelyard.yaml line 4, columns.a.size", "a whole number"),
        ("modelyard.yaml line 5, columns.b.size", "a number <= 1.0"),
        ("modelyard.yaml line 6, columns.c.shade", "an option of `long`; this one belongs to `short`"),
    ]


@pytest.mark.usefixtures("standing_in")
def test_what_is_missing_deep_inside_is_told_with_the_rest(tmp_path: Path) -> None:
    mistakes = refused(
        TWO + "columns: {a: {type: short, inner: {}}}\ntrain: {method: treees}\nb: 1\n", tmp_path
    ).mistakes
    assert [mistake.place.partition(", ")[2] for mistake in mistakes] == ["columns.a.inner.needed", "train.method", "b"]


@pytest.mark.usefixtures("standing_in")
def test_a_new_plug_in_is_known_at_once(tmp_path: Path) -> None:
    assert "short" in str(json_schema.json_schema())
    assert read(TWO + "columns: {a: short}\n", tmp_path).columns["a"].type == "short"
    assert owners("modalities", "size") == ("short", "long")


# ------------------------------------------------------------------------------ light
def test_validation_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(PROJECTS["everything"] + "colour: red\n", "utf-8")
    program = (
        "import sys\nfrom modelyard.core import project\nfrom modelyard.core.errors import ProjectError\n"
        "try:\n    project.load(sys.argv[1])\nexcept ProjectError as error:\n    print(len(error.mistakes))\n"
        "print([name for name in ('torch', 'pandas', 'sklearn', 'lightgbm', 'onnx', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1", "[]"]
