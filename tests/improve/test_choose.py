"""Rows that tell the most: spread out, never asked twice, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.improve.choose import spread

NOTHING = np.zeros((0, 2))


def clusters(sizes: list[int], noise: float = 0.01) -> np.ndarray:
    """Points around places far from each other."""
    generator = np.random.default_rng(3)
    places = [np.array([10.0 * n, 7.0 * (n % 2)]) for n in range(len(sizes))]
    points = [place + noise * generator.normal(size=(size, 2)) for place, size in zip(places, sizes, strict=True)]
    return np.concatenate(points)


def test_one_row_of_each_kind_comes_before_a_second_of_any() -> None:
    sizes = [40, 30, 20, 10]
    choice = spread(clusters(sizes), NOTHING, 0)
    choice.choose(4)
    ends = np.cumsum(sizes)
    assert sorted(np.searchsorted(ends, choice.chosen, side="right").tolist()) == [0, 1, 2, 3]
    assert sorted(choice.stands_for().tolist()) == sorted(sizes)


def test_what_is_known_is_not_asked_again() -> None:
    vectors = clusters([30, 30, 30])
    choice = spread(vectors, vectors[:30], 0)
    choice.choose(2)
    assert sorted(row // 30 for row in choice.chosen) == [1, 2]
    assert choice.stands_for().sum() == 60


def test_the_first_one_is_typical_no_outlier() -> None:
    vectors = np.concatenate([clusters([50], noise=1.0), [[500.0, 500.0]]])
    choice = spread(vectors, NOTHING, 0)
    choice.choose(1)
    assert choice.chosen[0] != 50


def test_exact_copies_are_not_asked_and_few_rows_do() -> None:
    choice = spread(np.ones((5, 2)), NOTHING, 0)
    choice.choose(5)
    assert len(choice.chosen) == 1
    assert choice.stands_for().tolist() == [5]
    for vectors in (np.zeros((0, 2)), np.zeros((1, 2))):
        choice = spread(vectors, NOTHING, 0)
        choice.choose(3)
        assert len(choice.chosen) == len(vectors)


def test_near_copies_wait_until_nothing_else_is_left() -> None:
    vectors = clusters([5, 5])
    choice = spread(vectors, NOTHING, 0)
    choice.choose(10)
    assert {row // 5 for row in choice.chosen[:2]} == {0, 1}
    assert sorted(choice.chosen) == list(range(10))


def test_weights_choose_among_rows_that_differ() -> None:
    vectors = clusters([20, 20, 20])
    weight = np.zeros(60)
    weight[[5, 25]] = 1.0
    choice = spread(vectors, NOTHING, 0)
    choice.choose(2, weight)
    assert set(choice.chosen) <= {5, 25}
    choice.choose(1, np.zeros(60))
    assert len(choice.chosen) == 3, "where nothing is doubtful, what is farthest is asked"


@pytest.mark.parametrize("known", [0, 4])
def test_the_same_rows_and_seed_make_the_same_choice(known: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 8))
    found = []
    for seed in (0, 0, 1):
        choice = spread(vectors, vectors[:known], seed)
        choice.choose(20)
        found.append(choice.chosen)
    assert found[0] == found[1] != found[2]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.integers(0, 30), st.integers(1, 5), st.integers(0, 40), st.integers(0, 9))
def test_no_row_is_chosen_twice_and_each_stands_for_itself(rows: int, width: int, count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).integers(0, 3, (rows, width)).astype(np.float64)
    choice = spread(vectors, vectors[:0], seed)
    choice.choose(count)
    distinct = len(np.unique(vectors, axis=0)) if rows else 0
    assert len(set(choice.chosen)) == len(choice.chosen) == min(count, distinct)
    assert (choice.stands_for() >= 1).all()
    assert choice.stands_for().sum() == (rows if choice.chosen else 0)
