"""Bins of numbers: where they are cut, how they are filled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.models import piecewise

law = settings(max_examples=80, deadline=None, derandomize=True)
views = arrays(
    np.float32, st.tuples(st.integers(1, 60), st.integers(1, 3)), elements=st.floats(-(2.0**99), 2.0**99, width=32)
)


def cut(views: list[np.ndarray], count: int) -> piecewise.Bins:
    return piecewise.cut(views, [np.ones(len(view), np.float32) for view in views], count)


def view_of(*columns: object) -> np.ndarray:
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


@law
@given(views, st.integers(1, 12))
def test_bins_rise_with_their_feature_and_never_leave_their_range(x: np.ndarray, count: int) -> None:
    bins = cut([x], count)
    filled = bins.fill(x)
    assert filled.shape == (len(x), len(bins)) and filled.dtype == np.float32
    assert ((filled >= 0) & (filled <= 1)).all()
    assert (bins.width > 0).all() and (np.diff(bins.feature) >= 0).all()
    assert np.bincount(bins.feature, minlength=1).max() <= count
    for number, feature in enumerate(bins.feature):
        assert (np.diff(filled[np.argsort(x[:, feature], kind="stable"), number]) >= 0).all()


def test_the_bins_of_a_feature_add_up_to_its_place_on_the_way() -> None:
    x = view_of(np.linspace(0, 100, 101))
    bins = cut([x], 4)
    assert bins.low.tolist() == [0, 25, 50, 75]
    assert_allclose(bins.fill(view_of([0, 30, 100, 1e30, -5])), [[0] * 4, [1, 0.2, 0, 0], [1] * 4, [1] * 4, [0] * 4])


def test_values_that_fill_a_bin_alone_leave_the_others_their_quantiles() -> None:
    x = view_of(np.r_[np.zeros(900), np.linspace(1, 100, 100)])
    bins = cut([x], 8)
    assert len(bins) >= 6 and bins.low[0] == 0 and bins.low[1] == pytest.approx(1)


def test_few_values_have_a_bin_between_any_two() -> None:
    bins = cut([view_of([3, 1, 2, 1, 2, 3, 9])], 8)
    assert (bins.low.tolist(), bins.width.tolist()) == ([1, 2, 3], [1, 1, 6])


@pytest.mark.parametrize("column", [[0.0], [1.0] * 5, [0, 1, 1, 0]], ids=str)
def test_nothing_bends_between_two_values(column: list[float]) -> None:
    x = view_of(column)
    bins = cut([x], 8)
    assert not len(bins) and bins.beside(x) is x


def test_no_bins_at_all() -> None:
    x = view_of(range(9))
    assert cut([x], 0) is piecewise.NONE
    assert piecewise.NONE.fill(x).shape == (9, 0)
    assert len(cut([x[:, :0]], 8)) == 0


@pytest.mark.parametrize(("asked", "rows", "bins"), [(None, 9_999, 12), (None, 10_000, 24), (0, 10_000, 0), (7, 50, 7)])
def test_many_rows_get_more_bins_unless_a_number_is_asked_for(asked: int | None, rows: int, bins: int) -> None:
    assert piecewise.bins_for(asked, rows, few=12, many=24) == bins


def wide(features: int, rows: int = 60) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, features)).astype(np.float32)


@pytest.mark.parametrize(
    ("features", "count", "each"),
    [
        (100, 24, 24),
        (100, 48, 48),
        (200, 24, 24),
        (250, 24, 20),
        (1000, 24, 5),
        (1000, 3, 3),
        (2600, 24, 1),
        (5001, 9, 0),
    ],
)
def test_all_bins_together_are_bounded(features: int, count: int, each: int) -> None:
    bins = cut([wide(features)], count)
    assert np.bincount(bins.feature, minlength=features).tolist() == [each] * features
    assert len(bins) <= piecewise.MOST_BINS


def test_features_of_two_values_take_no_bins_from_the_others() -> None:
    x = np.concatenate([wide(100), wide(5000) > 0], axis=1).astype(np.float32)
    assert_array_equal(cut([x], 24).low, cut([x[:, :100]], 24).low)
    assert len(cut([x[:, 100:]], 24)) == 0


def test_a_number_in_any_fold_counts() -> None:
    x = wide(1000)
    constant = np.zeros_like(x)
    assert len(cut([constant, x], 24)) == 5 * 1000


def test_folds_share_their_bins() -> None:
    one, other = view_of(range(50)), view_of(range(50, 100))
    bins = cut([one, other], 4)
    assert_array_equal(bins.low, cut([np.concatenate([one, other])], 4).low)


def test_many_rows_are_sampled() -> None:
    x = view_of(np.random.default_rng(0).permutation(900_001))
    assert_allclose(cut([x], 4).low, [0, 225_000, 450_000, 675_000], atol=6_000)


def test_a_checkpoint_keeps_them() -> None:
    bins = cut([view_of(range(9), range(9, 18))], 3)
    back = piecewise.of_arrays(bins.arrays())
    for one, other in zip(bins.arrays().values(), back.arrays().values(), strict=True):
        assert_array_equal(one, other)
    assert piecewise.of_arrays({}) is piecewise.NONE


def test_the_view_is_left_alone() -> None:
    x = view_of(range(9))
    before = x.copy()
    assert cut([x], 3).beside(x).shape == (9, 4)
    assert_array_equal(x, before)


def test_a_row_of_weight_three_is_a_row_three_times() -> None:
    values = np.random.default_rng(0).normal(size=200).astype(np.float32)
    weight = np.random.default_rng(1).integers(0, 4, 200)
    once = piecewise.cut([view_of(values)], [weight.astype(np.float32)], 6)
    often = cut([view_of(np.repeat(values, weight))], 6)
    assert_array_equal(once.low[1:], often.low[1:])  # the outermost ends may be rows that count nothing
