"""The few rows that are drawn, and too few of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from modelyard.core.errors import DataError, ProjectError
from modelyard.core.protocols import Problem
from modelyard.models import shots


def labelled(rows: int, classes: int, held: int = 0) -> Problem:
    """Classes in turn, first the training rows, then those that are held out."""
    x, y, ones = np.zeros((rows, 1), np.float32), np.arange(rows) % classes, np.ones(rows, np.float32)
    train, valid = slice(rows - held), slice(rows - held, rows)
    state = {"labels": [f"c{code}" for code in range(classes)]}
    parts = (x[train], y[train], ones[train], x[valid], y[valid], ones[valid])
    return Problem("classification", state, 1 if classes == 2 else classes, (), *parts, seed=0, threads=1)


def test_shots_are_drawn_by_the_seed_as_many_of_each_class() -> None:
    problem = labelled(100, 4)
    drawn = shots.draw(problem, 8)
    assert_array_equal(np.bincount(problem.y[drawn]), [8, 8, 8, 8])
    assert_array_equal(drawn, np.unique(drawn))
    assert_array_equal(drawn, shots.draw(problem, 8))
    assert not np.array_equal(drawn, shots.draw(replace(problem, seed=1), 8))
    assert_array_equal(shots.draw(problem, 64), np.arange(100))


def test_fewer_shots_are_among_more_of_them() -> None:
    problem = labelled(100, 4)
    assert set(shots.draw(problem, 4)) < set(shots.draw(problem, 8))


def test_no_rows_no_shots() -> None:
    assert shots.draw(labelled(0, 2), 8).tolist() == []


@pytest.mark.parametrize(("rows", "classes", "held"), [(4, 2, 0), (4, 2, 2), (6, 3, 1), (300, 2, 299)])
def test_two_rows_of_each_class_are_enough_wherever_they_are(rows: int, classes: int, held: int) -> None:
    shots.enough(labelled(rows, classes, held), "here")


@pytest.mark.parametrize(("rows", "said"), [(0, "0 labelled rows in all; too few of: c0 (0), c1 (0)"), (3, "c1 (1)")])
def test_too_few_rows_are_named(rows: int, said: str) -> None:
    with pytest.raises(DataError) as caught:
        shots.enough(labelled(rows, 2), "here")
    assert said in str(caught.value) and "here" in str(caught.value)


def test_what_is_outside_needs_rows_too() -> None:
    problem = labelled(4, 2)
    problem = replace(problem, width=3, state={**problem.state, "outside": {"label": "none", "learnt": True}})
    with pytest.raises(DataError, match=r"too few of: none \(0\)"):
        shots.enough(problem, "here")


def test_numbers_have_no_shots() -> None:
    with pytest.raises(ProjectError, match="a target of regression"):
        shots.enough(replace(labelled(4, 2), task="regression", y=np.zeros((4, 1), np.float32)), "here")


def test_a_fold_with_its_shots() -> None:
    problem = labelled(100, 4)
    texts = {"评论": np.array([f"text {row}" for row in range(100)], object)}
    problem = replace(problem, texts=texts, units=np.arange(100), x=np.arange(100, dtype=np.float32)[:, None])
    found, rows = shots.few(problem, 8, "here"), shots.draw(problem, 8)
    assert len(rows) == 32
    assert_array_equal(found.y, problem.y[rows])
    assert_array_equal(found.units, rows)
    assert_array_equal(found.x[:, 0], rows)
    assert found.texts["评论"].tolist() == [f"text {row}" for row in rows] and len(found.weight) == 32
    assert found.x_valid is problem.x_valid and found.units is not None
    assert shots.some(replace(problem, units=None), rows).units is None
    with pytest.raises(DataError, match="too few of"):
        shots.few(labelled(3, 2), 8, "here")
