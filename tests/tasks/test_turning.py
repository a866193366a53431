"""What is turned away as unlike all classes: how rows outside are read, scored, decided about and measured."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.goal_checks import validate
from modelyard.core.goals import Goal, parse
from modelyard.core.protocols import Array, Outputs, State, Target
from modelyard.tasks.classification import calibrate, decide, metrics, postprocess, target, turning
from modelyard.tasks.classification.target import OUTSIDE

LABELS = ["order", "pay", "return"]
INTENTS: State = {"labels": LABELS, "positive": None, "outside": {"label": "oos", "learnt": True}}
PLAIN: State = {"labels": LABELS, "positive": None}
BOTH = "outside_recall >= 0.6 at in_scope_loss <= 0.05"


def read_intents(*values: Any, outside: Any = "oos", **options: Any) -> Target:
    column = np.empty(len(values), object)
    column[:] = values
    return target.read({"intent": column}, {"outside": outside, **options})


def intent_goals(*written: str) -> list[Goal]:
    return [validate(parse(line, "goals[0]"), {"intent": "classification"}) for line in written]


def intent_rows(inside: int = 2_000, outside: int = 200, seed: int = 0, apart: float = 4.0) -> tuple[Outputs, Array]:
    """Outputs of a model that has learnt what is outside, and codes."""
    random = np.random.default_rng(seed)
    y = np.r_[random.integers(0, 3, inside), np.full(outside, OUTSIDE)]
    scores = random.normal(size=(len(y), 4))
    scores[np.arange(len(y)), np.where(y == OUTSIDE, 3, y)] += apart
    scores[:, 3] -= 3
    return calibrate.apply(scores, calibrate.identity(INTENTS), INTENTS), y


def intent_rule(
    *written: str, rows: tuple[Outputs, Array] | None = None, state: State = INTENTS, **options: Any
) -> Any:
    outputs, y = rows or intent_rows()
    asked = intent_goals(*written)
    decide.check(options, state, asked, "predict[0]")
    return decide.choose(outputs, y, state, asked, options, 0.95)


def measured(name: str, rule: State | None, rows: tuple[Outputs, Array], state: State = INTENTS) -> float:
    return float(metrics.metric(name, state, rule).compute(*rows, None))


# ------------------------------------------------------------------------ reading
def test_the_label_outside_is_no_class() -> None:
    found = read_intents("pay", "oos", None, "order", "OOS", "oos ")
    assert found.state["labels"] == ["OOS", "order", "pay"]
    assert found.state["outside"] == {"label": "oos", "learnt": True}
    assert found.y.tolist() == [2, OUTSIDE, -1, 1, 0, OUTSIDE]
    assert "outside" not in read_intents("a", "b", outside=None).state


@pytest.mark.parametrize(
    ("cells", "written", "label"),
    [
        (["其他", "付款", "退货"], "其他", "其他"),
        ([0, 1, 2, -1], -1, "-1"),
        ([0.0, 1.0, 99.0], 99, "99"),
        (["a", "b", "None of them 🙈"], "none of them 🙈", "None of them 🙈"),
        (["a", "b", "true"], True, "true"),
    ],
)
def test_the_label_outside_is_found_as_classes_are(cells: list[Any], written: Any, label: str) -> None:
    found = read_intents(*cells, outside=written)
    assert found.state["outside"]["label"] == label and label not in found.state["labels"]
    assert (found.y == OUTSIDE).sum() == 1


def test_two_classes_are_left_two_and_the_positive_one_is_found() -> None:
    found = read_intents("no", "yes", "unclear", "yes", outside="unclear")
    assert found.state["labels"] == ["no", "yes"] and found.state["positive"] == 1
    assert target.width(found.state) == 3 and target.encode(found.y, found.state).tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_label_that_no_row_has_is_refused_with_the_nearest_one(language: str) -> None:
    messages.use(language)
    with pytest.raises(ProjectError) as caught:
        read_intents("pay", "order", "oos", outside="ooss")
    (mistake,) = caught.value.mistakes
    assert "ooss" in mistake.got and "oos" in mistake.fix.replace("ooss", "")
    with pytest.raises(ProjectError, match="outside_loss"):
        read_intents("pay", "order", outside="elsewhere")


def test_one_class_beside_what_is_outside_is_not_enough() -> None:
    with pytest.raises(DataError, match="pay"):
        read_intents("pay", "pay", "oos")


def test_later_files_have_their_rows_outside() -> None:
    state = json.loads(json.dumps(read_intents("pay", "order", "oos").state))
    column = np.array(["OOS", "oos", "order", "unheard of", ""], object)
    assert target.reread({"intent": column}, state).tolist() == [OUTSIDE, OUTSIDE, 0, -1, -1]


def test_what_no_training_row_shows_has_no_score_and_is_not_judged() -> None:
    found = read_intents("pay", "order", "return", "oos", None)
    learnt = target.fit(found.y, found.state)
    blind = target.fit(found.y[found.y != OUTSIDE], found.state)
    assert target.width(learnt) == 4 and target.width(blind) == 3
    assert target.known(found.y).tolist() == target.known(found.y, learnt).tolist() == [True] * 4 + [False]
    assert target.known(found.y, blind).tolist() == [True] * 3 + [False] * 2
    assert target.within(found.y).tolist() == [True] * 3 + [False] * 2
    assert target.fit(found.y, {"labels": LABELS}) == {"labels": LABELS}


# ----------------------------------------------------------------------- unlikeness
@pytest.mark.parametrize(
    ("probability", "outside", "expected"),
    [([1.0, 0.0, 0.0], 0.0, 0.0), ([0.5, 0.5, 0.0], 0.0, 0.5), ([0.25] * 4, 0.0, 0.75), ([0.0, 0.0], 1.0, 0.99)],
)
def test_unlikeness_counts_the_classes_in_question(probability: list[float], outside: float, expected: float) -> None:
    found = postprocess.unlikeness(np.array([probability]), np.array([outside]))
    assert found.tolist() == pytest.approx([expected])


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0, 1))
def test_unlikeness_is_a_share_and_rises_with_what_is_outside(parts: list[float], outside: float) -> None:
    raw = np.asarray(parts) + 1e-9
    probability = (raw / raw.sum())[None].astype(np.float32)
    inside = postprocess.unlikeness(probability)
    both = postprocess.unlikeness(probability * (1 - outside), np.array([outside]))
    assert 0 <= inside[0] < 1 and 0 <= both[0] < 1
    assert postprocess.unlikeness(probability[:, ::-1]) == pytest.approx(inside)
    assert both[0] >= inside[0] - 1e-9


def test_of_two_classes_it_orders_rows_as_the_greatest_probability_does() -> None:
    best = np.linspace(0.5, 1, 50)
    found = postprocess.unlikeness(np.stack([best, 1 - best], axis=1))
    assert (np.diff(found) < 0).all()


def test_without_what_the_graph_says_it_comes_from_the_probabilities() -> None:
    outputs = {"probability": np.array([[0.5, 0.5]], np.float32)}
    assert postprocess.unlike(outputs).tolist() == pytest.approx([0.5])
    assert postprocess.unlike({**outputs, "unlike": np.array([[0.25]], np.float32)}).tolist() == [0.25]


# ---------------------------------------------------------------------- calibration
def test_probabilities_are_those_of_the_classes_alone() -> None:
    scores = np.array([[1.0, 2.0, 3.0, 50.0], [1.0, 2.0, 3.0, -50.0]])
    outputs = calibrate.apply(scores, calibrate.identity(INTENTS), INTENTS)
    assert outputs["probability"].sum(axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert outputs["probability"][0] == pytest.approx(outputs["probability"][1])
    assert outputs["unlike"].shape == (2, 1) and outputs["unlike"][0, 0] > 0.98 > outputs["unlike"][1, 0]


def test_calibration_sees_rows_of_the_classes_alone() -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 400)
    scores = random.normal(size=(400, 4))
    scores[np.arange(400), y] += 1
    more = np.r_[scores, 9 * random.normal(size=(300, 4))]
    plain = calibrate.fit(scores * 5, y, INTENTS, 0.9)
    assert calibrate.fit(more * 5, np.r_[y, np.full(300, OUTSIDE)], INTENTS, 0.9) == plain
    assert len(plain["slope"]) == 4 and plain["slope"][0] < 0.5


def test_rows_outside_choose_no_model() -> None:
    outputs = {"probability": np.array([[0.5, 0.25, 0.25]] * 4, np.float32)}
    losses = metrics.row_loss(outputs, np.array([0, OUTSIDE, 3, -1]), INTENTS)  # 3: as methods learn it
    assert losses[:3].tolist() == pytest.approx([np.log(2), 0, 0]) and np.isnan(losses[3])


# ------------------------------------------------------------------------- the rule
def test_the_threshold_loses_no_more_than_is_allowed() -> None:
    for loss in (0.01, 0.05, 0.2):
        rule = intent_rule(outside_loss=loss)
        assert rule["answer"] == "likeliest" and rule["outside"]["loss"] == loss
        assert 0.5 * loss < measured("in_scope_loss", rule, intent_rows()) <= loss
        later = [measured("in_scope_loss", rule, intent_rows(seed=seed)) for seed in range(1, 9)]
        assert np.mean(later) == pytest.approx(loss, abs=0.015)


def test_five_percent_may_be_lost_where_nothing_else_is_said() -> None:
    assert intent_rule() == intent_rule(outside_loss=0.05)
    assert intent_rule()["outside"]["rows"] == {"in_scope": 2_000, "outside": 200}


def test_without_a_label_only_an_allowed_loss_turns_rows_away() -> None:
    outputs, y = intent_rows(outside=0)
    alone = {"probability": outputs["probability"]}
    assert intent_rule(rows=(alone, y), state=PLAIN) is None
    rule = intent_rule(rows=(alone, y), state=PLAIN, outside_loss=0.1)
    assert rule["outside"]["label"] == "outside"
    assert 0.05 < measured("in_scope_loss", rule, (alone, y), PLAIN) <= 0.1
    assert np.isnan(measured("outside_recall", rule, (alone, y), PLAIN))


def test_goals_weigh_what_is_found_against_what_is_lost() -> None:
    rule = intent_rule(BOTH)
    assert rule["outside"]["chosen"]["standing"] == "held" and "loss" not in rule["outside"]
    assert measured("outside_recall", rule, intent_rows(seed=5)) > 0.7
    assert measured("in_scope_loss", rule, intent_rows(seed=5)) < 0.05
    aside = intent_rule("outside_recall >= 0.6", "in_scope_loss <= 0.05")
    assert aside["outside"]["chosen"]["standing"] == "held"


def test_the_condition_comes_first_where_not_everything_can_be_had() -> None:
    rows = intent_rows(apart=0.5)
    rule = intent_rule("outside_recall >= 0.99 at in_scope_loss <= 0.05", rows=rows)
    assert rule["outside"]["chosen"]["standing"] == "missed"
    assert measured("in_scope_loss", rule, rows) <= 0.05


def test_a_bound_on_what_is_lost_is_kept_where_no_row_shows_what_is_outside() -> None:
    rows = intent_rows(outside=0)
    for written in ((BOTH.replace("0.05", "0.02"),), ("in_scope_loss <= 0.02",)):
        rule = intent_rule(*written, rows=rows)
        assert rule["outside"]["loss"] == 0.02 and measured("in_scope_loss", rule, rows) <= 0.02


@pytest.mark.parametrize("inside", [0, 1, 5])
def test_too_few_rows_turn_none_of_their_like_away(inside: int) -> None:
    rows = intent_rows(inside=inside, outside=0)
    rule = intent_rule(rows=rows)
    assert not postprocess.turned_away(rows[0], rule).any()
    json.dumps(rule)


def test_the_other_parts_of_a_rule_see_rows_of_the_classes_alone() -> None:
    outputs, y = intent_rows()
    inside = {name: values[y >= 0] for name, values in outputs.items()}
    written = ("coverage >= 0.5 at error <= 0.2", "recall[pay] >= 0.9 at fpr <= 0.2")
    whole, alone = intent_rule(*written), intent_rule(*written, rows=(inside, y[y >= 0]))
    assert {**whole, "outside": None} == {**alone, "outside": None}


# ---------------------------------------------------------------------- the mistakes
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("goal", "options", "fix"),
    [
        ("outside_recall >= 0.5", {}, "outside: outside"),
        ("outside_precision >= 0.5", {"outside_loss": 0.1}, "outside: outside"),
        (BOTH, {"outside_loss": 0.1}, "outside: outside"),
        ("in_scope_loss <= 0.1", {}, "outside_loss: 0.05"),
        ("in_scope_accuracy >= 0.1", {}, "outside_loss: 0.05"),
    ],
)
def test_goals_that_nothing_can_follow_are_refused(language: str, goal: str, options: dict[str, Any], fix: str) -> None:
    messages.use(language)
    with pytest.raises(ProjectError) as caught:
        intent_rule(goal, state=PLAIN, **options)
    (mistake,) = caught.value.mistakes
    assert mistake.place == "goals[0]" and mistake.got == goal and fix in mistake.fix


@pytest.mark.parametrize(
    "goal",
    ["outside_recall >= 0.5 at fpr <= 0.1", "outside_recall[pay] >= 0.5", "in_scope_accuracy >= 0.5 at error <= 1"],
)
def test_goals_that_make_no_sense_are_refused(goal: str) -> None:
    with pytest.raises(ProjectError):
        intent_goals(goal)


def test_a_word_for_what_is_turned_away() -> None:
    rule = intent_rule(decisions={"oos": "转人工", "pay": "付款"})
    assert rule["outside"]["word"] == "转人工" and rule["words"] == ["order", "付款", "return", "review"]
    assert intent_rule()["outside"]["word"] == "oos"
    with pytest.raises(ProjectError, match="elsewhere"):
        intent_rule(decisions={"elsewhere": "x"})


# ------------------------------------------------------------------------- answers
def test_a_row_that_is_turned_away_is_answered_with_the_label() -> None:
    outputs, y = intent_rows()
    rule = intent_rule(decisions={"oos": "转人工"})
    answer = postprocess.answer(outputs, INTENTS, {"conformal": 0.3}, rule)
    turned = answer["value"] == "oos"
    assert turned[y == OUTSIDE].mean() > 0.6 > 0.1 > turned[y >= 0].mean()
    assert (answer["decision"][turned] == "转人工").all() and "oos" not in answer["decision"]
    assert (answer["unlike"][turned].min()) > answer["unlike"][~turned].max()
    assert not answer["certain"][turned].any()
    assert list(answer["probability"]) == LABELS
    assert list(answer) == ["value", "decision", "unlike", "probability", "certain"]
    nothing = {name: values[:0] for name, values in outputs.items()}
    assert len(postprocess.answer(nothing, INTENTS, {"conformal": None}, rule)["unlike"]) == 0


def test_a_rule_without_it_answers_as_before() -> None:
    outputs = {"probability": np.array([[0.4, 0.3, 0.3]], np.float32)}
    old = {"answer": "likeliest", "costs": None, "review": None, "words": [*LABELS, "review"]}
    answer = postprocess.answer(outputs, PLAIN, {"conformal": None}, old)
    assert "unlike" not in answer and answer["value"].tolist() == answer["decision"].tolist() == ["order"]


# ------------------------------------------------------------------------- metrics
def four_rows() -> tuple[Outputs, Array]:
    """Rightly answered; lost; wrongly answered; two rows outside, one of them found; one of unknown class."""
    probability = np.array([[0.9, 0.05, 0.05]] * 6, np.float32)
    unlike = np.array([[0.1], [0.9], [0.1], [0.9], [0.1], [0.9]], np.float32)
    return {"probability": probability, "unlike": unlike}, np.array([0, 0, 1, OUTSIDE, OUTSIDE, -1])


RULE: State = {
    "answer": "likeliest", "costs": None, "review": None, "words": [*LABELS, "review"],
    "outside": {"label": "oos", "word": "oos", "threshold": 0.5, "loss": 0.05, "rows": {"in_scope": 9, "outside": 9}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected", "trials"),
    [
        ("outside_recall", 1 / 2, 2), ("outside_precision", 1 / 2, 2), ("in_scope_loss", 1 / 3, 3),
        ("in_scope_accuracy", 1 / 3, 3), ("accuracy", 2 / 3, 3), ("coverage", 2 / 3, 3), ("error", 1 / 2, 2),
    ],
)  # fmt: skip
def test_what_is_measured(name: str, expected: float, trials: int) -> None:
    metric = metrics.metric(name, INTENTS, RULE)
    outputs, y = four_rows()
    assert metric.compute(outputs, y, None) == pytest.approx(expected)
    assert metric.exact == "rate" and metric.trials is not None and metric.trials(outputs, y) == trials
    assert metric.better == ("lower" if name in ("in_scope_loss", "error") else "higher")


def test_what_was_decided_without_a_row_counts() -> None:
    outputs, y = four_rows()
    turned = {**outputs, **decide.decided(outputs, RULE), "turned": np.array([False, False, False, True, True, False])}
    assert measured("outside_recall", RULE, (turned, y)) == 1
    assert measured("in_scope_loss", RULE, (turned, y)) == 0
    assert decide.decided(outputs, RULE)["turned"].tolist() == [False, True, False, True, False, True]
    assert not decide.decided(outputs, None)["turned"].any()


def test_they_are_shown_where_something_is_turned_away() -> None:
    four = {"outside_recall", "outside_precision", "in_scope_loss", "in_scope_accuracy"}
    assert not four & {*metrics.shown(PLAIN, None)} and not four & {*metrics.shown(INTENTS, None)}
    assert four <= {*metrics.shown(INTENTS, RULE)}
    assert four & {*metrics.shown(PLAIN, RULE)} == {"in_scope_loss", "in_scope_accuracy"}
    assert metrics.shown(INTENTS, RULE)[0] == "roc_auc"


def test_metrics_of_the_classes_leave_rows_outside_alone() -> None:
    outputs, y = intent_rows()
    inside = {name: values[y >= 0] for name, values in outputs.items()}
    for name in metrics.shown(PLAIN, None):
        assert measured(name, RULE, (outputs, y)) == measured(name, RULE, (inside, y[y >= 0])), name


def test_the_needed_options_are_named() -> None:
    (goal,) = intent_goals("accuracy >= 0.5")
    assert turning.needed_for(goal, PLAIN, {}) == ""
    assert turning.needed_for(intent_goals("in_scope_loss <= 0.1")[0], PLAIN, {"outside_loss": 0.1}) == ""
    assert turning.label_of(PLAIN) == "outside" and turning.label_of(INTENTS) == "oos"
