"""How targets fall apart into simple problems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core.protocols import Array, Problem
from modelyard.models import targets


def make(task: str, y: Any, width: int = 1, y_valid: Any = None, features: int = 2) -> Problem:
    y = np.asarray(y)
    y_valid = y if y_valid is None else np.asarray(y_valid)
    state: dict[str, Any] = {"labels": [str(code) for code in range(max(2, width))], "mean": 100.0, "scale": 10.0}
    x = np.arange(len(y) * features, dtype=np.float32).reshape(len(y), features)
    x_valid = -np.arange(len(y_valid) * features, dtype=np.float32).reshape(len(y_valid), features)
    weight, weight_valid = np.ones(len(x), np.float32), np.ones(len(x_valid), np.float32)
    return Problem(task, state, width, (), x, y, weight, x_valid, y_valid, weight_valid, 0, 1)


def labels(*rows: list[float], **more: Any) -> Problem:
    return make("multilabel", np.array(rows, np.float32), len(rows[0]), **more)


def numbers(*values: float, **more: Any) -> Problem:
    return make("regression", np.array(values, np.float32)[:, None], **more)


def sigmoid(score: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-score)))


# --------------------------------------------------------------------- units
def test_parts_keep_the_units_of_their_rows() -> None:
    units = np.array([7, 7, 8, 9])
    (part,) = targets.parts(replace(make("classification", [0, 1, 2, 2], 3), units=units))
    assert_array_equal(part.units, units)
    one, other = targets.parts(replace(labels([0, 0], [1, np.nan], [np.nan, 1], [0, 0]), units=units))
    assert_array_equal(one.units, [7, 7, 9])
    assert_array_equal(other.units, [7, 8, 9])
    (part,) = targets.parts(replace(numbers(1, 2, np.nan, 4), units=units))
    assert_array_equal(part.units, [7, 7, 9])
    assert [part.units for part in targets.parts(labels([0, 1], [1, 0]))] == [None, None]


def test_a_sample_of_rows_keeps_their_units() -> None:
    problem = make("classification", [0, 1, 0, 1, 0])
    assert targets.every(problem, 2).units is None
    assert_array_equal(targets.every(replace(problem, units=np.array([4, 4, 5, 5, 6])), 2).units, [4, 5, 6])


# --------------------------------------------------------------------- prior
def test_prior_of_two_classes() -> None:
    (score,) = targets.prior(make("classification", [0, 0, 0, 1]))
    assert sigmoid(score) == pytest.approx(1.5 / 5)


def test_prior_of_many_classes() -> None:
    scores = targets.prior(make("classification", [0, 0, 2, 2, 2], 3))
    assert_allclose(np.exp(scores), np.array([2.5, 0.5, 3.5]) / 6.5)


def test_prior_of_labels_leaves_out_what_is_not_known() -> None:
    scores = targets.prior(labels([1, 0], [1, np.nan], [np.nan, np.nan]))
    assert_allclose(sigmoid(scores), [2.5 / 3, 0.5 / 2])


def test_prior_of_a_label_that_nobody_knows_is_even() -> None:
    assert targets.prior(labels([np.nan, 1], [np.nan, 0]))[0] == 0


def test_prior_of_numbers_is_their_mean() -> None:
    assert targets.prior(numbers(-1, 0, 4)) == pytest.approx([1.0])


def test_prior_of_no_numbers() -> None:
    assert targets.prior(make("regression", np.zeros((0, 1), np.float32))) == pytest.approx([0.0])


@pytest.mark.parametrize("y", [[0], [1], [1, 1, 1], []])
def test_one_class_is_never_certain(y: list[int]) -> None:
    (score,) = targets.prior(make("classification", np.array(y, np.int64)))
    assert np.isfinite(score)


# --------------------------------------------------------------------- parts
def test_two_classes_are_one_part() -> None:
    problem = make("classification", [0, 1, 1], y_valid=[1, 0])
    (part,) = targets.parts(problem)
    assert (part.kind, part.columns) == ("binary", (0,))
    assert part.x is problem.x and part.x_valid is problem.x_valid
    assert_array_equal(part.y, [0, 1, 1])
    assert_array_equal(part.y_valid, [1, 0])


def test_two_classes_of_which_one_is_there() -> None:
    assert targets.parts(make("classification", [1, 1, 1], y_valid=[0, 1])) == []


def test_many_classes() -> None:
    (part,) = targets.parts(make("classification", [2, 0, 1], 3))
    assert (part.kind, part.columns) == ("classes", (0, 1, 2))
    assert_array_equal(part.y, [2, 0, 1])


def test_classes_without_training_rows_are_left_to_the_prior() -> None:
    (part,) = targets.parts(make("classification", [3, 1, 3], 4, y_valid=[0, 3, 1, 2]))
    assert part.columns == (1, 3)
    assert_array_equal(part.y, [1, 0, 1])
    assert_array_equal(part.y_valid, [1, 0])
    assert_array_equal(part.x_valid, [[-2, -3], [-4, -5]])


def test_only_one_class_of_many_was_seen() -> None:
    assert targets.parts(make("classification", [2, 2], 3)) == []


def test_each_label_is_a_part_of_its_own() -> None:
    parts = targets.parts(labels([1, 0], [0, 1], [1, np.nan]))
    assert [part.columns for part in parts] == [(0,), (1,)]
    assert_array_equal(parts[1].y, [0, 1])
    assert parts[1].y.dtype == np.int64
    assert_array_equal(parts[1].x, [[0, 1], [2, 3]])


def test_labels_that_never_vary_are_left_to_the_prior() -> None:
    parts = targets.parts(labels([1, 0, np.nan], [1, 1, np.nan]))
    assert [part.columns for part in parts] == [(1,)]


def test_one_label_is_not_a_number() -> None:
    (part,) = targets.parts(labels([1], [0]))
    assert part.kind == "binary"


def test_numbers() -> None:
    (part,) = targets.parts(numbers(1, 0, 0.5))
    assert (part.kind, part.columns) == ("number", (0,))
    assert part.y.dtype == np.float64
    assert_allclose(part.y, [1, 0, 0.5])


def test_zeros_and_ones_can_be_numbers() -> None:
    (part,) = targets.parts(numbers(1, 0, 1))
    assert part.kind == "number"


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
def test_training_rows_stand_in_where_there_are_no_others(task: str) -> None:
    y = np.array([0, 1, 1]) if task == "classification" else np.array([[0], [1], [1]], np.float32)
    (part,) = targets.parts(make(task, y, y_valid=y[:0]))
    assert part.x_valid is part.x
    assert_array_equal(part.y_valid, part.y)


def test_validation_rows_with_unseen_classes_only() -> None:
    (part,) = targets.parts(make("classification", [0, 1, 0], 3, y_valid=[2, 2]))
    assert_array_equal(part.y_valid, part.y)


def test_no_features_nothing_to_learn() -> None:
    assert targets.parts(make("classification", [0, 1], features=0)) == []


# ---------------------------------------------------------------------- loss
def test_loss_of_two_classes_is_log_loss() -> None:
    scores = np.array([[0.0], [2.0]])
    assert targets.loss("binary", scores, np.array([1, 0])) == pytest.approx((np.log(2) - np.log(1 - sigmoid(2.0))) / 2)


def test_loss_of_classes_is_log_loss() -> None:
    scores = np.log(np.array([[0.2, 0.3, 0.5]]))
    assert targets.loss("classes", scores, np.array([1])) == pytest.approx(-np.log(0.3))


def test_loss_of_numbers_is_squared_error() -> None:
    assert targets.loss("number", np.array([[1.0], [3.0]]), np.array([0.0, 1.0])) == 2.5


@pytest.mark.parametrize("kind", ["binary", "classes"])
def test_sure_and_wrong_is_finite(kind: Any) -> None:
    scores = np.array([[1e4, -1e4]], np.float32)[:, : 1 + (kind == "classes")]
    assert targets.loss(kind, scores, np.array([kind == "classes"], np.int64)) == pytest.approx(1e4, rel=2)


def test_loss_of_the_prior() -> None:
    problem = make("classification", [0, 0, 0, 1], y_valid=[1])
    (part,) = targets.parts(problem)
    assert targets.loss_of_prior(part, targets.prior(problem)) == pytest.approx(-np.log(1.5 / 5))


def test_loss_of_the_priors_of_folds_is_their_mean() -> None:
    problems = [make("classification", [0, 0, 0, 1], y_valid=[1]), make("classification", [0, 1, 1, 1], y_valid=[1, 1])]
    priors = [targets.prior(problem) for problem in problems]
    (parts,) = targets.side_by_side(problems)
    one, other = (targets.loss_of_prior(parts[fold], priors[fold]) for fold in range(2))
    assert targets.loss_of_priors(parts, priors) == pytest.approx((one + 2 * other) / 3)


@settings(max_examples=40, derandomize=True)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6), st.floats(-1000, 1000))
def test_log_sum_exp_moves_with_its_scores(row: list[float], shift: float) -> None:
    scores = np.array([row])
    assert targets.log_sum_exp(scores + shift)[0] == pytest.approx(targets.log_sum_exp(scores)[0] + shift, abs=1e-9)
    assert targets.log_sum_exp(scores)[0] >= max(row)


@settings(max_examples=40, derandomize=True)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_no_constant_beats_the_prior_of_many_rows(codes: list[int]) -> None:
    problem = make("classification", codes * 50, 5)
    best = targets.loss("classes", np.tile(targets.prior(problem), (len(codes), 1)), np.array(codes))
    random = np.random.default_rng(len(codes))
    for _ in range(5):
        other = np.tile(random.normal(size=5), (len(codes), 1))
        assert best <= targets.loss("classes", other, np.array(codes)) + 0.02


def test_parts_do_not_change_the_problem() -> None:
    problem = labels([1, 0], [0, np.nan])
    before = replace(problem, y=problem.y.copy())
    targets.parts(problem)
    assert_array_equal(problem.y, before.y)
