"""Worlds: joint draws of what is not known yet.

World number i is the same everywhere: the draw that makes a forecast come out badly in it makes every size, date and
cost that rests on this forecast come out badly too. A probability that several things hold is the share of the worlds
in which they do, never a product.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from modelyard.core.number import Number
from modelyard.plan.curves.evidence import Floats, log
from modelyard.plan.curves.forecast import ZERO, Forecast

DRAWS = 10_000
_EDGE = 1e-9


def draw(draws: int = DRAWS, *, seed: int = 0, stream: int = 0) -> Floats:
    """[draws] uniform numbers: where each world stands among all. They are spread evenly, in a random order.

    Args:
        draws: How many worlds.
        seed: Of the order.
        stream: Each source of uncertainty has its own, so that they are independent of each other.
    """
    order = np.random.default_rng((seed, stream)).permutation(draws)
    return np.asarray((order + 0.5) / draws, np.float64)


def errors(forecast: Forecast, worlds: Floats) -> Floats:
    """[worlds, horizons] the forecast's error in each world: the inverse of `Forecast.probability`.

    Args:
        forecast: Of the error at more rows.
        worlds: [worlds] from 0 (lucky) to 1.
    """
    known, asked = scores(np.asarray(forecast.levels)), scores(worlds)
    left = np.clip(np.searchsorted(known, asked, side="right") - 1, 0, len(known) - 2)
    share = (asked - known[left]) / (known[left + 1] - known[left])
    logs = log(forecast.quantiles).T
    found = np.exp(logs[left] + share[:, None] * (logs[left + 1] - logs[left]))
    return np.where(found <= ZERO, 0.0, np.minimum(found, 1.0))


def errors_at(forecast: Forecast, size: float, worlds: Floats) -> Floats:
    """[worlds] the forecast's error at one size, from today's rows to the last horizon."""
    return errors(at_sizes(forecast, np.asarray([size], np.float64)), worlds)[:, 0]


def at_sizes(forecast: Forecast, sizes: Floats) -> Forecast:
    """A forecast at other sizes: each quantile is straight on ln rows between the horizons, from today as measured.

    Args:
        forecast: Of the error at more rows.
        sizes: [sizes] rising, from today's rows to the last horizon.
    """
    known = np.log(np.r_[forecast.curve.sizes[-1], forecast.sizes])
    columns = np.c_[forecast.quantiles, forecast.low, forecast.high].T
    today = forecast.curve.errors[-1]
    found = np.column_stack([np.interp(np.log(sizes), known, np.r_[today, column]) for column in columns])
    after = np.minimum(np.searchsorted(forecast.sizes, sizes), len(forecast.sizes) - 1)
    zones = tuple(forecast.zones[place] for place in after)
    return replace(forecast, sizes=sizes, quantiles=found[:, :-2], low=found[:, -2], high=found[:, -1], zones=zones)


def around(number: Number, worlds: Floats, confidence: float = 0.95) -> Floats:
    """[worlds] what a measured number may truly be: normal on each side, as wide as its interval.

    Args:
        number: Measured; without an interval it is the same in every world.
        worlds: [worlds] from 0 (the lowest) to 1.
        confidence: Of the interval.

    Raises:
        ValueError: The number is not defined.
    """
    if number.value is None:
        raise ValueError("a number that is not defined has no draws")
    low, high = number.interval or (number.value, number.value)
    asked = scores(worlds) / NormalDist().inv_cdf((1 + confidence) / 2)
    return np.asarray(number.value + np.where(asked < 0, number.value - low, high - number.value) * asked, np.float64)


def scores(worlds: Floats) -> Floats:
    """Normal scores of uniform numbers."""
    inside = np.clip(worlds, _EDGE, 1 - _EDGE)
    return np.fromiter(map(NormalDist().inv_cdf, inside), np.float64, len(inside))
