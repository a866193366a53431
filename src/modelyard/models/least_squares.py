"""Least squares on a few labelled rows, its penalty chosen by leaving each row out once, in closed form.

Rifkin, Lippert: Notes on Regularized Least Squares, MIT CSAIL 2007. With a few rows no part of them can be spared to
choose a penalty on; leaving out each in turn spares none, and one singular value decomposition answers for all
penalties. Rows of one unit are left out together.

Shapes: N rows, F features, K columns of scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles, Floats
from modelyard.models import targets

PENALTIES = np.geomspace(1e-4, 3.0, 12)
"""Relative to the summed squares of the features."""
SHARPNESS = np.geomspace(0.5, 64.0, 15)
"""Logits that a score of least squares, which is about 0 or 1, is worth."""
_CLOSE = 1e-9  # to 1: a row that no other row has anything to say of


@dataclass(frozen=True)
class Rows:
    """The rows of one fold that are learnt from, taken apart.

    Args:
        centre: Weighted mean of each feature [F].
        left: Orthonormal [N, R].
        sizes: Singular values of the weighted, centred rows [R].
        right: Orthonormal [R, F].
        y: What least squares learns, weighted and centred [N, K].
        mean: What was taken off it [K].
        root: Square root of each row's weight [N].
        codes: Of the classes [N].
        units: Rows that are left out together [N].
    """

    centre: Doubles
    left: Doubles
    sizes: Doubles
    right: Doubles
    y: Doubles
    mean: Doubles
    root: Doubles
    codes: NDArray[np.int64]
    units: NDArray[np.int64]

    def shares(self, penalty: float) -> Doubles:
        """How much of each direction a penalty leaves [R]."""
        squares = self.sizes**2
        total = squares.sum()
        return np.asarray(squares / (squares + penalty * (total if total > 0 else 1.0)), np.float64)

    def model(self, penalty: float) -> tuple[Doubles, Doubles]:
        """Weight [F, K] and bias [K]."""
        sizes = np.where(self.sizes > 0, self.sizes, 1.0)
        weight = self.right.T @ ((self.shares(penalty) / sizes)[:, None] * (self.left.T @ self.y))
        return weight, self.mean - self.centre @ weight

    def left_out(self, penalty: float) -> Doubles:
        """What is said of each row by a model without its unit [N, K]."""
        shares = self.shares(penalty)
        rest = self.y - self.left @ (shares[:, None] * (self.left.T @ self.y))
        own = (self.left**2 @ shares) + self.root**2 / (self.root**2).sum()
        errors = rest / np.maximum(1 - own, _CLOSE)[:, None]
        for rows in self._together():
            some = self.left[rows]
            hat = (some * shares) @ some.T + np.outer(self.root[rows], self.root[rows]) / (self.root**2).sum()
            errors[rows] = np.linalg.lstsq(np.eye(len(rows)) - hat, rest[rows], rcond=None)[0]
        return np.asarray(self.mean + (self.y - errors) / self.root[:, None], np.float64)

    def _together(self) -> Iterator[Array]:
        """Places of the rows of each unit that has several."""
        order = np.argsort(self.units, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(self.units[order])) + 1):
            if len(rows) > 1:
                yield rows


@dataclass(frozen=True)
class Choice:
    """What was chosen for all folds.

    Args:
        penalty: One of `PENALTIES`.
        sharpness: One of `SHARPNESS`.
        loss: Log-loss of rows left out, mean over the folds.
    """

    penalty: float
    sharpness: float
    loss: float

    def model(self, rows: Rows) -> tuple[Doubles, Doubles]:
        """Weight [F, K] and bias [K] of logits."""
        weight, bias = rows.model(self.penalty)
        return self.sharpness * weight, self.sharpness * bias


def take(x: Floats, codes: NDArray[np.int64], weight: Floats, units: Array | None, width: int) -> Rows:
    """Take rows apart.

    Args:
        x: [N, F].
        codes: Of their classes [N].
        weight: How much each counts [N].
        units: Rows that are left out together [N]; None: each by itself.
        width: Columns of scores: 1 for two classes.
    """
    features, counts = x.astype(np.float64), weight.astype(np.float64)
    y = 2.0 * codes[:, None] - 1.0 if width == 1 else np.eye(width)[codes]
    centre, mean = (np.asarray(np.average(of, axis=0, weights=counts), np.float64) for of in (features, y))
    root = np.sqrt(counts)
    left, sizes, right = np.linalg.svd(root[:, None] * (features - centre), full_matrices=False)
    together = np.arange(len(codes)) if units is None else units
    return Rows(centre, left, sizes, right, root[:, None] * (y - mean), mean, root, codes, together)


def choose(folds: Sequence[Rows]) -> Choice:
    """One penalty and one sharpness for all folds, by the rows that each of them leaves out."""
    losses = np.mean([_losses(rows) for rows in folds], axis=0)
    best, sharp = np.unravel_index(int(losses.argmin()), losses.shape)
    return Choice(float(PENALTIES[best]), float(SHARPNESS[sharp]), float(losses[best, sharp]))


def _losses(rows: Rows) -> Doubles:
    """Log-loss of rows left out [penalties, sharpnesses]."""
    kind: targets.Kind = "binary" if rows.y.shape[1] == 1 else "classes"
    said = [rows.left_out(penalty) for penalty in PENALTIES]
    weight = rows.root**2
    return np.asarray([[targets.loss(kind, sharp * one, rows.codes, weight) for sharp in SHARPNESS] for one in said])
