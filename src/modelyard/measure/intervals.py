"""How sure a measured number is: bootstrap and Wilson intervals, paired gains, and the rows that a verdict needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs

RESAMPLES = 1000
FEWEST_RESAMPLES = 200
WORK = 8_000_000
"""Cells (rows * resamples) that one bootstrap may cost: above 8,000 rows there are fewer than 1,000 resamples."""
CHUNK = 1_000_000
"""Cells that are in memory at once: 8 MB."""
MOST_ROWS = 10_000_000
"""A goal that would take more test rows than this cannot be decided by collecting rows."""


class Interval(NamedTuple):
    """An estimate and the ends of its interval, all NaN where it is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Interval(math.nan, math.nan, math.nan)


def intervals(
    metrics: Sequence[Metric], outputs: Outputs, y: Array, *, confidence: float = 0.95, seed: int = 0
) -> list[Interval]:
    """Every metric with its interval; all of them are scored on the same resamples, in one pass.

    Rates get Wilson's interval. The others get a bootstrap interval; where no resample differs from the end of the
    metric's range (a ranking without a mistake), it is opened to what a rate without a mistake would have.

    Args:
        metrics: Of one task.
        outputs: Of the scored rows.
        y: Known targets [rows] or [rows, labels].
        confidence: Share of intervals that hold the truth.
        seed: Same seed, same rows: same resamples.
    """
    sampled = [metric for metric in metrics if metric.exact != "rate"]
    draws = iter(bootstrap([_on(metric, outputs, y) for metric in sampled], len(y), seed=seed))
    found = []
    for metric in metrics:
        value = float(metric.compute(outputs, y, None))
        support = metric.trials(outputs, y) if metric.trials else len(y)
        if metric.exact == "rate":
            found.append(wilson(value, support, confidence))
        else:
            around = spread(value, next(draws), len(y), confidence)
            if metric.noise:  # a distance from 0: what chance alone shows is no evidence against 0
                around = around._replace(low=around.low - metric.noise(outputs, y))
            found.append(_inside(around, metric.bounds, support, confidence))
    return found


def bootstrap(statistics: Sequence[Callable[[Doubles], Array]], rows: int, *, seed: int = 0) -> list[Doubles]:
    """The values of each statistic on resamples of the rows: a list of [resamples].

    Source: Efron 1979.

    Args:
        statistics: Functions of a weight [some resamples, rows] -> [some resamples].
        rows: Rows that are drawn from, with replacement.
        seed: Of the draws.
    """
    if not statistics:
        return []
    drawn = [[statistic(weight) for statistic in statistics] for weight in resamples(rows, seed=seed)]
    return [np.concatenate(values) for values in zip(*drawn, strict=True)]


