"""Decision rules: which threshold keeps what was asked for, and what is done when none does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef

from modelyard.measure import decision
from modelyard.measure.decision import (
    APART,
    Bound,
    best,
    best_together,
    certainty_rates,
    choose,
    class_rates,
    thresholds,
)


def rows_of(count: int, seed: int = 0, skill: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that mean what they say, and which rows are positive."""
    random = np.random.default_rng(seed)
    score = (1 / (1 + np.exp(-skill * random.normal(size=count) + 1))).astype(np.float32)
    return score, random.random(count) < score


def recall_at(value: float) -> Bound:
    return Bound("recall", True, value)


def fpr_at(value: float) -> Bound:
    return Bound("fpr", False, value, condition=True)


def chosen(score: np.ndarray, positive: np.ndarray, *bounds: Bound) -> decision.Choice:
    at = thresholds(score)
    return choose(class_rates(score, positive, at), bounds, at)


# ------------------------------------------------------------------- thresholds
def test_thresholds_lie_amid_neighbours_and_beyond_the_ends() -> None:
    assert thresholds(np.asarray([0.2, 0.8, 0.4, 0.4], np.float32)) == pytest.approx([0.0, 0.3, 0.6, 0.9])


@pytest.mark.parametrize("score", [[], [0.5], [0.0], [1.0], [0.5] * 9, [0.0, 1.0]])
def test_few_scores_have_thresholds_too(score: list[float]) -> None:
    at = thresholds(np.asarray(score, np.float32))
    assert (np.diff(at) > 0).all()
    assert not score or at[-1] > max(score)
    assert at[0] == 0.0


def test_scores_that_noise_could_swap_share_a_side() -> None:
    """A row's probability may differ by a rounding from batch to batch: no threshold may stand in between."""
    score = np.asarray([0.3, np.nextafter(np.float32(0.3), np.float32(1)), 0.3 + 4e-7, 0.6], np.float32)
    at = thresholds(score)
    assert len(at) == 3
    assert np.abs(at[:, None] - score).min() >= APART / 2


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30))
def test_no_threshold_is_near_a_score(score: list[float]) -> None:
    values = np.asarray(score, np.float32)
    inside = thresholds(values)[1:-1]
    assert not len(inside) or np.abs(inside[:, None] - values.astype(float)).min() >= APART / 2 - 1e-12


# ------------------------------------------------------------------------ rates
@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(1, 40), level=st.integers(1, 10))
def test_rates_are_those_of_counting(seed: int, count: int, level: int) -> None:
    random = np.random.default_rng(seed)
    score = (random.integers(0, level + 1, count) / level).astype(np.float32)
    positive = random.random(count) < 0.4
    at = thresholds(score)
    rates = class_rates(score, positive, at)
    for place, threshold in enumerate(at):
        called = score >= threshold
        found, false = int((called & positive).sum()), int((called & ~positive).sum())
        assert [float(part[place]) for part in rates["recall"]] == [found, positive.sum()]
        assert [float(part[place]) for part in rates["fpr"]] == [false, (~positive).sum()]
        assert [float(part[place]) for part in rates["precision"]] == [found, found + false]
        spared, missed = int((~called & ~positive).sum()), int((~called & positive).sum())
        assert [float(part[place]) for part in rates["specificity"]] == [spared, (~positive).sum()]
        assert [float(part[place]) for part in rates["fnr"]] == [missed, positive.sum()]
        assert [float(part[place]) for part in rates["other_precision"]] == [spared, spared + missed]
        assert [float(part[place]) for part in rates["other_recall"]] == [spared, (~positive).sum()]


def test_what_is_certain_is_counted() -> None:
    certainty, right = np.asarray([0.9, 0.8, 0.6, 0.5]), np.asarray([True, False, True, False])
    at = thresholds(certainty)
    rates = certainty_rates(certainty, right, at)
    assert rates["coverage"][0].tolist() == [4, 3, 2, 1, 0]
    assert rates["error"][0].tolist() == [2, 1, 1, 0, 0]
    assert rates["error"][1].tolist() == [4, 3, 2, 1, 0]


# ----------------------------------------------------------------------- choosing
def test_a_goal_within_reach_is_kept_with_room_on_both_sides() -> None:
    score, positive = rows_of(20_000)
    choice = chosen(score, positive, recall_at(0.7), fpr_at(0.3))
    called = score >= choice.threshold
    assert choice.standing == "held" and choice.margin > 1.645
    assert called[positive].mean() > 0.7 and called[~positive].mean() < 0.3


