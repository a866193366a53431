"""Folds of rows, for losses under a fit that did not see the row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array


def folds(y: Array, count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each row [rows]: rows of like targets are dealt out in turn, in random order among equals.

    Args:
        y: Targets [rows] or [rows, labels].
        count: Folds; as many as rows when there are fewer of these.
        seed: Of the order among equals.
    """
    columns = (y,) if y.ndim == 1 else tuple(y.T)
    order = np.lexsort((np.random.default_rng(seed).random(len(y)), *columns))
    fold = np.empty(len(y), np.int64)
    fold[order] = np.arange(len(y)) % max(1, min(count, len(y)))
    return fold
