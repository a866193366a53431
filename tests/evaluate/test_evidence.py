"""The folder that lies beside a bundle."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core.columns import take
from modelyard.core.report import Report
from modelyard.evaluate.evaluate import evaluate, write

FILES = {"report.json", "report.md", "report.html", "card.md", "test_predictions.csv", "errors.csv", "manifest.json"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def evidence(stand: Any, bundle: Any, table: Any, tmp_path: Path) -> Path:
    write(evaluate(bundle, table, stand.request_of()), tmp_path / "evidence", bundle)
    return tmp_path / "evidence"


def test_seven_files_and_nothing_else(evidence: Path) -> None:
    assert {path.name for path in evidence.iterdir()} == FILES


def test_the_manifest_names_the_bundle_and_seals_the_rest(evidence: Path, bundle: Any) -> None:
    manifest = json.loads((evidence / "manifest.json").read_text())
    assert manifest["bundle"] == bundle.id
    assert {entry["path"] for entry in manifest["files"]} == FILES - {"manifest.json"}
    for entry in manifest["files"]:
        content = (evidence / entry["path"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_stored_report_is_the_report(evidence: Path) -> None:
    report = Report.load(evidence)
    assert report.headline()["risk"]["roc_auc"] == Report.load(evidence / "report.json").headline()["risk"]["roc_auc"]
    assert report.rows == 600


def test_predictions_hold_truth_answer_and_probabilities(evidence: Path, bundle: Any, table: Any) -> None:
    rows = rows_of(evidence / "test_predictions.csv")
    assert len(rows) == 600
    assert list(rows[0]) == [
        "row",
        "risk.actual",
        "risk.predicted",
        "risk.probability.good",
        "risk.probability.bad",
        "risk.certain",
    ]
    chance = bundle.outputs(table)["risk"]["probability"]
    assert [float(row["risk.probability.bad"]) for row in rows] == pytest.approx(chance[:, 1].tolist())
    assert [row["risk.actual"] for row in rows] == table["risk"].tolist()
    assert all((row["risk.predicted"] == "bad") == (float(row["risk.probability.bad"]) > 0.5) for row in rows)


def test_accuracy_can_be_counted_in_the_csv(evidence: Path) -> None:
    rows = rows_of(evidence / "test_predictions.csv")
    hits = sum(row["risk.actual"] == row["risk.predicted"] for row in rows)
    assert Report.load(evidence).headline()["risk"]["accuracy"] == pytest.approx(hits / 600)


def test_keys_are_carried_instead_of_row_numbers(stand: Any, bundle: Any, table: Any, tmp_path: Path) -> None:
    bundle.manifest["carried"] = ["编号", "absent"]
    table["编号"] = np.asarray([f'客户 {number}, "x"' for number in range(600)], object)
    write(evaluate(bundle, table, stand.request_of()), tmp_path / "e", bundle)
    rows = rows_of(tmp_path / "e" / "test_predictions.csv")
    assert "row" not in rows[0] and rows[5]["编号"] == '客户 5, "x"'


def test_numbers_have_their_interval(stand: Any, tmp_path: Path) -> None:
    bundle, table = stand.number_bundle(tmp_path / "b")
    write(evaluate(bundle, table, stand.request_of()), tmp_path / "e", bundle)
    row = rows_of(tmp_path / "e" / "test_predictions.csv")[0]
    assert float(row["price.low"]) < float(row["price.predicted"]) < float(row["price.high"])


def test_label_sets_have_a_truth_per_label(stand: Any, tmp_path: Path) -> None:
    bundle, table = stand.label_bundle(tmp_path / "b")
    write(evaluate(bundle, table, stand.request_of()), tmp_path / "e", bundle)
    row = rows_of(tmp_path / "e" / "test_predictions.csv")[0]
    assert {"p.actual", "四.actual", "p+q+四.predicted", "p+q+四.probability.四"} <= set(row)


def test_no_rows_no_predictions(stand: Any, bundle: Any, table: Any, tmp_path: Path) -> None:
    write(evaluate(bundle, take(table, slice(0, 0)), stand.request_of()), tmp_path / "e", bundle)
    assert rows_of(tmp_path / "e" / "test_predictions.csv") == []


def test_evidence_is_written_anew(evidence: Path, stand: Any, bundle: Any, table: Any) -> None:
    write(evaluate(bundle, take(table, slice(0, 50)), stand.request_of()), evidence, bundle)
    assert len(rows_of(evidence / "test_predictions.csv")) == 50
    assert {path.name for path in evidence.iterdir()} == FILES


def test_a_loaded_report_can_be_written_again(evidence: Path, bundle: Any, tmp_path: Path) -> None:
    """Every form but the predictions follows from report.json."""
    write(Report.load(evidence), tmp_path / "again", bundle)
    for name in ("report.json", "report.md", "report.html", "card.md"):
        assert (tmp_path / "again" / name).read_bytes() == (evidence / name).read_bytes()
