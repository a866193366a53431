"""Intervals hold the truth as often as they say, and verdicts ask for a number of rows that decides."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from modelyard.core.protocols import Array, Metric, Outputs
from modelyard.measure import intervals, score
from modelyard.measure.intervals import Interval


def simple_metric(name: str, compute: Callable[..., Any], bounds: tuple[float, float] = (0, 1), **more: Any) -> Metric:
    return Metric(name, lambda outputs, y, weight: compute(outputs["value"], y, weight), "higher", bounds, **more)


AUC = simple_metric("roc_auc", score.roc_auc, trials=lambda outputs, y: int(min(y.sum(), (~y).sum())))
RATE = simple_metric("accuracy", lambda value, y, weight: score.mean((value > 0) == y, weight), exact="rate")
RMSE = simple_metric("rmse", score.rmse, (0, math.inf))


def binary_rows(rows: int, seed: int = 0, gap: float = 1.0) -> tuple[Outputs, Array]:
    random = default_rng(seed)
    y = np.r_[True, False, random.random(max(0, rows - 2)) < 0.4][:rows]
    return {"value": y * gap + random.normal(size=rows)}, y


# -------------------------------------------------------------------- wilson
@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 1, 0.2065, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_known_values(hits: int, trials: int, low: float, high: float) -> None:
    """The last is the example of Newcombe 1998."""
    assert intervals.wilson(hits / trials, trials) == pytest.approx((hits / trials, low, high), abs=5e-5)


def test_wilson_of_nothing() -> None:
    assert all(math.isnan(part) for part in intervals.wilson(math.nan, 5))
    assert all(math.isnan(part) for part in intervals.wilson(0.5, 0))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0.6, 0.999))
def test_wilson_laws(trials: int, share: float, confidence: float) -> None:
    rate = round(share * trials) / trials
    value, low, high = intervals.wilson(rate, trials, confidence)
    assert 0 <= low <= value <= high <= 1 and high > low
    mirror = intervals.wilson(1 - rate, trials, confidence)
    assert (mirror.low, mirror.high) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    wider = intervals.wilson(rate, trials, (1 + confidence) / 2)
    assert wider.low <= low and wider.high >= high


# ----------------------------------------------------------------- resamples
def test_resamples_draw_as_many_rows_as_there_are() -> None:
    chunks = list(intervals.resamples(30, seed=1))
    drawn = np.concatenate(chunks)
    assert drawn.shape == (intervals.RESAMPLES, 30)
    assert (drawn.sum(axis=1) == 30).all()
    assert (drawn == np.concatenate(list(intervals.resamples(30, seed=1)))).all()
    assert (drawn != np.concatenate(list(intervals.resamples(30, seed=2)))).any()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(30), abs=0.2)


def test_resamples_keep_memory_and_work_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "CHUNK", 1000)
    monkeypatch.setattr(intervals, "WORK", 300 * 300)
    chunks = list(intervals.resamples(300))
    assert max(chunk.size for chunk in chunks) <= 1000
    assert sum(len(chunk) for chunk in chunks) == 300
    assert sum(len(chunk) for chunk in intervals.resamples(3000)) == intervals.FEWEST_RESAMPLES


def test_resamples_do_not_hang_on_the_chunk_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(intervals.resamples(50)))
    monkeypatch.setattr(intervals, "CHUNK", 170)
    assert (np.concatenate(list(intervals.resamples(50))) == whole).all()


def test_resamples_of_nothing() -> None:
    assert sum(len(chunk) for chunk in intervals.resamples(0)) == intervals.RESAMPLES
    assert intervals.bootstrap([], 10) == []


def test_bootstrap_of_a_mean_has_its_standard_error() -> None:
    values = default_rng(0).normal(size=400)
    (draws,) = intervals.bootstrap([lambda weight: score.mean(values, weight)], 400)
    assert draws.std() == pytest.approx(values.std() / 20, rel=0.1)
    assert draws.mean() == pytest.approx(values.mean(), abs=0.02)


# ----------------------------------------------------------------- intervals
def test_all_metrics_share_one_pass_and_keep_their_order() -> None:
    outputs, y = binary_rows(200)
    both = intervals.intervals([AUC, RATE, AUC], outputs, y, seed=3)
    assert both[0] == both[2] == intervals.intervals([AUC], outputs, y, seed=3)[0]
    assert both[1] == intervals.wilson(float(RATE.compute(outputs, y, None)), 200)
    assert both[0].value == AUC.compute(outputs, y, None)
    assert both[0].low < both[0].value < both[0].high


def test_more_confidence_is_wider_and_more_rows_are_narrower() -> None:
    outputs, y = binary_rows(200)
    usual = intervals.intervals([AUC], outputs, y)[0]
    surer = intervals.intervals([AUC], outputs, y, confidence=0.99)[0]
    many = intervals.intervals([AUC], *binary_rows(3200))[0]
    assert surer.low < usual.low and surer.high > usual.high
    assert (many.high - many.low) == pytest.approx((usual.high - usual.low) / 4, rel=0.4)


@pytest.mark.parametrize("rows", [0, 1])
def test_intervals_of_hardly_any_rows(rows: int) -> None:
    outputs, y = binary_rows(rows)
    auc, rmse = intervals.intervals([AUC, RMSE], outputs, y)
    assert all(math.isnan(part) for part in auc)
    assert math.isnan(rmse.low) and math.isnan(rmse.high) and math.isnan(rmse.value) == (rows == 0)


@pytest.mark.parametrize("rows", [2, 3, 5])
def test_intervals_of_few_rows_do_not_fail(rows: int) -> None:
    outputs, y = binary_rows(rows)
    for interval in intervals.intervals([AUC, RATE, RMSE], outputs, y):
        assert interval.low <= interval.value <= interval.high or math.isnan(interval.low)


def test_one_class_has_no_auc() -> None:
    outputs = {"value": np.arange(20.0)}
    assert all(math.isnan(part) for part in intervals.intervals([AUC], outputs, np.ones(20, bool))[0])


def test_a_ranking_without_a_mistake_is_not_certain() -> None:
    y = np.arange(20) >= 15
    perfect = intervals.intervals([AUC], {"value": np.arange(20.0)}, y)[0]
    assert perfect.value == perfect.high == 1.0
    assert perfect.low == pytest.approx(intervals.wilson(1.0, 5).low)
    worst = intervals.intervals([AUC], {"value": -np.arange(20.0)}, y)[0]
    assert (worst.value, worst.low) == (0.0, 0.0) and worst.high == pytest.approx(1 - perfect.low)


def test_ends_stay_inside_the_range() -> None:
    for seed in range(5):
        interval = intervals.intervals([AUC], *binary_rows(25, seed, gap=3.0))[0]
        assert 0 <= interval.low <= interval.value <= interval.high <= 1


def test_the_draws_of_a_biased_statistic_are_moved_to_the_estimate() -> None:
    """The largest of some rows can only be smaller in a resample; a distance from 0 can only be larger."""
    draws = 5 + np.abs(default_rng(0).normal(size=1000))
    interval = intervals.spread(5.0, draws, 100)
    assert interval.low < 5.0 < interval.high


def test_spread_without_enough_defined_draws() -> None:
    draws = np.r_[np.full(500, np.nan), np.ones(500)]
    assert math.isnan(intervals.spread(1.0, draws, 10).low)
    assert not math.isnan(intervals.spread(1.0, draws[1:], 10).low)
    assert math.isnan(intervals.spread(math.nan, np.ones(9), 10).low)


@pytest.mark.parametrize("rows", [8, 40])
def test_the_mean_of_few_rows_is_covered_as_promised(rows: int) -> None:
    """95 % intervals of 300 samples; with eight rows the plain percentile interval would cover 86 %."""
    random = default_rng(5)
    truth = simple_metric("mean", lambda value, y, weight: score.mean(value, weight), (-math.inf, math.inf))
    covered = 0
    for _ in range(300):
        sample = random.normal(size=rows)
        _, low, high = intervals.intervals([truth], {"value": sample}, sample)[0]
        covered += low <= 0 <= high
    assert 0.9 <= covered / 300 <= 0.99


# -------------------------------------------------------------------- paired
def test_paired_gain_of_a_better_model() -> None:
    random = default_rng(0)
    before = random.exponential(size=500)
    gain = intervals.paired(before, before - 0.1 + random.normal(scale=0.2, size=500))
    assert gain.low > 0 and gain.low < gain.value < gain.high
    assert gain.value == pytest.approx(0.1, abs=0.03)
    mirrored = intervals.paired(before - gain.value, before)
    assert mirrored.value == pytest.approx(-gain.value)


def test_pairing_sees_what_two_intervals_do_not() -> None:
    random = default_rng(1)
    hard = random.exponential(size=200) * 10
    assert intervals.paired(hard, hard - 0.05 - random.random(200) * 0.01).low > 0


def test_paired_of_equal_models_is_zero() -> None:
    losses = default_rng(0).random(50)
    assert intervals.paired(losses, losses) == Interval(0.0, 0.0, 0.0)


def test_paired_leaves_out_unknown_rows() -> None:
    before, after = np.array([1.0, np.nan, 3.0]), np.array([0.5, 1.0, 1.0])
    assert intervals.paired(before, after).value == pytest.approx(1.25)
    assert all(math.isnan(part) for part in intervals.paired(before[1:2], after[1:2]))


def test_paired_of_one_row_proves_nothing() -> None:
    gain = intervals.paired(np.array([9.0]), np.array([1.0]))
    assert gain.value == 8.0 and math.isnan(gain.low)
    assert not gain.low > 0


# --------------------------------------------------------------- rows needed
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 400), st.integers(1, 400), st.floats(0.01, 0.99))
def test_rows_for_a_rate_are_the_fewest_that_decide(hits: int, trials: int, bound: float) -> None:
    rate = min(hits, trials) / trials
    needed = intervals.rows_needed(rate, 0, 1, bound, trials, trials=trials)
    if needed is None:
        assert abs(rate - bound) < 1e-3
        return

    def decided(rows: int) -> bool:
        _, low, high = intervals.wilson(rate, rows)
        return not low <= bound <= high

    assert decided(needed)
    assert needed <= 1 or not decided(needed - 2) or needed <= 2


def test_rows_for_a_rate_of_some_rows_scale_with_their_share() -> None:
    of_all = intervals.rows_needed(0.85, 0.7, 0.9, 0.9, 100, trials=100)
    of_tenth = intervals.rows_needed(0.85, 0.7, 0.9, 0.9, 1000, trials=100)
    assert of_all is not None and of_tenth == of_all * 10


def test_rows_for_other_numbers_shrink_with_the_root() -> None:
    assert intervals.rows_needed(0.8, 0.7, 0.9, 0.75, 100) == 400
    assert intervals.rows_needed(0.8, 0.7, 0.88, 0.84, 100) == 400
    assert intervals.rows_needed(0.8, 0.79, 0.81, 0.7, 100) == 1


def test_rows_that_no_one_can_collect() -> None:
    assert intervals.rows_needed(0.8, 0.7, 0.9, 0.8, 100) is None
    assert intervals.rows_needed(0.8, 0.7, 0.9, 0.8, 100, trials=100) is None
    assert intervals.rows_needed(0.8, 0.7, 0.9, 0.8 + 1e-9, 100) is None
    assert intervals.rows_needed(0.8, 0.7, 0.9, 0.8 + 1e-9, 100, trials=100) is None
    assert intervals.rows_needed(math.nan, math.nan, math.nan, 0.8, 100) is None
    assert intervals.rows_needed(0.8, math.nan, math.nan, 0.9, 100) is None
    assert intervals.rows_needed(0.8, 0.7, 0.9, 0.5, 0) is None


@pytest.mark.parametrize("bound", [0.0, 1.0, 1.5, -0.5])
def test_a_bound_at_or_beyond_the_end_of_a_rate(bound: float) -> None:
    assert intervals.rows_needed(0.5, 0.4, 0.6, bound, 100, trials=100) == 1
