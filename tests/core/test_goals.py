"""The language of goals: what is read, what is refused, and with which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goal_checks import check_class, check_currency, check_sense, validate
from modelyard.core.goals import (
    BUNDLE_METRICS,
    OPERATORS,
    Condition,
    Goal,
    Setting,
    parse,
    setting,
)
from modelyard.core.protocols import Metric

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


@pytest.mark.parametrize("label", [">50K", "<=50K", "a.b", "a]b", "100%", "<script>", "好 坏", "[x]", "f1 > 2"])
def test_a_class_may_be_called_anything(label: str) -> None:
    goal = parse(f"recall[{label}] >= 0.5", PLACE)
    assert (goal.label, goal.name, goal.target, goal.value) == (label, f"recall[{label}]", "", 0.5)


@pytest.mark.parametrize("label", ["a]>b", "a] >= high", "a][", "a][]b", "a]b]c"])
def test_a_bracket_ends_only_where_the_rest_is_a_goal(label: str) -> None:
    assert parse(f'recall["{label}"] >= 0.5', PLACE).label == parse(f"recall[{label}] >= 0.5", PLACE).label == label


@pytest.mark.parametrize("cell", ["a", "a and b", "1", "x]y"])
def test_a_column_may_have_brackets_in_its_name(cell: str) -> None:
    goal = parse(f"recall[time[s] = {cell}] >= 0.5 at fpr[a] = 1 and fpr[b] <= 2", PLACE)
    assert (goal.column, goal.cell, [one.label for one in goal.conditions]) == ("time[s]", cell, ["a", "b"])


@pytest.mark.parametrize(
    "line", ["{}", "{} >= 0.5", "{} >= high", "recall >= 0.5 at {}", "recall[a] >= 0.5 at {} >= x"]
)
def test_many_brackets_are_refused_at_once(line: str) -> None:
    """Every further bracket doubled the time while a bracket could end anew at each `]`: 500 would never end."""
    assert mistake_of(line.format("recall" + "[a]" * 500)).place == PLACE


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


# ------------------------------------------------------------------ longer forms
@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("recall[bad]>=0.99 at fpr<=0.05", "recall[bad] >= 0.99 at fpr <= 0.05"),
        ("coverage >= 70 % at error <= 2%", "coverage >= 70% at error <= 2%"),
        ("recall[坏]＞＝９０％ at fpr ＜＝ ５％", "recall[坏] >= 90% at fpr <= 5%"),
        ("recall【坏】≥ 90％", "recall[坏] >= 90%"),
        ("recall［bad］≧0.9", "recall[bad] >= 0.9"),
        ("roc_auc[branch=*] >= 0.75", "roc_auc[branch = *] >= 0.75"),
        ("roc_auc[支行 = 北京 一部] >= 0.75", "roc_auc[支行 = 北京 一部] >= 0.75"),
        ("recall[bad][branch=*] >= .9 at fpr <= 5%", "recall[bad][branch = *] >= 0.9 at fpr <= 5%"),
        ('recall["a = b"] >= .9', 'recall["a = b"] >= 0.9'),
        ('f1[branch="x = y"] >= .9', 'f1[branch = "x = y"] >= 0.9'),
        ("lift@10% >= 3", "lift@10% >= 3"),
        ("lift @ 0.025 [bad] >= 3", "lift@2.5%[bad] >= 3"),
        ("cost <= 1,200.50 CNY", "cost <= 1200.5 CNY"),
        ("cost <= 120元", "cost <= 120 元"),
        ("cost <= -12 €", "cost <= -12 €"),
        (
            "latency_p99_ms <= 5 ms at batch=32 and threads = 2 and over = HTTP",
            "latency_p99_ms <= 5 ms at batch = 32 and threads = 2 and over = http",
        ),
        (
            "recall >= .9 at fpr <= 5% and precision[x and y] >= .2",
            "recall >= 0.9 at fpr <= 5% and precision[x and y] >= 0.2",
        ),
    ],
)
def test_every_form_has_one_spelling(written: str, spelt: str) -> None:
    goal = parse(written, PLACE)
    assert str(goal) == spelt
    assert replace(parse(spelt, PLACE), text="") == replace(goal, text="")


def test_a_class_with_an_operator_is_no_slice() -> None:
    for label in (">50K", "<=50K", "f1 > 2", "!"):
        goal = parse(f"recall[{label}] >= 0.5", PLACE)
        assert (goal.label, goal.column) == (label, "")
    goal = parse("recall[age=35] >= 0.5", PLACE)
    assert (goal.label, goal.column, goal.cell) == ("", "age", "35")


WORDS = st.text(st.characters(categories=("L", "N"), include_characters="_ -><"), min_size=1, max_size=8).map(str.strip)
NUMBERS = st.integers(-(10**8), 10**8).map(lambda value: value / 10_000)


@st.composite
def goals_at_large(draw: st.DrawFn) -> Goal:
    """Any goal that the grammar knows."""
    conditions = draw(
        st.lists(
            st.builds(
                Condition,
                metric=st.sampled_from(["fpr", "precision", "batch"]),
                operator=st.sampled_from([*OPERATORS, "="]),
                value=NUMBERS,
                label=st.sampled_from(["", "坏", "a and b", "x ]"]),
                unit=st.sampled_from(["", "%"]),
            ),
            max_size=3,
        )
    )
    column = draw(st.one_of(st.just(""), WORDS.filter(lambda word: word and not set("<>") & set(word))))
    return Goal(
        text="",
        metric=draw(st.sampled_from(["recall", "lift", "cost"])),
        operator=draw(st.sampled_from(OPERATORS)),
        value=draw(NUMBERS),
        target=draw(st.sampled_from(["", "风险", "a.b", "two words"])),
        label=draw(st.one_of(st.just(""), WORDS, st.sampled_from(["a = b", '"', "]", "a][b", "100%"]))),
        share=draw(st.sampled_from([0.0, 0.1, 0.005, 0.999])),
        column=column,
        cell=draw(st.one_of(st.just("*"), WORDS.filter(bool), st.just("x=y"))) if column else "",
        unit=draw(st.sampled_from(["", "%", "CNY", "元", "ms"])),
        conditions=tuple(conditions),
    )


@settings(derandomize=True, max_examples=150, deadline=None)
@given(goals_at_large())
def test_what_is_spelt_is_read_as_the_same(goal: Goal) -> None:
    read = parse(str(goal), PLACE)
    assert replace(read, text="") == goal


def test_settings_of_a_bundle() -> None:
    assert setting(parse("latency_p99_ms <= 5", PLACE)) == Setting(1, 0, "process")
    written = "rows_per_second >= 5 at over = http and batch = 32 and threads = 2"
    assert setting(parse(written, PLACE)) == Setting(32, 2, "http")


def test_parts_are_the_goal_and_its_conditions() -> None:
    goal = parse("recall[bad] >= 0.9 at fpr <= 5%", PLACE)
    assert [part.name for part in goal.parts] == ["recall[bad]", "fpr"]
    assert [part.wants_more for part in goal.parts] == [True, False]
    assert [part.holds(0.04) for part in goal.parts] == [False, True]


@pytest.mark.parametrize(
    "written", ["recall >= 0.9 at", "recall >= 0.9 at fpr", "recall >= 0.9 at fpr 0.05", "f1 >= .5 at fpr <= 5% and x"]
)
def test_half_a_condition_is_refused_with_a_whole_one(written: str) -> None:
    mistake = mistake_of(written)
    assert "at fpr <= 5%" in mistake.expected and "over = http" in mistake.expected
    assert mistake.fix == ""  # the condition must not be dropped on the quiet


@pytest.mark.parametrize("written", ["lift@0% >= 1", "lift@100% >= 1", "recall@0 >= 1", "precision@150% > 0"])
def test_a_share_is_a_part_of_the_rows(written: str) -> None:
    assert "above 0% and below 100%" in mistake_of(written).expected


def test_one_class_and_one_slice_at_most() -> None:
    for written in ("recall[a][b] >= 0.5", "f1[a=1][b=2] >= 0.5"):
        assert "in quotes" in mistake_of(written).expected


@pytest.mark.parametrize(
    ("written", "says", "fix"),
    [
        ("lift >= 3", "`lift@10%`", "lift@10% >= 3"),
        ("accuracy@10% >= 0.3", "without a share", ""),
        ("recall[bad] >= 0.9 at fpr = 5%", "a bound on `fpr`", "fpr <= 5%"),
        ("recall[bad] >= 0.9 at roc_auc >= 0.8", "recall / precision / specificity / fpr / fnr", ""),
        ("roc_auc >= 0.9 at fpr <= 0.5", "coverage / error", ""),
        ("coverage >= 0.9 at fpr <= 0.5", "coverage / error", ""),
        ("coverage >= 0.9 at error[bad] <= 0.5", "coverage / error", ""),
        ("cost <= 12%", "with its currency", ""),
        ("roc_auc >= 0.8 CNY", "plain number or a percentage", ""),
        ("latency_p99_ms <= 5 mb", "alone", ""),
        ("latency_p99_ms[a = b] <= 5", "alone", ""),
        ("bundle_mb <= 5 at batch = 2", "without conditions", ""),
        ("latency_p99_ms <= 5 at batch = 0", "at batch = 32", ""),
        ("latency_p99_ms <= 5 at batch = 1.5", "at batch = 32", ""),
        ("latency_p99_ms <= 5 at batch <= 2", "at batch = 32", ""),
        ("latency_p99_ms <= 5 at batch = 2 and batch = 3", "each once", ""),
        ("latency_p99_ms <= 5 at over = carrier", "(or process)", ""),
        ("latency_p99_ms <= 5 at cpu = 2", "at batch = 32", ""),
        ("rows_per_second <= 5", ">=", ""),
    ],
)
def test_what_no_bundle_could_be_asked_for(written: str, says: str, fix: str) -> None:
    mistake = refused(written, ONE)
    assert says in mistake.expected
    assert mistake.fix == fix


def test_numbers_have_no_rule_to_decide() -> None:
    assert "this task has none" in refused("mae <= 5 at r2 >= 0.5", {"price": "regression"}).expected
    assert refused("coverage >= 0.5 at error <= 5", {"price": "regression"}).got == "coverage"


def test_a_condition_is_about_the_goals_class() -> None:
    (condition,) = validate(parse("recall[bad] >= 0.9 at fpr <= 5%", PLACE), ONE).conditions
    assert condition.name == "fpr[bad]"
    (condition,) = validate(parse("recall[bad] >= 0.9 at fpr[good] <= 5%", PLACE), ONE).conditions
    assert condition.name == "fpr[good]"
    (condition,) = validate(parse("coverage >= 0.9 at error <= 5%", PLACE), ONE).conditions
    assert condition.name == "error"


def test_classes_of_conditions_and_many_classes() -> None:
    goal = validate(parse("recall[bad] >= 0.9 at fpr[god] <= 5%", PLACE), ONE)
    with pytest.raises(ProjectError) as caught:
        check_class(goal, ("good", "bad"))
    assert caught.value.mistakes[0].fix == "did you mean good?"
    for written in ("lift@10% >= 2", "recall >= 0.5 at fpr <= 0.1"):
        goal = validate(parse(written, PLACE), ONE)
        check_class(goal, ("good", "bad"))
        with pytest.raises(ProjectError, match="with a class"):
            check_class(goal, ("a", "b", "c"))
    check_class(validate(parse("coverage >= 0.5 at error <= 0.1", PLACE), ONE), ("a", "b", "c"))


def test_money_needs_costs_and_their_currency() -> None:
    goal = parse("cost <= 12 CNY", PLACE)
    check_currency(goal, "CNY")
    check_currency(parse("f1 >= 0.5", PLACE), "")
    with pytest.raises(ProjectError, match="costs:"):
        check_currency(goal, "")
    with pytest.raises(ProjectError, match="cost <= 12 EUR"):
        check_currency(goal, "EUR")
    with pytest.raises(ProjectError, match="cost <= 12 EUR"):
        check_currency(parse("cost <= 12", PLACE), "EUR")


def test_the_sense_of_a_condition_is_held_against_its_metric() -> None:
    metric = Metric("fpr", lambda outputs, y, weight: 0.0, "lower", (0.0, 1.0))
    goal = parse("recall >= 0.9 at fpr >= 5%", PLACE)
    with pytest.raises(ProjectError, match="fpr <="):
        check_sense(goal, metric, goal.conditions[0])
    goal = parse("recall >= 0.9 at fpr <= 5", PLACE)
    with pytest.raises(ProjectError, match="fpr <= 5%"):
        check_sense(goal, metric, goal.conditions[0])
