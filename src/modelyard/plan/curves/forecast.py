"""What more data would bring: quantiles of the error at sizes that were not measured, with an 80 % band."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from modelyard.core.messages import text
from modelyard.plan.curves.anchors import horizons, measured
from modelyard.plan.curves.evidence import RESOLUTION, Curve, Floats, log
from modelyard.plan.curves.families import Fit, classical, fit
from modelyard.plan.curves.features import features
from modelyard.plan.curves.kinds import UNKNOWN, code
from modelyard.plan.curves.quantiles import LEVELS, Model, shipped

FORECAST, BEYOND, REFUSED = "forecast", "beyond", "refused"
ZONES = ((4.0, FORECAST), (8.0, BEYOND), (np.inf, REFUSED))
"""Up to how many times the last anchor a zone reaches."""
ZERO = 0.0015
"""Quantiles below this are 0: that near to it, the logarithm no longer tells errors apart."""
FLAT = 0.05
NEAR_CHANCE = 0.9
DIPPING = 2.0  # standard errors by which the last anchor is worse than the best one
NOISY = 0.5  # of the gain over the span


@dataclass(frozen=True)
class Forecast:
    """What is known of the error at other sizes. It holds for the same test distribution and the same learner.

    Args:
        curve: The evidence.
        sizes: [horizons] rising, beyond the last anchor.
        levels: Of the quantiles.
        quantiles: [horizons, levels] of the error, rising along the levels.
        low: [horizons] lower end of the conformal 80 % band.
        high: [horizons] its upper end.
        zones: For each size `forecast` (up to 4 times the last anchor), `beyond` (up to 8 times) or `refused`.
        flags: Of `flat`, `chance`, `dipping`, `noisy`, `unknown_learner`, `spread_estimated`.
        refused: Why nothing should be concluded; empty where something may be.
        model: Version of the quantile model, or `fallback`.
    """

    curve: Curve
    sizes: Floats
    levels: tuple[float, ...]
    quantiles: Floats
    low: Floats
    high: Floats
    zones: tuple[str, ...]
    flags: tuple[str, ...]
    refused: str
    model: str

    def probability(self, target: float) -> Floats:
        """[horizons] the probability that the error is at most `target`.

        Between the quantiles it is interpolated, beyond them extrapolated, as a normal distribution of ln(error).
        """
        scores = np.array([NormalDist().inv_cdf(level) for level in self.levels])
        return np.array([_below(float(log(target)), log(row), scores) for row in self.quantiles])

    def worse(self) -> Floats:
        """[horizons] the probability that the error is larger than at the last anchor: more data can hurt."""
        return 1 - self.probability(float(self.curve.errors[-1]))


def forecast(
    sizes: ArrayLike,
    errors: ArrayLike,
    *,
    spread: ArrayLike | None = None,
    repeats: int | None = None,
    at: ArrayLike | None = None,
    chance: float | None = None,
    kind: str | None = None,
) -> Forecast:
    """Forecast the error at sizes beyond the last one measured.

    Args:
        sizes: [anchors] training rows, rising; at least six.
        errors: [anchors], or [anchors, repeats], within 0 and 1, all on one test set; see `Scale` for other metrics.
        spread: [anchors] standard errors; left out, they are taken from the repeats or estimated from residuals.
        repeats: How many repeats each error is the mean of, where `errors` holds means.
        at: Sizes to forecast, rising, beyond the last anchor; by default 16 up to 16 times the last anchor.
        chance: The error of the best constant answer; with it, a curve that is still near chance is refused.
        kind: The learner: a method of Modelyard or a learner of LCDB 1.1; others, and None, are flagged as unknown.

    Raises:
        DataError: The numbers are not a curve; every mistake that was found.
    """
    curve = measured(sizes, errors, spread=spread, repeats=repeats, chance=chance)
    return extend(curve, horizons(at, float(curve.sizes[-1])), shipped(), kind)


def extend(curve: Curve, sizes: Floats, model: Model, kind: str | None = None) -> Forecast:
    """`forecast` of a curve that was checked, by any model."""
    fits = fit(curve)
    times = sizes / curve.sizes[-1]
    rows = features(curve, fits, sizes, code(kind))
    errors = np.exp(model(rows, times) + log(curve.errors[-1]))
    quantiles = np.where(errors <= ZERO, 0.0, np.minimum(errors, 1.0))
    flags = _flags(curve, fits, kind)
    return Forecast(
        curve=curve,
        sizes=sizes,
        levels=LEVELS,
        quantiles=quantiles,
        low=quantiles[:, LEVELS.index(0.1)],
        high=quantiles[:, LEVELS.index(0.9)],
        zones=tuple(next(name for most, name in ZONES if one <= most * (1 + 1e-9)) for one in times),
        flags=flags,
        refused=_refusal(curve, flags),
        model=model.name,
    )


def _flags(curve: Curve, fits: tuple[Fit, ...], kind: str | None) -> tuple[str, ...]:
    """What makes a forecast of this curve less sure than others."""
    errors, spread = curve.errors, curve.spread
    first, last = classical(fits, len(errors), curve.sizes[[0, -1]])
    best = int(np.argmin(errors))
    found = {
        "flat": errors[-1] >= (1 - FLAT) * errors[0] or last >= (1 - FLAT) * first,
        "chance": curve.chance is not None and errors[-1] > NEAR_CHANCE * curve.chance,
        "dipping": errors[-1] - errors[best] > DIPPING * np.hypot(spread[-1], spread[best]) + RESOLUTION,
        "noisy": spread.mean() > NOISY * max(errors[0] - errors[-1], RESOLUTION),
        "unknown_learner": code(kind) == UNKNOWN,
        "spread_estimated": curve.source == "residuals",
    }
    return tuple(name for name, holds in found.items() if holds)


def _refusal(curve: Curve, flags: tuple[str, ...]) -> str:
    if (curve.errors == curve.errors[0]).all():
        return text("plan_curves.refused_equal")
    if "chance" in flags:
        return text("plan_curves.refused_chance", chance=f"{curve.chance:.3g}")
    return text("plan_curves.refused_flat") if "flat" in flags else ""


def _below(target: float, quantiles: Floats, scores: Floats) -> float:
    """P(ln error <= target), from rising quantiles whose normal scores are known."""
    above = int(np.searchsorted(quantiles, target, side="right"))
    left = min(max(above - 1, 0), len(scores) - 2)
    step = max(float(quantiles[left + 1] - quantiles[left]), 1e-6)
    score = scores[left] + (target - quantiles[left]) / step * (scores[left + 1] - scores[left])
    return NormalDist().cdf(float(np.clip(score, -6.0, 6.0)))
