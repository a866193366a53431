"""Laws that learning curves follow, fitted by variable projection.

Every law reads `error = a + b * g(n)` with a, b >= 0 and a shape `g` of one or two parameters. For a given shape the
best a and b have a closed form, so a fit is one vectorised solve over a grid of shapes: half a millisecond for all laws
together, without a starting point that could be wrong. Sizes are measured in units of the last anchor.

Sources: Mohr, Viering, Loog & van Rijn, "LCDB 1.0", 2022 (the laws); Golub & Pereyra 1973 (variable projection).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from modelyard.plan.curves.evidence import Curve, Floats

MODEL_ERROR = 0.003
"""No law is exact: this is added, in squares, to the standard error of every anchor."""
_NEAREST, _FARTHEST = 1e-3, 1 - 1e-3  # errors on the logit scale keep this distance from 0 and 1


@dataclass(frozen=True)
class Family:
    """A law `a + b * shape(n)`.

    Args:
        name: As in the literature.
        shape: (sizes, last anchor, p, q) -> g, broadcast.
        grid: [candidates, 2] values of p and q.
        zoom: [candidates, 2] factors of p and q around the best of the grid, for a second look; None without a shape.
        parameters: Free ones, a and b among them; what BIC counts.
        floor: Lowest and highest a.
        logit: Whether the law is one of logit(error).
    """

    name: str
    shape: Callable[[Floats, float, Floats, Floats], Floats]
    grid: Floats
    zoom: Floats | None
    parameters: int
    floor: tuple[float, float] = (0.0, 1.0)
    logit: bool = False


@dataclass(frozen=True)
class Fit:
    """A law with its parameters.

    Args:
        family: The law.
        p: Its first shape parameter.
        q: Its second one; 0 where the law has none.
        a: The error that is left with endless data (on the law's scale).
        b: How much of it goes away.
        chi2: Squared residuals of the errors, in standard errors.
        last: The size that is the unit.
    """

    family: Family
    p: float
    q: float
    a: float
    b: float
    chi2: float
    last: float

    def __call__(self, sizes: Floats) -> Floats:
        """[sizes] errors, within 0 and 1."""
        shape = self.family.shape(sizes, self.last, np.array(self.p), np.array(self.q))
        law = self.a + self.b * shape
        return np.clip(1 / (1 + np.exp(-law)) if self.family.logit else law, 0.0, 1.0)


def _power(n: Floats, last: float, p: Floats, q: Floats) -> Floats:
    return (n / last + q) ** -p


def _exponential(n: Floats, last: float, p: Floats, q: Floats) -> Floats:
    return np.exp(-n / last / p)


def _mmf(n: Floats, last: float, p: Floats, q: Floats) -> Floats:
    return 1 / (1 + (n / last / q) ** p)


def _weibull(n: Floats, last: float, p: Floats, q: Floats) -> Floats:
    return np.exp(-((n / last / q) ** p))


def _inverse_log(n: Floats, last: float, p: Floats, q: Floats) -> Floats:
    return 1 / np.log(n) + 0 * p


def _pairs(p: Floats, q: Floats) -> Floats:
    """[len(p) * len(q), 2]: every p with every q."""
    return np.stack(np.meshgrid(p, q, indexing="ij"), axis=-1).reshape(-1, 2)


_NONE = np.zeros(1)
_EXPONENTS = np.geomspace(0.02, 5.0, 40)
_STEEPNESS = np.geomspace(0.1, 5.0, 16)
_ONE = _pairs(np.geomspace(0.87, 1.15, 7), _NONE)  # factors that reach the neighbours in a grid of one parameter
_TWO = _pairs(np.geomspace(0.8, 1.25, 7), np.geomspace(0.67, 1.5, 7))

POW2 = Family("pow2", _power, _pairs(_EXPONENTS, _NONE), _ONE, 2, floor=(0.0, 0.0))
POW3 = Family("pow3", _power, _pairs(_EXPONENTS, _NONE), _ONE, 3)
POW4 = Family("pow4", _power, _pairs(np.geomspace(0.05, 6.0, 16), np.geomspace(0.01, 3.0, 10)), _TWO, 4)
EXP3 = Family("exp3", _exponential, _pairs(np.geomspace(0.03, 30.0, 40), _NONE), _ONE, 3)
MMF4 = Family("MMF4", _mmf, _pairs(_STEEPNESS, np.geomspace(0.01, 10.0, 14)), _TWO, 4)
WBL4 = Family("WBL4", _weibull, _pairs(_STEEPNESS / 2, np.geomspace(0.001, 10.0, 16)), _TWO, 4)
ILOG2 = Family("ilog2", _inverse_log, np.zeros((1, 2)), None, 2)
LOGIT_POW3 = Family("logit-pow3", _power, _pairs(_EXPONENTS, _NONE), _ONE, 3, floor=(-np.inf, np.inf), logit=True)

FAMILIES = (POW2, POW3, POW4, EXP3, MMF4, WBL4, ILOG2, LOGIT_POW3)
AVERAGED = ("pow3", "pow4", "exp3", "MMF4", "WBL4", "ilog2")
"""The laws whose average by BIC is the classical forecast."""


def fit(curve: Curve) -> tuple[Fit, ...]:
    """Every law of `FAMILIES` fitted to a curve, by least squares weighted with its standard errors."""
    return tuple(_fit(family, curve) for family in FAMILIES)


def average(fits: tuple[Fit, ...], anchors: int, sizes: Floats) -> Floats:
    """[sizes] errors: the mean of the laws in `AVERAGED`, weighted by exp(-BIC / 2).

    Args:
        fits: What `fit` gave.
        anchors: How many points were fitted.
        sizes: Where.
    """
    chosen = [one for one in fits if one.family.name in AVERAGED]
    bic = np.array([one.chi2 + one.family.parameters * np.log(anchors) for one in chosen])
    weights = np.exp((bic.min() - bic) / 2)
    return np.average([one(sizes) for one in chosen], axis=0, weights=weights)


def classical(fits: tuple[Fit, ...], anchors: int, sizes: Floats) -> Floats:
    """[sizes] errors: the mean of `average` and of the power law on the logit scale."""
    return (average(fits, anchors, sizes) + fits[-1](sizes)) / 2


def _fit(family: Family, curve: Curve) -> Fit:
    errors, noise = curve.errors, np.hypot(curve.spread, MODEL_ERROR)
    goal, weights = errors, noise**-2
    if family.logit:
        inside = np.clip(errors, _NEAREST, _FARTHEST)
        goal, weights = np.log(inside / (1 - inside)), (inside * (1 - inside) / noise) ** 2
    found = _best(family, family.grid, curve.sizes, goal, weights)
    if family.zoom is not None:
        found = _best(family, np.array([found.p, found.q]) * family.zoom, curve.sizes, goal, weights)
    return replace(found, chi2=float(np.sum(((found(curve.sizes) - errors) / noise) ** 2)))


def _best(family: Family, grid: Floats, sizes: Floats, goal: Floats, weights: Floats) -> Fit:
    """Of a grid of shapes the one with the least squares."""
    last = float(sizes[-1])
    shapes = family.shape(sizes, last, grid[:, :1], grid[:, 1:])
    a, b = _solve(shapes, goal, weights, family.floor)
    squares = (a[:, None] + b[:, None] * shapes - goal) ** 2 @ weights
    best = int(np.argmin(squares))
    p, q = grid[best].tolist()
    return Fit(family, p, q, float(a[best]), float(b[best]), float(squares[best]), last)


def _solve(shapes: Floats, goal: Floats, weights: Floats, floor: tuple[float, float]) -> tuple[Floats, Floats]:
    """The least-squares a within `floor` and b >= 0 of every shape [shapes, anchors]."""
    total, mean = weights.sum(), np.average(goal, weights=weights)
    centre = shapes @ weights / total
    square = np.maximum((shapes - centre[:, None]) ** 2 @ weights, 1e-12 * total)
    b = np.maximum((shapes - centre[:, None]) @ (weights * (goal - mean)) / square, 0.0)
    a = np.clip(mean - b * centre, *floor)
    b = np.maximum((shapes * (goal - a[:, None])) @ weights / np.maximum(shapes**2 @ weights, 1e-12 * total), 0.0)
    return np.where(b > 0, a, np.clip(mean, *floor)), b
