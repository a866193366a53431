"""A project without labels, from the command line: it ships, it answers, and it says that nothing was measured."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import modelyard
from modelyard.cli.commands import GOAL_UNDECIDED, commands
from modelyard.core import messages
from modelyard.core.project import FILE
from modelyard.runtime.bundle import Bundle

pytest.importorskip("torch")
pytest.importorskip("transformers")

LABELS = {"退款": ["money back please", "请退款"], "送货": "the parcel is late"}
GOALS = ["accuracy >= 0.8", "recall[退款] >= 0.9 at fpr <= 0.1", "accuracy[text = *] >= 0.5", "bundle_mb <= 100"]
WORDS = ("refund", "退款", "parcel", "late", "送货", "money", "שלום", "😀", "please", "太慢了")
LONG = "the parcel is late 送货太慢了 " * 2_500
"""100 kB."""
UNMEASURED = "not measurable: label 384 rows"
Make = Callable[..., Path]


def table_of(kinds: list[str] | None, rows: int = 24) -> dict[str, list[str]]:
    """Texts of their own, one of them long; labels of the first where they are given."""
    random = np.random.default_rng(3)
    said = [" ".join(random.choice(WORDS, 5)) + f" {row}" for row in range(rows - 1)]
    table = {"text": [*said, LONG]}
    return table if kinds is None else {**table, "kind": [*kinds, *[""] * (rows - len(kinds))]}


def write_rows(path: Path, table: dict[str, list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return path


@pytest.fixture(scope="module")
def make(tiny_encoder: Any, exports: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Folders of projects: labels of the first rows -> a project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modelyard.backbones.frozen.export", exports)

        def project(kinds: list[str] | None, **more: Any) -> Path:
            folder = tmp_path_factory.mktemp("无标签")
            write_rows(folder / "文本.csv", table_of(kinds))
            written: dict[str, Any] = {
                "name": "客服",
                "data": "文本.csv",
                "predict": "kind",
                "columns": {"text": {"type": "text", "encoder": str(tiny_encoder()), "window": 48}},
                "train": {"method": ["zero_shot"], "zero_shot": {"labels": LABELS}, "threads": 1},
            }
            (folder / FILE).write_text(json.dumps({**written, **more}, ensure_ascii=False), "utf-8")
            return folder

        yield project


def called(folder: Path, *words: str) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(commands, list(words), catch_exceptions=False)
    finally:
        os.chdir(before)
        messages.use("en")


@pytest.fixture(scope="module")
def bare(make: Make) -> tuple[Path, Result]:
    """A project whose target column is not there, and what its run said."""
    folder = make(None, goals=GOALS)
    return folder, called(folder, "run", ".", "--quiet")


@pytest.fixture(scope="module")
def evidence(bare: tuple[Path, Result]) -> Path:
    (found,) = (bare[0] / ".modelyard" / "runs").glob("*/bundle/evidence")
    return found


def test_the_run_ends_well_and_says_how_to_measure(bare: tuple[Path, Result]) -> None:
    _, result = bare
    assert result.exit_code == 0, result.output
    assert UNMEASURED in result.stdout and "modelyard label . --rows 384" in result.stdout
    assert "roc_auc" not in result.stdout and "loss  " not in result.stdout
    assert "Naive baseline        skipped: it learns from labels" in result.stdout
    assert "  met        bundle_mb <= 100" in result.stdout


def test_every_form_of_the_report_says_it_and_none_has_a_score(evidence: Path) -> None:
    for name in ("report.md", "report.html", "card.md"):
        assert UNMEASURED in (evidence / name).read_text("utf-8"), name
    report = json.loads((evidence / "report.json").read_text("utf-8"))
    (target,) = report["targets"]
    assert (report["held_out"], report["rows_to_label"]) == (False, 384)
    assert (target["scores"], target["rows"], target["decision"]) == ([], 0, None)
    assert [step["loss"] for step in target["ladder"]] == [None, None]
    outcomes = [(goal["outcome"], goal["reason"]) for goal in report["goals"]]
    assert outcomes == [("undecided", "unmeasured")] * 3 + [("met", "")]


def test_goals_that_are_required_stay_undecided(bare: tuple[Path, Result]) -> None:
    assert called(bare[0], "evaluate", ".", "--require-goals").exit_code == GOAL_UNDECIDED
    assert called(bare[0], "run", ".", "--quiet", "--require-goals").exit_code == GOAL_UNDECIDED


def test_the_bundle_answers_one_row_as_all_of_them(evidence: Path) -> None:
    bundle = Bundle.load(evidence.parent)
    said = table_of(None)["text"]
    together = bundle.predict({"text": said}).rows()
    alone = [bundle.predict({"text": [one]}).rows()[0] for one in (said[0], LONG)]
    for one, other in zip(alone, (together[0], together[-1]), strict=True):
        assert one["kind"]["probability"] == pytest.approx(other["kind"]["probability"], abs=1e-6)
    (target,) = bundle.targets
    assert (target["method"], target["decision"], target["calibration"]["slope"]) == ("zero_shot", None, [1.0])
    assert target["calibration"]["conformal"] is None
    profile = json.loads((evidence.parent / "profile.json").read_text("utf-8"))
    assert sum(profile["targets"]["kind"]["probability"][0]["counts"]) == 24  # drift is seen against all rows


def test_check_and_predict(bare: tuple[Path, Result]) -> None:
    checked = called(bare[0], "check", ".")
    assert checked.exit_code == 0 and "can measure nothing" in checked.stdout
    assert "0 of 24 rows have a label" in checked.stdout and "it learns from labels" in checked.stdout
    answered = called(bare[0], "predict", ".", "--data", "文本.csv", "--quiet")
    assert answered.exit_code == 0 and len(answered.stdout.splitlines()) == 25


def test_labels_that_come_later_are_measured_on(bare: tuple[Path, Result], tmp_path: Path) -> None:
    table = {"text": ["refund me now", "the parcel", "请退款", "送货太慢了"], "kind": ["退款", "送货", "退款", "送货"]}
    later = str(write_rows(tmp_path / "标注.csv", table))
    measured = called(bare[0], "evaluate", ".", later)
    assert measured.exit_code == 0 and "4 rows" in measured.stdout and "accuracy" in measured.stdout
    assert UNMEASURED not in measured.stdout
    compared = called(bare[0], "compare", ".", ".", later)
    assert compared.exit_code == 0 and "no different beyond noise" in compared.stdout


def test_a_labelled_test_file_measures_what_learns_from_no_label(make: Make) -> None:
    folder = make(None, data={"source": "文本.csv", "test": "已标注.csv"}, goals=["accuracy >= 0.1"])
    kinds = ["退款", "送货"] * 12
    write_rows(folder / "已标注.csv", {"text": [f"refund or parcel {row}" for row in range(24)], "kind": kinds})
    run = modelyard.run(folder)
    (target,), report = run.report.targets, run.report
    assert (report.held_out, target.rows, target.method) == (True, 24, "zero_shot")
    assert {score.metric for score in target.scores} >= {"accuracy", "log_loss"}
    assert report.goals[0].reason != "unmeasured" and report.about["rows"] == {"test": 24}
    assert {step.method: step.cause for step in target.ladder} == {"zero_shot": "", "naive": "untaught"}
    checked = called(folder, "check", ".")
    assert checked.exit_code == 0 and "0 to train, 0 to decide, 24 to measure once" in checked.stdout
    assert "the 24 labelled test rows measure it" in checked.stdout
    again = called(folder, "evaluate", ".", "--require-goals")
    assert again.exit_code in (0, 3) and UNMEASURED not in again.stdout


def test_rows_are_proposed_filled_in_and_read_back(make: Make) -> None:
    folder = make(None)
    assert called(folder, "label", ".", "--rows", "3", "--out", "三.csv").exit_code == 0
    with (folder / "三.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    filled = {name: [row[name] for row in rows] for name in rows[0]} | {"kind": ["退款", "送货", "退款"]}
    write_rows(folder / "填好.csv", filled)
    read = called(folder, "label", ".", "--read", "填好.csv", "--out", "新.csv")
    assert read.exit_code == 0, read.output
    with (folder / "新.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sorted(row["kind"] for row in csv.DictReader(file)) == [""] * 21 + ["退款", "退款", "送货"]


@pytest.mark.parametrize("kinds", [[], ["退款"]])
def test_an_empty_column_and_one_label_are_no_different(make: Make, kinds: list[str]) -> None:
    run = modelyard.run(make(kinds, lang="zh"))
    messages.use("zh")
    assert run.report.summary()[0] == "无法测量：请标注 384 行"
    messages.use("en")
    assert run.report.headline() == {"kind": {}}
    assert run.predict({"text": ["请退款"]}).rows()[0]["kind"]["value"] in LABELS


def test_costs_and_words_hold_without_rows_and_no_threshold_is_chosen(make: Make) -> None:
    costs = {"currency": "CNY", "退款": {"送货": 100}, "送货": {"退款": 1}}
    predict = {"column": "kind", "costs": costs, "decisions": {"退款": "财务", "送货": "仓库"}, "outside_loss": 0.1}
    run = modelyard.run(make(None, predict=predict, goals=["f1 >= 0.5"]))
    decision = run.bundle.targets[0]["decision"]
    assert (decision["answer"], decision["rows"]) == ("costs", 0)
    row = run.predict({"text": ["送货太慢了"]}).rows()[0]["kind"]
    assert row["decision"] in ("财务", "仓库")
    assert run.report.goals[0].reason == "unmeasured"


def test_a_plan_of_a_labelled_run_teaches_nothing_from_no_label(make: Make) -> None:
    both = {"method": ["linear", "zero_shot"], "zero_shot": {"labels": LABELS}, "threads": 1, "time_budget": 60}
    run = modelyard.run(make([], train=both))
    steps = {step.method: step for step in run.report.targets[0].ladder}
    assert (steps["linear"].cause, steps["naive"].cause, steps["zero_shot"].skipped) == ("untaught", "untaught", "")
