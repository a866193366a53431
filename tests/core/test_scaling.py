"""Columns of numbers as features, in numpy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core import scaling

numbers = arrays(np.float64, st.integers(0, 40), elements=st.floats(-1e12, 1e12) | st.just(np.nan))
law = settings(max_examples=100, deadline=None, derandomize=True)


# ------------------------------------------------------------------- moments
@law
@given(numbers, st.integers(0, 40))
def test_moments_of_parts_are_those_of_the_whole(values: np.ndarray, cut: int) -> None:
    whole = scaling.moments(values)
    merged = scaling.merge_moments(scaling.moments(values[:cut]), scaling.moments(values[cut:]))
    assert merged["count"] == whole["count"] and merged["missing"] == whole["missing"]
    assert (merged["min"], merged["max"]) == (whole["min"], whole["max"])
    assert merged["mean"] == pytest.approx(whole["mean"], rel=1e-9, abs=1e-3)
    assert merged["squares"] == pytest.approx(whole["squares"], rel=1e-6, abs=1e-3)


@law
@given(numbers)
def test_standard_is_what_numpy_says(values: np.ndarray) -> None:
    mean, scale = scaling.standard(scaling.moments(values))
    known = values[~np.isnan(values)]
    assert scale > 0
    if len(known) and known.min() != known.max() and known.std() > 1e-150:
        assert mean == pytest.approx(known.mean())
        assert scale == pytest.approx(known.std())


def test_many_chunks_in_any_order_lose_nothing() -> None:
    values = np.random.default_rng(0).normal(1e9, 1.0, 5000)  # far from zero: where sums of squares fail
    chunks = [scaling.moments(chunk) for chunk in np.array_split(values, 50)]
    for order in (chunks, chunks[::-1]):
        merged = scaling.moments(values[:0])
        for chunk in order:
            merged = scaling.merge_moments(merged, chunk)
        assert_allclose(scaling.standard(merged), (values.mean(), values.std()), rtol=1e-7)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]], ids=str)
def test_columns_without_a_number_stay_put(values: list[float]) -> None:
    summary = scaling.moments(np.asarray(values, np.float64))
    assert scaling.standard(summary) == (0.0, 1.0)
    assert scaling.standard(scaling.merge_moments(summary, summary)) == (0.0, 1.0)
    json.dumps(summary, allow_nan=False)


@pytest.mark.parametrize("value", [0.1, -7.0, 1e-300, 3e9])
def test_constant_columns_become_zero_exactly(value: float) -> None:
    values = np.full(1001, value)
    mean, scale = scaling.standard(scaling.merge_moments(scaling.moments(values[:7]), scaling.moments(values[7:])))
    assert (mean, scale) == (value, 1.0)


def test_huge_numbers_do_not_overflow() -> None:
    summary = scaling.moments(np.array([1e308, -1e308, 5.0]))
    merged = scaling.merge_moments(summary, summary)
    assert np.isfinite([summary["squares"], merged["squares"], *scaling.standard(merged)]).all()


def test_numbers_too_close_to_tell_apart_keep_a_scale() -> None:
    assert scaling.standard(scaling.moments(np.array([0.0, 5e-324])))[1] == 1.0


# --------------------------------------------------------------------- views
def test_float32_keeps_gaps_and_ends_at_its_limits() -> None:
    given_block = np.array([[np.nan, 1e300, -1e39, 0.1, 1e-40]])
    view = scaling.as_float32(given_block)
    assert view.dtype == np.float32
    assert_array_equal(view, np.array([[np.nan, 3.4e38, -3.4e38, 0.1, 1e-40]], np.float32))


def test_standardised_columns_are_centred_cut_and_filled() -> None:
    plan = scaling.Scaling(np.array([10.0, 0.0]), np.array([2.0, 1e-5]), np.array([1]))
    view = scaling.standardise(np.array([[12.0, 1.0], [10.0, np.nan], [1e308, -1.0]]), plan)
    assert_array_equal(view, np.array([[1, 10, 0], [0, 0, 1], [10, -10, 0]], np.float32))


def test_standardising_is_done_in_double_precision() -> None:
    seconds = 1.7e9 + np.arange(4.0)  # float32 cannot tell these apart
    plan = scaling.Scaling(np.array([1.7e9]), np.array([1.0]), np.empty(0, np.int64))
    assert_array_equal(scaling.standardise(seconds[:, None], plan).ravel(), np.arange(4, dtype=np.float32))


def test_a_tiny_scale_may_overflow_quietly() -> None:
    plan = scaling.Scaling(np.array([0.0]), np.array([1e-300]), np.empty(0, np.int64))
    assert scaling.standardise(np.array([[1e300]]), plan).tolist() == [[10.0]]


def test_chosen_columns() -> None:
    plan = scaling.Scaling(np.zeros(2), np.ones(2), np.array([0]), np.array([2, 0]))
    view = scaling.standardise(np.array([[1.0, 2.0, 3.0], [np.nan, 2.0, 3.0]]), plan)
    assert view.tolist() == [[3, 1, 0], [3, 0, 1]]


def test_the_block_is_left_alone() -> None:
    block = np.array([[1.0, np.nan]])
    scaling.standardise(block, scaling.Scaling(np.ones(2), np.ones(2), np.array([1])))
    assert_array_equal(block, [[1.0, np.nan]])


def test_flagged_are_the_columns_with_gaps() -> None:
    assert scaling.flagged([{"missing": False}, {"missing": True}, {"missing": True}]).tolist() == [1, 2]
    assert scaling.flagged([]).tolist() == []


# ------------------------------------------------------------------- sketches
@law
@given(numbers, st.integers(0, 40))
def test_sketches_of_parts_are_those_of_the_whole(values: np.ndarray, cut: int) -> None:
    one, other = scaling.sketch(values[:cut]), scaling.sketch(values[cut:])
    for merged in (scaling.merge_sketches(one, other), scaling.merge_sketches(other, one)):
        assert merged == scaling.sketch(values)


def test_a_sketch_of_many_numbers_is_small_and_nearly_right() -> None:
    values = np.random.default_rng(0).lognormal(size=100_000)
    merged = scaling.sketch(values[:0])
    for chunk in np.array_split(values, 7):
        merged = scaling.merge_sketches(merged, scaling.sketch(chunk))
    assert len(merged["numbers"]) <= 4096 and sum(merged["times"]) == len(values)
    assert (merged["numbers"][0], merged["numbers"][-1]) == (values.min(), values.max())
    shares = np.array([0.001, 0.1, 0.5, 0.9, 0.999])
    reached = [(values <= number).mean() for number in scaling.quantiles(merged, shares)]
    assert_allclose(reached, shares, atol=2e-3)


def test_a_sketch_of_nothing() -> None:
    assert scaling.sketch(np.array([np.nan])) == {"numbers": [], "times": []}
    assert scaling.normal_scores(scaling.sketch(np.array([]))) is None
    assert scaling.normal_scores(scaling.sketch(np.full(9, 3.0))) is None


def test_numbers_far_beyond_squares_do_not_overflow() -> None:
    values = np.array([1e308, -1e308, 0.0, 1.0])
    curve = scaling.normal_scores(scaling.sketch(values))
    assert curve is not None and np.isfinite(np.diff(curve.knots)).all()


def robust(values: list[float]) -> tuple[float, float]:
    array = np.asarray(values, np.float64)
    return scaling.robust(scaling.moments(array), scaling.sketch(array))


def test_median_and_quartiles_know_nothing_of_one_wild_cell() -> None:
    assert robust([*range(1001), 1e9]) == pytest.approx((500, 500 / 1.349), rel=0.01)


def test_where_half_of_the_cells_are_alike_all_of_them_tell_the_spread() -> None:
    middle, scale = robust([0.0] * 90 + [10.0] * 10)
    assert (middle, scale) == (0.0, pytest.approx(3.0))
    assert robust([]) == (0.0, 1.0) and robust([5.0, 5.0]) == (5.0, 1.0)


@pytest.mark.parametrize(
    ("values", "heavy"),
    [
        (np.random.default_rng(0).normal(size=2000), False),
        (np.random.default_rng(0).uniform(size=2000), False),
        (np.random.default_rng(0).exponential(size=2000), False),
        (np.random.default_rng(0).lognormal(sigma=1.5, size=2000), True),
        (np.r_[np.zeros(1900), np.linspace(1, 1e5, 100)], False),
        (np.r_[np.zeros(1990), np.linspace(1, 1e5, 10)], True),
        (np.array([]), False),
    ],
)
def test_tails_that_are_too_long_to_standardise(values: np.ndarray, heavy: bool) -> None:
    assert scaling.is_heavy(scaling.moments(values), scaling.sketch(values)) is heavy


def test_normal_scores_are_normal_whatever_the_column() -> None:
    values = np.random.default_rng(0).lognormal(sigma=2, size=5000)
    curve = scaling.normal_scores(scaling.sketch(values))
    assert curve is not None
    plan = scaling.Scaling(np.zeros(1), np.ones(1), np.empty(0, np.int64), curves={0: curve})
    view = scaling.standardise(np.r_[values, 1e300, -1e300, np.nan][:, None], plan)[:, 0]
    assert abs(view[:-3].mean()) < 0.05 and view[:-3].std() == pytest.approx(1, abs=0.05)
    assert view[-3:].tolist() == [view.max(), view.min(), 0.0]
    assert (np.diff(view[:-3][np.argsort(values)]) >= 0).all()


# ---------------------------------------------------------------------- bins
def test_bins_of_ordinary_numbers_are_equally_full() -> None:
    profile = scaling.bins(np.arange(1000.0))
    assert len(profile["edges"]) == 9
    assert profile["counts"] == [99, *[100] * 8, 101]
    assert profile["missing"] == 0


def test_bins_of_few_values_hold_one_each() -> None:
    assert scaling.bins(np.array([0.0, 0, 0, 1, np.nan])) == {"edges": [0.0, 1.0], "counts": [0, 3, 1], "missing": 1}


@pytest.mark.parametrize("values", [[], [np.nan]], ids=str)
def test_bins_of_nothing(values: list[float]) -> None:
    found = scaling.bins(np.asarray(values, np.float64))
    assert found == {"edges": [], "counts": [0], "missing": len(values)}


@law
@given(numbers)
def test_bins_hold_every_number_once(values: np.ndarray) -> None:
    profile = scaling.bins(values)
    assert sum(profile["counts"]) + profile["missing"] == len(values)
    assert profile["edges"] == sorted(set(profile["edges"]))
