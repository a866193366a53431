"""The whole evaluation, on bundles whose answers are known."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages, plugins
from modelyard.core.columns import take
from modelyard.core.errors import ProjectError
from modelyard.core.protocols import Columns
from modelyard.core.report import Report, TargetReport
from modelyard.core.schema import Column
from modelyard.evaluate.evaluate import _in_words, evaluate


def only(report: Report) -> TargetReport:
    (target,) = report.targets
    return target


# ------------------------------------------------------------ numbers are right
def test_headline_numbers_can_be_computed_again(stand: Any, bundle: Any, table: Columns) -> None:
    """Every metric of the report follows from the bundle and the table, to 1e-9."""
    target = only(evaluate(bundle, table, stand.request_of()))
    metrics = plugins.part("tasks", "classification", "metrics")
    state = bundle.targets[0]["state"]
    y = np.asarray([state["labels"].index(label) for label in table["risk"]])
    outputs = bundle.outputs(table)["risk"]
    assert len(target.scores) >= 10
    for score in target.scores:
        again = metrics.metric(score.metric, state).compute(outputs, y, None)
        assert score.number.value == pytest.approx(again, abs=1e-9)


def test_a_known_auc_is_inside_its_interval(stand: Any, bundle: Any) -> None:
    score = only(evaluate(bundle, stand.risk_table(2_000), stand.request_of())).scores[0]
    large = only(evaluate(bundle, stand.risk_table(8_000, seed=9), stand.request_of())).scores[0]
    assert score.number.low < large.number.value < score.number.high


def test_shuffled_labels_give_chance(stand: Any, bundle: Any) -> None:
    table = stand.risk_table(2_000)
    shuffled = {**table, "risk": np.random.default_rng(5).permutation(table["risk"])}
    target = only(evaluate(bundle, shuffled, stand.request_of()))
    auc = target.scores[0].number
    assert auc.low < 0.5 < auc.high
    assert target.importance is not None
    assert all(rise.low < 0.05 for rise in target.importance.columns.values())


def test_the_order_of_rows_does_not_matter_to_the_estimates(stand: Any, bundle: Any, table: Columns) -> None:
    turned = take(table, np.arange(600)[::-1])
    one, other = (only(evaluate(bundle, rows, stand.request_of())) for rows in (table, turned))
    for score, again in zip(one.scores, other.scores, strict=True):
        assert score.number.value == pytest.approx(again.number.value, abs=1e-12)


def test_the_same_request_gives_the_same_report_but_for_time(stand: Any, bundle: Any, table: Columns) -> None:
    one, other = (evaluate(bundle, table, stand.request_of(seed=3)) for _ in range(2))
    assert dataclasses.replace(one, cost=other.cost) == other


def test_wider_confidence_wider_intervals(stand: Any, bundle: Any, table: Columns) -> None:
    wide, narrow = (only(evaluate(bundle, table, stand.request_of(confidence=level))) for level in (0.99, 0.8))
    for one, other in zip(wide.scores, narrow.scores, strict=True):
        assert one.number.high - one.number.low > other.number.high - other.number.low


# -------------------------------------------------------------------- its parts
def test_the_parts_of_a_classification(stand: Any, bundle: Any, table: Columns) -> None:
    target = only(evaluate(bundle, table, stand.request_of(ladder={"risk": stand.STEPS})))
    assert (target.rows, target.left_out, target.labels) == (600, 0, ("good", "bad"))
    assert target.confusion is not None and sum(map(sum, target.confusion.counts)) == 600
    assert [item.rows for item in target.classes] == [int((table["risk"] == name).sum()) for name in ("good", "bad")]
    assert target.reliability is not None and sum(item.came.n for item in target.reliability.bins) == 600
    assert sum(target.reliability.histogram) == 600
    assert target.conformal is not None and target.conformal.promised == 0.9
    assert target.fit is None
    assert target.importance is not None and next(iter(target.importance.columns)) == "x"


def test_steps_of_the_ladder_are_shown_as_they_were_told(stand: Any, bundle: Any, table: Columns) -> None:
    naive, linear, trees = only(evaluate(bundle, table, stand.request_of(ladder={"risk": stand.STEPS}))).ladder
    assert (naive.title, naive.loss, naive.gain) == ("Guess", 0.69, None)
    assert (linear.over, linear.beats, linear.notes) == ("Guess", True, ("stopped",))
    assert linear.curves[1] == {"step": 2, "train_loss": 0.5}
    assert "known target" in trees.skipped
    assert trees.title != "trees"


def test_baselines_stand_beside_the_bundle_with_paired_differences(stand: Any, bundle: Any) -> None:
    table = stand.risk_table(1_500)
    weak = stand.two_class(0.2 * table["x"] + np.random.default_rng(7).normal(size=1_500))
    same = bundle.outputs(table)["risk"]
    target = only(evaluate(bundle, table, stand.request_of(baselines={"risk": {"naive": weak, "linear": same}})))
    naive, linear = target.baselines
    main = target.scores[0]
    gap = naive.differences["roc_auc"]
    assert gap.value == pytest.approx(main.number.value - naive.numbers["roc_auc"].value, abs=1e-12)
    assert gap.low > 0
    assert gap.high - gap.low < (main.number.high - main.number.low) + (
        naive.numbers["roc_auc"].high - naive.numbers["roc_auc"].low
    )
    assert linear.differences["roc_auc"].interval == (0, 0)
    assert set(naive.numbers) == {score.metric for score in target.scores}


def test_slices_find_the_group_where_the_model_knows_nothing(stand: Any, bundle: Any) -> None:
    slices = only(evaluate(bundle, stand.risk_table(3_000), stand.request_of())).slices
    assert slices is not None and slices.metric == "roc_auc" and slices.looked_at == 3
    worst = slices.shown[0]
    assert (worst.column, worst.value, worst.worse) == ("group", "b", True)
    assert [item.worse for item in slices.shown[1:]] == [False, False]
    assert worst.number.low < 0.5 < worst.number.high


def test_texts_are_slices_by_their_length(stand: Any, bundle: Any) -> None:
    table = stand.risk_table(400)
    said = [None if row % 8 == 0 else "so " * (1 + row % 100) for row in range(400)]
    table |= {"note": np.asarray(said, object)}
    bundle.inputs += (Column("note", "text"),)
    slices = only(evaluate(bundle, table, stand.request_of())).slices
    assert slices is not None
    values = [item.value for item in slices.shown if item.column == "note"]
    assert len(values) == 5 and "" in values
    assert all(value.endswith(" characters") for value in values if value)
    assert any(value.startswith("2 … ") for value in values)
    asked = only(evaluate(bundle, table, stand.request_of(slices=("note",)))).slices
    assert asked is not None and {item.column for item in asked.shown} == {"note"}


def test_slices_say_yes_and_no_in_words() -> None:
    inputs = [SimpleNamespace(name="会员", modality="boolean"), SimpleNamespace(name="age", modality="number")]
    table = {"会员": np.array([1.0, 0.0, np.nan]), "age": np.array([1.0, 0.0, 1.0]), "risk": np.array([1, 0, 1])}
    told = _in_words(SimpleNamespace(inputs=inputs), table)
    assert told["会员"].tolist() == ["yes", "no", ""]
    assert told["age"] is table["age"] and told["risk"] is table["risk"]
    messages.use("zh")
    assert _in_words(SimpleNamespace(inputs=inputs), table)["会员"].tolist() == ["是", "否", ""]
    as_written = {"会员": np.array(["Yes", "No"], object), "age": np.array([1, 2])}
    assert _in_words(SimpleNamespace(inputs=inputs), as_written)["会员"].tolist() == ["Yes", "No"]


def test_protected_columns_are_slices_though_the_model_does_not_see_them(
    stand: Any, bundle: Any, table: Columns
) -> None:
    slices = only(evaluate(bundle, table, stand.request_of(protected=("sex",)))).slices
    assert slices is not None
    assert {item.value for item in slices.shown if item.column == "sex"} == {"女", "男"}
    assert [item.column for item in slices.shown[:2]] == ["sex", "sex"]


def test_the_slices_that_were_asked_for_and_the_protected_ones(stand: Any, bundle: Any, table: Columns) -> None:
    slices = only(evaluate(bundle, table, stand.request_of(slices=("z", "nowhere"), protected=("sex",)))).slices
    assert slices is not None and {item.column for item in slices.shown} == {"z", "sex"}
    assert len(slices.shown) == 6


# ------------------------------------------------------------------------ goals
def test_goals_get_three_verdicts(stand: Any, bundle: Any, table: Columns) -> None:
    goals = stand.goals_of(
        "roc_auc >= 0.6", "roc_auc >= 0.99", "recall[bad] >= 0.7", "bundle_mb <= 10", "bundle_mb <= 0.0001"
    )
    report = evaluate(bundle, table, stand.request_of(goals=goals))
    outcomes = [goal.outcome for goal in report.goals]
    assert outcomes[0] == "met" and outcomes[1] == "not met"
    assert outcomes[3:] == ["met", "not met"]
    assert report.goals[2].target == "risk"
    assert [goal.goal for goal in report.goals] == [goal.text for goal in goals]


def test_an_undecided_goal_says_how_many_rows_it_needs(stand: Any, bundle: Any) -> None:
    table = stand.risk_table(150)
    value = only(evaluate(bundle, table, stand.request_of())).score("accuracy").number.value
    report = evaluate(bundle, table, stand.request_of(goals=stand.goals_of(f"accuracy >= {value - 0.01:.4f}")))
    verdict = report.goals[0]
    assert (verdict.outcome, verdict.reason) == ("undecided", "interval")
    assert verdict.more_rows is not None and 3_000 < verdict.more_rows < 20_000


def test_without_rows_that_training_did_not_see_nothing_is_measured_but_costs(
    stand: Any, bundle: Any, table: Columns
) -> None:
    goals = stand.goals_of("roc_auc >= 0.1", "roc_auc[group = *] >= 0.999", "bundle_mb <= 10")
    ladder = {"risk": [{"method": "linear", "loss": 0.5, "gain": 0.1, "curves": [{"step": 1}], "over": "Guess"}]}
    report = evaluate(bundle, table, stand.request_of(goals=goals, held_out=False, ladder=ladder, slices=("group",)))
    assert [goal.outcome for goal in report.goals] == ["undecided", "undecided", "met"]
    assert [(goal.reason, goal.more_rows) for goal in report.goals[:2]] == [("unmeasured", 384)] * 2
    (target,) = report.targets
    assert (report.rows_to_label, report.headline(), target.rows, target.left_out) == (384, {"risk": {}}, 0, 0)
    assert target.slices is target.confusion is target.reliability is target.importance is target.decision is None
    (step,) = target.ladder
    assert (step.loss, step.gain, step.over, step.curves) == (None, None, "", ())
    assert len(report.predictions["risk.predicted"]) == len(table["risk"])


def test_what_was_measured_needs_no_more_labels(stand: Any, bundle: Any, table: Columns) -> None:
    assert evaluate(bundle, table, stand.request_of()).rows_to_label == 0


def test_a_goal_on_a_class_that_is_not_there_is_refused_before_any_work(
    stand: Any, bundle: Any, table: Columns
) -> None:
    with pytest.raises(ProjectError) as caught:
        evaluate(bundle, table, stand.request_of(goals=stand.goals_of("recall[bda] > 0.5")))
    assert caught.value.mistakes[0].fix == "did you mean bad?"
    assert bundle.rows_read == 0


# ------------------------------------------------------------------ odd tables
def test_one_class_only_is_not_defined_and_not_a_crash(stand: Any, bundle: Any) -> None:
    table = stand.risk_table(80)
    table["risk"][:] = "good"
    report = evaluate(bundle, table, stand.request_of(goals=stand.goals_of("roc_auc >= 0.5", "recall[bad] > 0.1")))
    target = only(report)
    assert target.score("roc_auc").number.value is None
    assert target.score("accuracy").number.value is not None
    assert [goal.reason for goal in report.goals] == ["undefined", "undefined"]
    assert "not defined" in "\n".join(report.summary())


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_any_rows(stand: Any, bundle: Any, rows: int) -> None:
    goals = stand.goals_of("accuracy >= 0.5", "latency_p99_ms <= 1000", "bundle_mb <= 10")
    outputs = bundle.outputs(stand.risk_table(3))["risk"]
    baselines = {"risk": {"naive": {name: values[:rows] for name, values in outputs.items()}}}
    table = take(stand.risk_table(3), slice(0, rows))
    report = evaluate(bundle, table, stand.request_of(goals=goals, baselines=baselines))
    assert only(report).rows == rows
    assert report.goals[0].outcome in ("undecided", "not met")
    assert report.goals[2].outcome == "met"
    assert (report.cost.latency_p99_ms.value is None) == (rows == 0)
    assert report.goals[1].outcome == ("met" if rows else "undecided")


def test_rows_without_a_target_or_with_a_new_class_are_left_out_and_counted(stand: Any, bundle: Any) -> None:
    table = stand.risk_table(300)
    plain = only(evaluate(bundle, take(table, slice(50, None)), stand.request_of()))
    table["risk"][:20] = None
    table["risk"][20:50] = "unheard of"
    weak = {"risk": {"naive": stand.two_class(np.zeros(300))}}
    target = only(evaluate(bundle, table, stand.request_of(baselines=weak)))
    assert (target.rows, target.left_out) == (250, 50)
    assert [score.number.value for score in target.scores] == [score.number.value for score in plain.scores]


def test_names_may_be_anything(stand: Any, tmp_path: Path) -> None:
    labels = ("<script>alert(1)</script>", "坏 | `x`")
    table, bundle = stand.risk_table(200, labels=labels), stand.risk_bundle(tmp_path / "b", labels=labels)
    report = evaluate(bundle, table, stand.request_of(goals=stand.goals_of("recall[<script>alert(1)</script>] > 0.1")))
    assert only(report).labels == labels
    assert report.goals[0].metric == "recall[<script>alert(1)</script>]"


def test_a_table_without_slices_or_with_one_input(stand: Any, tmp_path: Path) -> None:
    bundle = stand.risk_bundle(tmp_path / "b")
    bundle.inputs = (Column("x", "number"),)
    table = {name: stand.risk_table(100)[name] for name in ("x", "risk")}
    target = only(evaluate(bundle, table, stand.request_of()))
    assert target.slices is None
    assert target.importance is not None and list(target.importance.columns) == ["x"]


# ------------------------------------------------------------------ other tasks
def test_a_regression(stand: Any, tmp_path: Path) -> None:
    bundle, table = stand.number_bundle(tmp_path / "b")
    target = only(evaluate(bundle, table, stand.request_of(goals=stand.goals_of("rmse <= 2", price="regression"))))
    assert target.scores[0].metric == "rmse" and target.scores[0].number.value == pytest.approx(1.0, abs=0.1)
    assert (target.confusion, target.reliability, target.classes, target.labels) == (None, None, (), ())
    assert target.fit is not None and target.fit.half_width == pytest.approx(1.7)
    assert len(target.fit.pairs) == 400
    assert target.fit.residuals["50%"] == pytest.approx(0, abs=0.2)
    assert target.conformal is not None and target.conformal.coverage is not None
    assert target.conformal.coverage.low < 0.911 < target.conformal.coverage.high
    assert target.conformal.width is not None and target.conformal.width.value == pytest.approx(3.4)


def test_a_regression_without_a_promise(stand: Any, tmp_path: Path) -> None:
    bundle, table = stand.number_bundle(tmp_path / "b", half=None)
    target = only(evaluate(bundle, table, stand.request_of()))
    assert target.conformal is None
    assert target.fit is not None and target.fit.half_width is None


def test_label_sets(stand: Any, tmp_path: Path) -> None:
    bundle, table = stand.label_bundle(tmp_path)
    report = evaluate(
        bundle, table, stand.request_of(goals=stand.goals_of("recall[四] > 0.5", **{"p+q+四": "multilabel"}))
    )
    target = only(report)
    assert [item.label for item in target.classes] == ["p", "q", "四"]
    assert target.reliability is not None and target.reliability.about == "labels"
    assert target.reliability.ece.value is not None and target.reliability.ece.value < 0.06
    assert target.confusion is None
    assert report.goals[0].outcome == "met"
    assert set(report.predictions["p+q+四.predicted"][0]) <= {"p", "q", "四"}


def test_many_classes_are_folded_for_the_eye_and_scored_in_full(reports: dict[str, Report]) -> None:
    target = only(reports["many"])
    accuracy = target.score("accuracy").number
    assert accuracy.low < 0.7 + 0.3 / 40 < accuracy.high
    assert target.confusion is not None and len(target.confusion.labels) == 11 and target.confusion.folded == 29
    assert sum(map(sum, target.confusion.counts)) == 1_200
    assert sum(row[place] for place, row in enumerate(target.confusion.counts)) >= accuracy.value * 1_200
    assert len(target.classes) == 30
    assert target.reliability is not None and target.reliability.about == "answer"


def test_several_targets(stand: Any, tmp_path: Path) -> None:
    one, table = stand.risk_bundle(tmp_path / "one"), stand.risk_table(400)
    two, other = stand.number_bundle(tmp_path / "two")
    table["price"] = other["price"][:400]
    table["price"][:100] = np.nan
    bundle = stand.FunctionBundle(
        tmp_path, one.inputs, (*one.targets, *two.targets), {**one.functions, **two.functions}
    )
    tasks = {"risk": "classification", "price": "regression"}
    goals = stand.goals_of("risk.roc_auc > 0.6", "price.rmse < 100", **tasks)
    report = evaluate(bundle, table, stand.request_of(goals=goals))
    assert [target.rows for target in report.targets] == [400, 300]
    assert [goal.target for goal in report.goals] == ["risk", "price"]
    assert all(target.importance for target in report.targets)
    assert {"risk.predicted", "price.predicted", "price.actual"} <= set(report.predictions)


def test_a_target_that_is_missing_everywhere_does_not_spoil_the_other(stand: Any, tmp_path: Path) -> None:
    one, table = stand.risk_bundle(tmp_path / "one"), stand.risk_table(200)
    two, _ = stand.number_bundle(tmp_path / "two")
    table["price"] = np.full(200, np.nan)
    bundle = stand.FunctionBundle(
        tmp_path, one.inputs, (*one.targets, *two.targets), {**one.functions, **two.functions}
    )
    report = evaluate(bundle, table, stand.request_of())
    assert report.targets[0].scores[0].number.value is not None
    assert report.targets[1].rows == 0 and report.targets[1].importance is None


def test_wide_tables_say_how_far_the_importance_reaches(stand: Any, tmp_path: Path) -> None:
    table: Columns = {**stand.risk_table(300), **{f"c{number}": np.zeros(300) for number in range(2_500)}}
    bundle = stand.risk_bundle(tmp_path / "b")
    bundle.inputs = (*bundle.inputs, *(Column(f"c{number}", "number") for number in range(2_500)))
    importance = only(evaluate(bundle, table, stand.request_of())).importance
    assert importance is not None and importance.total == 2_503
    assert next(iter(importance.columns)) == "x"
    assert importance.together == 2_503 - len(importance.columns)


def test_facts_and_predictions_are_carried(stand: Any, bundle: Any, table: Columns) -> None:
    report = evaluate(bundle, table, stand.request_of(about={"source": "a.csv"}, split="later.csv"))
    assert (report.about, report.split, report.bundle, report.name) == (
        {"source": "a.csv"},
        "later.csv",
        bundle.id,
        "demo",
    )
    assert json.loads(report.written())["cost"]["bundle_mb"]["value"] == 0.25
    assert len(report.predictions["risk.predicted"]) == 600
