"""How much one column says of the target, without a model: out-of-fold means of the target per code.

A class: Gini (2 AUC - 1), 0 for nothing and 1 for everything, averaged over the classes by their share. A number: R2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles
from modelyard.prepare.checks.coded import Codes

FOLDS = 5
_PRIOR = 2.0  # rows: what a code's own rows are mixed with


def folds_of(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fold of each row [rows], so that rows of one unit share it; the same for the same units."""
    mixed = units.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(40)) % np.uint64(FOLDS)).astype(np.int64)


def strength(codes: Codes, size: int, y: Array, folds: NDArray[np.int64]) -> float:
    """How much codes say of a target, from 0 to 1, measured on rows that were left out.

    Args:
        codes: int32 [rows].
        size: Codes there may be.
        y: Class codes, int [rows], or numbers, float64 [rows]; every row has one.
        folds: Fold of each row, from `folds_of`.
    """
    cells = folds * size + codes
    if y.dtype.kind == "f":
        return _explained(cells, size, y)
    levels, labels, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(levels) < 2:
        return 0.0
    asked = [1] if len(levels) == 2 else range(len(levels))
    ginis = [_gini(cells, size, labels == label) for label in asked]
    return max(0.0, float(np.average(ginis, weights=counts[list(asked)])))


def noise(y: Array) -> float:
    """What `strength` reaches by chance in nineteen of twenty columns that say nothing."""
    if y.dtype.kind == "f":
        return 4 / max(4.0, float(len(y)))
    counts = np.unique(y, return_counts=True)[1]
    rarest = max(1.0, float(counts.min()))
    return float(min(1.0, 4 * np.sqrt((1 / rarest + 1 / max(1.0, len(y) - rarest)) / 12)))


def _left_out(cells: Array, size: int, values: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Of each (fold, code): rows, sum of `values`, and their mean over the other folds [FOLDS * size]."""
    count = np.bincount(cells, minlength=FOLDS * size).reshape(FOLDS, size).astype(np.float64)
    total = np.bincount(cells, values, minlength=FOLDS * size).reshape(FOLDS, size)
    mean = values.mean()
    others = (total.sum(0) - total + _PRIOR * mean) / (count.sum(0) - count + _PRIOR)
    return count.ravel(), total.ravel().astype(np.float64), others.ravel()


def _gini(cells: Array, size: int, positive: NDArray[np.bool_]) -> float:
    count, hits, score = _left_out(cells, size, positive.astype(np.float64))
    rank = np.unique(score, return_inverse=True)[1]
    misses = np.bincount(rank, count - hits)
    hits = np.bincount(rank, hits).astype(np.float64)
    below = np.cumsum(misses) - misses
    pairs = hits.sum() * misses.sum()
    auc = (hits * (below + misses / 2)).sum() / pairs if pairs else 0.5
    return float(2 * auc - 1)


def _explained(cells: Array, size: int, y: Doubles) -> float:
    count, total, guess = _left_out(cells, size, y)
    spread = float(((y - y.mean()) ** 2).sum())
    squares = float((y**2).sum()) - float((2 * guess * total - count * guess**2).sum())
    return max(0.0, 1 - squares / spread) if spread > 0 else 0.0
