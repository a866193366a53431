"""Numbers cut into bins, each filled from 0 to 1 as the number rises through it: what a sum needs to bend.

Piecewise-linear encoding (Gorishniy, Rubachev, Babenko: On Embeddings for Numerical Features in Tabular Deep Learning,
NeurIPS 2022), with both outer bins closed, so that no cell however wild pulls a score further than training did. A sum
over the bins of a feature with weights >= 0 never falls as the feature rises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles, Feature, Floats

FEWEST_VALUES = 3
"""A feature of fewer values, such as a one-hot column, has nothing to bend."""
MANY_ROWS = 10_000
MOST_BINS = 5_000
"""Of all features together: 48 of each of a hundred numbers; a thousand numbers have a model of many weights anyway."""
_NARROWEST = 1e-6  # the dense view is a few units wide
_ROUNDING = 1e-6  # of sums of float32 weights: it must not reach the next value
_SAMPLE = 50_000  # rows that edges are taken from


@dataclass(frozen=True)
class Bins:
    """Bins of some features of a view.

    Args:
        feature: The feature that each bin belongs to, int64 [bins], ascending.
        low: Where each bin begins, float32 [bins].
        width: How wide it is, float32 [bins], above 0.
    """

    feature: NDArray[np.int64]
    low: Floats
    width: Floats

    def __len__(self) -> int:
        return len(self.feature)

    def fill(self, x: Floats) -> Floats:
        """How far each bin is filled: view without NaN [rows, features] -> float32 [rows, bins], 0 to 1."""
        filled = x[:, self.feature]
        filled -= self.low
        filled /= self.width
        return np.clip(filled, 0.0, 1.0, out=filled)

    def beside(self, x: Floats) -> Floats:
        """The view with its bins at the end, float32 [rows, features + bins]."""
        return np.concatenate([x, self.fill(x)], axis=1) if len(self) else x

    def arrays(self) -> dict[str, Array]:
        """What a checkpoint keeps."""
        return {"bin_feature": self.feature, "bin_low": self.low, "bin_width": self.width}


NONE = Bins(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.float32))
"""No bins at all."""


def of_arrays(arrays: Mapping[str, Array]) -> Bins:
    """The inverse of `Bins.arrays`; none where a checkpoint has none."""
    if "bin_feature" not in arrays:
        return NONE
    return Bins(arrays["bin_feature"], arrays["bin_low"], arrays["bin_width"])


def bins_for(asked: int | None, rows: int, few: int, many: int) -> int:
    """Bins of a number: as many as are asked for, else by the training rows, as few cannot tell what a narrow bin does.

    Args:
        asked: What options say; None leaves it open.
        rows: For training.
        few: Bins where there are few rows.
        many: Bins from `MANY_ROWS` on.
    """
    return asked if asked is not None else many if rows >= MANY_ROWS else few


def cut(views: Sequence[Floats], weights: Sequence[Floats], count: int, features: Sequence[Feature] = ()) -> Bins:
    """Bins for every feature of at least three values, but those of an encoder's vectors, which are no numbers alone.

    Args:
        views: Training rows of each fold, [rows, features] without NaN; folds share their bins, so that the mean of
            their models is a model of the same kind.
        weights: How much each of those rows counts [rows].
        count: The most bins of a feature, fewer where all features would have more than `MOST_BINS`; 0 makes none.
        features: What the views' columns are, where it is known.
    """
    numbers = [one for one in range(views[0].shape[1]) if not features or features[one].kind != "vector"]
    if count * len(numbers) > MOST_BINS:
        count = min(count, MOST_BINS // max(1, _bending(views, numbers)))
    if not count:
        return NONE
    feature, low, width = [], [], []
    weight = _sample(weights)
    for number in numbers:
        ends = _edges(_sample([view[:, number] for view in views]), weight, count)
        kept = np.flatnonzero(np.diff(ends) >= _NARROWEST)
        feature += [number] * len(kept)
        low += ends[kept].tolist()
        width += np.diff(ends)[kept].tolist()
    return Bins(np.asarray(feature, np.int64), np.asarray(low, np.float32), np.asarray(width, np.float32))


def _bending(views: Sequence[Floats], numbers: Sequence[int]) -> int:
    """How many of some features have values between their least and their greatest one."""
    found = 0
    for number in numbers:
        values = _sample([view[:, number] for view in views])
        found += int(((values > values.min()) & (values < values.max())).any())
    return found


def _sample(columns: Sequence[Floats]) -> Floats:
    values = np.concatenate(columns)
    return values[:: -(-len(values) // _SAMPLE) or 1]


def _edges(values: Floats, weight: Floats, count: int) -> Floats:
    """Ascending ends of at most `count` bins: values that fill a bin alone, and quantiles of all others.

    Plain quantiles would see nothing of a feature that is 0 in nine rows out of ten.
    """
    distinct, which = np.unique(values, return_inverse=True)
    if len(distinct) < FEWEST_VALUES:
        return distinct[:0]
    if len(distinct) <= count + 1:
        return distinct
    mass = np.bincount(which, weight)
    frequent = mass * count >= mass.sum()
    left = count + 1 - int(frequent.sum())
    return np.unique(np.concatenate([distinct[frequent], _quantiles(distinct[~frequent], mass[~frequent], left)]))


def _quantiles(distinct: Floats, mass: Doubles, count: int) -> Floats:
    """Values [count], two at least, that part a mass evenly, the least and the greatest among them."""
    if not mass.any():
        return distinct[:0]
    reached = np.cumsum(mass)
    shares = np.linspace(0.0, 1.0, max(2, count))
    places = np.searchsorted(reached, shares * reached[-1] * (1 - _ROUNDING))
    return np.asarray(distinct[places], np.float32)
