"""Recorded requests: real enough to prove something, and nobody's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.columns import as_columns, row_count, take
from modelyard.core.errors import BundleError
from modelyard.core.protocols import Columns
from modelyard.core.schema import Column
from modelyard.models.checkpoint import Checkpoint
from modelyard.package.goldens import NASTY, ROWS, TOLERANCE, record, tolerance
from modelyard.runtime.manifest import canonical

INPUT_NAMES = ("年龄", "city", "income", "smokes", "joined", "empty")


def recorded(checkpoint: Checkpoint, sample: Columns) -> dict[str, Any]:
    return record(
        checkpoint.dataset.inputs, checkpoint.dataset.states, sample, checkpoint.outputs, checkpoint.targets, {}
    )


@pytest.fixture(scope="module")
def whole(checkpoint: Checkpoint) -> Columns:
    return checkpoint.dataset.cells(np.arange(len(checkpoint.dataset.parts)))


@pytest.fixture(scope="module")
def golden(checkpoint: Checkpoint, whole: Columns) -> dict[str, Any]:
    return recorded(checkpoint, whole)


def test_thirty_two_rows_and_the_nasty_ones(golden: dict[str, Any]) -> None:
    assert len(golden["rows"]) == ROWS + len(NASTY)
    assert all(set(row) == set(INPUT_NAMES) for row in golden["rows"])
    assert set(golden["rows"][ROWS].values()) == {None}


def test_neither_keys_nor_targets_are_recorded(golden: dict[str, Any]) -> None:
    assert "甲1" not in json.dumps(golden, ensure_ascii=False)
    assert not {"id", "risk", "amount"} & set(golden["rows"][0])


def test_no_row_is_a_row_of_the_data(golden: dict[str, Any], whole: Columns) -> None:
    people = {(str(age), float(income)) for age, income in zip(whole["年龄"], whole["income"], strict=True)}
    rows = [(str(row["年龄"]), float(row["income"])) for row in golden["rows"][:ROWS]]
    assert sum(row in people for row in rows) < ROWS / 4
    known = {float(income) for income in whole["income"]}
    assert all(income in known for _, income in rows)


def test_texts_that_the_bundle_does_not_know_are_not_recorded(checkpoint: Checkpoint, whole: Columns) -> None:
    named = {**whole, "city": whole["city"].copy()}
    named["city"][::2] = [f"李雷 {number}" for number in range(len(named["city"][::2]))]
    rows = recorded(checkpoint, named)["rows"][:ROWS]
    levels = {*checkpoint.dataset.states["city"]["levels"]}
    assert {row["city"] for row in rows} - {None} <= levels
    assert {row["city"] for row in rows} & levels


def test_of_texts_that_people_wrote_none_is_recorded() -> None:
    said = [f"Mrs Bell of room {number} was not pleased with the bed" for number in range(50)]
    table = as_columns({"note": said, "other": said, "n": list(range(50))})
    text, number = (plugins.part("modalities", name, "preprocess") for name in ("text", "number"))
    columns = [Column("note", "text"), Column("n", "number"), Column("other", "text")]
    states = {
        column.name: part.finish(part.summarise(part.parse(table[column.name], {}).values), {"scaling": "auto"})
        for column in columns
        for part in [text if column.modality == "text" else number]
    }

    def lengths(rows: Columns) -> dict[str, Any]:
        read = text.parse(rows["note"], {}).values
        return {"y": {"value": np.asarray([[float(len(cell))] for cell in read])}}

    golden = record(columns, states, table, lengths, (), {})
    written = canonical(golden).decode("utf-8")
    assert "Bell" not in written
    assert all(example in {row["note"] for row in golden["rows"]} for example in text.EXAMPLES)
    assert [row["n"] for row in golden["rows"][:ROWS]] != list(range(ROWS))
    books = [row for row in golden["rows"] for name in ("note", "other") if len(str(row[name]).encode()) >= 100_000]
    assert [len(row["other"]) for row in books] == [len("never seen " * 30)]
    assert len(written) < 150_000


def test_nasty_cells_stand_wherever_a_column_can_read_them(golden: dict[str, Any]) -> None:
    nasty = golden["rows"][ROWS:]
    assert {row["income"] for row in nasty} >= {None, 0, 1e30, -1e30}
    assert {row["city"] for row in nasty} >= {"从未见过的类别", "😀\u0301", "1e30"} or 1e30 in {
        row["city"] for row in nasty
    }
    assert any(isinstance(row["city"], str) and len(row["city"]) > 200 for row in nasty)
    assert {row["smokes"] for row in nasty} >= {None, True}
    assert any(row["joined"] for row in nasty)


def test_it_is_plain_data_and_the_same_every_time(
    checkpoint: Checkpoint, whole: Columns, golden: dict[str, Any]
) -> None:
    assert canonical(recorded(checkpoint, whole)) == canonical(golden)
    assert json.loads(canonical(golden)) == json.loads(json.dumps(golden))


def test_outputs_are_the_references_answers_to_the_written_rows(checkpoint: Checkpoint, golden: dict[str, Any]) -> None:
    read_back = json.loads(canonical(golden))
    expected = checkpoint.outputs(as_columns(read_back["rows"]))
    assert read_back["outputs"]["risk"]["probability"] == expected["risk"]["probability"].tolist()
    assert read_back["outputs"]["amount"]["value"] == expected["amount"]["value"].tolist()
    labels = checkpoint.targets[0].state["labels"]
    for answer, probabilities in zip(read_back["answers"], read_back["outputs"]["risk"]["probability"], strict=True):
        assert answer["risk"]["value"] == labels[int(np.argmax(probabilities))]


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_few_rows_are_all_used(checkpoint: Checkpoint, whole: Columns, rows: int) -> None:
    golden = recorded(checkpoint, take(whole, slice(rows)))
    assert len(golden["rows"]) == rows + len(NASTY)
    assert row_count(as_columns(golden["rows"])) == len(golden["answers"])


def test_unreadable_cells_are_recorded_as_missing(checkpoint: Checkpoint, whole: Columns) -> None:
    spoilt = {**whole, "income": np.asarray(["not a number"] * row_count(whole), object)}
    assert {row["income"] for row in recorded(checkpoint, spoilt)["rows"][:ROWS]} == {None}


def test_a_model_that_answers_no_number_is_refused(checkpoint: Checkpoint, whole: Columns) -> None:
    def broken(table: Columns) -> dict[str, Any]:
        outputs = checkpoint.outputs(table)
        outputs["amount"]["value"][3:5] = np.nan
        return outputs

    with pytest.raises(BundleError, match=r"amount\.value is not a number for 2"):
        record(checkpoint.dataset.inputs, checkpoint.dataset.states, whole, broken, checkpoint.targets, {})


def test_tolerance_of_probabilities_is_absolute() -> None:
    assert tolerance("probability", np.asarray([[0.1, 0.9]])) == {"absolute": TOLERANCE, "relative": 0.0, "center": 0.0}


@pytest.mark.parametrize(
    ("usual", "absolute", "center"),
    [([1e6, 1e6 + 2.0], 1e-5, 1e6 + 1.0), ([5.0, 5.0], 5e-5, 5.0), ([0.0, 0.0], 1e-5, 0.0), ([-8.0], 8e-5, -8.0)],
)
def test_tolerance_of_numbers_follows_their_spread(usual: list[float], absolute: float, center: float) -> None:
    found = tolerance("value", np.asarray(usual).reshape(-1, 1))
    assert found["absolute"] == pytest.approx(absolute) and found["center"] == pytest.approx(center)
    assert found["relative"] == TOLERANCE
