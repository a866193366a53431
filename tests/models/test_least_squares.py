"""Leaving rows out in closed form, and by fitting anew without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from modelyard.models.least_squares import PENALTIES, SHARPNESS, Rows, choose, take


def left_out_one_by_one(x: Any, weight: Any, whole: Rows, penalty: float) -> Any:
    """The same by brute force: fit without each unit, with the penalty that all rows together have."""
    total = (whole.sizes**2).sum()
    said = np.empty(whole.y.shape)
    y = whole.mean + whole.y / whole.root[:, None]
    for unit in np.unique(whole.units):
        kept = whole.units != unit
        some, counts = x[kept].astype(float), weight[kept].astype(float)
        centre, mean = np.average(some, axis=0, weights=counts), np.average(y[kept], axis=0, weights=counts)
        some = some - centre
        gram = (some * counts[:, None]).T @ some + penalty * total * np.eye(some.shape[1])
        solved = np.linalg.solve(gram, (some * counts[:, None]).T @ (y[kept] - mean))
        said[~kept] = mean + (x[~kept] - centre) @ solved
    return said


@given(
    rows=st.integers(4, 12),
    features=st.integers(1, 15),
    classes=st.integers(2, 3),
    seed=st.integers(0, 9),
    grouped=st.booleans(),
    weighed=st.booleans(),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_closed_form_is_right(
    rows: int, features: int, classes: int, seed: int, grouped: bool, weighed: bool
) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(rows, features)).astype(np.float32), np.arange(rows) % classes
    weight = random.uniform(0.2, 2.0, rows).astype(np.float32) if weighed else np.ones(rows, np.float32)
    units = random.integers(0, 3, rows) if grouped else None
    if grouped and len(np.unique(units)) == 1:
        return
    found = take(x, y, weight, units, 1 if classes == 2 else classes)
    for penalty in (1e-3, 0.3):
        assert_allclose(found.left_out(penalty), left_out_one_by_one(x, weight, found, penalty), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
def test_without_a_penalty_to_speak_of_the_rows_are_met(classes: int) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(10, 30)).astype(np.float32), np.arange(10) % classes
    weight, bias = take(x, y, np.ones(10, np.float32), None, 1 if classes == 2 else classes).model(1e-12)
    wanted = 2.0 * y[:, None] - 1 if classes == 2 else np.eye(classes)[y]
    assert_allclose(x @ weight + bias, wanted, atol=1e-6)


def test_a_heavy_penalty_leaves_the_mean() -> None:
    x = np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32)
    weight, bias = take(x, np.arange(9) % 3 // 2, np.ones(9, np.float32), None, 1).model(1e9)
    assert_allclose(weight, 0, atol=1e-6)
    assert_allclose(bias, -1 / 3, atol=1e-6)


def test_columns_that_never_vary_get_no_weight() -> None:
    weight, bias = take(np.full((4, 3), 7, np.float32), np.arange(4) % 2, np.ones(4, np.float32), None, 1).model(0.1)
    assert_allclose(np.append(weight, bias), 0, atol=1e-12)


def test_one_choice_for_all_folds() -> None:
    random = np.random.default_rng(0)
    y = np.arange(40) % 2
    folds = [
        take((random.normal(size=(40, 60)) + loud * y[:, None]).astype(np.float32), y, np.ones(40, np.float32), None, 1)
        for loud in (0.0, 2.0)
    ]
    noise, signal, both = choose(folds[:1]), choose(folds[1:]), choose(folds)
    assert signal.loss < both.loss < noise.loss
    assert both.penalty in PENALTIES and both.sharpness in SHARPNESS
    weight, bias = both.model(folds[1])
    plain, prior = folds[1].model(both.penalty)
    assert_allclose(np.vstack([weight, bias]), both.sharpness * np.vstack([plain, prior]))
