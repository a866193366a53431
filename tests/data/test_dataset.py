"""A Dataset is the same after it was written and read, and its views are what the modalities say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from modelyard.core import messages, plugins
from modelyard.core.errors import DataError
from modelyard.core.protocols import Array
from modelyard.core.schema import Column
from modelyard.data import content
from modelyard.data.dataset import TEST, TRAIN, VALID, Dataset, DatasetTarget, Note

ROWS = 12


def words(*cells: Any) -> Array:
    return np.fromiter(cells, object, len(cells))


def options_of(modality: str) -> dict[str, Any]:
    options: dict[str, Any] = plugins.part("modalities", modality, "options").Options().model_dump(mode="json")
    return options


def column(name: str, modality: str, role: Any = "input") -> Column:
    return Column(name, modality, role, options_of(modality) if modality else {}, reason=("prepare.because_told", {}))


@pytest.fixture
def dataset() -> Dataset:
    """Two numbers, a category, a time, a yes or no; a key, a protected column; a class and a pair of labels."""
    columns = (
        column("编号", "", "key"),
        column("age", "number"),
        column("城市", "category"),
        column("sex", "category", "protected"),
        column("when", "datetime"),
        column("member", "boolean"),
        column("spent", "number"),
        column("junk", "", "ignore"),
        column("买", "", "target"),
        column("a", "", "target"),
        column("b", "", "target"),
    )
    numbers = np.arange(ROWS, dtype=float)
    numbers[3] = np.nan
    values: dict[str, Array] = {
        "编号": words(*(f"客户{n}" for n in range(ROWS))),
        "age": numbers,
        "城市": words(*("上海", "Rome", "", "上海") * 3),
        "sex": words(*("f", "m") * 6),
        "when": np.where(np.arange(ROWS) == 5, np.nan, 1.7e9 + 86_400.5 * np.arange(ROWS)),
        "member": np.where(np.arange(ROWS) % 3 == 2, np.nan, np.arange(ROWS) % 2),
        "spent": numbers[::-1] * 1.5,
        "买": words(*("yes", "no", "yes") * 4),
        "a": np.arange(ROWS) % 2,
        "b": np.arange(ROWS) % 3 == 0,
    }
    states = {}
    for one in columns:
        if one.role == "input":
            part = plugins.part("modalities", one.modality, "preprocess")
            states[one.name] = part.finish(part.summarise(values[one.name][:8]), one.options)
    targets = (
        DatasetTarget("买", ("买",), "classification", {"positive": None}, {"labels": ["no", "yes"], "positive": 1}),
        DatasetTarget("a+b", ("a", "b"), "multilabel", {}, {"labels": ["a", "b"]}),
    )
    labels = np.stack([values["a"], values["b"]], axis=1).astype(float)
    labels[1, 0] = np.nan
    return Dataset(
        columns=columns,
        states=states,
        targets=targets,
        notes=(Note("prepare.note_constant", {"columns": "junk"}, "warn"),),
        measured_on="test",
        taught=True,
        fingerprint="f" * 64,
        test_fingerprint="t" * 64,
        values=values,
        ys={"买": np.asarray([1, 0, 1] * 4), "a+b": labels},
        parts=np.asarray([TRAIN] * 8 + [VALID] * 2 + [TEST] * 2, np.int8),
        units=np.arange(ROWS) // 2,
        weights=np.linspace(0.5, 1.5, ROWS),
        numbers=np.arange(ROWS) * 3 + 1,
    )


def test_what_was_written_is_read_back(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path)
    loaded = Dataset.load(tmp_path)
    assert loaded.columns == dataset.columns
    assert loaded.states == dataset.states
    assert loaded.targets == dataset.targets
    assert loaded.notes == dataset.notes
    assert (loaded.measured_on, loaded.fingerprint, loaded.test_fingerprint) == ("test", "f" * 64, "t" * 64)
    assert list(loaded.values) == list(dataset.values)
    for name, values in dataset.values.items():
        np.testing.assert_array_equal(loaded.values[name], values)
        assert loaded.values[name].dtype == values.dtype, name
    for name in ("parts", "units", "weights", "numbers"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(dataset, name))
        assert getattr(loaded, name).dtype == getattr(dataset, name).dtype
    for name, y in dataset.ys.items():
        np.testing.assert_array_equal(loaded.ys[name], y)
    for view in ("raw", "dense"):
        np.testing.assert_array_equal(*(one.view(view, one.rows("train"))[0] for one in (loaded, dataset)))


def test_an_older_one_counts_its_own_rows(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path)
    table = pa.ipc.open_file(str(tmp_path / "rows.arrow")).read_all().drop_columns(["number"])
    with pa.OSFile(str(tmp_path / "rows.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    assert Dataset.load(tmp_path).numbers.tolist() == list(range(ROWS))


def test_the_bytes_are_always_the_same(dataset: Dataset, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    dataset.write(tmp_path / "a")
    Dataset.load(tmp_path / "a").write(tmp_path / "b")
    for name in ("rows.arrow", "dataset.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_rows_of_each_part(dataset: Dataset) -> None:
    assert dataset.rows("train").tolist() == list(range(8))
    assert dataset.rows("valid").tolist() == [8, 9]
    assert dataset.rows("test").tolist() == [10, 11]
    assert dataset.y("买", dataset.rows("valid")).tolist() == [1, 1]


@pytest.mark.parametrize("measured_on", ["folds", "training"])
def test_without_parts_of_their_own_every_part_is_all_rows(dataset: Dataset, measured_on: Any) -> None:
    together = replace(dataset, measured_on=measured_on)
    assert (dataset.held_out, together.held_out) == (True, False)
    assert [together.rows(part).tolist() for part in ("train", "valid", "test")] == [list(range(ROWS))] * 3


def test_roles_and_modalities(dataset: Dataset) -> None:
    assert [one.name for one in dataset.inputs] == ["age", "城市", "when", "member", "spent"]
    assert dataset.keys == ("编号",)
    assert dataset.protected == ("sex",)
    grouped = {modality: [one.name for one in columns] for modality, columns in dataset.modalities.items()}
    assert list(grouped) == ["number", "category", "datetime", "boolean"]
    assert grouped["number"] == ["age", "spent"]


def test_cells_are_what_a_user_would_send(dataset: Dataset) -> None:
    cells = dataset.cells(np.asarray([5, 4]))
    assert list(cells) == ["编号", "age", "城市", "sex", "when", "member", "spent", "买", "a", "b"]
    assert cells["when"].dtype == "datetime64[ms]"
    assert np.isnat(cells["when"]).tolist() == [True, False]
    assert cells["when"][1] == np.datetime64(1_700_345_602_000, "ms")
    assert cells["买"].tolist() == ["yes", "no"]


def test_cells_parse_back_to_the_same_blocks(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path)
    for one in (dataset, Dataset.load(tmp_path)):
        rows = one.rows("train")
        sent, stored = one.blocks_of(one.parsed(one.cells(rows))), one.blocks(rows)
        assert list(sent) == list(stored) == list(one.modalities)
        for modality, block in stored.items():
            np.testing.assert_array_equal(sent[modality], block)


@pytest.mark.parametrize("view", ["raw", "dense"])
def test_views_are_whole_however_they_are_cut(dataset: Dataset, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.asarray([9, 0, 3, 3])
    whole = dataset.view_of(view, dataset.blocks(rows))
    monkeypatch.setattr(content, "_CHUNK_CELLS", 1)
    monkeypatch.setattr("modelyard.data.dataset.chunks", lambda rows, width: [slice(0, 1), slice(1, rows)])
    cut, features = dataset.view(view, rows)
    np.testing.assert_array_equal(cut, whole)
    assert cut.dtype == np.float32
    assert cut.flags["C_CONTIGUOUS"]
    assert len(features) == cut.shape[1] == len(dataset.features(view))
    assert {feature.column for feature in features} == {one.name for one in dataset.inputs}


def test_no_rows_at_all(dataset: Dataset) -> None:
    nothing = np.empty(0, np.int64)
    view, features = dataset.view("dense", nothing)
    assert view.shape == (0, len(features))
    assert all(len(cells) == 0 for cells in dataset.cells(nothing).values())


def test_numbers_are_not_copied_out_of_the_file(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path)
    loaded = Dataset.load(tmp_path)
    assert not loaded.values["age"].flags.writeable
    assert not loaded.values["age"].flags.owndata


def test_a_column_that_is_not_stored(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path)
    loaded = Dataset.load(tmp_path)
    assert "junk" not in loaded.values
    assert len(loaded.values) == len(dataset.values)
    with pytest.raises(KeyError):
        loaded.values["junk"]
    with pytest.raises(KeyError):
        loaded.ys["junk"]


def test_notes_speak_both_languages() -> None:
    note = Note("prepare.note_constant", {"columns": "junk"})
    assert str(note) == "left out, the same value in every row: junk"
    messages.use("zh")
    assert str(note) == "不使用，所有行取值相同：junk"


@pytest.mark.parametrize("view", ["raw", "dense"])
@pytest.mark.parametrize(("way", "sign"), [("up", 1), ("down", -1)])
def test_features_say_which_way_the_answer_may_go(dataset: Dataset, view: str, way: Any, sign: int) -> None:
    free = dataset.features(view)
    told = tuple(replace(one, monotone=way) if one.name in ("age", "member") else one for one in dataset.columns)
    features = replace(dataset, columns=told).features(view)
    assert {one.name: one.monotone for one in features if one.monotone} == {"age": sign, "member": sign}
    assert [one.name for one in features] == [one.name for one in free]
    assert not any(one.monotone for one in free)
    assert (view == "dense") == ("age[missing]" in [one.name for one in features])


def test_a_column_that_is_called_as_a_flag(dataset: Dataset) -> None:
    columns = tuple(
        replace(one, name="age[missing]", monotone="up") if one.name == "age" else one for one in dataset.columns
    )
    values = {"age[missing]": dataset.values["age"], **dataset.values}
    found = replace(
        dataset, columns=columns, values=values, states={**dataset.states, "age[missing]": dataset.states["age"]}
    ).features("dense")
    ways = {one.name: one.monotone for one in found if one.column == "age[missing]"}
    assert ways == {"age[missing]": 1, "age[missing][missing]": 0}


def test_a_dataset_of_another_format(dataset: Dataset, tmp_path: Path) -> None:
    dataset.write(tmp_path)
    described = json.loads((tmp_path / "dataset.json").read_text("utf-8"))
    for other in (1, 3):
        (tmp_path / "dataset.json").write_text(json.dumps({**described, "format": other}), "utf-8")
        with pytest.raises(DataError, match=f"format {other}"):
            Dataset.load(tmp_path)


def test_a_folder_without_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="prepare"):
        Dataset.load(tmp_path)
