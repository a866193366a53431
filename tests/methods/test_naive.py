"""The naive baseline."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose


def test_says_the_prior_of_every_row(make_problem: Any, learn: Any, scores: Any) -> None:
    problem = make_problem("classification", np.zeros((4, 2)), [0, 0, 0, 1])
    assert learn("naive", problem) == {"done": 1, "best": 1, "curves": [], "notes": []}
    assert_allclose(scores("naive", np.ones((3, 2))), np.full((3, 1), np.log(1.5 / 3.5)))


def test_mean_of_numbers(make_problem: Any, learn: Any, scores: Any) -> None:
    learn("naive", make_problem("regression", np.zeros((3, 1)), [1.0, 2.0, 6.0]))
    assert scores("naive", np.zeros((2, 1))).tolist() == [[3.0], [3.0]]


@pytest.mark.parametrize("rows", [0, 1, 5])
@pytest.mark.parametrize("features", [0, 3])
def test_graph(make_problem: Any, learn: Any, scores: Any, graph_scores: Any, rows: int, features: int) -> None:
    learn("naive", make_problem("multilabel", np.zeros((3, features)), [[1, 0], [1, 0], [0, np.nan]]))
    x = np.full((rows, features), np.nan)
    assert_allclose(graph_scores("naive", x, 2), scores("naive", x))
    assert scores("naive", x).shape == (rows, 2)


def test_what_is_missing_or_huge_does_not_matter(make_problem: Any, learn: Any, graph_scores: Any) -> None:
    learn("naive", make_problem("classification", np.zeros((2, 1)), [0, 1]))
    assert graph_scores("naive", [[np.nan], [np.inf], [3e38]], 1).tolist() == [[0.0]] * 3
