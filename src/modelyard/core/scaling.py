"""Columns of numbers as features: what fitting keeps of them, and the two views of a block, in numpy.

`fragments.scale` is the ONNX twin of `as_float32` and `standardise`. Ships in every bundle: numpy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles, Feature, Floats, State

LARGEST = 3.4e38
"""Numbers beyond it would become infinite as float32."""
FAR = 10.0
"""Standardised numbers end here: one wild cell must not rule a linear score."""
_SQUARE_LIMIT = 1e100  # squares of larger numbers overflow when they are added up
_BINS = 10
_EXACT = 4096  # distinct numbers that a sketch keeps
_COARSE = 2048  # what remains of more
_NORMAL_IQR = 1.349  # quartiles of a normal distribution lie that many standard deviations apart
_HEAVY = 10.0  # one number in a thousand lies further from the median than that many standard deviations
_SHARES = np.concatenate([[0.001], np.arange(1, 64) / 64, [0.999]])


@dataclass(frozen=True)
class Scaling:
    """How a block becomes the dense view: (x - centre) / scale, a missing cell in the middle, then missing indicators.

    Args:
        centre: Per feature, float64 [features].
        scale: Per feature, float64 [features], never 0.
        flags: Block columns that had missing cells in training; each gets an indicator, after the features.
        columns: The block column of each feature; None when the features are the block's columns.
        curves: Feature -> its curve, which takes the place of centre and scale.
    """

    centre: Doubles
    scale: Doubles
    flags: NDArray[np.int64]
    columns: NDArray[np.int64] | None = None
    curves: Mapping[int, Curve] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """A rising line through some points, level outside of them.

    Args:
        knots: Where the points stand, float64 [points], ascending.
        places: How high, float64 [points], ascending.
    """

    knots: Doubles
    places: Doubles


def moments(values: Array) -> State:
    """Of a chunk [rows]: count, mean, sum of squared deviations, least and greatest number, and missing cells."""
    known = np.clip(values[~np.isnan(values)], -_SQUARE_LIMIT, _SQUARE_LIMIT)
    missing = len(values) - len(known)
    if not len(known):
        return {"count": 0, "missing": missing, "mean": 0.0, "squares": 0.0, "min": 0.0, "max": 0.0}
    mean = float(known.mean())
    return {
        "count": len(known),
        "missing": missing,
        "mean": mean,
        "squares": float(np.square(known - mean).sum()),
        "min": float(known.min()),
        "max": float(known.max()),
    }


def merge_moments(one: State, other: State) -> State:
    """The moments of two chunks together.

    Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979), eq. 2.1.
    """
    if not other["count"]:
        one, other = other, one
    missing = one["missing"] + other["missing"]
    if not one["count"]:
        return {**other, "missing": missing}
    count = one["count"] + other["count"]
    step = other["mean"] - one["mean"]
    return {
        "count": count,
        "missing": missing,
        "mean": one["mean"] + step * other["count"] / count,
        "squares": one["squares"] + other["squares"] + step * step * one["count"] * other["count"] / count,
        "min": min(one["min"], other["min"]),
        "max": max(one["max"], other["max"]),
    }


def standard(summary: State) -> tuple[float, float]:
    """Mean and standard deviation; of a constant column its value and 1, of an empty one 0 and 1."""
    if summary["min"] == summary["max"]:  # by rounding, the deviations from the mean may not be 0
        return summary["min"], 1.0
    scale = float(np.sqrt(summary["squares"] / summary["count"]))
    return summary["mean"], scale or 1.0


def sketch(values: Array) -> State:
    """Of a chunk [rows]: the distinct numbers in ascending order, and how often each occurs."""
    known = np.clip(values[~np.isnan(values)], -_SQUARE_LIMIT, _SQUARE_LIMIT)
    numbers, times = np.unique(known, return_counts=True)
    return _coarse(numbers, times)


def merge_sketches(one: State, other: State) -> State:
    """The sketch of two chunks: exact up to some thousand distinct numbers, a thousandth of the rows off beyond."""
    both = [np.concatenate([one[name], other[name]]) for name in ("numbers", "times")]
    numbers, which = np.unique(both[0], return_inverse=True)
    return _coarse(numbers, np.bincount(which, both[1], minlength=len(numbers)).astype(np.int64))


def quantiles(sketched: State, shares: Array) -> Doubles:
    """The numbers below or at which those shares of the rows lie; the sketch holds one number at least."""
    reached = np.cumsum(sketched["times"])
    places = np.searchsorted(reached, shares * reached[-1])
    found: Doubles = np.asarray(sketched["numbers"], np.float64)[np.minimum(places, len(reached) - 1)]
    return found


def robust(summary: State, sketched: State) -> tuple[float, float]:
    """Median and spread, as a standard deviation; where half of the cells are alike, that of all cells."""
    if not summary["count"]:
        return 0.0, 1.0
    low, middle, high = quantiles(sketched, np.asarray([0.25, 0.5, 0.75])).tolist()
    return middle, (high - low) / _NORMAL_IQR or standard(summary)[1]


def is_heavy(summary: State, sketched: State) -> bool:
    """Whether standardising would press nearly all numbers together, for the sake of a few that lie far out."""
    if not summary["count"]:
        return False
    middle, scale = robust(summary, sketched)
    ends = quantiles(sketched, np.asarray([0.001, 0.999]))
    return bool(np.abs((ends - middle) / scale).max() > _HEAVY)


def normal_scores(sketched: State) -> Curve | None:
    """The curve that makes a column normally distributed; None where there are not two numbers to draw it through."""
    if len(sketched["numbers"]) < 2:
        return None
    found = quantiles(sketched, _SHARES)
    knots, which = np.unique(found, return_inverse=True)
    shares = np.bincount(which, _SHARES) / np.bincount(which)  # a number that fills many shares stands in their middle
    places = np.asarray([NormalDist().inv_cdf(share) for share in shares])
    return Curve(knots, places) if len(knots) > 1 else None


def features(name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
    """What a view of one number per column holds; the dense one ends with an indicator per `flagged` column."""
    known = [Feature(column, column, "number") for column in columns]
    if name == "raw":
        return known
    flags = [columns[number] for number in flagged(states)]
    return known + [Feature(f"{column}[missing]", column, "number") for column in flags]


def flagged(states: Sequence[State]) -> NDArray[np.int64]:
    """Numbers of the columns that had missing cells in training."""
    return np.flatnonzero([state["missing"] for state in states])


def as_float32(block: Array) -> Floats:
    """Numbers [rows, columns] as float32: NaN stays, what float32 cannot hold ends at its limits."""
    return np.clip(block, -LARGEST, LARGEST).astype(np.float32)


def standardise(block: Array, scaling: Scaling) -> Floats:
    """The dense view [rows, features + flags], float32 without NaN."""
    chosen = block if scaling.columns is None else block[:, scaling.columns]
    with np.errstate(over="ignore"):  # a tiny scale may overflow; it is cut off right after
        scaled = chosen - scaling.centre
        scaled /= scaling.scale
    np.clip(scaled, -FAR, FAR, out=scaled)
    for number, curve in scaling.curves.items():
        scaled[:, number] = np.interp(chosen[:, number], curve.knots, curve.places)
    scaled[np.isnan(scaled)] = 0.0
    known = scaled.astype(np.float32)
    return np.hstack([known, np.isnan(block[:, scaling.flags])], dtype=np.float32) if len(scaling.flags) else known


def bins(values: Array) -> dict[str, Any]:
    """Reference profile of numbers [rows]: inner decile edges, and how many fell between them.

    Bin i holds edges[i - 1] <= x < edges[i]; the outer bins are open, so that any later number has its bin. Edges are
    numbers that occur, so that each of a few values has a bin of its own.
    """
    known = values[~np.isnan(values)]
    shares = np.arange(1, _BINS) / _BINS
    edges = np.unique(np.quantile(known, shares, method="inverted_cdf")) if len(known) else known
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "missing": len(values) - len(known)}


def _coarse(numbers: Array, times: Array) -> State:
    """A sketch of bounded size; the greatest number of each step stands for all in it, the least stays."""
    if len(numbers) > _EXACT:
        reached = np.cumsum(times)
        step = (reached - 1) * _COARSE // reached[-1]
        last = np.flatnonzero(np.append(np.diff(step) > 0, True))
        kept = np.unique(np.concatenate([[0], last]))
        times = np.diff(np.concatenate([[0], reached[kept]]))
        numbers = numbers[kept]
    return {"numbers": numbers.tolist(), "times": times.tolist()}
