"""Which rows tell the most: spread over all that there are, so that nothing is asked twice.

Greedy k-means++ (Arthur and Vassilvitskii: k-means++, 2007): a row is drawn by its squared distance to the nearest row
that is known already, the best of a few draws is taken. Rows in the thick of others win over outliers, which farthest-
first (k-centre) would ask for. Weights make it choose among rows that differ those that a model is least sure of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Doubles

_DRAWS = 12
_SAME = 0.01  # of the mean squared distance between rows: nearer ones count as the same
_BLOCK = 256
_ROUNDING = 1e-12


@dataclass
class Spread:
    """Rows, and how far each is from what is known.

    Args:
        vectors: Of all rows, float64 [rows, width].
        nearest: Squared distance to the nearest known row, float64 [rows]; infinite as long as nothing is known.
        generator: Draws.
        chosen: Rows in the order in which they were chosen.
        owner: Place in `chosen` of the nearest chosen row, -1 where a known one is nearer, int64 [rows].
    """

    vectors: Doubles
    nearest: Doubles
    generator: np.random.Generator
    chosen: list[int]
    owner: NDArray[np.int64]

    def choose(self, count: int, weight: Doubles | None = None) -> None:
        """Choose so many more rows, or fewer where the rest are exact copies.

        Args:
            count: How many.
            weight: How much each row is wanted, at least 0 [rows]; None: all alike.
        """
        weight = np.ones(len(self.vectors)) if weight is None else weight
        for _ in range(count):
            row = self._best(weight)
            if row < 0:
                break
            self._take(row)

    def stands_for(self) -> NDArray[np.int64]:
        """How many rows are nearest to each chosen one, itself among them."""
        return np.bincount(self.owner[self.owner >= 0], minlength=len(self.chosen))

    def _best(self, weight: Doubles) -> int:
        """The row that leaves the least distance to what is known; -1 where all are known."""
        if not len(self.vectors):
            return -1
        if np.isinf(self.nearest).all():  # the most typical one comes first
            centre = self.vectors.mean(axis=0)
            return int(np.where(weight > 0, _distances(self.vectors, centre[None])[0], np.inf).argmin())
        mass = self._mass(weight)
        total = float(mass.sum())
        if total <= 0:
            return -1
        draws = np.searchsorted(np.cumsum(mass), self.generator.random(_DRAWS) * total, side="right")
        rows = np.unique(np.minimum(draws, np.flatnonzero(mass)[-1]))
        left = [(np.minimum(self.nearest, far) * weight).sum() for far in _distances(self.vectors, self.vectors[rows])]
        return int(rows[int(np.argmin(left))])

    def _mass(self, weight: Doubles) -> Doubles:
        """What draws each row; near copies of what is known are drawn only when nothing else is left."""
        far = self.nearest > _SAME * self.nearest.mean()
        mass = np.where(far, self.nearest, 0.0) * weight
        return mass if mass.any() else self.nearest * np.maximum(weight, 1e-12)

    def _take(self, row: int) -> None:
        distance = _distances(self.vectors, self.vectors[[row]])[0]
        nearer = distance < self.nearest
        self.owner[nearer] = len(self.chosen)
        self.nearest = np.where(nearer, distance, self.nearest)
        self.nearest[row] = 0.0
        self.owner[row] = len(self.chosen)
        self.chosen.append(row)


def spread(vectors: Doubles, known: Doubles, seed: int) -> Spread:
    """Rows to choose from, beside those that are known already.

    Args:
        vectors: Of the rows to choose from, float64 [rows, width].
        known: Of those that need not be asked for, float64 [any, width].
        seed: Of the draws: the same rows and seed, the same choice.
    """
    nearest = np.full(len(vectors), np.inf)
    for start in range(0, len(known), _BLOCK):
        nearest = np.minimum(nearest, _distances(vectors, known[start : start + _BLOCK]).min(axis=0))
    return Spread(vectors, nearest, np.random.default_rng(seed), [], np.full(len(vectors), -1))


def _distances(vectors: Doubles, points: Doubles) -> Doubles:
    """Squared distances [points, rows]; those of equal vectors are 0, whatever rounding makes of them."""
    lengths = np.einsum("ij,ij->i", vectors, vectors)
    own = np.einsum("ij,ij->i", points, points)[:, None]
    found = own + lengths - 2.0 * (points @ vectors.T)
    found[found < _ROUNDING * (own + lengths)] = 0.0
    return np.asarray(found, np.float64)
