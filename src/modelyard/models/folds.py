"""Folds of rows: every row is held out once, and judged by a model that did not see it, nor its like."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles

Rows = NDArray[np.int64] | slice
"""Places of rows; a slice takes them without a copy."""


@dataclass(frozen=True)
class Division:
    """One fold: who learns and who is held out.

    Args:
        train: Places of the rows that are learnt from.
        held: Places of the rows that are held out.
    """

    train: Rows
    held: Rows


def divisions(y: Array, count: int, repeats: int, seed: int, units: Array) -> list[Division]:
    """All folds of all repeats: in each repeat every row is held out once; see `folds`."""
    found = []
    for repeat in range(repeats):
        fold = folds(y, count, seed + repeat, units)
        for number in np.unique(fold):
            found.append(Division(np.flatnonzero(fold != number), np.flatnonzero(fold == number)))
    return found


def out_of_fold(divided: Sequence[Division], rows: int, score: Callable[[int, Rows], Array]) -> Doubles:
    """Scores [rows, width] of rows by the folds that did not see them; NaN for rows that no fold held out.

    Args:
        divided: The folds.
        rows: How many rows there are.
        score: (number of a fold, places of its held-out rows) -> their scores; a row that was held out in several
            repeats gets the mean of its scores.
    """
    found = [(one.held, score(number, one.held)) for number, one in enumerate(divided)]
    total, times = np.zeros((rows, found[0][1].shape[1])), np.zeros((rows, 1))
    for held, scores in found:
        total[held] += scores
        times[held] += 1
    return np.asarray(np.divide(total, times, out=np.full(total.shape, np.nan), where=times > 0), np.float64)


def folds(y: Array, count: int, seed: int, units: Array | None = None) -> NDArray[np.int64]:
    """The fold of each row, int64 [rows]: units of like targets are dealt out in turn, at random among the next ones.

    Args:
        y: Targets [rows] or [rows, labels].
        count: Folds; as many as units when there are fewer of these.
        seed: Another seed deals otherwise, whether or not targets are equal.
        units: Rows of the same number stay together, int64 [rows]; each row by itself when None.
    """
    random = np.random.default_rng(seed)
    _, first, unit, sizes = np.unique(
        np.arange(len(y)) if units is None else units, return_index=True, return_inverse=True, return_counts=True
    )
    columns = (y[first],) if y.ndim == 1 else tuple(y[first].T)
    order = np.lexsort((random.random(len(first)), *columns))
    count = max(1, min(count, len(first)))
    dealt = np.empty(len(first), np.int64)
    dealt[order] = (
        _in_turn(len(first), count, random) if (sizes == 1).all() else _to_the_least(sizes[order], count, random)
    )
    return dealt[unit]


def _in_turn(units: int, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Blocks of `count` units, each with every fold once, in random order."""
    blocks = np.tile(np.arange(count), (-(-units // count), 1))
    return np.asarray(random.permuted(blocks, axis=1).ravel()[:units], np.int64)


def _to_the_least(sizes: Array, count: int, random: np.random.Generator) -> list[int]:
    """The fold with the fewest rows so far takes the next unit, one of them at random where several have as few."""
    loads = [(0, lot, fold) for fold, lot in enumerate(random.random(count).tolist())]
    heapq.heapify(loads)
    dealt = []
    for size, lot in zip(sizes.tolist(), random.random(len(sizes)).tolist(), strict=True):
        load, _, fold = loads[0]
        heapq.heapreplace(loads, (load + size, lot, fold))
        dealt.append(fold)
    return dealt
