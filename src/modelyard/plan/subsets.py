"""Which training rows each point of a learning curve has: nested subsets, drawn alike from every class.

Eight sizes, each about 1.54 times the one before, span a factor of 20 (Yan, Mohr & Viering, "LCDB 1.1", 2025, space
theirs likewise); a smaller subset is part of every larger one of the same seed, so that their difference is what more
rows bring and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array

RATIO = 1.54
ANCHORS, FEWEST_ANCHORS, MOST_ANCHORS = 8, 6, 16
FEWEST_ROWS = 16
"""Rows of the smallest subset: fewer say nothing of what follows."""
Rows = NDArray[np.int64]


def sizes(rows: int, asked: int | None = None) -> tuple[int, ...]:
    """How many rows the subsets have, rising to all of them; fewer than `ANCHORS` where rows are few.

    Args:
        rows: Rows that there are to learn from.
        asked: So many and not fewer.

    Raises:
        DataError: The rows do not do for so many subsets.
    """
    wanted = ANCHORS if asked is None else asked
    found = [rows / RATIO**step for step in range(wanted)][::-1]
    kept = [round(size) for size in found if size >= FEWEST_ROWS]
    least = FEWEST_ANCHORS if asked is None else asked
    if len(kept) < least:
        needed = int(np.ceil(FEWEST_ROWS * RATIO ** (least - 1)))
        got = text("plan.got_few_rows", rows=f"{rows:,}", anchors=len(kept))
        expected = text("plan.expected_rows", needed=f"{needed:,}", anchors=least)
        raise DataError(Mistake("modelyard plan curve", got, expected, text("plan.fix_few_rows")))
    return tuple(kept)


def order(strata: Array, units: Rows, seed: int) -> Rows:
    """The order in which rows are taken: every beginning of it holds all strata in about the same shares as the whole.

    Args:
        strata: What rows are drawn alike from, int [rows]; of a unit that is in several, its first row's counts.
        units: Rows of the same number are taken together, int64 [rows].
        seed: Another seed gives another order.

    Returns:
        Places of the rows, unit by unit.
    """
    _, first, unit, counts = np.unique(units, return_index=True, return_inverse=True, return_counts=True)
    stratum = strata[first]
    shuffled = np.random.default_rng(seed).permutation(len(first))
    place = np.empty(len(first))
    for value in np.unique(stratum):
        mine = shuffled[stratum[shuffled] == value]
        taken = np.cumsum(counts[mine])
        place[mine] = (taken - counts[mine] / 2) / taken[-1]
        place[mine[0]] = -1.0  # one of each, however rare, is there from the beginning
    rank = np.argsort(shuffled)
    position = np.empty(len(first), np.int64)
    position[np.lexsort((rank, place))] = np.arange(len(first))
    return np.argsort(position[unit], kind="stable").astype(np.int64)


def beginning(ordered: Rows, units: Rows, size: int) -> Rows:
    """The first rows of an order, whole units, as near to `size` as these allow; rising.

    Args:
        ordered: What `order` gives.
        units: Unit of each row, int64 [rows].
        size: Rows that are wanted.
    """
    named = units[ordered]
    ends = np.flatnonzero(np.append(named[1:] != named[:-1], True)) + 1
    return np.sort(ordered[: ends[np.argmin(np.abs(ends - size))]])


def strata_of(y: Array, parts: Array) -> Rows:
    """Class and part of each row as one number, int64 [rows]; where y is no class, the part alone."""
    classes = y if y.ndim == 1 and y.dtype.kind == "i" else np.zeros(len(y), np.int64)
    return np.unique(np.stack([classes, parts], axis=1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def shrunk(values: Sequence[int]) -> bool:
    """Whether rows were too few for the usual number of subsets."""
    return len(values) < ANCHORS
