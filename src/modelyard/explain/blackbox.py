"""Which columns a model needs, found through its answers alone: shuffle a column and see how much the loss rises.

Source: Breiman 2001, Random Forests, section 10; on the loss of held-out rows, as in Fisher, Rudin and Dominici 2019.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.columns import row_count
from modelyard.core.protocols import Columns, Doubles
from modelyard.measure.intervals import Interval, bootstrap, spread

MOST_ROWS = 2_000
FEWEST_ROWS = 200
REPEATS = 5
CELLS = 15_000_000
"""Cells (rows * columns * passes) that may be read; wide tables get fewer rows, then shared shuffles."""
ENCODED = 60_000
"""Cells that are read in the time that an encoder takes for a text."""

Losses = Callable[[Columns], dict[str, Doubles]]
"""A table -> per target the loss of each of its rows [rows], NaN where the target is not known."""


@dataclass(frozen=True)
class Shuffles:
    """What was found for one target.

    Args:
        rises: Column -> rise of the mean loss when it alone is shuffled, with the interval over rows; largest first.
        rows: Rows used.
        repeats: Shuffles per column.
        grouped: Columns that were only shuffled together with others.
    """

    rises: dict[str, Interval]
    rows: int
    repeats: int
    grouped: int


@dataclass(frozen=True)
class _Bench:
    """The rows that are shuffled, and what the model loses on them as they are."""

    losses: Losses
    table: Columns
    before: dict[str, Doubles]
    random: np.random.Generator

    def shuffled(self, columns: Sequence[str], repeats: int) -> dict[str, Doubles]:
        """Per target the loss of each row, mean over shuffles; the columns keep their rows together."""
        sums = {name: np.zeros_like(loss) for name, loss in self.before.items()}
        for _ in range(repeats):
            order = self.random.permutation(row_count(self.table))
            changed = {name: self.table[name][order] for name in columns}
            for name, loss in self.losses({**self.table, **changed}).items():
                sums[name] += loss / repeats
        return sums


def sample(rows: int, columns: int, seed: int = 0, cells: int = CELLS) -> NDArray[np.int64]:
    """Numbers of the rows to shuffle: all of them up to 2,000, fewer in wide tables, where a pass costs more.

    Args:
        rows: Rows that there are.
        columns: Columns that are to be shuffled.
        seed: Of the draw.
        cells: As of `permutation`.
    """
    affordable = max(FEWEST_ROWS, cells // max(1, columns) ** 2)
    kept = np.random.default_rng(seed).permutation(rows)[: min(MOST_ROWS, affordable)]
    return np.sort(kept)


def permutation(
    losses: Losses,
    table: Columns,
    columns: Sequence[str],
    *,
    confidence: float = 0.95,
    seed: int = 0,
    cells: int = CELLS,
) -> dict[str, Shuffles]:
    """Permutation importance of input columns, for every target in one go.

    Where the budget does not reach for every column by itself, groups of columns are shuffled together, and the
    group with the largest rise is halved, again and again: the columns that matter most come out alone.

    Args:
        losses: The model, seen from outside.
        table: The input columns of the rows that `sample` chose.
        columns: The columns to shuffle.
        confidence: Of the intervals.
        seed: Of every draw.
        cells: Cells that may be read; the answer depends on nothing but the arguments.

    Returns:
        Target -> what was found; empty when there are fewer than two rows or no columns.
    """
    rows = row_count(table)
    if rows < 2 or not columns:
        return {}
    bench = _Bench(losses, table, losses(table), np.random.default_rng(seed))
    passes = max(2 * math.ceil(math.log2(len(columns) + 1)), cells // (rows * len(columns)))
    repeats = min(REPEATS, passes // len(columns))
    if repeats:
        single = {column: bench.shuffled([column], repeats) for column in columns}
    else:
        single = _search(bench, columns, passes)
    counts = (rows, max(1, repeats), len(columns) - len(single))
    return {target: _sorted(target, bench, single, counts, confidence, seed) for target in bench.before}


def _search(bench: _Bench, columns: Sequence[str], passes: int) -> dict[str, dict[str, Doubles]]:
    """Halve the group whose shuffling hurts most until the passes are spent; what was shuffled alone is returned."""
    scale = {target: np.nanmean(loss) or 1.0 for target, loss in bench.before.items()}
    single: dict[str, dict[str, Doubles]] = {}
    queue: list[tuple[float, int, tuple[str, ...]]] = [(0.0, 0, tuple(columns))]
    done = 0
    while queue and done + 2 <= passes:
        _, _, group = heapq.heappop(queue)
        for half in (group[: len(group) // 2], group[len(group) // 2 :]):
            after = bench.shuffled(half, 1)
            done += 1
            if len(half) == 1:
                single[half[0]] = after
            else:
                rise = max(float(np.nanmean(after[t] - bench.before[t]) / scale[t]) for t in scale)
                heapq.heappush(queue, (-rise, done, half))
    return single


def _sorted(
    target: str,
    bench: _Bench,
    single: dict[str, dict[str, Doubles]],
    counts: tuple[int, int, int],
    confidence: float,
    seed: int,
) -> Shuffles:
    """Rises of one target's loss, largest first."""
    if not single:
        return Shuffles({}, *counts)
    rows = ~np.isnan(bench.before[target])
    gains = np.stack([after[target][rows] - bench.before[target][rows] for after in single.values()])
    draws = bootstrap([lambda weight: weight @ gains.T / gains.shape[1]], gains.shape[1], seed=seed)[0]
    rises = {
        column: spread(float(gain.mean()), drawn, len(gain), confidence)
        for column, gain, drawn in zip(single, gains, draws.T, strict=True)
    }
    return Shuffles(dict(sorted(rises.items(), key=lambda item: -item[1].value)), *counts)
