"""Columns of numbers as features: what fitting keeps of them, and the two views of a block, in numpy.

`fragments.scale` is the ONNX twin of `as_float32` and `standardise`. Ships in every bundle: numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Scaling:
    """How a block becomes the dense view: (x - centre) / scale, a missing cell in the middle, then missing indicators.

    Args:
        centre: Per feature, float64 [features].
        scale: Per feature, float64 [features], never 0.
        flags: Block columns that had missing cells in training; each gets an indicator, after the features.
        columns: The block column of each feature; None when the features are the block's columns.
    """

    centre: Doubles
    scale: Doubles
    flags: NDArray[np.int64]
    columns: NDArray[np.int64] | None = None


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
