"""Folds of rows: even, and alike in their targets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.models.folds import Division, divisions, folds, out_of_fold


@pytest.mark.parametrize("rows", [1, 5, 17, 100])
def test_folds_are_even(rows: int) -> None:
    y = np.random.default_rng(0).integers(0, 2, rows)
    sizes = np.bincount(folds(y, 5, 0))
    assert sizes.max() - sizes.min() <= 1


def test_folds_have_the_same_share_of_every_class() -> None:
    y = np.r_[np.zeros(90, np.int64), np.ones(10, np.int64)]
    fold = folds(y, 5, 0)
    assert [int(y[fold == number].sum()) for number in range(5)] == [2] * 5


def test_folds_of_numbers_cover_the_range() -> None:
    y = np.arange(100.0)[:, None]
    fold = folds(y, 5, 0)
    assert all(abs(float(y[fold == number].mean()) - 49.5) < 5 for number in range(5))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.integers(1, 7), st.integers(0, 3))
def test_rows_of_a_unit_stay_together(units: list[int], count: int, seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, 2, len(units))
    fold = folds(y, count, seed, np.array(units))
    assert all(len(np.unique(fold[np.array(units) == unit])) == 1 for unit in units)
    assert len(np.unique(fold)) == min(count, len(set(units)))


def test_folds_of_units_of_any_size_are_about_as_large() -> None:
    units = np.repeat(np.arange(60), np.random.default_rng(0).integers(1, 12, 60))
    sizes = np.bincount(folds(np.zeros(len(units), np.int64), 5, 0, units))
    assert sizes.max() - sizes.min() <= 11


@pytest.mark.parametrize("sizes", [[2, *[1] * 48], [2] * 25, [1, 2, 3] * 10], ids=str)
def test_units_without_ties_are_dealt_by_the_seed_too(sizes: list[int]) -> None:
    units = np.repeat(np.arange(len(sizes)), sizes)
    found = [folds(np.arange(float(len(units))), 5, seed, units) for seed in range(3)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        together = [np.equal.outer(found[number], found[number]) for number in (one, other)]
        assert (together[0] & together[1]).sum() < 0.7 * together[0].sum()  # not the same folds under other numbers
    for fold in found:
        assert np.ptp(np.bincount(fold)) <= max(sizes)
        assert all(abs(np.flatnonzero(fold == number).mean() / len(units) - 0.5) < 0.15 for number in range(5))


def test_a_seed_deals_units_the_same_way_each_time() -> None:
    y, units = np.arange(60.0), np.arange(60) // 2
    assert np.array_equal(folds(y, 5, 3, units), folds(y, 5, 3, units))


def test_numbers_without_ties_are_dealt_by_the_seed_too() -> None:
    y = np.arange(50.0)
    assert not np.array_equal(folds(y, 5, 0), folds(y, 5, 1))


def test_labels_are_dealt() -> None:
    y = np.random.default_rng(0).integers(0, 2, (60, 3)).astype(float)
    assert np.bincount(folds(y, 3, 0)).tolist() == [20, 20, 20]


# ---------------------------------------------------------------- divisions
def test_in_each_repeat_every_row_is_held_out_once() -> None:
    found = divisions(np.arange(23) % 2, 5, 3, 0, np.arange(23))
    assert len(found) == 15
    for repeat in range(3):
        held = np.concatenate([one.held for one in found[5 * repeat : 5 * repeat + 5]])
        assert sorted(held.tolist()) == list(range(23))
    assert all(not set(one.train.tolist()) & set(one.held.tolist()) for one in found)
    assert found[0].held.tolist() != found[5].held.tolist()


def test_out_of_fold_scores_are_means_over_repeats_by_those_who_did_not_see_the_row() -> None:
    found = divisions(np.zeros(10, np.int64), 5, 2, 0, np.arange(10))
    scores = out_of_fold(found, 10, lambda number, rows: np.full((len(rows), 1), number))
    holders = [[number for number, one in enumerate(found) if row in one.held] for row in range(10)]
    assert scores[:, 0].tolist() == [np.mean(numbers) for numbers in holders]
    assert all(len(numbers) == 2 for numbers in holders)


def test_rows_that_nobody_holds_out_have_no_scores() -> None:
    scores = out_of_fold([Division(slice(0, 3), slice(3, 5))], 5, lambda _, rows: np.ones((2, 4)))
    assert np.isnan(scores[:3]).all() and (scores[3:] == 1).all()


# --------------------------------------------------------------------- seeds
def test_the_seed_deals_the_rows() -> None:
    y = np.zeros(40, np.int64)
    assert not np.array_equal(folds(y, 5, 0), folds(y, 5, 1))
    assert np.array_equal(folds(y, 5, 1), folds(y, 5, 1))
