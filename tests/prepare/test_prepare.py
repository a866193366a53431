"""From files or a table in memory to a Dataset: the same rows give the same Dataset, and training sees no other row."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelyard.core import messages, plugins
from modelyard.core.columns import as_columns, take
from modelyard.core.errors import MAX_LINES, DataError, ProjectError, UserError
from modelyard.core.project import Project
from modelyard.core.protocols import Columns
from modelyard.data.dataset import Dataset
from modelyard.prepare.infer import options_of
from modelyard.prepare.prepare import fingerprint, inspect, prepare

MakeProject = Callable[..., Project]


def csv_of(table: Columns) -> str:
    rows = zip(*(values.tolist() for values in table.values()), strict=True)
    lines = (",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    return "\n".join([",".join(table), *lines]) + "\n"


def refused(project: Project, folder: Path, table: Any = None, kind: type[UserError] = DataError) -> str:
    """What is said when the data cannot be used: short, and in two languages."""
    said = {}
    for language in ("zh", "en"):
        messages.use(language)
        with pytest.raises(kind) as caught:
            prepare(project, folder, None if table is None else as_columns(table))
        said[language] = str(caught.value)
        assert all(len(str(mistake).splitlines()) <= MAX_LINES for mistake in caught.value.mistakes)
    assert said["en"] != said["zh"]
    return said["en"]


# -------------------------------------------------------------------- the whole stage
def test_a_table_becomes_a_dataset(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    dataset = prepare(project_of(), tmp_path, people)
    loaded = Dataset.load(tmp_path)
    assert [one.name for one in loaded.inputs] == ["age", "城市", "member", "joined", "remark"]
    assert list(loaded.blocks(loaded.rows("test"))) == ["number", "category", "boolean", "datetime", "text"]
    assert loaded.targets == dataset.targets
    assert loaded.targets[0].task == "classification"
    assert loaded.targets[0].state["labels"] == ["buys", "leaves"]
    assert sum(len(loaded.rows(part)) for part in ("train", "valid", "test")) == 200
    assert loaded.held_out
    assert loaded.columns == dataset.columns
    assert loaded.fingerprint == dataset.fingerprint
    assert {note.key for note in loaded.notes} == {
        *(f"prepare.note_{word}" for word in ("empty", "constant", "id", "small_test")),
        "checks.dates",
    }
    assert list(loaded.cells(np.arange(3))) == ["age", "城市", "member", "joined", "remark", "y"]


def test_states_come_from_the_training_rows_alone(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    dataset = prepare(project_of(), tmp_path, people)
    train = dataset.rows("train")
    assert dataset.states["age"]["mean"] == pytest.approx(np.nanmean(dataset.values["age"][train]))
    shifted = {name: values.copy() for name, values in people.items()}
    for row in dataset.rows("test"):
        shifted["城市"][row] = "Atlantis"
    (tmp_path / "again").mkdir()
    again = prepare(project_of(columns={"编号": {"role": "key"}}), tmp_path / "again", shifted)
    held = dataset.cells(np.arange(200))["城市"]
    assert set(held) == {"上海", "Rome", "Bonn"}
    assert set(again.states["城市"]["levels"]) <= {"上海", "Rome", "Bonn", "Atlantis"}


def test_chunks_do_not_change_the_states(
    project_of: MakeProject, people: Columns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prepare(project_of(), tmp_path, people)
    monkeypatch.setattr("modelyard.prepare.prepare.CHUNK_ROWS", 7)
    pieces = prepare(project_of(), tmp_path, people)
    assert pieces.states["城市"] == whole.states["城市"]
    assert pieces.states["age"]["mean"] == pytest.approx(whole.states["age"]["mean"])


def test_the_bytes_are_always_the_same(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        prepare(project_of(), tmp_path / folder, people)
    for name in ("rows.arrow", "dataset.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_file_format_changes_nothing(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    del people["joined"]  # Excel and JSON have no one way to write a date
    cells = {name: values.tolist() for name, values in people.items()}
    (tmp_path / "a.csv").write_text(csv_of(people), "utf-8")
    (tmp_path / "a.tsv").write_text(csv_of(people).replace(",", "\t"), "utf-8")
    rows = [{name: values[row] for name, values in cells.items()} for row in range(200)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    pq.write_table(pa.table(cells), tmp_path / "a.parquet")
    book = openpyxl.Workbook()
    for line in ([*cells], *([*row.values()] for row in rows)):
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    found = set()
    for name in ("a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.xlsx"):
        (tmp_path / f"out {name}").mkdir()
        dataset = prepare(project_of(data=name), tmp_path / f"out {name}")
        found.add((dataset.fingerprint, dataset.test_fingerprint, tuple(dataset.rows("test").tolist())))
    memory = prepare(project_of(), tmp_path, as_columns(pd.DataFrame(cells)))
    found.add((memory.fingerprint, memory.test_fingerprint, tuple(memory.rows("test").tolist())))
    assert len(found) == 1


def test_fingerprints_tell_what_changed(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    first = prepare(project_of(), tmp_path, people)
    turned = prepare(project_of(), tmp_path, take(people, np.arange(200)[::-1]))
    assert turned.fingerprint != first.fingerprint
    assert turned.test_fingerprint == first.test_fingerprint
    typed = prepare(project_of(columns={"member": "category"}), tmp_path, people)
    assert typed.fingerprint != first.fingerprint
    assert typed.test_fingerprint == first.test_fingerprint
    seeded = prepare(project_of(train={"seed": 1}), tmp_path, people)
    assert seeded.test_fingerprint != first.test_fingerprint


def test_dates_are_the_same_as_text_and_as_time(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    typed = {**people, "joined": people["joined"].astype("datetime64[ns]")}
    text, time = prepare(project_of(), tmp_path, people), prepare(project_of(), tmp_path, typed)
    assert text.fingerprint == time.fingerprint


def test_several_targets_and_rows_that_lack_some(project_of: MakeProject, tmp_path: Path) -> None:
    rows = 120
    x = np.sin(np.arange(rows))
    table = {
        "x": x,
        "等级": [None if n % 6 == 0 else "高" if x[n] > 0 else "低" for n in range(rows)],
        "price": [None if n % 4 == 0 else float(n) + x[n] for n in range(rows)],
    }
    dataset = prepare(project_of(predict=["等级", {"column": "price"}]), tmp_path, as_columns(table))
    assert [(target.name, target.task) for target in dataset.targets] == [
        ("等级", "classification"),
        ("price", "regression"),
    ]
    kept = len(dataset.parts)
    assert kept == rows - rows // 12
    assert (dataset.y("等级", np.arange(kept)) == -1).sum() == rows // 6 - rows // 12
    assert np.isnan(dataset.y("price", np.arange(kept))).sum() == rows // 4 - rows // 12
    loaded = Dataset.load(tmp_path)
    np.testing.assert_array_equal(loaded.y("price", loaded.rows("test")), dataset.y("price", dataset.rows("test")))


def test_targets_read_back_from_cells_are_the_same(project_of: MakeProject, tmp_path: Path) -> None:
    table = {"x": np.cos(np.arange(90)), "y": np.arange(90) % 3, "z": [n % 2 == 0 for n in range(90)]}
    dataset = prepare(project_of(predict=["y", "z"]), tmp_path, as_columns(table))
    rows = dataset.rows("test")
    cells = Dataset.load(tmp_path).cells(rows)
    for target in dataset.targets:
        task = plugins.part("tasks", target.task, "target")
        again = task.reread({name: cells[name] for name in target.columns}, target.state)
        np.testing.assert_array_equal(again, dataset.y(target.name, rows))


@pytest.mark.parametrize(
    ("x", "y", "predict"),
    [
        ([[1, 2], [2, 3], [3, 4]], [[1, 0], [0, 1], [1, 1]], {"columns": ["y1", "y2"], "task": "multilabel"}),
        ([[1, 0, 1], [0, 1, 0], [1, 1, 0]], [[0], [1], [1]], "y1"),
    ],
)
def test_tiny_data(project_of: MakeProject, tmp_path: Path, x: Any, y: Any, predict: Any) -> None:
    table = {f"x{n + 1}": list(cells) for n, cells in enumerate(zip(*x, strict=True))}
    table |= {f"y{n + 1}": list(cells) for n, cells in enumerate(zip(*y, strict=True))}
    dataset = prepare(project_of(predict=predict), tmp_path, as_columns(table))
    assert not dataset.held_out
    assert [dataset.rows(part).tolist() for part in ("train", "valid", "test")] == [[0, 1, 2]] * 3
    assert len(dataset.inputs) == len(x[0])
    assert dataset.notes[0].key == "prepare.note_not_held_out"
    view, _ = dataset.view("dense", dataset.rows("train"))
    assert np.isfinite(view).all()


def test_protected_and_key_columns_are_kept_and_are_no_inputs(
    project_of: MakeProject, people: Columns, tmp_path: Path
) -> None:
    project = project_of(columns={"编号": {"role": "key"}, "城市": {"role": "protected"}, "age": {"role": "ignore"}})
    dataset = prepare(project, tmp_path, people)
    assert dataset.keys == ("编号",)
    assert dataset.protected == ("城市",)
    assert set(dataset.states) == {"member", "joined", "remark"}
    assert set(dataset.cells(np.arange(2))) == {"编号", "城市", "member", "joined", "remark", "y"}


def test_five_thousand_columns(project_of: MakeProject, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table: Columns = {f"列{n}": values for n, values in enumerate(rng.normal(size=(5000, 30)))}
    dataset = prepare(project_of(), tmp_path, {**table, "y": np.arange(30) % 2})
    loaded = Dataset.load(tmp_path)
    view, features = loaded.view("dense", loaded.rows("train"))
    assert view.shape == (len(dataset.rows("train")), 5000)
    assert features[-1].column == "列4999"


def test_a_hundred_thousand_categories(project_of: MakeProject, tmp_path: Path) -> None:
    rows = 120_000
    words = np.fromiter((f"w{n % 100_000}" for n in range(rows)), object, rows)
    dataset = prepare(project_of(), tmp_path, {"c": words, "y": np.arange(rows) % 2})
    assert "100,000 different categories" in str(dataset.notes[-1])


# -------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("project", "table", "words"),
    [
        ({"predict": "z"}, {"x": [1, 2], "zz": [1, 2]}, ("modelyard.yaml, predict", "`z`", "x, zz", "zz")),
        ({"predict": ["y", "n"]}, {"x": [1, 2], "y": [1, 2]}, ("predict[1]", "`n`")),
        ({"columns": {"agee": "number"}}, {"age": [1, 2], "y": [1, 2]}, ("columns.agee", "agee", "age")),
        ({"data": {"split": {"by": "time", "column": "w"}}}, {"x": [1, 2], "y": [1, 2]}, ("data.split.column", "`w`")),
        ({"predict": "risk"}, {"39": [1, 2], "Rome": [1, 2], "-0.5": [1, 2]}, ("`risk`", "write a line of names")),
        ({}, {"x": [1], "y": ["a"]}, ("the table that was given", "1")),
        ({}, {"x": [], "y": []}, ("the table that was given", "0")),
        ({}, {"x": [1.5, 2.5] * 9, "y": ["a"] * 18}, ("y", "a")),
        ({}, {"x": [1.5, 2.5] * 9, "y": [None] * 18}, ("y",)),
        ({}, {"x": ["same"] * 40, "y": ["a", "b"] * 20}, ("no column is left", "x (has the same value")),
        ({}, {"y": ["a", "b"] * 20}, ("no column is left",)),
        ({"predict": {"columns": ["x", "y"]}}, {"x": [0.5, 1.5] * 9, "y": ["a b", "c d"] * 9, "z": [1, 2] * 9},
         ("predict", "x: 0.5", "task")),
        ({"predict": {"columns": ["x", "y"]}}, {"x": [None] * 9, "y": [None] * 9, "z": [1, 2, 3] * 3}, ("`x`", "`y`")),
    ],
)  # fmt: skip
def test_data_that_cannot_be_used(
    project_of: MakeProject, tmp_path: Path, project: Any, table: Any, words: tuple[str, ...]
) -> None:
    said = refused(project_of(**project), tmp_path, table)
    assert [word for word in words if word not in said] == [], said


def test_all_names_that_are_not_there_are_told_at_once(project_of: MakeProject, tmp_path: Path) -> None:
    project = project_of(predict="a", columns={"b": "number", "c": "number"})
    with pytest.raises(DataError) as caught:
        prepare(project, tmp_path, as_columns({"x": [1, 2]}))
    assert len(caught.value.mistakes) == 3


def test_thousands_of_columns_are_not_all_offered(project_of: MakeProject, tmp_path: Path) -> None:
    said = refused(project_of(), tmp_path, {f"c{n}": [1, 2] for n in range(5000)})
    assert len(said) < 300


def test_no_data_at_all(project_of: MakeProject, tmp_path: Path) -> None:
    assert "no data" in refused(project_of(), tmp_path)


def test_one_row_in_a_file(project_of: MakeProject, tmp_path: Path) -> None:
    (tmp_path / "数据.csv").write_text("x,y\n1,a\n", "utf-8")
    assert "数据.csv" in refused(project_of(data="数据.csv"), tmp_path)
    assert "数据.csv, 数据.csv" not in refused(project_of(data=["数据.csv"]), tmp_path)


def test_an_option_that_does_not_fit_the_inferred_task(project_of: MakeProject, tmp_path: Path) -> None:
    project = project_of(predict={"column": "y", "positive": "a"})
    table = {"x": np.sin(np.arange(50)), "y": np.cos(np.arange(50))}
    said = refused(project, tmp_path, table, ProjectError)
    assert "predict.positive" in said
    assert "classification" in said


def test_a_value_that_an_option_does_not_take(project_of: MakeProject) -> None:
    with pytest.raises(ProjectError) as caught:
        options_of("modalities", "category", {"max_levels": 0}, project_of(), ("columns", "x"))
    assert "columns.x.max_levels" in str(caught.value)


# ------------------------------------------------------------------- inspect, fingerprint
def test_inspecting_sees_what_preparing_does(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    dataset = prepare(project_of(), tmp_path, people)
    seen = inspect(project_of(), people)
    assert seen.columns == dataset.columns
    assert seen.targets == dataset.targets
    assert seen.notes == dataset.notes
    assert seen.parts == {part: len(dataset.rows(part)) for part in ("train", "valid", "test")}
    assert (seen.rows, seen.whole, seen.held_out) == (200, True, True)
    assert seen.examples["城市"][0] in ("上海", "Rome", "Bonn")


def test_inspecting_looks_at_the_first_rows(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_of(people), "utf-8")
    seen = inspect(project_of(data="a.csv"), limit_rows=50)
    assert (seen.rows, seen.whole) == (50, False)
    assert inspect(project_of(data="a.csv")).whole
    assert inspect(project_of(data="a.csv"), limit_rows=None).rows == 200
    assert inspect(project_of(), people, limit_rows=50).whole


def test_inspecting_a_file_sorted_by_its_target(project_of: MakeProject, tmp_path: Path) -> None:
    lines = [f"{n * 7 % 31},{'a' if n < 80 else 'b'}" for n in range(160)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y", *lines]), "utf-8")
    seen = inspect(project_of(data="a.csv"), limit_rows=50)
    assert (seen.rows, seen.whole) == (160, True)
    for limit in (50, None):
        with pytest.raises(DataError, match="nope"):
            inspect(project_of(data="a.csv", predict="nope"), limit_rows=limit)


def test_too_few_rows_are_in_every_part(project_of: MakeProject) -> None:
    seen = inspect(project_of(), as_columns({"x": [1.5, 2.5, 3.5], "y": ["a", "b", "a"]}))
    assert seen.parts == {"train": 3, "valid": 3, "test": 3}
    assert not seen.held_out


def test_the_fingerprint_of_files_and_tables(project_of: MakeProject, people: Columns, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,a\n", "utf-8")
    (tmp_path / "b.csv").write_text("x,y\n1,a\n", "utf-8")
    one = fingerprint(project_of(data={"source": "a.csv", "test": "b.csv"}))
    assert one["source"] == one["test"]
    json.dumps(one)
    (tmp_path / "b.csv").write_text("x,y\n1,b\n", "utf-8")
    assert fingerprint(project_of(data={"source": "a.csv", "test": "b.csv"})) != one
    before = fingerprint(project_of(), people)
    assert fingerprint(project_of(), dict(people)) == before
    people["age"] = people["age"].copy()
    people["age"][3] = "12"
    assert fingerprint(project_of(), people) != before
    assert fingerprint(project_of(), {"x": np.asarray([1])}) != fingerprint(project_of(), {"x": np.asarray([1.0])})
    with pytest.raises(DataError):
        fingerprint(project_of(data="c.csv"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a\x1fstr:b", "c"], ["a", "b\x1fstr:c"]),
        (["1", 2], [1, "2"]),
        ([np.zeros(2000)], [np.r_[np.zeros(1000), 1.0, np.zeros(999)]]),
        ([[np.zeros(2000)]], [[np.r_[np.zeros(1000), 1.0, np.zeros(999)]]]),
    ],
)
def test_different_cells_have_different_fingerprints(project_of: MakeProject, one: list[Any], other: list[Any]) -> None:
    found = [np.empty(len(cells), object) for cells in (one, other)]
    for column, cells in zip(found, (one, other), strict=True):
        for row, cell in enumerate(cells):
            column[row] = cell
    assert fingerprint(project_of(), {"x": found[0]}) != fingerprint(project_of(), {"x": found[1]})


def test_checking_a_csv_loads_nothing_heavy(tmp_path: Path, people: Columns) -> None:
    (tmp_path / "a.csv").write_text(csv_of(people), "utf-8")
    program = (
        "import sys; from pathlib import Path; from modelyard.core.project import from_values\n"
        "from modelyard.prepare.prepare import inspect\n"
        "inspect(from_values({'data': 'a.csv', 'predict': 'y'}, Path()))\n"
        "heavy = ('pyarrow', 'pandas', 'onnxruntime', 'torch', 'sklearn', 'lightgbm', 'onnx', 'openpyxl')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_real_tables(project_of: MakeProject, data_mirror: Path, tmp_path: Path) -> None:
    source = str(data_mirror / "telco_churn" / "Telco-Customer-Churn.csv")
    dataset = prepare(project_of(data=source, predict="Churn"), tmp_path)
    kinds = {one.name: one.modality for one in dataset.inputs}
    assert (kinds["tenure"], kinds["TotalCharges"], kinds["Contract"], kinds["Partner"]) == (
        "number", "number", "category", "boolean",
    )  # fmt: skip
    assert "customerID" not in kinds
    assert abs(len(dataset.rows("test")) / 7043 - 0.2) < 0.02


test_real_tables = pytest.mark.data(test_real_tables)
