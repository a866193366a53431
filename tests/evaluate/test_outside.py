"""Rows that belong to none of the classes, from the file to the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelyard
from modelyard.core import messages
from modelyard.core.errors import ProjectError
from modelyard.core.report import Report
from modelyard.core.verdicts import Turned
from modelyard.evaluate.compare import compare
from modelyard.evaluate.content_decision import decision_blocks
from modelyard.evaluate.evidence import read_predictions
from modelyard.evaluate.later import evaluate as later
from modelyard.evaluate.render_html import render_html
from modelyard.evaluate.render_markdown import render_markdown

GOAL = "outside_recall >= 0.6 at in_scope_loss <= 0.1"
LINEAR = {"method": "linear", "time_budget": "20 s"}


def calls(
    rows: int, seed: int = 0, outside: str = "else", classes: tuple[str, ...] = ("order", "pay", "return")
) -> Any:
    """Clusters of calls, and about every tenth one far from all of them."""
    random = np.random.default_rng(seed)
    centres = np.array([[3.0, 0, 0], [0, 3, 0], [0, 0, 3]])
    code = random.integers(0, len(classes), rows)
    x = centres[code] + random.normal(size=(rows, 3))
    strange = random.random(rows) < 0.1
    x[strange] = random.normal(size=(strange.sum(), 3)) - 3
    intent = np.where(strange, outside, np.array(classes, object)[code])
    return {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "intent": intent}


def csv_of(path: Path, table: dict[str, Any]) -> Path:
    lines = [",".join(map(str, cells)) for cells in [list(table), *zip(*table.values(), strict=True)]]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> modelyard.Run:
    """A run whose test rows have rows outside."""
    predict = {"column": "intent", "outside": "else", "decisions": {"else": "to a person"}}
    table = calls(1_500)
    table["part"] = np.array(["train", "valid", "test"], object)[np.arange(1_500) % 3]
    return modelyard.run(
        table, predict, goals=[GOAL, "in_scope_accuracy >= 0.5"], train=LINEAR, columns={"part": {"role": "split"}},
        folder=tmp_path_factory.mktemp("calls"),
    )  # fmt: skip


def test_the_report_measures_what_is_turned_away_apart_from_the_classes(made: modelyard.Run) -> None:
    report, truth = made.report, calls(1_500)["intent"][2::3]
    (target,) = report.targets
    assert target.labels == ("order", "pay", "return") and target.left_out == 0
    assert target.rows == (truth != "else").sum() and target.confusion is not None
    assert sum(map(sum, target.confusion.counts)) == target.rows == sum(one.rows for one in target.classes)
    found: Any = {score.metric: score.number for score in target.scores}
    assert found["outside_recall"].value > 0.8 and found["outside_recall"].n == (truth == "else").sum()
    assert found["in_scope_loss"].value < 0.1 and found["in_scope_loss"].n == found["accuracy"].n == target.rows
    assert found["outside_precision"].interval and found["in_scope_accuracy"].value <= found["accuracy"].value
    assert [goal.outcome for goal in report.goals] == ["met", "met"]
    said = read_predictions(made.path / "evidence")
    assert report.rows == len(truth) and said.truth["intent"].count("else") == (truth == "else").sum()
    naive = next(one for one in target.baselines if one.method == "naive")
    assert naive.numbers["outside_recall"].value is None and naive.numbers["accuracy"].value is not None
    assert "else" not in report.errors.get("actual", ())


@pytest.mark.parametrize(("language", "said"), [("en", "get no class: the answer is"), ("zh", "的行不归入任何类别")])
def test_it_is_said_in_words(made: modelyard.Run, language: str, said: str) -> None:
    messages.use(language)
    decision = made.report.targets[0].decision
    assert decision is not None and isinstance(decision.turned, Turned)
    assert decision.turned.standing == "held" and decision.turned.chosen_on[1] > 0 < decision.turned.measured_on[1]
    written = json.loads((made.path / "evidence" / "report.json").read_text("utf-8"))
    assert Report.from_json(written).targets[0].decision == decision
    for page in (render_markdown(made.report), render_html(made.report)):
        assert said in page
    assert decision_blocks(made.report.targets[0])


def test_answers_and_goldens_carry_it(made: modelyard.Run) -> None:
    answer = made.predict(calls(200, seed=3)).targets["intent"]
    turned = answer["value"] == "else"
    assert 5 < turned.sum() < 60 and (answer["decision"][turned] == "to a person").all()
    assert list(answer["probability"]) == ["order", "pay", "return"]
    assert (answer["unlike"][turned].min()) > answer["unlike"][~turned].max()


def test_a_later_file_has_its_rows_outside(made: modelyard.Run, tmp_path: Path) -> None:
    table = calls(400, seed=5)
    table["intent"][:3] = "never heard of"
    report = later(made.bundle.path, str(csv_of(tmp_path / "later.csv", table)), tmp_path / "evidence")
    (target,) = report.targets
    assert target.left_out == 3 and target.rows == (table["intent"] != "else").sum() - 3
    assert target.score("outside_recall").number.n == (table["intent"] == "else").sum()  # type: ignore[union-attr]


def test_a_bundle_equals_itself(made: modelyard.Run) -> None:
    found = compare(made.bundle.path, made.bundle.path)
    (target,) = found.targets
    gaps = {gap.metric: gap for gap in target.gaps}
    known = made.report.targets[0].score("outside_recall")
    assert known is not None
    assert gaps["outside_recall"].one.value == gaps["outside_recall"].other.value == pytest.approx(known.number.value)
    assert not target.fixed and not target.broken


def test_in_folds_each_row_is_judged_by_a_threshold_chosen_without_it(tmp_path: Path) -> None:
    run = modelyard.run(
        calls(240, classes=("no", "yes")), {"column": "intent", "outside": "else"}, train=LINEAR, folder=tmp_path
    )
    (target,) = run.report.targets
    assert run.report.split == "folds" and target.labels == ("no", "yes")
    assert target.decision is not None and target.decision.crossed and target.decision.turned.loss == 0.05  # type: ignore[union-attr]
    assert 0 < target.score("in_scope_loss").number.value <= 0.12  # type: ignore[union-attr, operator]
    assert target.score("outside_recall").number.value > 0.3  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("split", [["train", "valid", "test"], ["train", "train", "train", "valid", "test"]])
def test_rows_outside_may_be_in_the_test_part_alone(split: list[str], tmp_path: Path) -> None:
    table = calls(900)
    parts = np.array(split, object)[np.arange(900) % len(split)]
    kept = (table["intent"] != "else") | (parts != "train")
    table = {name: values[kept] for name, values in {**table, "part": parts}.items()}
    run = modelyard.run(
        table,
        {"column": "intent", "outside": "else"},
        train=LINEAR,
        columns={"part": {"role": "split"}},
        folder=tmp_path,
    )
    assert run.bundle.targets[0]["state"]["outside"] == {"label": "else", "learnt": False}
    assert run.report.targets[0].score("outside_recall").number.n > 10  # type: ignore[union-attr]


def test_a_label_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="elsee"):
        modelyard.run(calls(100), {"column": "intent", "outside": "elsee"}, folder=tmp_path)
