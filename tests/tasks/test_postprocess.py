"""What the user reads."""

from __future__ import annotations

import numpy as np
import pytest

from modelyard.tasks.classification import postprocess as classes
from modelyard.tasks.multilabel import postprocess as labels
from modelyard.tasks.regression import postprocess as numbers


def test_a_class_is_answered_as_its_text() -> None:
    state = {"labels": ["0", "1"], "positive": 1}
    outputs = {"probability": np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)}
    answer = classes.answer(outputs, state, {"conformal": None})
    assert answer["value"].tolist() == ["0", "1"]
    assert answer["value"].dtype == object
    assert answer["probability"]["1"].tolist() == pytest.approx([0.1, 0.8])
    assert "certain" not in answer


def test_a_tie_goes_to_the_first_class() -> None:
    state = {"labels": ["坏", "好"], "positive": 1}
    answer = classes.answer({"probability": np.array([[0.5, 0.5]], np.float32)}, state, {"conformal": 0.5})
    assert answer["value"].tolist() == ["坏"] and answer["certain"].tolist() == [False]


@pytest.mark.parametrize(
    ("probability", "threshold", "certain"),
    [
        ([0.9, 0.1, 0.0], 0.2, True),
        ([0.7, 0.3, 0.0], 0.2, False),
        ([0.7, 0.2, 0.1], 0.2, False),
        ([0.4, 0.3, 0.3], 0.5, True),
        ([0.4, 0.3, 0.3], 0.0, False),
    ],
)
def test_certain_means_that_no_second_class_is_in_question(
    probability: list[float], threshold: float, certain: bool
) -> None:
    outputs = {"probability": np.array([probability], np.float32)}
    answer = classes.answer(outputs, {"labels": ["a", "b", "c"]}, {"conformal": threshold})
    assert answer["certain"].tolist() == [certain]


def test_the_threshold_itself_is_compared_in_the_precision_of_the_outputs() -> None:
    """0.1 as float32 is a little above 0.1: a class exactly at the threshold belongs to the set."""
    outputs = {"probability": np.array([[0.9, 0.1]], np.float32)}
    threshold = float(outputs["probability"][0, 1])
    answer = classes.answer(outputs, {"labels": ["a", "b"]}, {"conformal": threshold})
    assert answer["certain"].tolist() == [False]


def test_labels_are_lists_even_when_all_rows_have_as_many() -> None:
    state = {"labels": ["体育", "财经"], "listed": True, "separator": ";"}
    outputs = {"probability": np.array([[0.9, 0.5], [0.6, 0.7]], np.float32)}
    answer = labels.answer(outputs, state, {})
    assert answer["value"].shape == (2,) and answer["value"].tolist() == [["体育", "财经"], ["体育", "财经"]]
    assert list(answer["probability"]) == ["体育", "财经"]


def test_rows_without_labels_and_no_rows() -> None:
    state = {"labels": ["体育"], "listed": True, "separator": ";"}
    answer = labels.answer({"probability": np.array([[0.49]], np.float32)}, state, {})
    assert answer["value"].tolist() == [[]]
    assert labels.answer({"probability": np.zeros((0, 1), np.float32)}, state, {})["value"].shape == (0,)


def test_a_number_has_an_interval_only_when_one_was_promised() -> None:
    outputs = {"value": np.array([[3.0], [5.0]])}
    assert numbers.answer(outputs, {}, {"conformal": None}).keys() == {"value"}
    answer = numbers.answer(outputs, {}, {"conformal": 0.5})
    assert [answer[part].tolist() for part in ("value", "low", "high")] == [[3, 5], [2.5, 4.5], [3.5, 5.5]]
