"""Parts of the data: where the bundle is better and worse than elsewhere, without seeing patterns in noise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.cells import text_of
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Columns
from modelyard.core.report import Score, Slice, Slices

FEWEST_ROWS = 30
MOST_VALUES = 20
MOST_SHOWN = 12
MOST_FIRST, MOST_WORST = 6, 4
QUARTERS = 4


@dataclass(frozen=True)
class Part:
    """Rows that share a value: the column, the value as words ("" for missing), and which rows, boolean [rows]."""

    column: str
    value: str
    rows: Array

    @property
    def size(self) -> int:
        """How many rows."""
        return int(self.rows.sum())


def parts(table: Columns, columns: Sequence[str], least: int = FEWEST_ROWS) -> list[Part]:
    """All slices of some columns that have at least `least` rows; numbers of many values are cut into quarters.

    Args:
        table: Rows.
        columns: Which columns to look at; those that are not in the table are passed over.
        least: Fewest rows of a slice.
    """
    found = [part for column in columns if column in table for part in of_column(column, table[column], least)]
    return [part for part in found if least <= part.size < len(part.rows)]


def few_values(values: Array) -> bool:
    """Whether a column has so few values that each can be a slice."""
    return 2 <= len(set(as_words(values).tolist()) - {""}) <= MOST_VALUES


def rare(values: Array) -> list[str]:
    """The values that fewer than `FEWEST_ROWS` rows hold, as words; none where numbers are cut into quarters."""
    if _is_measure(values):
        return []
    return sorted(value for value, count in Counter(as_words(values).tolist()).items() if count < FEWEST_ROWS)


def holding(values: Array, cell: str) -> Array:
    """The rows that hold a value as a goal writes it, boolean [rows]; yes and no may stand there as 1 and 0."""
    rows = np.asarray(as_words(values) == cell)
    if rows.any() or values.dtype.kind != "f":
        return rows
    meant = plugins.part("modalities", "boolean", "preprocess").parse(np.asarray([cell], object), {}).values[0]
    return np.asarray(values == meant)


def compare(
    looked_at: Sequence[Part],
    score: Score,
    value: Callable[[Array], float],
    number: Callable[[Array], Number],
    *,
    first: Sequence[str] = (),
    confidence: float = 0.95,
) -> Slices:
    """Choose and measure the slices that a reader should see.

    A slice is called worse when it is worse than all rows together by more than noise. As many slices are looked at,
    each is held to a stricter test (Bonferroni), so that one false alarm among all of them is unlikely.

    Args:
        looked_at: From `parts`.
        score: The metric on all rows.
        value: Rows, boolean [rows] -> the metric on them; NaN where it is not defined.
        number: The same, with its interval.
        first: Columns whose slices are always shown first.
        confidence: Of the intervals, and of the verdicts all together.
    """
    shortfalls = [_shortfall(score, value(part.rows)) * math.sqrt(part.size) for part in looked_at]
    order = sorted(range(len(looked_at)), key=lambda place: -shortfalls[place])
    wanted = [place for place in order if looked_at[place].column in first]
    largest = sorted(order, key=lambda place: -looked_at[place].size)
    kept = list(dict.fromkeys([*wanted[:MOST_FIRST], *order[:MOST_WORST], *largest]))[:MOST_SHOWN]
    kept.sort(key=lambda place: (looked_at[place].column not in first, -shortfalls[place]))
    limit = _quantile(1 - (1 - confidence) / max(1, len(looked_at))) / _quantile((1 + confidence) / 2)
    shown = []
    for part in (looked_at[place] for place in kept):
        found = number(part.rows)
        shown.append(Slice(part.column, part.value, part.size, found, _is_worse(score, found, limit)))
    return Slices(score.metric, len(looked_at), tuple(shown))


def _shortfall(score: Score, value: float) -> float:
    """How far a value is on the bad side of the metric on all rows; 0 where either is not defined."""
    if score.number.value is None or math.isnan(value):
        return 0.0
    return score.number.value - value if score.better == "higher" else value - score.number.value


def _is_worse(score: Score, number: Number, limit: float) -> bool:
    """Whether the shortfall is more than `limit` half widths of the slice's interval.

    That is cautious: all rows hold the slice, so that their difference varies less than the slice does.
    """
    if number.value is None or number.interval is None:
        return False
    low, high = number.interval
    half = high - number.value if score.better == "higher" else number.value - low
    return _shortfall(score, number.value) > limit * half


def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)


def of_column(column: str, values: Array, least: int) -> Iterator[Part]:
    """Every value of a column that at least `least` rows have; numbers of many values are cut into quarters."""
    if _is_measure(values):
        yield from _quarters(column, values)
        return
    written = as_words(values)
    for value, count in sorted(Counter(written.tolist()).items()):
        if count >= least:
            yield Part(column, value, np.asarray(written == value))


def _is_measure(values: Array) -> bool:
    """Numbers or times of many values."""
    return values.dtype.kind in "iufM" and not few_values(values)


def _quarters(column: str, values: Array) -> Iterator[Part]:
    """A number's rows in four ranges of about equal size; the ends of the ranges are the words."""
    numbers = (
        values.astype("datetime64[s]").astype(np.float64) if values.dtype.kind == "M" else values.astype(np.float64)
    )
    numbers = np.where(np.isfinite(numbers) & ~_is_nat(values), numbers, np.nan)
    known = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, QUARTERS + 1))) if len(known) else np.zeros(0)
    for place, (low, high) in enumerate(pairwise(edges)):
        inside = (numbers >= low) & ((numbers < high) | (place == len(edges) - 2) & (numbers == high))
        yield Part(column, f"{_end(low, values)} … {_end(high, values)}", inside)
    if np.isnan(numbers).any():
        yield Part(column, "", np.isnan(numbers))


def _end(value: float, values: Array) -> str:
    if values.dtype.kind == "M":
        return str(np.datetime64(int(value), "s")).partition("T")[0]
    return text_of(value) if value.is_integer() else f"{value:.6g}"


def _is_nat(values: Array) -> Array:
    return np.isnat(values) if values.dtype.kind == "M" else np.zeros(len(values), bool)


def lengths(values: Array) -> Array:
    """Characters of each cell, float64 [rows], NaN where there is none."""
    counted = np.fromiter(map(len, as_words(values)), np.float64, len(values))
    return np.where(counted > 0, counted, np.nan)


def as_words(values: Array) -> Array:
    """Cells as words, "" for missing ones."""
    words = np.empty(len(values), object)
    words[:] = [_word(value) for value in (values if values.dtype.kind == "f" else values.tolist())]
    return words


def _word(value: Any) -> str:
    if value is None or value != value:
        return ""
    return text_of(value) if isinstance(value, float | np.floating) else str(value).strip()
