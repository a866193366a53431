"""Two models on the same rows: how sure the difference between them is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs
from modelyard.measure.intervals import UNDEFINED, Interval, bootstrap, spread

Side = tuple[Outputs, Array]
"""What a model says of some rows, and their truth in its own codes."""


def differences(
    metrics: Sequence[tuple[Metric, Metric]], one: Side, other: Side, *, confidence: float = 0.95, seed: int = 0
) -> list[Interval]:
    """The other model's metrics minus the one's, each with its interval: both are scored on the same resamples.

    Args:
        metrics: Of the one and of the other model; the models may know different classes.
        one: See `Side`.
        other: Of the same rows, in the same order.
        confidence: Share of intervals that hold the true difference.
        seed: Of the resamples.
    """
    rows = len(one[1])
    statistics = [_on(metric, *side) for pair in metrics for metric, side in zip(pair, (one, other), strict=True)]
    draws = bootstrap(statistics, rows, seed=seed)
    found = []
    for number, (before, after) in enumerate(metrics):
        gap = float(after.compute(*other, None)) - float(before.compute(*one, None))
        found.append(spread(gap, draws[2 * number + 1] - draws[2 * number], rows, confidence))
    return found


def net_share(fixed: int, broken: int, rows: int, confidence: float = 0.95) -> Interval:
    """By how much the share of right rows rose: rows that became right minus rows that became wrong, of all.

    It holds 0 about where McNemar's test sees no difference, and stays sound when few rows or none changed.
    Source: Bonett and Price, Adjusted Wald Confidence Interval for a Difference of Binomial Proportions Based on
    Paired Data, 2012.
    """
    if not rows:
        return UNDEFINED
    gained, lost = (fixed + 1) / (rows + 2), (broken + 1) / (rows + 2)
    centre = gained - lost
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt((gained + lost - centre**2) / (rows + 2))
    value = (fixed - broken) / rows
    return Interval(value, max(-1.0, min(value, centre - half)), min(1.0, max(value, centre + half)))


def _on(metric: Metric, outputs: Outputs, y: Array) -> Callable[[Doubles], Array]:
    return lambda weight: np.asarray(metric.compute(outputs, y, weight), np.float64)
