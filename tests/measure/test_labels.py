"""Rows with a wrong class are found first, and others are left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.measure.labels import Suspicion, suspicious


def well_told(count: int, classes: int, seed: int = 0) -> tuple[Any, Any]:
    """Outputs that are right and rather sure, and the true classes."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, count)
    scores = rng.normal(size=(count, classes)) + 5 * np.eye(classes)[true]
    outputs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return outputs, true


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_wrong_classes_are_found_and_counted(classes: int, share: float) -> None:
    outputs, true = well_told(3000, classes)
    rng = np.random.default_rng(1)
    wrong = rng.choice(3000, round(3000 * share), replace=False)
    y = true.copy()
    y[wrong] = (y[wrong] + rng.integers(1, classes, len(wrong))) % classes
    found = suspicious(outputs, y)
    assert np.isin(wrong, found.rows).mean() >= 0.6
    assert np.isin(found.rows[: len(wrong)], wrong).mean() > 0.95
    assert abs(found.estimated - len(wrong)) < 0.05 * len(wrong) + 10
    at = {row: likely for row, likely in zip(found.rows.tolist(), found.likely.tolist(), strict=True)}
    assert np.mean([at[row] == true[row] for row in wrong.tolist() if row in at]) > 0.95


def test_right_classes_raise_no_suspicion() -> None:
    outputs, true = well_told(2000, 4)
    found = suspicious(outputs, true)
    assert len(found.rows) < 0.01 * 2000
    assert found.estimated < 0.01 * 2000
    np.testing.assert_allclose(found.joint.sum(axis=1), np.bincount(true) / 2000)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_outputs_that_say_nothing_find_nothing(dtype: Any) -> None:
    y = np.asarray([0] * 90 + [1] * 10)
    found = suspicious(np.tile([0.9, 0.1], (100, 1)).astype(dtype), y)
    assert (len(found.rows), found.estimated) == (0, 0)


def test_direction_of_mistakes() -> None:
    """Only class 0 was written as 1: the joint says so."""
    outputs, true = well_told(4000, 3)
    y = true.copy()
    y[np.flatnonzero(true == 0)[:200]] = 1
    joint = suspicious(outputs, y).joint
    off = joint - np.diag(np.diag(joint))
    assert off.argmax() == 1 * 3 + 0
    assert joint[1, 0] == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize(
    ("outputs", "y"),
    [
        (np.zeros((0, 2)), np.zeros(0, np.int64)),
        (np.full((1, 2), 0.5), np.asarray([0])),
        (np.full((4, 2), 0.5), np.full(4, -1)),
        (np.full((4, 3), np.nan), np.asarray([0, 1, 2, 0])),
        (np.ones((4, 1)), np.zeros(4, np.int64)),
    ],
)
def test_nothing_to_go_by(outputs: Any, y: Any) -> None:
    found = suspicious(outputs, y)
    assert found.rows.dtype == np.int64
    assert len(found.rows) == len(found.likely) == len(found.margin) == 0
    assert found.estimated == 0
    assert np.isfinite(found.joint).all()


def test_rows_without_a_class_or_output_are_left_out() -> None:
    outputs, true = well_told(300, 2)
    y = true.copy()
    y[0], y[1] = 1 - y[0], 1 - y[1]
    y[2] = -1
    outputs[1] = np.nan
    found = suspicious(outputs, y)
    assert 0 in found.rows
    assert not np.isin([1, 2], found.rows).any()


def test_a_class_that_no_row_has() -> None:
    outputs, true = well_told(300, 3)
    y = np.where(true == 2, 0, true)
    found = suspicious(outputs, y)
    assert not (found.likely == 2).any()
    assert found.joint[2].sum() == 0
    assert found.joint.sum() == pytest.approx(1)


def test_float32_outputs_do() -> None:
    outputs, true = well_told(500, 2)
    y = true.copy()
    y[:20] = 1 - y[:20]
    wide, narrow = suspicious(outputs, y), suspicious(outputs.astype(np.float32), y)
    assert set(wide.rows[:15].tolist()) == set(narrow.rows[:15].tolist())


@given(st.integers(2, 5), st.integers(1, 60), st.integers(0, 10**6))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_what_always_holds(classes: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    outputs = rng.dirichlet(np.ones(classes), count)
    y = rng.integers(-1, classes, count)
    found: Suspicion = suspicious(outputs, y)
    assert (np.diff(found.margin) <= 0).all()
    assert (found.likely != y[found.rows]).all()
    assert (y[found.rows] >= 0).all()
    assert 0 <= found.estimated <= (y >= 0).sum()
    if (y >= 0).any():
        assert found.joint.sum() == pytest.approx(1)
        np.testing.assert_allclose(found.joint.sum(axis=1), np.bincount(y[y >= 0], minlength=classes) / (y >= 0).sum())
    order = rng.permutation(count)
    again = suspicious(outputs[order], y[order])
    assert set(order[again.rows].tolist()) == set(found.rows.tolist())
