"""Rows to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.columns import take
from modelyard.core.report import Doubts, Report
from modelyard.evaluate import errors
from modelyard.evaluate.errors import Held, merged
from modelyard.evaluate.evaluate import evaluate
from modelyard.evaluate.evidence import read_errors, write
from modelyard.measure.labels import suspicious

COLUMNS = ["row", "target", "part", "why", "actual", "answer", "probability", "loss"]


def rows_of(report: Report) -> list[dict[str, Any]]:
    return [dict(zip(report.errors, cells, strict=True)) for cells in zip(*report.errors.values(), strict=True)]


def test_the_worst_first_and_the_doubtful_behind_them(stand: Any, bundle: Any, table: Any) -> None:
    report = evaluate(bundle, table, stand.request_of())
    assert list(report.errors) == COLUMNS
    rows = rows_of(report)
    kinds = list(dict.fromkeys(row["why"] for row in rows))
    assert kinds == ["wrong and sure of itself", "wrong", "right but doubtful"]
    for kind in kinds:
        losses = [row["loss"] for row in rows if row["why"] == kind]
        assert losses == sorted(losses, reverse=True)
    for row in rows:
        assert (row["actual"] == row["answer"]) == (row["why"] == "right but doubtful")
        assert (row["probability"] >= errors.SURE) == (row["why"] == "wrong and sure of itself")
        assert table["risk"][row["row"] - 1] == row["actual"]
    (target,) = report.targets
    predicted = np.asarray(report.predictions["risk.predicted"])
    wrong = predicted != table["risk"]
    assert target.doubts.wrong == wrong.sum() and 0 < target.doubts.sure < target.doubts.wrong


def test_rows_keep_the_numbers_of_the_table_they_are_from(stand: Any, bundle: Any, table: Any) -> None:
    numbers = np.arange(300, 600)
    report = evaluate(bundle, take(table, numbers), stand.request_of(numbers=numbers))
    assert {table["risk"][row["row"] - 1] == row["actual"] for row in rows_of(report)} == {True}
    assert report.predictions["row"] == list(range(301, 601))


def test_keys_name_rows(stand: Any, bundle: Any, table: Any) -> None:
    bundle.manifest = {"carried": ["编号"]}
    keyed = {**table, "编号": np.asarray([f"k{number}" for number in range(600)], object)}
    report = evaluate(bundle, keyed, stand.request_of())
    assert "row" not in report.errors
    assert all(table["risk"][int(row["编号"][1:])] == row["actual"] for row in rows_of(report))


def held_of(stand: Any, rows: int, flipped: int) -> tuple[Held, list[int]]:
    """Rows that a model knows well, a few of them with the other label."""
    draws = np.random.default_rng(0)
    y = draws.integers(0, 2, rows)
    outputs = stand.two_class(6.0 * (y - 0.5) + draws.normal(0, 0.3, rows))
    wrong = draws.choice(rows, flipped, replace=False)
    y[wrong] = 1 - y[wrong]
    return Held({"row": np.arange(rows) + 1}, y, outputs), sorted((wrong + 1).tolist())


def test_labels_that_are_likely_wrong_are_told(stand: Any, bundle: Any, table: Any) -> None:
    held, wrong = held_of(stand, 400, 12)
    report = evaluate(bundle, table, stand.request_of(held={"risk": held}))
    found = [row for row in rows_of(report) if row["why"] == "possibly mislabelled"]
    assert {row["row"] for row in found} <= {*wrong}
    assert {row["part"] for row in found} == {"training"} and all(row["actual"] != row["answer"] for row in found)
    assert len(found) == report.targets[0].doubts.mislabelled and len(found) in (10, 11, 12)
    clean, _ = held_of(stand, 400, 0)
    assert evaluate(bundle, table, stand.request_of(held={"risk": clean})).targets[0].doubts.mislabelled == 0


def test_labels_are_not_doubted_by_a_model_that_cannot_tell(stand: Any, bundle: Any, table: Any) -> None:
    held, _ = held_of(stand, 400, 12)
    naive = {"risk": {"naive": stand.two_class(np.zeros(len(table["risk"])))}}
    trusted = evaluate(bundle, table, stand.request_of(held={"risk": held}, baselines=naive))
    assert trusted.targets[0].doubts.mislabelled
    as_good = {"risk": {"naive": bundle.outputs(table)["risk"]}}
    silent = evaluate(bundle, table, stand.request_of(held={"risk": held}, baselines=as_good))
    assert silent.targets[0].doubts.mislabelled == 0 and silent.targets[0].doubts.wrong
    assert not [row for row in rows_of(silent) if row["part"] == "training"]
    assert not any("mislabelled" in action.why for action in silent.next)
    bundle.targets[0]["method"] = "naive"
    assert evaluate(bundle, table, stand.request_of(held={"risk": held})).targets[0].doubts.mislabelled == 0


def test_random_labels_are_no_mistakes(stand: Any, bundle: Any, table: Any) -> None:
    draws = np.random.default_rng(1)
    random = Held({"row": np.arange(300)}, draws.integers(0, 2, 300), stand.two_class(draws.normal(0, 1, 300)))
    assert suspicious(random.outputs["probability"], random.y).estimated > 100
    report = evaluate(bundle, table, stand.request_of(held={"risk": random}))
    assert report.targets[0].doubts.mislabelled == 0
    assert not [row for row in rows_of(report) if row["part"] == "training"]


def test_nothing_to_look_at(stand: Any, bundle: Any, table: Any) -> None:
    empty = evaluate(bundle, take(table, slice(0, 0)), stand.request_of())
    assert empty.targets[0].doubts == Doubts() and empty.errors == {}
    nobody = Held({"row": np.arange(0)}, np.arange(0), {"probability": np.empty((0, 2), np.float32)})
    assert evaluate(bundle, table, stand.request_of(held={"risk": nobody})).targets[0].doubts.mislabelled == 0
    assert merged([]) == {}


@pytest.mark.parametrize("kind", ["number_bundle", "label_bundle"])
def test_numbers_and_sets_of_labels(kind: str, stand: Any, tmp_path: Path) -> None:
    bundle, table = getattr(stand, kind)(tmp_path / "bundle")
    report = evaluate(bundle, table, stand.request_of())
    rows, (target,) = rows_of(report), report.targets
    if kind == "number_bundle":
        assert [row["why"] for row in rows] == ["far off"] * errors.MOST and target.doubts.wrong == 0
        distances = [abs(row["actual"] - row["answer"]) for row in rows]
        assert distances == sorted(distances, reverse=True) and rows[0]["probability"] is None
    else:
        assert target.doubts.wrong > 0 and "wrong" in {row["why"] for row in rows}
        assert all(isinstance(row["actual"], list) and isinstance(row["answer"], list) for row in rows)


def test_they_lie_beside_the_report_in_the_language_in_use(stand: Any, bundle: Any, table: Any, tmp_path: Path) -> None:
    assert read_errors(tmp_path) == {}
    messages.use("zh")
    report = evaluate(bundle, table, stand.request_of())
    write(report, tmp_path / "evidence", bundle)
    found = read_errors(tmp_path / "evidence")
    assert list(found) == COLUMNS and set(found["why"]) == {"答错且很有把握", "答错", "答对但没有把握"}
    assert "errors.csv" in (tmp_path / "evidence" / "report.md").read_text("utf-8").replace("\\", "")
    assert "errors" not in report.to_json() and Report.from_json(report.to_json()).targets[0].doubts.wrong
