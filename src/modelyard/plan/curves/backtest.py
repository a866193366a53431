"""Hindsight: what would have been forecast had the last anchors not been known, beside what came."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from modelyard.plan.curves.anchors import FEWEST_TESTED, from_residuals, measured
from modelyard.plan.curves.evidence import Curve
from modelyard.plan.curves.forecast import extend
from modelyard.plan.curves.quantiles import LEVELS, shipped

TIMES = (2.0, 4.0)
_NEAR = 0.25  # of ln(size): an anchor so near to 2 or 4 times an earlier one is a test of it


@dataclass(frozen=True)
class Hindsight:
    """One anchor, forecast from the anchors before it.

    Args:
        times: About which multiple of the last anchor used: 2 or 4.
        anchors: How many were used.
        last: The last of them.
        size: The size that was forecast.
        median: The forecast.
        low: Lower end of the 80 % band.
        high: Its upper end.
        error: What was measured.
    """

    times: float
    anchors: int
    last: float
    size: float
    median: float
    low: float
    high: float
    error: float

    @property
    def inside(self) -> bool:
        """Whether the band held what was measured."""
        return self.low <= self.error <= self.high


def backtest(
    sizes: ArrayLike,
    errors: ArrayLike,
    *,
    spread: ArrayLike | None = None,
    repeats: int | None = None,
) -> tuple[Hindsight, ...]:
    """Forecast each anchor that lies at about 2 or 4 times an earlier one, from the anchors up to that earlier one.

    At least five anchors come before a hidden one; curves too short for any test give none. The arguments are those of
    `forecast`.

    Raises:
        DataError: The numbers are not a curve.
    """
    curve = measured(sizes, errors, spread=spread, repeats=repeats)
    return tuple(
        _tested(curve, used, hidden, times)
        for times in TIMES
        for used in range(FEWEST_TESTED, len(curve.sizes))
        for hidden in _hidden(curve, used, times)
    )


def _hidden(curve: Curve, used: int, times: float) -> list[int]:
    """The anchor nearest to so many times the last one used, if it is near."""
    distance = np.abs(np.log(curve.sizes[used:] / curve.sizes[used - 1] / times))
    nearest = int(np.argmin(distance))
    return [used + nearest] if distance[nearest] <= _NEAR else []


def _tested(curve: Curve, used: int, hidden: int, times: float) -> Hindsight:
    sizes, errors, spread = (values[:used] for values in (curve.sizes, curve.errors, curve.spread))
    if curve.source == "residuals":  # the hidden anchors may not tell how noisy the others are
        spread = from_residuals(sizes, errors)
    earlier = replace(curve, sizes=sizes, errors=errors, spread=spread)
    size = float(curve.sizes[hidden])
    found = extend(earlier, curve.sizes[hidden : hidden + 1], shipped())
    return Hindsight(
        times=times,
        anchors=used,
        last=float(earlier.sizes[-1]),
        size=size,
        median=float(found.quantiles[0, LEVELS.index(0.5)]),
        low=float(found.low[0]),
        high=float(found.high[0]),
        error=float(curve.errors[hidden]),
    )
