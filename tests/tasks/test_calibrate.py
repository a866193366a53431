"""What calibration promises: certain answers and intervals hold as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from modelyard.core.protocols import Array
from modelyard.measure.calibration import ece, sigmoid, softmax
from modelyard.tasks.classification import calibrate as classes
from modelyard.tasks.classification import postprocess as class_answers
from modelyard.tasks.multilabel import calibrate as labels
from modelyard.tasks.regression import calibrate as numbers
from modelyard.tasks.regression import postprocess as number_answers

TWO = {"labels": ["bad", "good"], "positive": 1}
THREE = {"labels": ["a", "b", "c"], "positive": None}
AMOUNT = {"decimal": "point", "mean": 100.0, "scale": 20.0}


def two_class_rows(random: Generator, rows: int, slope: float = 1.0) -> tuple[Array, Array]:
    scores = random.normal(size=(rows, 1)) * 2
    return scores, (random.random(rows) < sigmoid(slope * scores[:, 0])).astype(int)


def three_class_rows(random: Generator, rows: int) -> tuple[Array, Array]:
    scores = random.normal(size=(rows, 3)) * 2
    return scores, (softmax(scores).cumsum(axis=1) < random.random((rows, 1))).sum(axis=1).clip(max=2)


# -------------------------------------------------------------- classification
def test_two_classes_get_a_curve_and_more_get_a_temperature() -> None:
    random = default_rng(0)
    scores, y = two_class_rows(random, 2000, slope=0.5)
    assert classes.fit(scores, y, TWO, 0.9)["slope"] == pytest.approx([0.5], rel=0.2)
    scores, y = three_class_rows(random, 2000)
    fitted = classes.fit(scores * 4, y, THREE, 0.9)
    assert fitted["slope"] == pytest.approx([0.25] * 3, rel=0.2) and fitted["offset"] == [0.0] * 3


def test_an_overconfident_model_becomes_honest() -> None:
    scores, y = two_class_rows(default_rng(1), 6000, slope=0.3)
    fitted = classes.fit(scores[:3000], y[:3000], TWO, 0.9)
    said = classes.apply(scores[3000:], fitted, TWO)["probability"][:, 1]
    assert ece(said, y[3000:] == 1) < 0.04


def test_probabilities_sum_to_one_and_the_positive_class_is_second() -> None:
    identity = classes.identity(TWO)
    probability = classes.apply(np.array([[-50.0], [0.0], [3.0]]), identity, TWO)["probability"]
    assert probability.sum(axis=1) == pytest.approx(np.ones(3))
    assert 0 < probability[0, 1] < 1e-20 and probability[2, 1] > 0.9


def test_unknown_classes_are_left_out_of_the_fit() -> None:
    scores, y = two_class_rows(default_rng(2), 300)
    gaps = y.copy()
    gaps[::3] = -1
    assert classes.fit(scores, gaps, TWO, 0.9) == classes.fit(scores[gaps >= 0], y[gaps >= 0], TWO, 0.9)


@pytest.mark.parametrize(
    ("rows", "confidence", "promised"), [(8, 0.9, False), (9, 0.9, True), (18, 0.95, False), (19, 0.95, True)]
)
def test_nothing_is_promised_on_too_few_rows(rows: int, confidence: float, promised: bool) -> None:
    scores, y = two_class_rows(default_rng(0), rows)
    fitted = classes.fit(scores, y, TWO, confidence)
    assert (fitted["conformal"] is not None) == promised and fitted["confidence"] == confidence
    answer = class_answers.answer(classes.apply(scores, fitted, TWO), TWO, fitted)
    assert ("certain" in answer) == promised
    value = numbers.fit(scores, y.astype(float), AMOUNT, confidence)
    assert (value["conformal"] is not None) == promised


@pytest.mark.parametrize("confidence", [0.7, 0.9])
@pytest.mark.parametrize("state", [TWO, THREE])
def test_the_set_of_classes_holds_the_truth_as_promised(state: dict[str, list[str]], confidence: float) -> None:
    make = two_class_rows if state is TWO else three_class_rows
    random, kept = default_rng(3), []
    for _ in range(60):
        scores, y = make(random, 300)
        fitted = classes.fit(scores[:100], y[:100], state, confidence)
        probability = classes.apply(scores[100:], fitted, state)["probability"]
        in_set = (probability >= fitted["conformal"]) | (probability == probability.max(axis=1, keepdims=True))
        kept.append(in_set[np.arange(200), y[100:]].mean())
    assert np.mean(kept) >= confidence - 0.01


def test_certain_answers_are_right_more_often() -> None:
    random = default_rng(4)
    scores, y = two_class_rows(random, 4000)
    fitted = classes.fit(scores[:2000], y[:2000], TWO, 0.9)
    answer = class_answers.answer(classes.apply(scores[2000:], fitted, TWO), TWO, fitted)
    right = answer["value"] == np.asarray(TWO["labels"], object)[y[2000:]]
    certain = answer["certain"]
    assert 0.1 < certain.mean() < 0.9
    assert right[certain].mean() > right[~certain].mean() + 0.2


def test_a_model_that_is_always_right_is_always_certain() -> None:
    y = np.arange(200) % 2
    scores = (y[:, None] - 0.5) * 20 + default_rng(0).normal(size=(200, 1))
    fitted = classes.fit(scores, y, TWO, 0.9)
    assert class_answers.answer(classes.apply(scores, fitted, TWO), TWO, fitted)["certain"].all()


def test_useless_scores_are_hardly_ever_certain() -> None:
    random = default_rng(0)
    y = random.integers(0, 2, 200)
    scores = random.normal(size=(200, 1)) * 1e-3
    fitted = classes.fit(scores, y, TWO, 0.9)
    assert class_answers.answer(classes.apply(scores, fitted, TWO), TWO, fitted)["certain"].mean() < 0.25


# ------------------------------------------------------------------ regression
@pytest.mark.parametrize("confidence", [0.7, 0.9])
def test_the_interval_holds_the_truth_as_promised(confidence: float) -> None:
    random, kept = default_rng(5), []
    for _ in range(100):
        scores = random.normal(size=(150, 1))
        y = 100 + 20 * (scores[:, 0] + random.standard_t(3, size=150))
        fitted = numbers.fit(scores[:50], y[:50], AMOUNT, confidence)
        answer = number_answers.answer(numbers.apply(scores[50:], fitted, AMOUNT), AMOUNT, fitted)
        kept.append(((answer["low"] <= y[50:]) & (y[50:] <= answer["high"])).mean())
    assert confidence - 0.015 <= np.mean(kept) <= confidence + 0.04


def test_numbers_come_back_in_their_unit_and_unknown_ones_do_not_count() -> None:
    scores = np.arange(-10.0, 10)[:, None]
    y = 100 + 20 * scores[:, 0]
    value = numbers.apply(scores, numbers.identity(AMOUNT), AMOUNT)["value"]
    assert value.dtype == np.float64 and value[:, 0] == pytest.approx(y)
    gaps = np.r_[np.nan, y[1:] + 7]
    assert numbers.fit(scores, gaps, AMOUNT, 0.9)["conformal"] == pytest.approx(7)
    assert number_answers.answer({"value": value}, AMOUNT, numbers.identity(AMOUNT)).keys() == {"value"}


def test_large_numbers_keep_their_digits() -> None:
    state = {"mean": 1_700_000_000.0, "scale": 86_400.0}
    value = numbers.apply(np.array([[1e-5]]), numbers.identity(state), state)["value"]
    assert value[0, 0] == pytest.approx(1_700_000_000.864, abs=1e-6)


# ------------------------------------------------------------------ multilabel
def test_every_label_has_its_own_curve_from_the_rows_where_it_is_known() -> None:
    state = {"labels": ["x", "y", "rare"], "listed": False, "separator": ";"}
    random = default_rng(6)
    scores = random.normal(size=(3000, 3)) * 2
    y = (random.random((3000, 3)) < sigmoid(scores * [0.5, 2.0, 1.0])).astype(float)
    y[:, 2] = np.nan
    y[:10, 2] = 1
    y[::2, 0] = np.nan
    fitted = labels.fit(scores, y, state, 0.9)
    assert fitted["slope"][:2] == pytest.approx([0.5, 2.0], rel=0.15)
    assert (fitted["slope"][2], fitted["offset"][2]) == (1.0, 0.0)
    assert fitted["conformal"] is None
