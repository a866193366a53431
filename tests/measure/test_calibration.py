"""Calibration never harms, keeps the order, bears any score; conformal thresholds keep their promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from sklearn.calibration import _SigmoidCalibration
from sklearn.linear_model import LogisticRegression

from modelyard.core.protocols import Array
from modelyard.measure import calibration, score


def logistic_rows(rows: int, seed: int, slope: float = 1.0, offset: float = 0.0) -> tuple[Array, Array]:
    """Logits, and classes drawn with the probability sigmoid(slope * logit + offset)."""
    random = default_rng(seed)
    logit = random.normal(size=rows) * 2
    return logit, random.random(rows) < calibration.sigmoid(slope * logit + offset)


def softmax_rows(rows: int, classes: int, seed: int, slope: float = 1.0) -> tuple[Array, Array]:
    random = default_rng(seed)
    logits = random.normal(size=(rows, classes)) * 2
    chances = calibration.softmax(slope * logits)
    return logits, np.array([random.choice(classes, p=chance) for chance in chances])


def binary_loss(logit: Array, positive: Array) -> float:
    return float((np.logaddexp(0, logit) - positive * logit).mean())


# ------------------------------------------------------------------ functions
def test_sigmoid_is_exact_in_both_tails() -> None:
    logits = np.array([-1e30, -800.0, -40.0, 0.0, 40.0, 800.0, 1e30])
    chances = calibration.sigmoid(logits)
    assert chances[[0, 1, 3, 5, 6]].tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert chances[2] == pytest.approx(math.exp(-40), rel=1e-12)
    assert calibration.sigmoid(-logits) == pytest.approx(1 - chances)


def test_softmax_bears_huge_logits_and_no_rows() -> None:
    logits = np.array([[1e30, -1e30, 0.0], [1e30, 1e30, -5.0], [0.0, 0.0, 0.0]])
    expected = [[1, 0, 0], [0.5, 0.5, 0], [1 / 3] * 3]
    assert calibration.softmax(logits) == pytest.approx(np.array(expected))
    assert calibration.softmax(np.zeros((0, 3))).shape == (0, 3)


def test_calibrated_cuts_and_scales_each_column() -> None:
    scores = np.array([[1.0, -np.inf], [np.inf, 2.0]], np.float32)
    found = calibration.calibrated(scores, {"slope": [2.0, 3.0], "offset": [1.0, 0.0]})
    assert found.dtype == np.float64
    assert found == pytest.approx(np.array([[3.0, -3e30], [2e30, 6.0]]))


# ---------------------------------------------------------------------- platt
@pytest.mark.parametrize("seed", range(3))
def test_platt_equals_scikit_learn(seed: int) -> None:
    logit, positive = logistic_rows(500, seed, 0.5, -1.0)
    theirs = _SigmoidCalibration().fit(logit, positive)
    assert calibration.platt(logit, positive) == pytest.approx((-theirs.a_, -theirs.b_), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(("slope", "offset"), [(0.2, 0.0), (1.0, 0.0), (4.0, 2.0), (1.0, -3.0)])
def test_platt_finds_the_curve(slope: float, offset: float) -> None:
    logit, positive = logistic_rows(20_000, 0, slope, offset)
    assert calibration.platt(logit, positive) == pytest.approx((slope, offset), rel=0.12, abs=0.12)


@pytest.mark.parametrize("size", [1e-20, 1e-3, 1.0, 1e6, 1e28])
@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_platt_does_not_hang_on_the_scale_of_the_score(size: float, shift: float) -> None:
    logit, positive = logistic_rows(300, 1, slope=0.5, offset=2.0)
    slope, offset = calibration.platt(logit, positive)
    other = calibration.platt((logit + shift) * size, positive)
    assert other[0] * size == pytest.approx(slope, rel=1e-6)
    assert other[1] == pytest.approx(offset - slope * shift, rel=1e-6, abs=1e-6)


def test_platt_of_separated_rows_is_finite() -> None:
    logit = np.r_[np.linspace(-9, -1, 30), np.linspace(1, 9, 30)]
    slope, offset = calibration.platt(logit, logit > 0)
    assert 0 < slope < 20 and abs(offset) < 1e-6


@pytest.mark.parametrize(
    ("rows", "flip"), [(0, False), (1, False), (3, False), (calibration.FEWEST_ROWS - 1, False), (500, True)]
)
def test_platt_steps_back_to_the_identity(rows: int, flip: bool) -> None:
    logit, positive = logistic_rows(rows, 0)
    assert calibration.platt(-logit if flip else logit, positive) == (1.0, 0.0)


@pytest.mark.parametrize("rows", [100, 1000])
def test_a_fit_has_to_pay_for_its_parameters(rows: int) -> None:
    sound, crooked = (
        [calibration.platt(*logistic_rows(rows, seed, slope)) for seed in range(20)] for slope in (1, 0.4)
    )
    assert sound.count((1.0, 0.0)) >= 14 and crooked.count((1.0, 0.0)) <= 1


def test_platt_of_one_class_or_one_score() -> None:
    logit, positive = logistic_rows(100, 0)
    assert calibration.platt(logit, np.ones(100, bool)) == (1.0, 0.0)
    assert calibration.platt(logit, np.zeros(100, bool)) == (1.0, 0.0)
    assert calibration.platt(np.full(100, 3.0), positive) == (1.0, 0.0)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(20, 80), st.integers(0, 10_000), st.floats(0.01, 50), st.floats(-10, 10))
def test_platt_never_harms_the_rows_it_saw(rows: int, seed: int, slope: float, offset: float) -> None:
    logit, positive = logistic_rows(rows, seed, slope, offset)
    found, moved = calibration.platt(logit, positive)
    assert found > 0
    assert binary_loss(found * logit + moved, positive) <= binary_loss(logit, positive) + 1e-6


def test_platt_bears_infinite_scores() -> None:
    logit, positive = logistic_rows(100, 0)
    logit[:3] = [np.inf, -np.inf, 1e300]
    assert np.isfinite(calibration.platt(logit, positive)).all()


# ---------------------------------------------------------------- temperature
@pytest.mark.parametrize("slope", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("classes", [3, 8])
def test_temperature_finds_the_slope(slope: float, classes: int) -> None:
    logits, y = softmax_rows(4000, classes, 0, slope)
    assert calibration.temperature(logits, y) == pytest.approx(slope, rel=0.1)


def test_temperature_is_the_minimum() -> None:
    logits, y = softmax_rows(5000, 4, 1, 0.4)
    best = calibration.temperature(logits, y)

    def loss(slope: float) -> float:
        return float(score.log_losses(calibration.softmax(slope * logits), y).mean())

    assert loss(best) <= min(loss(best * factor) for factor in (0.5, 0.95, 1.05, 2)) + 1e-9


@pytest.mark.parametrize("size", [1e-20, 1e-3, 1e6, 1e28])
def test_temperature_does_not_hang_on_the_scale_of_the_scores(size: float) -> None:
    logits, y = softmax_rows(300, 3, 2, 0.5)
    assert calibration.temperature(logits * size, y) * size == pytest.approx(
        calibration.temperature(logits, y), rel=1e-6
    )


def test_temperature_of_rows_without_a_mistake_is_finite() -> None:
    y = np.arange(90) % 3
    logits = np.eye(3)[y]
    slope = calibration.temperature(logits, y)
    chance = calibration.softmax(slope * logits)[0, 0]
    assert 0.97 < chance < 1 - 1e-3


def test_temperature_steps_back_to_the_identity() -> None:
    logits, y = softmax_rows(100, 3, 0)
    assert calibration.temperature(logits[:0], y[:0]) == 1.0
    assert calibration.temperature(logits[:19], y[:19]) == 1.0
    assert calibration.temperature(logits, np.zeros(100, int)) == 1.0
    assert calibration.temperature(np.ones((100, 3)), y) == 1.0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(20, 60), st.integers(2, 6), st.integers(0, 10_000), st.floats(0.001, 30))
def test_temperature_never_harms_the_rows_it_saw(rows: int, classes: int, seed: int, size: float) -> None:
    logits, y = softmax_rows(rows, classes, seed)
    logits *= size
    slope = calibration.temperature(logits, y)
    assert slope > 0
    before, after = (score.log_losses(calibration.softmax(s * logits), y).mean() for s in (1.0, slope))
    assert after <= before + 1e-5


def test_temperature_of_useless_scores_flattens_them() -> None:
    random = default_rng(0)
    logits, y = random.normal(size=(500, 3)) * 5, random.integers(0, 3, 500)
    assert calibration.temperature(logits, y) < 0.05


# ------------------------------------------------------------------ conformal
@pytest.mark.parametrize(
    ("rows", "confidence", "rank"),
    [(9, 0.9, 9), (8, 0.9, None), (19, 0.95, 19), (99, 0.9, 90), (100, 0.9, 91), (0, 0.9, None)],
)
def test_split_quantile_takes_the_right_rank(rows: int, confidence: float, rank: int | None) -> None:
    strangeness = default_rng(0).permutation(np.arange(1.0, rows + 1))
    assert calibration.split_quantile(strangeness, confidence) == rank


def test_split_quantile_keeps_its_promise() -> None:
    """Averaged over many calibrations, a new row stays below it at least as often as promised, and hardly more."""
    random = default_rng(0)
    kept = []
    for _ in range(2000):
        threshold = calibration.split_quantile(random.exponential(size=30), 0.8)
        assert threshold is not None
        kept.append(1 - math.exp(-threshold))
    assert 0.8 - 0.005 <= np.mean(kept) <= 0.8 + 1 / 31 + 0.005


# ---------------------------------------------------------------- reliability
def test_reliability_has_bins_of_equal_mass() -> None:
    random = default_rng(0)
    said = random.random(1500)
    bins = calibration.reliability(said, random.random(1500) < said)
    assert bins.rows.tolist() == [100.0] * 15
    assert (np.diff(bins.said) > 0).all()
    assert np.abs(bins.said - bins.happened).max() < 0.2


def test_reliability_keeps_ties_together_and_skips_empty_bins() -> None:
    said = np.array([0.2] * 90 + [0.7] * 60)
    bins = calibration.reliability(said, np.arange(150) % 2 == 0)
    assert bins.rows.tolist() == [90, 60]
    assert bins.said == pytest.approx([0.2, 0.7])
    assert bins.happened == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(("rows", "bins"), [(0, 0), (1, 1), (19, 1), (20, 2), (45, 4), (10_000, 15)])
def test_the_number_of_bins_follows_the_rows(rows: int, bins: int) -> None:
    assert len(calibration.reliability(np.linspace(0, 1, rows), np.zeros(rows, bool)).rows) == bins


def test_ece_of_known_cases() -> None:
    half = np.arange(200) % 2 == 0
    assert calibration.ece(np.full(200, 0.5), half) == pytest.approx(0.0)
    assert calibration.ece(np.full(200, 0.9), half) == pytest.approx(0.4)
    assert calibration.ece(half.astype(float), half) == 0.0
    assert np.isnan(calibration.ece(np.zeros(0), np.zeros(0, bool)))
    assert calibration.ece(np.array([0.3]), np.array([True])) == pytest.approx(0.7)


@pytest.mark.parametrize("rows", [3, 30, 400])
def test_ece_weight_of_k_is_k_rows_and_many_weights_are_each_alone(rows: int) -> None:
    random = default_rng(rows)
    said, hit = np.round(random.random(rows), 2), random.random(rows) < 0.4
    weights = random.integers(0, 4, (5, rows)).astype(float)
    weights[0] = 0
    at_once = calibration.ece(said, hit, weights)
    assert np.isnan(at_once[0])
    for weight, value in zip(weights[1:], at_once[1:], strict=True):
        again = np.repeat(np.arange(rows), weight.astype(int))
        assert value == pytest.approx(calibration.ece(said[again], hit[again]), abs=1e-12)
        assert value == pytest.approx(calibration.ece(said, hit, weight), abs=1e-12)


def test_ece_does_not_hang_on_the_order_of_rows() -> None:
    random = default_rng(0)
    said, hit = np.round(random.random(300), 1), random.random(300) < 0.4
    order = random.permutation(300)
    assert calibration.ece(said, hit) == pytest.approx(calibration.ece(said[order], hit[order]), abs=1e-12)


def test_calibrating_lowers_the_ece_of_an_overconfident_model() -> None:
    logit, positive = logistic_rows(4000, 3, slope=0.3)
    slope, offset = calibration.platt(logit[:2000], positive[:2000])
    before = calibration.ece(calibration.sigmoid(logit[2000:]), positive[2000:])
    after = calibration.ece(calibration.sigmoid(slope * logit[2000:] + offset), positive[2000:])
    assert after < before / 3


def test_the_newton_fit_is_a_logistic_regression() -> None:
    logit, positive = logistic_rows(400, 5, 0.7, 0.3)
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(logit[:, None], positive)
    found = calibration._logistic(logit, positive.astype(float), np.ones(400))
    assert found == pytest.approx((plain.coef_[0, 0], plain.intercept_[0]), rel=1e-4)


# ------------------------------------------------------------------- weights
def weighted_rows(classes: int = 2) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(0)
    y = random.integers(0, classes, 300)
    return random.normal(size=(300, classes)) + np.eye(classes)[y], y, random.integers(1, 4, 300)


def test_a_row_of_weight_two_is_a_row_twice_for_platt() -> None:
    scores, y, count = weighted_rows()
    margin = scores[:, 1] - scores[:, 0]
    twice = calibration.platt(np.repeat(margin, count), np.repeat(y == 1, count))
    assert calibration.platt(margin, y == 1, count) == pytest.approx(twice, rel=1e-2)
    assert calibration.platt(margin, y == 1, np.ones(300)) == calibration.platt(margin, y == 1)


def test_a_row_of_weight_two_is_a_row_twice_for_the_temperature() -> None:
    scores, y, count = weighted_rows(3)
    twice = calibration.temperature(np.repeat(3 * scores, count, axis=0), np.repeat(y, count))
    assert calibration.temperature(3 * scores, y, count) == pytest.approx(twice, rel=1e-2)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95])
def test_quantiles_of_weighted_rows(confidence: float) -> None:
    values = np.random.default_rng(0).normal(size=99)
    assert calibration.split_quantile(values, confidence, np.ones(99)) == calibration.split_quantile(values, confidence)
    heavy = np.where(values > np.median(values), 3.0, 1.0)
    assert calibration.split_quantile(values, confidence, heavy) > calibration.split_quantile(values, confidence)
    assert calibration.split_quantile(values[:3], 0.99, np.ones(3)) is None
