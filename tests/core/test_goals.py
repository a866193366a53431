"""The language of goals: what is read, what is refused, and with which words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import BUNDLE_METRICS, OPERATORS, Goal, check_class, parse, validate

PLACE = "modelyard.yaml line 4, goals[0]"
ONE = {"risk": "classification"}


def mistake_of(written: str) -> Mistake:
    with pytest.raises(ProjectError) as caught:
        parse(written, PLACE)
    (mistake,) = caught.value.mistakes
    return mistake


def refused(written: str, tasks: dict[str, str]) -> Mistake:
    with pytest.raises(ProjectError) as caught:
        validate(parse(written, PLACE), tasks)
    (mistake,) = caught.value.mistakes
    return mistake


# --------------------------------------------------------------------- reading
@pytest.mark.parametrize(
    ("written", "target", "metric", "label", "operator", "value"),
    [
        ("roc_auc >= 0.8", "", "roc_auc", "", ">=", 0.8),
        ("roc_auc>=.8", "", "roc_auc", "", ">=", 0.8),
        ("  roc_auc  >  1  ", "", "roc_auc", "", ">", 1.0),
        ("log_loss <= 1e-1", "", "log_loss", "", "<=", 0.1),
        ("mcc > -0.25", "", "mcc", "", ">", -0.25),
        ("r2 < +.5", "", "r2", "", "<", 0.5),
        ("recall[bad] >= 90%", "", "recall", "bad", ">=", 0.9),
        ("recall[bad] >= 90 %", "", "recall", "bad", ">=", 0.9),
        ("recall[bad] ≥ 90％", "", "recall", "bad", ">=", 0.9),
        ("rmse ≤ 12", "", "rmse", "", "<=", 12.0),
        ("recall [bad] >= 0.9", "", "recall", "bad", ">=", 0.9),
        ("recall[ bad ] >= 0.9", "", "recall", "bad", ">=", 0.9),
        ("latency_p99_ms <= 5", "", "latency_p99_ms", "", "<=", 5.0),
        ("risk.roc_auc >= 0.8", "risk", "roc_auc", "", ">=", 0.8),
        ("风险.recall[违约] >= 80%", "风险", "recall", "违约", ">=", 0.8),
        ("a.b.roc_auc > 0", "a.b", "roc_auc", "", ">", 0.0),
        ("p+q.f1_macro > 0", "p+q", "f1_macro", "", ">", 0.0),
        ("two words.f1 > 0", "two words", "f1", "", ">", 0.0),
    ],
)
def test_a_goal_is_read(written: str, target: str, metric: str, label: str, operator: str, value: float) -> None:
    goal = parse(written, PLACE)
    assert (goal.target, goal.metric, goal.label, goal.operator) == (target, metric, label, operator)
    assert goal.value == pytest.approx(value, abs=1e-12)
    assert goal.text == written.strip()
    assert goal.place == PLACE


@pytest.mark.parametrize(
    "label", [">50K", "<=50K", "a.b", "a]b", "100%", "<script>", "好 坏", "[x]", "f1 > 2"]
)
def test_a_class_may_be_called_anything(label: str) -> None:
    goal = parse(f"recall[{label}] >= 0.5", PLACE)
    assert (goal.label, goal.name, goal.target, goal.value) == (label, f"recall[{label}]", "", 0.5)


def test_percentages_are_fractions_without_dust() -> None:
    assert parse("recall[x] >= 7%", PLACE).value == 0.07
    assert parse("recall[x] >= 70%", PLACE).value == parse("recall[x] >= 0.7", PLACE).value


def test_goals_that_say_the_same_in_another_place_are_equal() -> None:
    assert parse("f1 > 0.5", "a") == parse("f1 > 0.5", "b")
    assert parse("f1 > 0.5", "a") != parse("f1 >= 0.5", "a")


def test_name_leaves_out_brackets_without_a_class() -> None:
    assert parse("f1 > 0.5", PLACE).name == "f1"


@pytest.mark.parametrize("metric", BUNDLE_METRICS)
def test_latency_and_size_are_costs(metric: str) -> None:
    assert parse(f"{metric} <= 5", PLACE).is_of_bundle
    assert not parse("roc_auc >= 0.5", PLACE).is_of_bundle


@settings(derandomize=True, max_examples=80, deadline=None)
@given(
    metric=st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True),
    label=st.text(st.characters(exclude_categories=("C", "Z")), max_size=12),
    operator=st.sampled_from(OPERATORS),
    value=st.floats(-1e6, 1e6, allow_nan=False),
)
def test_what_is_written_is_what_is_read(metric: str, label: str, operator: str, value: float) -> None:
    bracket = f"[{label}]" if label else ""
    goal = parse(f"{metric}{bracket} {operator} {value!r}", PLACE)
    assert (goal.metric, goal.label, goal.operator) == (metric, label, operator)
    assert goal.value == pytest.approx(value, abs=1e-11)


# -------------------------------------------------------------------- refusing
@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("roc_auc => 0.8", "roc_auc >= 0.8"),
        ("rmse =< 5", "rmse <= 5"),
        ("roc_auc = 0.8", "roc_auc >= 0.8"),
        ("roc_auc == 0.8", "roc_auc >= 0.8"),
        ("roc_auc: 0.8", "roc_auc>= 0.8"),
    ],
)
def test_a_slip_in_the_operator_is_mended(written: str, fix: str) -> None:
    mistake = mistake_of(written)
    assert mistake.fix == fix
    parse(fix, PLACE)


def test_a_metric_alone_is_asked_for_a_comparison() -> None:
    mistake = mistake_of("roc_auc")
    assert "compares with nothing" in mistake.got
    assert mistake.fix == "roc_auc >= 0.8"


@pytest.mark.parametrize(
    "written", ["", "   ", ">= 0.8", "roc_auc >=", "roc_auc >= high", "roc_auc >= NaN", "1 >= 2", "[x] > 1"]
)
def test_what_is_no_goal_is_refused_with_the_form(written: str) -> None:
    mistake = mistake_of(written)
    assert mistake.place == PLACE
    assert "[target.]metric[@share][class][column = value] >= number" in mistake.expected


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        ("roc_auc >= 0.8 and f1 > 0.5", "and f1 > 0.5"),
        ("roc_auc >= 0.8.1", ".1"),
        ("latency_p99_ms <= 5 ms ms", "ms"),
        ("roc_auc >= 80%%", "%"),
    ],
)
def test_what_follows_the_number_is_not_silently_dropped(written: str, rest: str) -> None:
    mistake = mistake_of(written)
    assert f"`{rest}`" in mistake.got
    parse(mistake.fix, PLACE)


def test_refusals_speak_chinese() -> None:
    messages.use("zh")
    assert "没有比较符" in mistake_of("roc_auc").got
    assert "例如" in mistake_of("roc_auc").expected


# ------------------------------------------------------------------ validating
def test_the_only_target_is_filled_in() -> None:
    assert validate(parse("roc_auc >= 0.8", PLACE), ONE).target == "risk"
    assert validate(parse("risk.recall[bad] > 0", PLACE), ONE).target == "risk"


def test_a_task_is_asked_for_its_metrics() -> None:
    mistake = refused("roc_uac >= 0.8", ONE)
    assert mistake.fix == "did you mean roc_auc?"
    assert "latency_p99_ms" in mistake.expected
    assert "bundle_mb" in refused("bundle_md <= 3", ONE).fix
    assert refused("accuracy > 0.5", {"price": "regression"}).got == "accuracy"
    validate(parse("rmse < 5", PLACE), {"price": "regression"})


def test_a_target_that_is_not_there_is_refused_with_the_nearest() -> None:
    mistake = refused("rsik.roc_auc > 0.5", ONE)
    assert "risk" in mistake.expected
    assert mistake.fix == "did you mean risk?"


def test_a_class_belongs_to_metrics_that_are_about_one() -> None:
    mistake = refused("accuracy[bad] > 0.5", ONE)
    assert mistake.got == "accuracy[bad]"
    assert "recall[class]" in mistake.fix
    assert refused("rmse[bad] < 5", {"price": "regression"}).fix == ""


def test_a_metric_that_needs_a_class_is_refused_without_one() -> None:
    mistake = refused("precision > 0.5", {"tags": "multilabel"})
    assert "with a class" in mistake.expected
    validate(parse("precision[sport] > 0.5", PLACE), {"tags": "multilabel"})


def test_several_targets_must_be_told_apart() -> None:
    tasks = {"risk": "classification", "churn": "classification"}
    mistake = refused("roc_auc > 0.5", tasks)
    assert "risk.roc_auc > 0.5" in mistake.fix
    assert validate(parse("churn.roc_auc > 0.5", PLACE), tasks).target == "churn"


def test_costs_are_about_the_bundle() -> None:
    goal = parse("latency_p99_ms <= 5", PLACE)
    assert validate(goal, {"a": "classification", "b": "regression"}) == goal
    assert "alone" in refused("risk.bundle_mb <= 5", ONE).expected
    assert "alone" in refused("bundle_mb[x] <= 5", ONE).expected
    assert "alone" in refused("latency_p99_ms <= 5%", ONE).expected


def test_a_class_that_the_data_does_not_have_is_refused_with_the_nearest() -> None:
    check_class(parse("recall[bad] > 0", PLACE), ("good", "bad"))
    check_class(parse("f1 > 0", PLACE), ("good", "bad"))
    with pytest.raises(ProjectError) as caught:
        check_class(parse("recall[bda] > 0", PLACE), ("good", "bad"))
    (mistake,) = caught.value.mistakes
    assert mistake.fix == "did you mean bad?"
    assert mistake.place == PLACE


# ---------------------------------------------------------------------- holding
@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [(">=", False, True, True), (">", False, False, True), ("<=", True, True, False), ("<", True, False, False)],
)
def test_a_number_reaches_the_goal_or_not(operator: str, below: bool, equal: bool, above: bool) -> None:
    goal = parse(f"f1 {operator} 0.5", PLACE)
    assert [goal.holds(value) for value in (0.4, 0.5, 0.6)] == [below, equal, above]
    assert goal.wants_more == operator.startswith(">")


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.floats(-10, 10), st.floats(-10, 10), st.sampled_from(OPERATORS))
def test_holding_goes_one_way(one: float, other: float, operator: str) -> None:
    goal = Goal("", "f1", operator, 0.5)  # type: ignore[arg-type]
    worse, better = (min(one, other), max(one, other)) if goal.wants_more else (max(one, other), min(one, other))
    assert goal.holds(better) or not goal.holds(worse)
