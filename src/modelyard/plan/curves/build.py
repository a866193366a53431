"""Make the shipped models from LCDB 1.1: `python -m modelyard.plan.curves.build DATA OUT`.

DATA is `curves.npz` of the data mirror, OUT the folder that gets `model.npz` and `fallback.npz`. It takes scikit-learn,
which the models themselves do not. The same data and versions give the same bytes.

Sources: Friedman 2001 (boosted trees); Romano, Patterson & Candes 2019 (conformalised quantile regression).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from modelyard.plan.curves.evidence import Floats, log
from modelyard.plan.curves.families import fit
from modelyard.plan.curves.features import features, reference
from modelyard.plan.curves.kinds import code
from modelyard.plan.curves.lcdb import VARIED, Bank, Plan, cuts, read
from modelyard.plan.curves.quantiles import LEVELS, Forest, Model, Offsets, grown, plain, width

VERSION = "lcdb11-1"
SEED = 20261122
DEPTH = 5
TREES = 120
OCTAVES = np.array([2.0, 4.0, 8.0, 16.0])
FOLDS = 5
_BINS = 200
_UNTOLD = 0.5  # of the curves do not say which learner they are of, so that the model can do without
_SMALLEST = 0.02  # added to the last error where curves with larger errors weigh more


@dataclass(frozen=True)
class Table:
    """Rows to learn from: one for each horizon of each cut.

    Args:
        inputs: [rows, features].
        goal: [rows] ln(error / last error).
        times: [rows] multiples of the last anchor.
        weight: [rows].
        group: [rows] which group of data sets a row is of.
    """

    inputs: Floats
    goal: Floats
    times: Floats
    weight: Floats
    group: NDArray[np.int64]

    def rows(self, chosen: NDArray[np.bool_]) -> Table:
        """Some of the rows."""
        return Table(*(values[chosen] for values in vars(self).values()))


def table(bank: Bank, plan: Plan = VARIED, seed: int = SEED) -> Table:
    """The rows of a bank's curves, cut as planned."""
    draws = np.random.default_rng(seed)
    parts: list[tuple[Any, ...]] = []
    for cut in cuts(bank, plan, seed):
        kind = code(str(bank.learners[cut.learner])) * int(draws.random() >= _UNTOLD)
        fits, last = fit(cut.curve), cut.curve.errors[-1]
        inputs = features(cut.curve, fits, cut.sizes, kind)
        rows = np.ones(len(cut.sizes))
        goal, times = log(cut.errors) - log(last), cut.sizes / cut.curve.sizes[-1]
        parts.append((inputs, goal, times, rows * (last + _SMALLEST) ** 0.5, rows * cut.dataset))
    inputs, goal, times, weight, dataset = (np.concatenate(values) for values in zip(*parts, strict=True))
    which = dataset.astype(np.int64)
    return Table(inputs, goal, times, weight / np.sqrt(np.bincount(which)[which]), bank.groups[which])


def model(rows: Table, trees: int = TREES) -> Model:
    """The forest grown on all rows, with the offsets that other forests needed on groups they had not seen."""
    raw = np.full((len(rows.goal), len(LEVELS)), np.nan)
    for held in folds(rows.group, FOLDS):
        raw[held] = grown(grow(rows.rows(~held), trees), rows.inputs[held])
    return Model(VERSION, offsets(raw, rows), grow(rows, trees))


def fallback(rows: Table) -> Model:
    """The offsets of the classical average of laws."""
    return Model("fallback", offsets(plain(rows.inputs), rows))


def grow(rows: Table, trees: int = TREES) -> Forest:
    """One boosted forest per level, by one thread: the order of sums is part of the bytes."""
    beyond, inputs = rows.goal - reference(rows.inputs), _rounded(rows.inputs)
    with threadpool_limits(1):
        return _stacked([_booster(level, trees).fit(inputs, beyond, rows.weight) for level in LEVELS])


def offsets(raw: Floats, rows: Table) -> Offsets:
    """The shifts after which each level holds, for each octave by itself."""
    shifts = []
    for octave in OCTAVES:
        there = np.isclose(rows.times, octave, rtol=0.06)
        misses = (rows.goal[there, None] - raw[there]) / width(raw[there])[:, None]
        shifts.append([np.quantile(misses[:, index], level) for index, level in enumerate(LEVELS)])
    return Offsets(OCTAVES, np.array(shifts))


def folds(group: NDArray[np.int64], count: int, seed: int = SEED) -> Iterator[NDArray[np.bool_]]:
    """Masks of held-out rows; no group is split."""
    names = np.random.default_rng(seed).permutation(np.unique(group))
    for fold in range(count):
        yield np.isin(group, names[fold::count])


def save(found: Model, path: Path) -> None:
    """Write a model as arrays."""
    arrays: dict[str, Any] = {"times": found.offsets.times, "shifts": found.offsets.shifts}
    if found.forest is not None:
        forest = found.forest
        arrays |= {"feature": forest.feature.astype(np.int8), "threshold": forest.threshold, "start": forest.start}
        arrays |= {"leaf": forest.leaf.astype(np.float32), "level": forest.level.astype(np.int8)}
        arrays["version"] = np.array(found.name)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _rounded(inputs: Floats) -> Floats:
    """Inputs at the nearest of `_BINS` values of each column: scikit-learn's own search for weighted bins takes longer
    than the trees.
    """
    rounded = np.empty_like(inputs)
    for column, values in enumerate(inputs.T):
        grid = np.unique(np.quantile(values, np.linspace(0, 1, _BINS), method="nearest"))
        above = np.minimum(np.searchsorted(grid, values), len(grid) - 1)
        below = np.maximum(above - 1, 0)
        rounded[:, column] = np.where(values - grid[below] < grid[above] - values, grid[below], grid[above])
    return rounded


def _booster(level: float, trees: int) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        loss="quantile",
        quantile=level,
        learning_rate=0.07,
        max_iter=trees,
        max_depth=DEPTH,
        max_leaf_nodes=None,
        min_samples_leaf=60,
        early_stopping=False,
        random_state=SEED,
    )


def _stacked(boosters: list[HistGradientBoostingRegressor]) -> Forest:
    trees = [_heap(tree[0].nodes) for booster in boosters for tree in booster._predictors]
    feature, threshold, leaf = (np.array(values) for values in zip(*trees, strict=True))
    level = np.repeat(np.arange(len(boosters)), [len(booster._predictors) for booster in boosters])
    start = np.array([float(booster._baseline_prediction.item()) for booster in boosters])
    return Forest(feature, threshold, leaf.astype(np.float32).astype(np.float64), level, start)


def _heap(nodes: NDArray[Any]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """A grown tree as a full one: below a leaf that came early, every node goes left."""
    inner = 2**DEPTH - 1
    feature, threshold, leaf = np.zeros(inner, dtype=np.int64), np.full(inner, np.inf), np.zeros(inner + 1)
    place = {0: 0}
    for node in range(2 * inner + 1):
        source = nodes[place[node]]
        if node >= inner:
            leaf[node - inner] = source["value"]
            continue
        below = (place[node], place[node])
        if not source["is_leaf"]:
            feature[node], threshold[node] = source["feature_idx"], source["num_threshold"]
            below = (int(source["left"]), int(source["right"]))
        place[2 * node + 1], place[2 * node + 2] = below
    return feature, threshold, leaf


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    all_rows = table(read(source))
    save(fallback(all_rows), target / "fallback.npz")
    save(model(all_rows), target / "model.npz")
