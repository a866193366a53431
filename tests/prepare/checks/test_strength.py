"""The strength of a column alone is what a model of it would reach on rows that were left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from modelyard.prepare.checks.strength import FOLDS, folds_of, noise, strength

ROWS = 4000
FOLD = folds_of(np.arange(ROWS))


def codes(values: np.ndarray) -> np.ndarray:
    return values.astype(np.int32)


def test_folds_are_even_and_keep_units_whole() -> None:
    counts = np.bincount(FOLD, minlength=FOLDS)
    assert counts.min() > 0.17 * ROWS
    assert len(counts) == FOLDS
    units = np.repeat(np.arange(ROWS // 4), 4)
    assert (np.ptp(folds_of(units).reshape(-1, 4), axis=1) == 0).all()
    assert len(folds_of(np.zeros(0, np.int64))) == 0


def test_everything_and_nothing() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, ROWS)
    assert strength(codes(y), 2, y, FOLD) == pytest.approx(1)
    assert strength(codes(1 - y), 2, y, FOLD) == pytest.approx(1)
    assert strength(codes(rng.integers(0, 2, ROWS)), 2, y, FOLD) < noise(y)
    assert strength(codes(np.zeros(ROWS)), 1, y, FOLD) < noise(y)
    assert strength(codes(np.arange(ROWS)), ROWS, y, FOLD) < noise(y)
    assert strength(codes(y), 2, np.zeros(ROWS, np.int64), FOLD) == 0


def test_gini_is_that_of_the_ranking() -> None:
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 8, ROWS)
    y = (rng.random(ROWS) < kind / 8).astype(np.int64)
    assert strength(codes(kind), 8, y, FOLD) == pytest.approx(2 * roc_auc_score(y, kind) - 1, abs=0.01)


def test_several_classes_count_by_their_share() -> None:
    y = np.arange(ROWS) % 4
    assert strength(codes(y), 4, y, FOLD) == pytest.approx(1)
    half = np.where(y < 2, y, 2)
    assert 0.6 < strength(codes(half), 3, y, FOLD) < 0.95


def test_numbers_are_explained() -> None:
    rng = np.random.default_rng(2)
    kind = rng.integers(0, 10, ROWS)
    y = kind + rng.normal(size=ROWS)
    share = np.var(kind) / (np.var(kind) + 1)
    assert strength(codes(kind), 10, y, FOLD) == pytest.approx(share, abs=0.02)
    assert strength(codes(rng.integers(0, 10, ROWS)), 10, y, FOLD) < noise(y) + 0.005
    assert strength(codes(kind), 10, np.full(ROWS, 7.0), FOLD) == 0


def test_many_codes_by_chance_say_nothing() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, ROWS)
    for size in (50, 500, 3000):
        assert strength(codes(rng.integers(0, size, ROWS)), size, y, FOLD) < noise(y)


@given(st.integers(0, 10**6), st.integers(2, 40))
@settings(max_examples=40, derandomize=True, deadline=None)
def test_names_of_codes_do_not_matter(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    kind, y = rng.integers(0, size, 300), rng.integers(0, 3, 300)
    folds = folds_of(np.arange(300))
    other = rng.permutation(size)[kind]
    one = strength(codes(kind), size, y, folds)
    assert one == pytest.approx(strength(codes(other), size, y, folds))
    assert 0 <= one <= 1
    value = rng.normal(size=300)
    assert strength(codes(kind), size, value, folds) == pytest.approx(
        strength(codes(other), size, value * 3 + 1, folds)
    )


@pytest.mark.parametrize(
    "y", [np.zeros(0), np.zeros(1), np.zeros(1, np.int64), np.asarray([0, 1]), np.ones(5, np.int64)]
)
def test_hardly_any_rows_are_all_noise(y: np.ndarray) -> None:
    assert noise(y) == 1.0