def test_the_margin_is_the_largest_there_is() -> None:
    score, positive = rows_of(2_000, seed=3)
    bounds = recall_at(0.7), fpr_at(0.3)
    at = thresholds(score)
    rates = class_rates(score, positive, at)
    choice = choose(rates, bounds, at)
    margins = [
        min(
            (rates["recall"][0][k] / rates["recall"][1][k] - 0.7) / np.sqrt(0.21 / rates["recall"][1][k]),
            (0.3 - rates["fpr"][0][k] / rates["fpr"][1][k]) / np.sqrt(0.21 / rates["fpr"][1][k]),
        )
        for k in range(len(at))
    ]
    assert choice.margin == pytest.approx(max(margins))


def test_few_rows_show_it_only_as_measured() -> None:
    score, positive = rows_of(60)
    choice = chosen(score, positive, recall_at(0.7), fpr_at(0.35))
    assert choice.standing == "measured" and 0 <= choice.margin < 1.645


def test_out_of_reach_the_condition_comes_first() -> None:
    score, positive = rows_of(5_000, skill=1.0)
    choice = chosen(score, positive, recall_at(0.99), fpr_at(0.05))
    called = score >= choice.threshold
    assert choice.standing == "missed" and choice.margin < 0
    assert called[~positive].mean() < 0.05  # kept beyond noise
    assert called[positive].mean() > 0.05  # and of what is left, the most


def test_a_condition_that_nothing_keeps_is_come_near_to() -> None:
    score, positive = np.full(50, 0.5, np.float32), np.arange(50) < 25
    choice = chosen(score, positive, recall_at(0.9), Bound("precision", True, 0.9, condition=True))
    assert choice.standing == "missed"


@pytest.mark.parametrize("positive", [[True] * 5, [False] * 5, []])
def test_one_class_alone_or_no_row_ends_in_a_rule(positive: list[bool]) -> None:
    score = np.linspace(0.1, 0.9, len(positive)).astype(np.float32)
    choice = chosen(score, np.asarray(positive, bool), recall_at(0.9), fpr_at(0.05))
    assert 0 <= choice.threshold <= 1.1 and choice.standing == "missed"


def test_a_bound_at_the_end_of_the_range() -> None:
    score, positive = np.asarray([0.1, 0.2, 0.8, 0.9], np.float32), np.asarray([False, False, True, True])
    choice = chosen(score, positive, recall_at(1.0), fpr_at(0.0))
    assert choice.threshold == pytest.approx(0.5) and choice.standing == "measured"


@settings(derandomize=True, max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), goal=st.floats(0.05, 0.95), condition=st.floats(0.05, 0.95))
def test_what_is_said_to_hold_does(seed: int, goal: float, condition: float) -> None:
    score, positive = rows_of(300, seed)
    choice = chosen(score, positive, recall_at(goal), fpr_at(condition))
    called = score >= choice.threshold
    both = called[positive].mean() >= goal and called[~positive].mean() <= condition
    assert both or choice.standing == "missed"
    if choice.standing == "missed":
        at = thresholds(score)
        kept = [((score >= t)[positive].mean() >= goal) & ((score >= t)[~positive].mean() <= condition) for t in at]
        assert not any(kept)


def test_a_rule_that_held_holds_on_new_rows() -> None:
    """The point of the margin: chosen on 3,000 rows, kept on fresh ones nearly always."""
    kept = 0
    for seed in range(30):
        choice = chosen(*rows_of(3_000, seed), recall_at(0.7), fpr_at(0.3))
        score, positive = rows_of(50_000, 1_000 + seed)
        called = score >= choice.threshold
        kept += called[positive].mean() >= 0.7 and called[~positive].mean() <= 0.3
    assert kept >= 29


# ------------------------------------------------------------------------ balances
@pytest.mark.parametrize(
    ("metric", "judge"),
    [("f1", f1_score), ("balanced_accuracy", balanced_accuracy_score), ("mcc", matthews_corrcoef)],
)
def test_no_threshold_is_better_at_a_balance(metric: str, judge: object) -> None:
    score, positive = rows_of(300, seed=5)
    reached = {at: judge(positive, score >= at) for at in thresholds(score)}  # type: ignore[operator]
    assert reached[best(score, positive, metric)] == pytest.approx(max(reached.values()))


def test_equally_good_thresholds_stay_near_one_half() -> None:
    score, positive = np.asarray([0.1, 0.45, 0.7, 0.9], np.float32), np.asarray([False, False, True, True])
    assert best(score, positive, "f1") == pytest.approx(0.575)
    assert best(np.full(6, 0.2, np.float32), np.asarray([True, False] * 3), "f1") < 0.2


def test_one_threshold_for_all_labels() -> None:
    scores = np.asarray([[0.1, 0.3], [0.4, 0.2], [0.6, 0.35]], np.float32)
    y = np.asarray([[0, 1], [1, np.nan], [1, 1]], np.float64)
    assert best_together(scores, y) == pytest.approx(0.2)
