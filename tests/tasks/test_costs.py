"""Costs and the names of decisions, as users write them."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.core.errors import ProjectError
from modelyard.tasks.classification.costs import read_costs, read_words

RISK = ("good", "bad")
PLACE = "modelyard.yaml line 2, predict[0].costs"


def refusal(costs: dict[str, Any], labels: tuple[str, ...] = RISK) -> str:
    with pytest.raises(ProjectError) as caught:
        read_costs(costs, labels, PLACE)
    assert all(mistake.place.startswith(PLACE) for mistake in caught.value.mistakes)
    return str(caught.value)


def test_the_matrix_is_actual_by_answered() -> None:
    costs = {"currency": "CNY", "good": {"bad": 5000}, "bad": {"good": 20000}, "review": 50}
    assert read_costs(costs, RISK, PLACE) == {"currency": "CNY", "matrix": [[0, 5000], [20000, 0]], "review": 50.0}


def test_one_number_is_every_wrong_answer() -> None:
    found = read_costs({"currency": "元", "a": 1, "b": {"a": 2, "c": 3}, "c": 4.5}, ("a", "b", "c"), PLACE)
    assert found == {"currency": "元", "matrix": [[0, 1, 1], [2, 0, 3], [4.5, 4.5, 0]], "review": None}


def test_right_answers_may_gain() -> None:
    found = read_costs({"currency": "EUR", "good": {"good": -300, "bad": 0}, "bad": 10_000}, RISK, PLACE)
    assert found["matrix"] == [[-300, 0], [10_000, 0]]


@pytest.mark.parametrize(
    ("labels", "costs"),
    [
        (("0", "1"), {"0": 1, "1": 2}),
        (("no", "yes"), {"false": 1, "true": 2}),  # what YAML makes of no and yes
        (("否", "是"), {"false": 1, "true": 2}),
        (("False", "True"), {"false": 1, "true": 2}),
        (("0", "1"), {"0.0": 1, "1.0": 2}),
    ],
)
def test_classes_are_found_as_yaml_writes_them(labels: tuple[str, ...], costs: dict[str, Any]) -> None:
    assert read_costs({"currency": "X", **costs}, labels, PLACE)["matrix"] == [[0, 1], [2, 0]]


@pytest.mark.parametrize(
    ("costs", "says"),
    [
        ({"good": 1, "bad": 2}, "no currency"),
        ({"currency": 5, "good": 1, "bad": 2}, "currency: CNY"),
        ({"currency": "", "good": 1, "bad": 2}, "currency: CNY"),
        ({"currency": "CNY", "good": 1}, "where `bad` is true"),
        ({"currency": "CNY", "good": 1, "bad": {}}, "no price for answering `good`"),
        ({"currency": "CNY", "good": 1, "bad": {"bad": 0}}, "no price for answering `good`"),
        ({"currency": "CNY", "good": 1, "bad": 2, "bda": 3}, "did you mean bad?"),
        ({"currency": "CNY", "good": {"bda": 1, "bad": 1}, "bad": 2}, "did you mean bad?"),
        ({"currency": "CNY", "good": "much", "bad": 2}, "no price"),
        ({"currency": "CNY", "good": 1, "bad": 2, "review": -1}, "from 0 on"),
        ({"currency": "CNY", "good": 1, "bad": 2, "review": "dear"}, "from 0 on"),
        ({"currency": "CNY", "good": -1, "bad": 2}, "costs less than the right one"),
        ({"currency": "CNY", "good": {"good": 9, "bad": 1}, "bad": 2}, "costs less than the right one"),
    ],
)
def test_costs_that_mean_nothing_are_refused(costs: dict[str, Any], says: str) -> None:
    assert says in refusal(costs)


def test_all_that_is_wrong_is_told_at_once() -> None:
    said = refusal({"good": 1, "review": -1})
    assert "no currency" in said and "from 0 on" in said and "where `bad` is true" in said


def test_decisions_keep_the_names_of_classes() -> None:
    assert read_words({}, RISK, PLACE) == ["good", "bad", "review"]
    assert read_words({"bad": "拒绝", "review": "转人工"}, RISK, PLACE) == ["good", "拒绝", "转人工"]
    assert read_words({"true": "take"}, ("no", "yes"), PLACE) == ["no", "take", "review"]


def test_a_class_called_review_keeps_its_name() -> None:
    assert read_words({}, ("review", "done"), PLACE) == ["review", "done", "to review"]
    assert read_words({"review": "look"}, ("review", "done"), PLACE) == ["look", "done", "to review"]


@pytest.mark.parametrize(
    ("decisions", "says"),
    [
        ({"god": "accept"}, "did you mean good?"),
        ({"good": "bad"}, "`bad` for two decisions"),
        ({"good": "x", "bad": "x"}, "`x` for two decisions"),
        ({"review": "bad"}, "`bad` for two decisions"),
    ],
)
def test_decisions_must_be_told_apart(decisions: dict[str, str], says: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_words(decisions, RISK, PLACE)
    assert says in str(caught.value)
