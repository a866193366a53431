"""Rows as vectors: those that say the same lie together."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelyard.core.columns import as_columns
from modelyard.improve import vectors


def of(columns: dict[str, list[Any]]) -> np.ndarray:
    table = as_columns(columns)
    return vectors.of_rows(table, list(table), None)


def distance(found: np.ndarray, one: int, other: int) -> float:
    return float(np.linalg.norm(found[one] - found[other]))


def test_like_texts_are_near_unlike_ones_far() -> None:
    texts = ["the room was clean", "the room was very clean", "服务太差了，不会再来", "服务太差了 不会再来", "", "📞"]
    found = of({"text": texts * 3})
    assert found.dtype == np.float64 and np.isfinite(found).all()
    assert distance(found, 0, 1) < 0.8 * distance(found, 0, 2)
    assert distance(found, 2, 3) < 0.8 * distance(found, 2, 0)
    assert distance(found, 0, 6) == 0.0


def test_every_column_weighs_the_same() -> None:
    generator = np.random.default_rng(0)
    found = of({"number": (1e6 * generator.normal(size=90)).tolist(), "word": ["a", "b", "c"] * 30})
    numbers, words = found[:, :2], found[:, 2:]
    assert np.isclose(numbers.var(axis=0).sum(), 1.0, atol=1e-3)
    assert np.isclose(words.var(axis=0).sum(), 1.0, atol=1e-3)


def test_numbers_are_numbers_and_gaps_are_told() -> None:
    found = of({"n": ["1", "2", "3", "", "1,000", "inf"]})
    assert found.shape == (6, 2)
    assert distance(found, 0, 1) < distance(found, 0, 4)
    assert distance(found, 3, 1) > 0
    assert of({"n": [None, None]}).shape[0] == 2
    assert np.isfinite(of({"n": [float("nan"), 1.0, 2.0]})).all()


def test_cells_of_any_type_are_taken() -> None:
    for cells in (
        [True, False],
        [["a"], ["b", "c"]],
        [None, "x" * 100_000],
        ["\u0301", "\ud800"],
        [1, "one"],
        [b"x", 3],
    ):
        found = of({"cell": cells})
        assert found.shape[0] == 2 and np.isfinite(found).all(), cells


def test_no_rows_and_one_row() -> None:
    assert of({"text": []}).shape[0] == 0
    assert not of({"text": ["alone"]}).any(), "one row is its own middle"


def test_the_same_rows_have_the_same_vectors() -> None:
    columns: dict[str, list[Any]] = {"text": [f"word{n} 词{n}" for n in range(50)], "n": list(range(50))}
    assert (of(columns) == of(columns)).all()
