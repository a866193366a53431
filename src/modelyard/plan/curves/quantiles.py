"""The models that turn evidence into quantiles of the error, as plain arrays that numpy evaluates.

`model.npz` holds one forest of gradient-boosted trees per level, made by `build.py` from other data sets' curves, and
the conformal offsets that make the levels hold on data sets that no forest has seen. `fallback.npz` holds offsets for
the classical average of laws, which serve where `model.npz` is not there.

Sources: Friedman 2001 (boosted trees); Romano, Patterson & Candes 2019 (conformalised quantile regression).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.features import CLASSICAL, reference

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
NARROWEST = 0.02
"""Offsets are in units of the raw 10-90 % distance of ln(error), at least this."""
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Offsets:
    """What is added to each level so that it holds on new data sets.

    Args:
        times: [horizons] multiples of the last anchor, rising; offsets between them are interpolated in the logarithm.
        shifts: [horizons, levels] in units of the width.
    """

    times: Floats
    shifts: Floats

    def at(self, times: Floats) -> Floats:
        """[sizes, levels] for multiples of the last anchor; the ends hold beyond the ends."""
        where = np.log(times)
        return np.column_stack([np.interp(where, np.log(self.times), column) for column in self.shifts.T])


@dataclass(frozen=True)
class Forest:
    """Boosted trees of equal depth, each a heap: the children of node i are 2 i + 1 and 2 i + 2.

    Args:
        feature: [trees, nodes] which feature a node asks for.
        threshold: [trees, nodes] to the right where the feature is larger.
        leaf: [trees, leaves].
        level: [trees] which level a tree belongs to.
        start: [levels] what the trees add to.
    """

    feature: NDArray[np.int64]
    threshold: Floats
    leaf: Floats
    level: NDArray[np.int64]
    start: Floats

    def __call__(self, rows: Floats) -> Floats:
        """[rows, levels] of the sums of the trees, not yet in order."""
        trees = np.arange(len(self.leaf))
        node = np.zeros((len(rows), len(trees)), dtype=np.int64)
        row = np.arange(len(rows))[:, None]
        while node.size and node[0, 0] < self.feature.shape[1]:
            right = rows[row, self.feature[trees, node]] > self.threshold[trees, node]
            node = 2 * node + 1 + right
        leaves = self.leaf[trees, node - self.feature.shape[1]]
        sums = [leaves[:, self.level == one].sum(axis=1) for one in range(len(self.start))]
        return np.asarray(self.start + np.column_stack(sums))


@dataclass(frozen=True)
class Model:
    """Quantiles of ln(error / last error).

    Args:
        name: Its version; `fallback` without the forests.
        offsets: Of the conformal step.
        forest: None for the fallback.
    """

    name: str
    offsets: Offsets
    forest: Forest | None = None

    def __call__(self, rows: Floats, times: Floats) -> Floats:
        """[rows, levels] quantiles of ln(error / last error), rising along the levels.

        Args:
            rows: [rows, features].
            times: [rows] multiples of the last anchor.
        """
        raw = plain(rows) if self.forest is None else grown(self.forest, rows)
        return np.sort(raw + self.offsets.at(times) * width(raw)[:, None], axis=1)


def plain(rows: Floats) -> Floats:
    """[rows, levels] the classical forecast, the same at every level: what the fallback's offsets are added to."""
    return np.tile(rows[:, CLASSICAL, None], len(LEVELS))


def grown(forest: Forest, rows: Floats) -> Floats:
    """[rows, levels] what a forest says, in order: what the model's offsets are added to."""
    return np.sort(reference(rows)[:, None] + forest(rows), axis=1)


def width(raw: Floats) -> Floats:
    """[rows] the unit of the shifts: the raw 10-90 % distance."""
    return np.maximum(raw[:, LEVELS.index(0.9)] - raw[:, LEVELS.index(0.1)], NARROWEST)


@cache
def shipped(folder: Path = HERE) -> Model:
    """The model in a folder: `model.npz`, or where that is missing `fallback.npz`."""
    found = folder / "model.npz"
    with np.load(found if found.exists() else folder / "fallback.npz", allow_pickle=False) as arrays:
        offsets = Offsets(arrays["times"], arrays["shifts"])
        if "leaf" not in arrays:
            return Model("fallback", offsets)
        forest = Forest(
            arrays["feature"].astype(np.int64),
            arrays["threshold"],
            arrays["leaf"].astype(np.float64),
            arrays["level"].astype(np.int64),
            arrays["start"],
        )
        return Model(str(arrays["version"]), offsets, forest)
