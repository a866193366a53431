"""Folds of rows: even, and alike in their targets."""

from __future__ import annotations

import numpy as np
import pytest

from modelyard.models.folds import folds


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


def test_the_seed_deals_the_rows() -> None:
    y = np.zeros(40, np.int64)
    assert not np.array_equal(folds(y, 5, 0), folds(y, 5, 1))
    assert np.array_equal(folds(y, 5, 1), folds(y, 5, 1))
