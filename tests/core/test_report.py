"""The report as plain data: there and back through JSON, and in a few lines for terminals and notebooks."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.core.number import Number, columns_wide
from modelyard.core.report import (
    Baseline,
    Bin,
    ClassScore,
    Conformal,
    Confusion,
    Cost,
    Fit,
    Importance,
    Reliability,
    Report,
    Score,
    Slice,
    Slices,
    Step,
    TargetReport,
    Verdict,
    plain,
    verdict_words,
)

AUC = Number(0.79, 0.73, 0.85, 200)


def full_target(name: str = "risk") -> TargetReport:
    """A target with every part filled in."""
    return TargetReport(
        name=name,
        columns=(name,),
        task="classification",
        method="trees",
        labels=("good", "bad"),
        rows=200,
        left_out=3,
        scores=(Score("roc_auc", "higher", AUC, (0.0, 1.0)), Score("log_loss", "lower", Number(None), (0.0, None))),
        baselines=(
            Baseline(
                "naive", "Guess", {"roc_auc": Number(0.5), "log_loss": Number(0.6)}, {"roc_auc": Number(0.29, 0.2, 0.4)}
            ),
        ),
        classes=(ClassScore("good", 140, Number(0.8, 0.7, 0.9, 150), Number(0.9)),),
        confusion=Confusion(("good", "bad"), ((120, 20), (30, 30))),
        reliability=Reliability("positive", Number(0.05), (Bin(0.2, Number(0.25, 0.1, 0.4, 40)),), (3, 4)),
        slices=Slices("roc_auc", 8, (Slice("sex", "女", 80, AUC, True),)),
        importance=Importance(200, 5, 20, {"age": Number(0.1, 0.05, 0.15)}, 3),
        conformal=Conformal(0.9, coverage=Number(0.91), certain=Number(0.6)),
        fit=Fit(((1.0, 1.5), (2.0, 1.9)), {"50%": 0.1}, 0.7),
        ladder=(Step("naive", "Guess", 0.6, curves=({"step": 1.0, "train_loss": None},), notes=("stopped",)),),
    )


def full_report(**changes: Any) -> Report:
    """A report with every part filled in."""
    given: dict[str, Any] = {
        "name": "信贷",
        "bundle": "ab" * 32,
        "split": "test",
        "held_out": True,
        "rows": 203,
        "confidence": 0.95,
        "seed": 0,
        "inputs": ("age", "收入"),
        "targets": (full_target(),),
        "goals": (Verdict("roc_auc >= 0.75", "undecided", AUC, 0.75, ">=", "roc_auc", "risk", 120, "interval"),),
        "cost": Cost(Number(0.2, 0.1, 0.3, 500), Number(0.9), Number(0.4), "a processor"),
        "about": {"rows": {"train": 600}, "notes": ["says <b>"], "seconds": 3.5},
        "predictions": {"row": [0], "risk.actual": ["good"]},
    }
    return Report(**{**given, **changes})


def test_a_report_survives_json(tmp_path: Path) -> None:
    report = full_report()
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == report


@pytest.mark.parametrize("place", ["report.json", ".", ".."])
def test_a_report_is_found_in_its_folder_and_in_its_bundle(tmp_path: Path, place: str) -> None:
    (tmp_path / "evidence").mkdir()
    full_report().save(tmp_path / "evidence" / "report.json")
    assert Report.load(tmp_path / "evidence" / place).name == "信贷"


def test_predictions_are_not_part_of_the_file() -> None:
    assert "predictions" not in full_report().to_json()


def test_what_json_lacks_becomes_null(tmp_path: Path) -> None:
    report = full_report(about={"nan": math.nan, "deep": [{"inf": math.inf}], "path": Path("a"), 3: (1, 2)})
    report.save(tmp_path / "report.json")
    about = json.loads((tmp_path / "report.json").read_text("utf-8"))["about"]
    assert about == {"nan": None, "deep": [{"inf": None}], "path": "a", "3": [1, 2]}


def test_the_file_is_readable_text_in_any_script(tmp_path: Path) -> None:
    full_report().save(tmp_path / "report.json")
    assert "信贷" in (tmp_path / "report.json").read_text("utf-8")


def test_minimal_and_unknown_parts(tmp_path: Path) -> None:
    """A report of an older writer lacks parts, one of a newer has more: both can be read within one format."""
    data = full_report().to_json()
    data["targets"][0].pop("fit")
    data["targets"][0]["from_the_future"] = 1
    assert Report.from_json(data).targets[0].fit is None


@pytest.mark.parametrize(
    ("content", "got"),
    [("{", "not JSON"), ("[]", "list"), ('{"format": 99}', "99"), ("{}", "None"), (None, "no report.json")],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | None, got: str) -> None:
    if content is not None:
        (tmp_path / "report.json").write_text(content)
    with pytest.raises(DataError) as caught:
        Report.load(tmp_path)
    assert got in caught.value.mistakes[0].got
    assert "modelyard evaluate" in caught.value.mistakes[0].fix


def test_headline_is_target_metric_value() -> None:
    assert full_report().headline() == {"risk": {"roc_auc": 0.79, "log_loss": None}}


def test_a_score_is_found_by_name() -> None:
    target = full_target()
    found = target.score("roc_auc")
    assert found is not None and found.number == AUC
    assert target.score("f1") is None


# --------------------------------------------------------------------- summary
def test_the_summary_has_numbers_baselines_and_verdicts() -> None:
    lines = full_report().summary()
    assert lines[0] == "risk · classification · trees · 200 rows · looked for: bad"
    assert lines[1] == "  roc_auc   0.790 (0.730 to 0.850)  naive 0.500"
    assert "not defined" in lines[2]
    assert lines[-1] == "  undecided  roc_auc >= 0.75  0.790 (0.730 to 0.850); about 120 more test rows would decide"


def test_the_summary_says_first_when_nothing_could_be_measured() -> None:
    assert full_report(held_out=False, rows_to_label=1384).summary()[0] == "not measurable: label 1,384 rows"


def test_the_summary_looks_for_a_class_of_two_only() -> None:
    (target,) = full_report().targets
    assert target.reliability is not None
    for other in (
        None,
        dataclasses.replace(target.reliability, about="answer"),
        dataclasses.replace(target.reliability, about="labels"),
    ):
        report = full_report(targets=(dataclasses.replace(target, reliability=other),))
        assert report.summary()[0] == "risk · classification · trees · 200 rows"


def test_the_summary_lines_up_chinese() -> None:
    messages.use("zh")
    goals = tuple(Verdict(name, "met", AUC, 0.7, ">=", "roc_auc") for name in ("recall[违约] > 0.5", "roc_auc > 0.5"))
    lines = full_report(goals=goals).summary()[-2:]
    assert len({columns_wide(line.partition("0.790")[0]) for line in lines}) == 1


def test_a_report_without_goals_or_targets_still_has_a_summary() -> None:
    assert full_report(goals=(), targets=()).summary() == []


@pytest.mark.parametrize(
    ("outcome", "reason", "more", "words"),
    [
        ("met", "", None, "0.790 (0.730 to 0.850)"),
        ("not met", "", None, "0.790 (0.730 to 0.850)"),
        ("undecided", "interval", 1234, "about 1,234 more test rows"),
        ("undecided", "interval", None, "too close"),
        ("undecided", "unmeasured", 384, "not measurable: label 384 rows"),
        ("undecided", "undefined", None, "not defined on these rows"),
        ("undecided", "timing", None, "timing varies"),
    ],
)
def test_a_verdict_in_words(outcome: Any, reason: str, more: int | None, words: str) -> None:
    assert words in verdict_words(Verdict("g", outcome, AUC, 0.7, ">=", "roc_auc", "risk", more, reason))


def test_notebooks_get_a_table_without_markup_from_names() -> None:
    target = dataclasses.replace(full_target("<script>alert(1)</script>"))
    page = full_report(name="<b>", targets=(target, full_target()))._repr_html_()
    assert "<script>" not in page and "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; · roc_auc" in page
    assert "0.790 (0.730 to 0.850)" in page


def test_notebooks_are_warned_where_nothing_could_be_measured() -> None:
    assert "<strong>" in full_report(held_out=False)._repr_html_()
    assert "<strong>" not in full_report()._repr_html_()


def test_plain_keeps_what_json_has() -> None:
    data = {"a": [1, 2.5, "x", None, True], "n": Number(1.0)}
    assert plain(data) == {"a": [1, 2.5, "x", None, True], "n": {"value": 1.0, "low": None, "high": None, "n": 0}}


def test_reports_are_read_without_numpy(tmp_path: Path) -> None:
    full_report().save(tmp_path / "report.json")
    code = (
        "import sys; from modelyard.core.report import Report;"
        f"print(Report.load({str(tmp_path)!r}).summary()[0]); assert 'numpy' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"MODELYARD_LANG": "en"})
    assert done.returncode == 0, done.stderr
    assert "risk" in done.stdout
