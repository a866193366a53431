"""`modelyard evaluate`: the report that a bundle carries, or a new one on rows that came later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core.errors import DataError, ProjectError
from modelyard.evaluate import later
from modelyard.evaluate.evaluate import evaluate, write


@pytest.fixture
def shipped(stand: Any, bundle: Any, table: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bundle with its evidence, loaded by path."""
    goals = stand.goals_of("risk.roc_auc >= 0.6", "recall[bad] >= 99%", "bundle_mb <= 10")
    write(evaluate(bundle, table, stand.request_of(goals=goals, confidence=0.9)), bundle.path / "evidence", bundle)
    monkeypatch.setattr(later.Bundle, "load", lambda path: bundle)
    return bundle


def csv_of(table: Any, path: Path) -> str:
    lines = [",".join(table), *(",".join(map(str, row)) for row in zip(*table.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def as_read(bundle: Any) -> Any:
    """Cells from a file are texts; a real bundle parses them."""
    answer = bundle.functions["risk"]
    bundle.functions["risk"] = lambda columns: answer({**columns, "x": np.asarray(columns["x"], float)})
    return bundle


def test_without_a_file_the_carried_report_is_shown(shipped: Any) -> None:
    report = later.evaluate(shipped.path, None, None)
    assert report.rows == 600 and report.split == "test"


def test_a_later_file_is_measured_against_the_same_goals(shipped: Any, stand: Any, tmp_path: Path) -> None:
    as_read(shipped)
    data = csv_of(stand.risk_table(200, seed=4), tmp_path / "三月.csv")
    report = later.evaluate(shipped.path, data, tmp_path / "new")
    assert (report.rows, report.split, report.confidence) == (200, "三月.csv", 0.9)
    assert [goal.goal for goal in report.goals] == ["risk.roc_auc >= 0.6", "recall[bad] >= 99%", "bundle_mb <= 10"]
    assert report.goals[0].outcome == "met"
    assert "三月.csv" in (tmp_path / "new" / "report.html").read_text("utf-8")


def test_a_later_file_is_laid_out_as_those_before(shipped: Any, stand: Any, tmp_path: Path) -> None:
    as_read(shipped)
    table = {name: cells for name, cells in stand.risk_table(60, seed=4).items() if name != "sex"}
    rows = ["~".join([*map(str, row), "ёж"]) for row in zip(*table.values(), strict=True)]
    lines = ["Отчёт за март", "~".join([*table, "заметка"]), *rows]
    (tmp_path / "март.csv").write_bytes("\n".join(lines).encode("cp1251"))
    with pytest.raises(DataError):
        later.evaluate(shipped.path, str(tmp_path / "март.csv"), None)
    shipped.manifest["layout"] = {"encoding": "cp1251", "separator": "~"}
    assert later.evaluate(shipped.path, str(tmp_path / "март.csv"), None).rows == 60


def test_a_later_file_without_its_target_says_so(shipped: Any, stand: Any, tmp_path: Path) -> None:
    table = {name: cells for name, cells in stand.risk_table(60).items() if name != "risk"}
    with pytest.raises(DataError, match=r"later\.csv(.|\n)*no column 'risk'(.|\n)*every target column"):
        later.evaluate(shipped.path, csv_of(table, tmp_path / "later.csv"), None)


def test_what_two_bundles_expect_of_a_file(stand: Any, tmp_path: Path) -> None:
    one, other = (stand.risk_bundle(tmp_path / name) for name in "ab")
    other.manifest = {"layout": {"encoding": "cp1251", "totals": True}}
    one.manifest = {"layout": {"encoding": "gb18030"}}
    found = later.expected(one, other)
    assert found.names == ("group", "risk", "x", "z")
    assert found.usual == {"encoding": "gb18030", "totals": True}
    other.manifest = {}
    assert later.expected(other).usual == {}


def test_classes_that_are_spelt_otherwise_are_refused_not_measured(shipped: Any, stand: Any, tmp_path: Path) -> None:
    as_read(shipped)
    table = stand.risk_table(20, seed=4)
    data = csv_of({**table, "risk": [f"{cell}." for cell in table["risk"]]}, tmp_path / "三月.csv")
    with pytest.raises(DataError, match=r"三月\.csv, risk(.|\n)*(bad\., good\.|good\., bad\.)(.|\n)*as in training: "):
        later.evaluate(shipped.path, data, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_kept_without_a_folder(shipped: Any, stand: Any, tmp_path: Path) -> None:
    as_read(shipped)
    before = {path.name for path in tmp_path.rglob("*")}
    data = csv_of(stand.risk_table(60), tmp_path / "rows.csv")
    later.evaluate(shipped.path, data, None)
    assert {path.name for path in tmp_path.rglob("*")} == before | {"rows.csv"}


def test_a_bundle_without_evidence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        later.evaluate(tmp_path, None, None)


def test_a_class_that_later_rows_do_not_have_is_still_a_class(shipped: Any, stand: Any, tmp_path: Path) -> None:
    as_read(shipped)
    table = stand.risk_table(80)
    table["risk"][:] = "good"
    report = later.evaluate(shipped.path, csv_of(table, tmp_path / "rows.csv"), None)
    assert [goal.outcome for goal in report.goals] == ["undecided", "undecided", "met"]


def test_goals_of_another_task_are_refused(shipped: Any, tmp_path: Path, stand: Any) -> None:
    as_read(shipped)
    shipped.targets[0]["task"] = "regression"
    with pytest.raises(ProjectError):
        later.evaluate(shipped.path, csv_of(stand.risk_table(60), tmp_path / "rows.csv"), None)
