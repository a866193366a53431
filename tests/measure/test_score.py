"""Metrics against scikit-learn, with weights against repeated rows, and where they are not defined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats
from sklearn import metrics as sk

from modelyard.core.protocols import Array
from modelyard.measure import score

EXACT = {"rel": 1e-12, "abs": 1e-12}
SHAPES = [(2, 1), (7, 2), (100, 2), (1000, 2), (300, 5), (40, 12)]
SEEDS = range(3)


def classes_case(rows: int, classes: int, seed: int) -> tuple[Array, Array, Array]:
    """Probabilities with ties, codes in which every class occurs where it can, weights with zeros."""
    random = default_rng(seed)
    logits = np.round(random.normal(size=(rows, classes)), 1)
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = np.r_[np.arange(classes), random.integers(0, classes, max(0, rows - classes))][:rows]
    return probability, y, random.integers(0, 4, rows).astype(float)


def close(ours: Any, theirs: Any) -> bool:
    return bool(ours == pytest.approx(theirs, **EXACT, nan_ok=True))


# ------------------------------------------------------------------- ranking
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rows", [5, 50, 1000])
@pytest.mark.parametrize(
    ("ours", "theirs"), [(score.roc_auc, sk.roc_auc_score), (score.average_precision, sk.average_precision_score)]
)
def test_ranking_equals_scikit_learn(ours: Any, theirs: Any, rows: int, seed: int) -> None:
    random = default_rng(seed)
    points = np.round(random.normal(size=rows), 1)
    positive = np.r_[True, False, random.random(rows - 2) < 0.3]
    weight = random.random(rows)
    assert close(ours(points, positive), theirs(positive, points))
    assert close(ours(points, positive, weight), theirs(positive, points, sample_weight=weight))
    assert close(ours(points.astype(np.float32), positive), theirs(positive, points.astype(np.float32)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("classes", [3, 6])
def test_one_vs_rest_is_the_macro_mean(classes: int, seed: int) -> None:
    probability, y, _ = classes_case(200, classes, seed)
    member = np.eye(classes)[y]
    assert close(
        score.one_vs_rest(score.roc_auc, probability, member),
        sk.roc_auc_score(y, probability, multi_class="ovr", average="macro"),
    )
    assert close(
        score.one_vs_rest(score.average_precision, probability, member),
        sk.average_precision_score(member, probability, average="macro"),
    )


def test_one_vs_rest_leaves_out_what_is_not_defined() -> None:
    probability = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.6, 0.4, 0.0]])
    member = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 0]])
    assert score.one_vs_rest(score.roc_auc, probability, member) == pytest.approx((1 + 1) / 2)
    assert np.isnan(score.one_vs_rest(score.roc_auc, probability, np.zeros((3, 3))))


def test_columns_skip_unknown_cells() -> None:
    scores, y = np.array([[0.1], [0.9], [0.5]]), np.array([[0.0], [1.0], [np.nan]])
    assert score.of_column(score.roc_auc, scores, y, 0) == 1.0
    weights = np.array([[1.0, 1, 5], [1, 0, 5]])
    assert score.of_column(score.roc_auc, scores, y, 0, weights).tolist() == pytest.approx([1.0, np.nan], nan_ok=True)


@pytest.mark.parametrize("ranking", [score.roc_auc, score.average_precision])
def test_ranking_of_nothing_or_one_class(ranking: Any) -> None:
    nothing = np.zeros(0)
    assert np.isnan(ranking(nothing, nothing.astype(bool)))
    assert np.isnan(ranking(np.array([0.2, 0.3]), np.array([False, False])))
    many = ranking(nothing, nothing.astype(bool), np.zeros((4, 0)))
    assert many.shape == (4,) and np.isnan(many).all()


def test_roc_auc_of_one_class_and_of_ties() -> None:
    assert np.isnan(score.roc_auc(np.array([0.2, 0.3]), np.array([True, True])))
    assert score.roc_auc(np.full(9, 0.5), np.arange(9) < 4) == 0.5
    assert score.roc_auc(np.arange(9.0), np.arange(9) > 4) == 1.0
    assert score.roc_auc(np.arange(9.0), np.arange(9) < 4) == 0.0


def test_ranking_bears_infinite_scores() -> None:
    assert score.roc_auc(np.array([-np.inf, 0.0, np.inf]), np.array([False, True, True])) == 1.0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=2, max_size=30))
def test_roc_auc_is_the_share_of_ordered_pairs(rows: list[tuple[int, bool]]) -> None:
    points, positive = np.array([point for point, _ in rows], float), np.array([up for _, up in rows])
    pairs = [np.sign(a - b) / 2 + 0.5 for a in points[positive] for b in points[~positive]]
    assert close(score.roc_auc(points, positive), np.mean(pairs) if pairs else np.nan)
    # Only the order counts, and swapping the classes mirrors it.
    assert close(score.roc_auc(np.exp(points), positive), score.roc_auc(points, positive))
    assert close(score.roc_auc(-points, positive), 1 - score.roc_auc(points, positive))


# ----------------------------------------------------------------- decisions
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rows", "classes"), [(50, 2), (300, 5), (40, 12)])
@pytest.mark.parametrize("weighted", [False, True])
def test_decisions_equal_scikit_learn(rows: int, classes: int, weighted: bool, seed: int) -> None:
    probability, y, weight = classes_case(rows, classes, seed)
    weight = weight + 0.5
    called = probability.argmax(axis=1)
    counts = score.count(called, y, classes, weight if weighted else None)
    theirs: dict[str, Any] = {"sample_weight": weight if weighted else None}
    every = {"average": None, "zero_division": np.nan, "labels": range(classes), **theirs}
    assert close(score.accuracy(counts), sk.accuracy_score(y, called, **theirs))
    assert close(score.balanced_accuracy(counts), sk.balanced_accuracy_score(y, called, **theirs))
    assert close(score.mcc(counts), sk.matthews_corrcoef(y, called, **theirs))
    assert close(score.recall(counts), sk.recall_score(y, called, **every))
    assert close(score.precision(counts), sk.precision_score(y, called, **every))
    assert close(score.f1(counts), sk.f1_score(y, called, **every))
    for ours, scikit in (
        (score.recall, sk.recall_score),
        (score.precision, sk.precision_score),
        (score.f1, sk.f1_score),
    ):
        assert close(score.macro(ours(counts), counts), scikit(y, called, average="macro", zero_division=0, **theirs))
    mirrored = [sk.recall_score(y != c, called != c, zero_division=np.nan, **theirs) for c in range(classes)]
    assert close(score.specificity(counts), mirrored)


@pytest.mark.parametrize("seed", SEEDS)
def test_micro_over_label_sets(seed: int) -> None:
    random = default_rng(seed)
    called, y = random.random((60, 4)) < 0.4, random.random((60, 4)) < 0.3
    counts = score.count_sets(called, y)
    assert close(score.f1(score.micro(counts))[0], sk.f1_score(y, called, average="micro"))
    assert close(score.macro(score.f1(counts), counts), sk.f1_score(y, called, average="macro"))
    assert close(score.recall(counts), sk.recall_score(y, called, average=None))
    assert close(score.precision(counts), sk.precision_score(y, called, average=None))


def test_confusion_has_the_truth_first() -> None:
    called, y = np.array([0, 1, 1, 2, 2, 2]), np.array([0, 0, 1, 1, 2, 2])
    assert (score.confusion(called, y, 4)[:3, :3] == sk.confusion_matrix(y, called)).all()
    assert score.confusion(called, y, 4).shape == (4, 4)
    assert score.confusion(called[:0], y[:0], 2).tolist() == [[0, 0], [0, 0]]


def test_counts_of_a_class_that_never_occurs() -> None:
    counts = score.count(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert np.isnan(score.recall(counts)[2]) and np.isnan(score.precision(counts)[2])
    assert score.macro(score.recall(counts), counts) == pytest.approx((1 + 0.5) / 2)
    assert score.balanced_accuracy(counts) == pytest.approx((1 + 0.5) / 2)


def test_precision_of_a_class_never_called_is_not_defined_alone_but_zero_in_the_mean() -> None:
    counts = score.count(np.zeros(4, int), np.array([0, 0, 1, 1]), 2)
    assert np.isnan(score.precision(counts)[1])
    assert score.f1(counts)[1] == 0.0
    assert score.macro(score.precision(counts), counts) == 0.25


def test_mcc_of_constant_decisions_and_of_one_class() -> None:
    y = np.array([0, 0, 1])
    assert score.mcc(score.count(np.zeros(3, int), y, 2)) == 0.0 == sk.matthews_corrcoef(y, np.zeros(3))
    assert np.isnan(score.mcc(score.count(np.zeros(3, int), np.zeros(3, int), 2)))
    assert np.isnan(score.mcc(score.count(y, np.ones(3, int), 2)))


def test_decisions_without_rows() -> None:
    none = score.count(np.zeros(0, int), np.zeros(0, int), 3)
    assert [np.isnan(value) for value in (score.accuracy(none), score.balanced_accuracy(none), score.mcc(none))] == [
        True
    ] * 3
    assert np.isnan(score.recall(none)).all() and np.isnan(score.macro(score.recall(none), none))


# ------------------------------------------------------------- probabilities
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rows", "classes"), [(30, 2), (100, 4)])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_proper_scores_equal_scikit_learn(rows: int, classes: int, seed: int, kind: type) -> None:
    probability, y, weight = classes_case(rows, classes, seed)
    probability = probability.astype(kind)
    tolerance = EXACT if kind is np.float64 else {"rel": 1e-5}
    losses, briers = score.log_losses(probability, y), score.brier_losses(probability, y)
    scikit = sk.log_loss(y, probability, sample_weight=weight, labels=range(classes))
    assert score.mean(losses, weight) == pytest.approx(scikit, **tolerance)
    given = probability[:, 1] if classes == 2 else probability
    options: dict[str, Any] = {} if classes == 2 else {"labels": range(classes)}
    scikit = sk.brier_score_loss(y, given, sample_weight=weight, **options)
    assert score.mean(briers, weight) == pytest.approx(scikit, **tolerance)


def test_log_loss_of_a_certain_mistake_is_finite_and_as_in_scikit_learn() -> None:
    sure, y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1, 1])
    assert close(score.log_losses(sure, y).mean(), sk.log_loss(y, sure, labels=[0, 1]))
    narrow = score.log_losses(sure.astype(np.float32), y)
    assert np.isfinite(narrow).all() and narrow.dtype == np.float64
    assert narrow[0] == pytest.approx(-np.log(np.finfo(np.float32).eps))


def test_log_losses_of_sets() -> None:
    probability = np.array([[0.9, 0.2], [0.5, 0.5], [0.1, 0.3]])
    y = np.array([[1.0, 0.0], [np.nan, 1.0], [np.nan, np.nan]])
    expected = [-(np.log(0.9) + np.log(0.8)) / 2, -np.log(0.5), np.nan]
    assert score.log_losses_of_sets(probability, y) == pytest.approx(expected, nan_ok=True)


def test_hamming_losses() -> None:
    called = np.array([[True, False], [True, True], [True, False]])
    y = np.array([[1.0, 0.0], [np.nan, 0.0], [np.nan, np.nan]])
    assert score.hamming_losses(called, y) == pytest.approx([0.0, 1.0, np.nan], nan_ok=True)
    random = default_rng(0)
    called, known = random.random((50, 4)) < 0.5, random.random((50, 4)) < 0.5
    assert close(score.hamming_losses(called, known * 1.0).mean(), sk.hamming_loss(known, called))
    assert close((score.hamming_losses(called, known * 1.0) == 0).mean(), sk.accuracy_score(known, called))


# ------------------------------------------------------------------- numbers
NUMBERS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (score.rmse, sk.root_mean_squared_error),
    (score.mae, sk.mean_absolute_error),
    (score.r2, sk.r2_score),
    (score.median_absolute_error, sk.median_absolute_error),
    (score.mape, sk.mean_absolute_percentage_error),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rows", [2, 3, 100])
@pytest.mark.parametrize(("ours", "theirs"), NUMBERS)
def test_numbers_equal_scikit_learn(ours: Any, theirs: Any, rows: int, seed: int) -> None:
    random = default_rng(seed)
    y = random.normal(loc=5, size=rows)
    value = y + random.normal(size=rows)
    weight = random.integers(1, 5, rows).astype(float)
    assert close(ours(value, y), theirs(y, value))
    assert close(ours(value, y, weight), theirs(y, value, sample_weight=weight))


@pytest.mark.parametrize(("ours", "theirs"), NUMBERS)
def test_numbers_without_rows(ours: Any, theirs: Any) -> None:
    nothing = np.zeros(0)
    assert np.isnan(ours(nothing, nothing))
    assert np.isnan(ours(nothing, nothing, np.zeros((3, 0)))).tolist() == [True] * 3


def test_r2_where_y_does_not_vary() -> None:
    assert np.isnan(score.r2(np.array([1.0]), np.array([1.0])))
    assert np.isnan(score.r2(np.array([1.0, 2.0]), np.array([0.1, 0.1])))
    y, value = np.array([0.1, 0.7, 5.3]), np.array([0.2, 0.6, 5.0])
    only_one = np.array([[3.0, 0, 0], [0, 3, 0], [1, 1, 1]])
    assert np.isnan(score.r2(value, y, only_one)).tolist() == [True, True, False]


def test_r2_of_large_numbers_with_little_spread() -> None:
    y = 1e9 + np.arange(10.0)
    assert score.r2(y + 0.1, y) == pytest.approx(sk.r2_score(y, y + 0.1), rel=1e-6)


def test_mape_with_a_zero() -> None:
    y, value = np.array([0.0, 2.0]), np.array([1.0, 3.0])
    assert np.isnan(score.mape(value, y))
    assert score.mape(value, y, np.array([[1.0, 1], [0, 2]])).tolist() == pytest.approx([np.nan, 0.5], nan_ok=True)


def test_median_absolute_error_of_even_and_weighted_rows() -> None:
    y = np.zeros(4)
    assert score.median_absolute_error(np.array([1.0, 2, 3, 10]), y) == 2.5
    assert score.median_absolute_error(np.array([1.0, 2, 3, 10]), y, np.array([0.0, 0, 0, 1])) == 10
    assert np.isnan(score.median_absolute_error(np.array([1.0, 2, 3, 10]), y, np.zeros(4)))


# ------------------------------------------------------------- what all share
def _of_codes(function: Callable[[score.Counts], Any]) -> Callable[..., Any]:
    return lambda p, y, w: function(score.count(p.argmax(axis=1), y, p.shape[1], w))


EVERY: dict[str, Callable[[Array, Array, Array | None], Any]] = {
    "roc_auc": lambda p, y, w: score.roc_auc(p[:, 1], y == 1, w),
    "average_precision": lambda p, y, w: score.average_precision(p[:, 1], y == 1, w),
    "roc_auc_macro": lambda p, y, w: score.one_vs_rest(score.roc_auc, p, np.eye(p.shape[1])[y], w),
    "accuracy": _of_codes(score.accuracy),
    "balanced_accuracy": _of_codes(score.balanced_accuracy),
    "mcc": _of_codes(score.mcc),
    "f1": lambda p, y, w: score.macro(score.f1(c := score.count(p.argmax(axis=1), y, p.shape[1], w)), c),
    "recall": lambda p, y, w: score.of_class(score.recall(score.count(p.argmax(axis=1), y, p.shape[1], w)), 0),
    "log_loss": lambda p, y, w: score.mean(score.log_losses(p, y), w),
    "brier": lambda p, y, w: score.mean(score.brier_losses(p, y), w),
    "rmse": lambda p, y, w: score.rmse(p[:, 0], y.astype(float), w),
    "mae": lambda p, y, w: score.mae(p[:, 0], y.astype(float), w),
    "r2": lambda p, y, w: score.r2(p[:, 0], y.astype(float), w),
    "median_absolute_error": lambda p, y, w: score.median_absolute_error(p[:, 0], y.astype(float), w),
    "mape": lambda p, y, w: score.mape(p[:, 0], y + 1.0, w),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("rows", "classes"), [(2, 2), (9, 2), (60, 3)])
def test_a_weight_of_k_is_k_rows(name: str, rows: int, classes: int) -> None:
    metric = EVERY[name]
    for seed in SEEDS:
        probability, y, weight = classes_case(rows, classes, seed)
        again = np.repeat(np.arange(rows), weight.astype(int))
        assert close(metric(probability, y, weight), metric(probability[again], y[again], None)), seed


@pytest.mark.parametrize("name", EVERY)
def test_many_weights_at_once_are_each_alone(name: str) -> None:
    probability, y, _ = classes_case(40, 3, 0)
    weights = default_rng(1).integers(0, 3, (6, 40)).astype(float)
    weights[0] = 0.0
    at_once = EVERY[name](probability, y, weights)
    assert np.shape(at_once) == (6,)
    assert close(at_once, [EVERY[name](probability, y, weight) for weight in weights])
    assert np.isnan(at_once[0])


@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_rows_does_not_count(name: str) -> None:
    probability, y, weight = classes_case(60, 3, 4)
    order = default_rng(0).permutation(60)
    assert close(EVERY[name](probability, y, weight), EVERY[name](probability[order], y[order], weight[order]))


@pytest.mark.parametrize("name", EVERY)
def test_a_number_is_a_python_float_for_json(name: str) -> None:
    probability, y, _ = classes_case(20, 3, 0)
    assert isinstance(EVERY[name](probability, y, None), float)


def test_mean_and_ratio() -> None:
    assert score.mean(np.array([1.0, 3.0])) == 2.0
    assert score.mean(np.array([True, False]), np.array([3.0, 1.0])) == 0.75
    assert np.isnan(score.mean(np.zeros(0)))
    assert score.ratio(np.array([1.0, 1.0]), np.array([0.0, 2.0])).tolist() == pytest.approx([np.nan, 0.5], nan_ok=True)


def test_a_thousand_classes() -> None:
    generator = default_rng(0)
    y = generator.integers(0, 1000, 3000)
    called = np.where(generator.random(3000) < 0.7, y, generator.integers(0, 1000, 3000))
    counts = score.count(called, y, 1000)
    assert close(score.accuracy(counts), sk.accuracy_score(y, called))
    assert close(score.macro(score.f1(counts), counts), sk.f1_score(y, called, average="macro", zero_division=0))


# ------------------------------------------------------------------ ks, gini, lift
def ranked(rows: int, seed: int, digits: int = 1) -> tuple[Array, Array, Array]:
    """Scores with ties, which rows are positive, weights of two resamples."""
    random = default_rng(seed)
    positive = random.random(rows) < 0.3
    scored = np.round(0.7 * positive + random.normal(size=rows), digits)
    return scored, positive, np.stack([np.bincount(random.integers(0, rows, rows), minlength=rows) for _ in range(2)])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rows", [10, 100, 999])
def test_ks_is_the_two_sample_statistic(rows: int, seed: int) -> None:
    scored, positive, _ = ranked(rows, seed)
    one_sided = stats.ks_2samp(scored[positive], scored[~positive], alternative="less").statistic
    assert close(score.ks(scored, positive), one_sided)
    assert close(score.gini(scored, positive), 2 * sk.roc_auc_score(positive, scored) - 1)


def test_ks_of_a_ranking_upside_down_is_no_distance() -> None:
    assert score.ks(np.arange(10.0), np.arange(10) < 5) == 0
    assert score.ks(np.arange(10.0), np.arange(10) >= 5) == 1
    assert score.ks(np.zeros(10), np.arange(10) >= 5) == 0


def test_lift_by_hand() -> None:
    scored, positive = np.asarray([9, 8, 7, 6, 5, 4, 3, 2, 1, 0.0]), np.arange(10) < 3
    assert close(score.top_precision(scored, positive, 0.4), 3 / 4)
    assert close(score.top_recall(scored, positive, 0.2), 2 / 3)
    assert close(score.lift(scored, positive, 0.1), 1 / 0.3)


def test_rows_of_a_tie_that_is_cut_count_in_part() -> None:
    """The order of equal rows is luck; the number must not hang on it."""
    scored, positive = np.asarray([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]), np.asarray([1, 1, 0, 0, 1, 0], bool)
    assert close(score.top_precision(scored, positive, 1 / 3), 0.5)
    shuffled = np.asarray([3, 1, 0, 2, 5, 4])
    assert close(score.top_precision(scored[shuffled], positive[shuffled], 1 / 3), 0.5)


@pytest.mark.parametrize("rows", [1, 7, 200])
@pytest.mark.parametrize("name", ["ks", "gini"])
def test_a_weight_of_k_is_k_rows_for_rankings(name: str, rows: int) -> None:
    scored, positive, weight = ranked(rows, rows)
    ours = getattr(score, name)
    alone = [ours(np.repeat(scored, k), np.repeat(positive, k)) for k in weight]
    assert close(ours(scored, positive, weight.astype(float)), alone)


@pytest.mark.parametrize("rows", [1, 7, 200])
@pytest.mark.parametrize("name", ["lift", "top_precision", "top_recall"])
def test_a_weight_of_k_is_k_rows_on_top(name: str, rows: int) -> None:
    scored, positive, weight = ranked(rows, rows)
    ours = getattr(score, name)
    alone = [ours(np.repeat(scored, k), np.repeat(positive, k), 0.15) for k in weight]
    assert close(ours(scored, positive, 0.15, weight.astype(float)), alone)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), rows=st.integers(2, 60), share=st.floats(0.01, 0.99))
def test_a_perfect_ranking_has_the_highest_lift(seed: int, rows: int, share: float) -> None:
    scored, positive, _ = ranked(rows, seed)
    if positive.any():
        perfect = score.lift(positive.astype(float), positive, share)
        assert score.lift(scored, positive, share) <= perfect + 1e-9 <= 1 / share + 2e-9


@pytest.mark.parametrize("name", ["ks", "gini"])
def test_rankings_of_one_class_or_no_row_are_not_defined(name: str) -> None:
    for positive in (np.zeros(4, bool), np.ones(4, bool), np.zeros(0, bool)):
        assert np.isnan(getattr(score, name)(np.zeros(len(positive)), positive))


def test_what_is_on_top_of_no_row_is_not_defined() -> None:
    none = np.zeros(0, bool)
    for name in ("lift", "top_precision", "top_recall"):
        assert np.isnan(getattr(score, name)(np.zeros(0), none, 0.1))
    assert np.isnan(score.lift(np.zeros(3), np.zeros(3, bool), 0.1))
    assert score.top_precision(np.zeros(3), np.zeros(3, bool), 0.1) == 0


# --------------------------------------------------------------------- near hits
def test_smape_is_a_share_of_the_mean_of_both() -> None:
    value, y = np.asarray([2.0, 0.0, -1.0, 5.0]), np.asarray([1.0, 0.0, 1.0, 5.0])
    assert close(score.smape(value, y), (1 / 1.5 + 0 + 2 + 0) / 4)
    assert np.isnan(score.smape(np.zeros(0), np.zeros(0)))


def test_near_hits_are_counted() -> None:
    value, y = np.asarray([109.0, 111.0, 0.0, -95.0]), np.asarray([100.0, 100.0, 0.0, -100.0])
    assert score.within(value, y, 0.1) == 0.75
    assert score.within(value, y, 0.1, np.asarray([0.0, 2.0, 0.0, 0.0])) == 0
