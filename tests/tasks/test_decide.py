"""The rules that follow from goals and costs, what they answer, and what is measured of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import ProjectError
from modelyard.core.goal_checks import validate
from modelyard.core.goals import Goal, parse
from modelyard.core.protocols import Array, State
from modelyard.tasks.classification import decide as classes
from modelyard.tasks.classification import metrics, postprocess
from modelyard.tasks.multilabel import decide as labels
from modelyard.tasks.multilabel import metrics as label_metrics
from modelyard.tasks.multilabel import postprocess as label_answers
from modelyard.tasks.regression import decide as numbers

RISK: State = {"labels": ["good", "bad"], "positive": 1}
THREE: State = {"labels": ["a", "b", "c"], "positive": None}
SETS: State = {"labels": ["sport", "news"], "listed": False, "separator": ";"}
COSTS = {"currency": "CNY", "good": 1, "bad": 4}


def goals_on(task: str, *written: str) -> list[Goal]:
    return [validate(parse(line, "here"), {"y": task}) for line in written]


def binary_rows(rows: int = 4_000, seed: int = 0) -> tuple[Array, Array]:
    """Calibrated probabilities [rows, 2], and codes."""
    random = np.random.default_rng(seed)
    bad = (1 / (1 + np.exp(-2 * random.normal(size=rows) + 1))).astype(np.float32)
    return np.stack([1 - bad, bad], axis=1), (random.random(rows) < bad).astype(np.int64)


def three_rows(rows: int = 3_000, seed: int = 0) -> tuple[Array, Array]:
    """Calibrated probabilities [rows, 3], and codes."""
    random = np.random.default_rng(seed)
    powers = np.exp(2 * random.normal(size=(rows, 3)))
    probability = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probability, (random.random((rows, 1)) > np.cumsum(probability, axis=1)[:, :-1]).sum(axis=1)


def rule_for(*written: str, rows: tuple[Array, Array] | None = None, state: State = RISK, **options: Any) -> Any:
    probability, y = rows or binary_rows()
    goals = goals_on("classification", *written)
    classes.check(options, state, goals, "here")
    return classes.choose({"probability": probability}, y, state, goals, options, 0.95)


def value(name: str, rule: State | None, rows: tuple[Array, Array], state: State = RISK) -> float:
    return float(metrics.metric(name, state, rule).compute({"probability": rows[0]}, rows[1], None))


# ---------------------------------------------------------------------- the rule
@pytest.mark.parametrize(
    "written", [(), ("roc_auc >= 0.8",), ("recall[bad] >= 0.9",), ("accuracy >= 0.9", "ks >= 0.3")]
)
def test_nothing_asked_nothing_ruled(written: tuple[str, ...]) -> None:
    assert rule_for(*written) is None


def test_goals_with_conditions_make_a_threshold_that_keeps_them_on_other_rows() -> None:
    rule = rule_for("recall[bad] >= 0.7 at fpr <= 0.3")
    assert (rule["answer"], rule["class"], rule["review"]) == ("threshold", "bad", None)
    assert rule["chosen"]["standing"] == "held" and rule["rows"] == 4_000
    later = binary_rows(20_000, seed=9)
    assert value("recall[bad]", rule, later) >= 0.7 and value("fpr[bad]", rule, later) <= 0.3


def test_goals_on_the_other_class_mean_the_same_rule() -> None:
    """recall of good is the specificity of bad, and so on: the threshold is always on the positive class."""
    one = rule_for("specificity[bad] >= 0.7 at fnr[bad] <= 0.4")
    other = rule_for("recall[good] >= 0.7 at fpr[good] <= 0.4")
    assert one["threshold"] == other["threshold"] and other["class"] == "bad"
    rows = binary_rows()
    assert value("recall[good]", other, rows) == pytest.approx(value("specificity[bad]", other, rows))


def test_several_goals_are_kept_together() -> None:
    rule = rule_for("recall[bad] >= 0.6 at fpr <= 0.35", "precision[bad] >= 0.5 at recall >= 0.5")
    rows = binary_rows()
    assert rule["chosen"]["standing"] == "held"
    assert value("recall[bad]", rule, rows) >= 0.6 and value("precision[bad]", rule, rows) >= 0.5


def test_one_class_of_many_can_have_a_threshold() -> None:
    rows = three_rows()
    rule = rule_for("recall[b] >= 0.8 at fpr <= 0.4", rows=rows, state=THREE)
    codes = postprocess.called(rows[0], rule)
    assert (rule["class"], rule["code"]) == ("b", 1)
    assert ((rows[0][:, 1] >= rule["threshold"]) == (codes == 1)).all()
    rest = codes != 1
    assert (codes[rest] == np.where(rows[0][rest, 0] >= rows[0][rest, 2], 0, 2)).all()


def test_thresholds_of_several_classes_are_refused() -> None:
    with pytest.raises(ProjectError, match="only one can have a threshold"):
        rule_for("recall[a] >= 0.5 at fpr <= 0.2", "recall[b] >= 0.5 at fpr <= 0.2", state=THREE, rows=three_rows())


def test_costs_answer_what_is_expected_to_cost_least() -> None:
    rule = rule_for(costs=COSTS)
    rows = binary_rows()
    assert rule["answer"] == "costs"
    assert (postprocess.called(rows[0], rule) == (rows[0][:, 1].astype(float) > 0.2)).all()
    always = min((rows[1] == 1).mean() * 4, (rows[1] == 0).mean() * 1)
    assert value("cost", rule, rows) < always
    assert value("cost", rule, rows) < value("cost", {**rule, "answer": "likeliest"}, rows)


def test_goals_with_conditions_come_before_costs() -> None:
    rule = rule_for("recall[bad] >= 0.7 at fpr <= 0.3", costs=COSTS)
    assert rule["answer"] == "threshold" and rule["costs"]["currency"] == "CNY"


@pytest.mark.parametrize("metric", ["f1", "f1[bad]", "balanced_accuracy", "mcc"])
def test_a_goal_on_a_balance_moves_the_threshold(metric: str) -> None:
    rule = rule_for(f"{metric} >= 0.5")
    rows = binary_rows()
    assert rule["answer"] == "threshold" and rule["chosen"]["by"] == metric.partition("[")[0]
    assert value(metric, rule, rows) > value(metric, None, rows)


def test_a_goal_on_the_f1_of_the_other_class_is_about_that_class() -> None:
    rule = rule_for("f1[good] >= 0.5")
    assert rule["class"] == "good"
    assert value("f1[good]", rule, binary_rows()) >= value("f1[good]", None, binary_rows())


def test_more_classes_keep_their_likeliest_for_a_balance() -> None:
    assert rule_for("f1 >= 0.5", "mcc >= 0.2", rows=three_rows(), state=THREE) is None


# ---------------------------------------------------------------------- a person
def test_coverage_at_error_leaves_the_rest_to_a_person() -> None:
    rule = rule_for("coverage >= 0.5 at error <= 0.1")
    later = binary_rows(20_000, seed=4)
    assert (rule["answer"], rule["review"]) == ("likeliest", "confidence")
    assert value("coverage", rule, later) >= 0.5 and value("error", rule, later) <= 0.1
    left = postprocess.reviewed(later[0], rule)
    assert (later[0].max(axis=1)[left] < rule["confidence"]).all()


def test_coverage_and_error_may_stand_side_by_side() -> None:
    assert rule_for("coverage >= 0.5", "error <= 0.1")["review"] == "confidence"
    assert rule_for("coverage >= 0.5") is None  # alone it is reached by answering everything
    assert rule_for("error <= 0.1") is None


def test_many_classes_can_leave_rows_to_a_person() -> None:
    rows = three_rows()
    rule = rule_for("coverage >= 0.3 at error <= 0.15", rows=rows, state=THREE)
    assert value("error", rule, rows, THREE) <= 0.15 and value("coverage", rule, rows, THREE) >= 0.3


def test_both_kinds_of_goals_make_one_rule() -> None:
    rule = rule_for("recall[bad] >= 0.7 at fpr <= 0.3", "coverage >= 0.3 at error <= 0.15")
    rows = binary_rows()
    assert (rule["answer"], rule["review"]) == ("threshold", "confidence")
    assert value("error", rule, rows) <= 0.15 and value("recall[bad]", rule, rows) >= 0.7


def test_a_person_looks_where_mistakes_would_cost_more() -> None:
    rule = rule_for(costs={**COSTS, "review": 0.5})
    rows = binary_rows()
    left = postprocess.reviewed(rows[0], rule)
    bad = rows[0][:, 1].astype(float)
    assert (left == (np.minimum(4 * bad, 1 - bad) > 0.5)).all() and 0 < left.mean() < 1
    assert value("cost", rule, rows) < value("cost", {**rule, "review": None}, rows)
    assert not postprocess.reviewed(rows[0], rule_for(costs={**COSTS, "review": 50})).any()


def test_reviewed_rows_cost_the_look_and_no_mistake() -> None:
    rule = {"answer": "likeliest", "review": "confidence", "confidence": 0.7, "words": ["good", "bad", "review"]}
    rule["costs"] = {"currency": "X", "matrix": [[0, 1], [4, 0]], "review": 0.25}
    probability = np.asarray([[0.9, 0.1], [0.6, 0.4], [0.1, 0.9]], np.float32)
    assert metrics.row_costs({"probability": probability}, np.asarray([1, 1, 1]), rule).tolist() == [4.0, 0.25, 0.0]
    assert np.isnan(metrics.row_costs({"probability": probability}, np.asarray([1, 1, 1]), None)).all()


# -------------------------------------------------------------------- what is read
def test_answers_carry_the_decision() -> None:
    rule = rule_for("coverage >= 0.5 at error <= 0.1", decisions={"good": "accept", "bad": "reject"})
    probability = np.asarray([[0.99, 0.01], [0.5, 0.5], [0.01, 0.99]], np.float32)
    answer = postprocess.answer({"probability": probability}, RISK, {"conformal": None}, rule)
    assert list(answer) == ["value", "decision", "probability"]
    assert answer["value"].tolist() == ["good", "good", "bad"]
    assert answer["decision"].tolist() == ["accept", "review", "reject"]


def test_own_words_alone_are_a_rule() -> None:
    rule = rule_for(decisions={"bad": "拒绝"})
    probability = np.asarray([[0.9, 0.1], [0.2, 0.8]], np.float32)
    answer = postprocess.answer({"probability": probability}, RISK, {"conformal": None}, rule)
    assert answer["decision"].tolist() == ["good", "拒绝"]


def test_the_plain_answer_has_no_decision() -> None:
    probability = np.asarray([[0.9, 0.1]], np.float32)
    assert "decision" not in postprocess.answer({"probability": probability}, RISK, {"conformal": None}, None)


def test_values_follow_the_threshold_and_are_certain_only_where_it_changes_nothing() -> None:
    rule = {**(rule_for("f1 >= 0.5") or {}), "threshold": 0.3}
    probability = np.asarray([[0.65, 0.35], [0.95, 0.05]], np.float32)
    answer = postprocess.answer({"probability": probability}, RISK, {"conformal": 0.4}, rule)
    assert answer["value"].tolist() == ["bad", "good"]
    assert answer["certain"].tolist() == [False, True]


@settings(derandomize=True, max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 60))
def test_no_row_changes_sides_by_rounding(seed: int, rows: int) -> None:
    """Held-out rows answered again with probabilities a few roundings away get the same answers."""
    drawn = binary_rows(rows, seed)
    rule = rule_for("recall[bad] >= 0.7 at fpr <= 0.3", "coverage >= 0.5 at error <= 0.1", rows=drawn)
    random = np.random.default_rng(seed)
    near = (drawn[0] + random.uniform(-3e-7, 3e-7, drawn[0].shape)).astype(np.float32)
    assert (postprocess.called(near, rule) == postprocess.called(drawn[0], rule)).all()
    assert (postprocess.reviewed(near, rule) == postprocess.reviewed(drawn[0], rule)).all()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_held_out_rows_end_in_a_rule(rows: int) -> None:
    asked = ("recall[bad] >= 0.7 at fpr <= 0.3", "coverage >= 0.5 at error <= 0.1")
    rule = rule_for(*asked, rows=binary_rows(rows), costs=COSTS)
    assert rule["rows"] == rows
    later = binary_rows(20)
    assert len(postprocess.called(later[0], rule)) == len(postprocess.reviewed(later[0], rule)) == 20


def test_rows_without_a_class_are_left_out() -> None:
    probability, y = binary_rows()
    blind = np.where(np.arange(len(y)) % 2, -1, y)
    kept = blind >= 0
    one = rule_for("recall[bad] >= 0.7 at fpr <= 0.3", rows=(probability, blind))
    other = rule_for("recall[bad] >= 0.7 at fpr <= 0.3", rows=(probability[kept], y[kept]))
    assert one == other


def test_a_rule_is_plain_data() -> None:
    import json

    rule = rule_for("recall[bad] >= 0.7 at fpr <= 0.3", "coverage >= 0.5 at error <= 0.1", costs=COSTS)
    assert json.loads(json.dumps(rule, allow_nan=False)) == rule


@pytest.mark.parametrize(
    ("written", "options", "says"),
    [
        ("cost <= 5 CNY", {}, "costs:"),
        ("cost <= 5 EUR", {"costs": COSTS}, "in CNY"),
        ("roc_auc >= 0.5", {"costs": {"good": 1, "bad": 2}}, "no currency"),
        ("roc_auc >= 0.5", {"decisions": {"god": "x"}}, "did you mean good?"),
    ],
)
def test_what_contradicts_itself_is_refused(written: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ProjectError) as caught:
        classes.check(options, RISK, goals_on("classification", written), "here")
    assert says in str(caught.value)


# ------------------------------------------------------------------------ metrics
def test_metrics_follow_the_rule() -> None:
    rule = rule_for("coverage >= 0.5 at error <= 0.1", costs={**COSTS, "review": 0.1})
    assert {"coverage", "error", "cost"} <= set(metrics.shown(RISK, rule))
    assert not {"coverage", "error", "cost"} & set(metrics.shown(RISK, None))
    assert "lift@10%" in metrics.shown(RISK, None) and "lift@10%" not in metrics.shown(THREE, None)
    rows = binary_rows(500)
    assert value("coverage", None, rows) == 1
    assert value("error", None, rows) == pytest.approx(1 - value("accuracy", None, rows))
    assert np.isnan(value("cost", None, rows))
    assert value("fpr", None, rows) == pytest.approx(1 - value("specificity", None, rows))
    assert value("fnr[good]", None, rows) == pytest.approx(1 - value("recall[good]", None, rows))


def test_rates_rest_on_the_rows_that_no_person_looks_at() -> None:
    rule = rule_for("coverage >= 0.5 at error <= 0.1")
    probability, y = binary_rows(500)
    decided = int((~postprocess.reviewed(probability, rule)).sum())
    metric = metrics.metric("error", RISK, rule)
    assert metric.trials is not None and metric.trials({"probability": probability}, y) == decided < 500


def test_many_classes_have_rankings_too() -> None:
    rows = three_rows(500)
    assert 0 < value("ks", None, rows, THREE) < 1
    assert value("gini[b]", None, rows, THREE) == pytest.approx(2 * value("roc_auc[b]", None, rows, THREE) - 1)
    assert value("lift@20%[c]", None, rows, THREE) > 1


# -------------------------------------------------------------------- label sets
def set_rows(rows: int = 2_000, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    probability = (1 / (1 + np.exp(-2 * random.normal(size=(rows, 2)) + 1.5))).astype(np.float32)
    y = (random.random((rows, 2)) < probability).astype(np.float64)
    y[:5, 0] = np.nan
    return probability, y


def label_rule(*written: str, rows: tuple[Array, Array] | None = None) -> Any:
    probability, y = rows or set_rows()
    goals = goals_on("multilabel", *written)
    labels.check({}, SETS, goals, "here")
    return labels.choose({"probability": probability}, y, SETS, goals, {}, 0.95)


def label_value(name: str, rule: State | None) -> float:
    probability, y = set_rows()
    return float(label_metrics.metric(name, SETS, rule).compute({"probability": probability}, y, None))


@pytest.mark.parametrize("metric", ["f1_macro", "f1_micro", "f1[news]"])
def test_f1_of_labels_moves_their_thresholds(metric: str) -> None:
    rule = label_rule(f"{metric} >= 0.5")
    assert label_value(metric, rule) > label_value(metric, None)
    moved = [threshold != 0.5 for threshold in rule["thresholds"]]
    assert moved == ([False, True] if metric == "f1[news]" else [True, True])


def test_a_label_has_goals_with_conditions() -> None:
    rule = label_rule("recall[sport] >= 0.7 at fpr <= 0.3")
    assert rule["thresholds"][1] == 0.5 and rule["chosen"]["sport"]["standing"] == "held"
    assert label_value("recall[sport]", rule) >= 0.7 and label_value("fpr[sport]", rule) <= 0.3
    assert label_value("fnr[sport]", rule) == pytest.approx(1 - label_value("recall[sport]", rule))


def test_labels_that_nobody_asks_about_stay_where_they_are() -> None:
    assert label_rule("roc_auc >= 0.5", "recall[sport] >= 0.5") is None
    few = set_rows(12)
    assert label_rule("f1_macro >= 0.5", rows=few) is None  # too few rows to show a threshold
    with pytest.raises(ProjectError, match="conditions on `sport` itself"):
        label_rule("recall[sport] >= 0.5 at precision[news] >= 0.5")


def test_sets_follow_their_thresholds() -> None:
    probability = np.asarray([[0.3, 0.6], [0.1, 0.2]], np.float32)
    answer = label_answers.answer({"probability": probability}, SETS, {}, {"thresholds": [0.25, 0.7]})
    assert answer["value"].tolist() == [["sport"], []]


def test_a_false_positive_rate_of_labels_leaves_unknown_cells_out() -> None:
    probability = np.asarray([[0.9, 0.1], [0.9, 0.1], [0.1, 0.1], [0.9, 0.1]], np.float32)
    y = np.asarray([[0, 0], [np.nan, 0], [0, 1], [1, 0]])
    fpr = label_metrics.metric("fpr[sport]", SETS)
    assert float(fpr.compute({"probability": probability}, y, None)) == 0.5
    assert fpr.trials is not None and fpr.trials({"probability": probability}, y) == 2


# ------------------------------------------------------------------------- numbers
def test_numbers_are_not_decided() -> None:
    goals = goals_on("regression", "mae <= 5", "within@10% >= 0.5")
    numbers.check({}, {}, goals, "here")
    assert numbers.choose({"value": np.zeros((3, 1))}, np.zeros(3), {}, goals, {}, 0.95) is None