def resamples(rows: int, *, seed: int = 0) -> Iterator[Doubles]:
    """How often each row is drawn, in chunks [some resamples, rows]."""
    left = min(RESAMPLES, max(FEWEST_RESAMPLES, WORK // max(1, rows)))
    step = max(1, CHUNK // max(1, rows))
    random = np.random.default_rng(seed)
    while left > 0:
        size = min(step, left)
        weight = np.zeros((size, rows))
        for resample in weight if rows else ():
            resample[:] = np.bincount(random.integers(0, rows, rows), minlength=rows)
        left -= size
        yield weight


def spread(value: float, draws: Doubles, rows: int, confidence: float = 0.95) -> Interval:
    """The expanded percentile interval of bootstrap draws; its ends are NaN when half of the draws are not defined.

    The plain percentile interval is too narrow on few rows; the expansion mends that as Student's t does. The draws
    are moved so that their mean is the estimate: those of a distance such as `ece` all lie too high.
    Sources: Hesterberg 2015, What Teachers Should Know About the Bootstrap, section 5; Efron and Tibshirani 1993,
    chapter 10 (the bias).

    Args:
        value: The estimate, from all rows.
        draws: Its values on resamples.
        rows: Rows that were drawn from; one row says nothing of spread.
        confidence: Share of intervals that hold the truth.
    """
    defined = draws[~np.isnan(draws)]
    if rows < 2 or 2 * len(defined) <= len(draws) or math.isnan(value):
        return Interval(value, math.nan, math.nan)
    tail = NormalDist().cdf(-math.sqrt(rows / (rows - 1)) * _student(confidence, rows - 1))
    low, high = np.quantile(defined, [tail, 1 - tail]) + (value - defined.mean())
    return Interval(value, float(low), float(high))


def paired(before: Doubles, after: Doubles, *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """The gain in mean loss from one model to another on the same rows; above 0 the second is better.

    Args:
        before: Loss of each row [rows]; rows with NaN are left out.
        after: Loss of the same rows under the other model.
        confidence: Share of intervals that hold the true gain.
        seed: Of the bootstrap.
    """
    gain = np.asarray(before, np.float64) - np.asarray(after, np.float64)
    gain = gain[~np.isnan(gain)]
    if not len(gain):
        return UNDEFINED
    (draws,) = bootstrap([lambda weight: weight @ gain / len(gain)], len(gain), seed=seed)
    return spread(float(gain.mean()), draws, len(gain), confidence)


def wilson(rate: float, trials: int, confidence: float = 0.95) -> Interval:
    """Interval of a share of independent trials; good down to a handful, and at 0 and 1.

    Source: Wilson 1927.
    """
    if not trials or math.isnan(rate):
        return UNDEFINED
    z = _normal(confidence)
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    return Interval(rate, 0.0 if rate == 0 else max(0.0, centre - half), 1.0 if rate == 1 else min(1.0, centre + half))


def rows_needed(
    value: float,
    low: float,
    high: float,
    bound: float,
    rows: int,
    *,
    trials: int | None = None,
    confidence: float = 0.95,
) -> int | None:
    """How many test rows in all would decide a goal, were the value to stay what it is.

    A rate is decided when Wilson's interval leaves the bound out; as that interval inverts the score test, the number
    of trials has a closed form. The width of other intervals is taken to shrink with the square root of the rows.

    Args:
        value: What was measured, with its interval from `low` to `high`.
        low: See value.
        high: See value.
        bound: The number of the goal.
        rows: Test rows now.
        trials: For a rate: of how many rows it is a share.
        confidence: Of the interval.

    Returns:
        Rows, at least 1; None when no number of rows decides it (value equal to the bound or not defined) or when it
        would take more than `MOST_ROWS`.
    """
    distance = abs(value - bound)
    if not distance > 0 or not rows:
        return None
    if trials:
        needed = math.floor(_normal(confidence) ** 2 * bound * (1 - bound) / distance**2) + 1
        needed_rows = needed * rows / trials
    else:
        half = value - low if value > bound else high - value
        needed_rows = rows * (half / distance) ** 2
    return max(1, math.ceil(round(needed_rows, 6))) if needed_rows <= MOST_ROWS else None


def _on(metric: Metric, outputs: Outputs, y: Array) -> Callable[[Doubles], Array]:
    return lambda weight: np.asarray(metric.compute(outputs, y, weight), np.float64)


def _inside(interval: Interval, bounds: tuple[float, float], support: int, confidence: float) -> Interval:
    """Keep to the metric's range; at its end allow for mistakes that no resample can show, as they were not seen."""
    lowest, highest = bounds
    value, low, high = interval
    if value in bounds and math.isfinite(highest - lowest) and not high - low > 1e-12:
        rate = wilson((value - lowest) / (highest - lowest), support, confidence)
        low, high = lowest + (highest - lowest) * rate.low, lowest + (highest - lowest) * rate.high
    return Interval(value, float(np.maximum(low, lowest)), float(np.minimum(high, highest)))


def _normal(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _student(confidence: float, freedom: int) -> float:
    """Quantile of Student's t by its Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5)."""
    z = _normal(confidence)
    terms = (z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return math.fsum(term / freedom**power for power, term in enumerate(terms))
