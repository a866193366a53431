"""What the quantile model looks at: how the laws continue a curve, how steep it was, how well it is known.

Errors enter as logarithms of their ratio to the last one, sizes as logarithms of their ratio to the last anchor, so
that curves of any height and length are told alike.
"""

from __future__ import annotations

import numpy as np

from modelyard.plan.curves.evidence import Curve, Floats, log
from modelyard.plan.curves.families import AVERAGED, FAMILIES, MODEL_ERROR, Fit, average, classical

WINDOWS = (3, 4, 6, 8)
"""Slopes are taken over so many last anchors, as far as there are that many."""

_BELIEVED = (-1.4, 0.2)
CLASSICAL = 0
"""The column that holds what the classical average of laws says."""

NAMES = (
    "classical at the size",
    *(f"{family.name} at the size" for family in FAMILIES),
    "average at the size",
    "disagreement of the laws",
    "times the last size",
    "average at the last anchor",
    *(f"slope of the last {window}" for window in WINDOWS),
    "last size",
    "last error",
    "standard error of the last",
    "misfit of the average's best law",
    "first error",
    "lowest error",
    "anchors",
    "span",
    "spread from residuals",
    "kind of learner",
)


def features(curve: Curve, fits: tuple[Fit, ...], sizes: Floats, kind: int = 0) -> Floats:
    """[sizes, features] of a curve for each size that is asked about; the columns are `NAMES`.

    Args:
        curve: The evidence.
        fits: The laws fitted to it.
        sizes: Beyond the last anchor.
        kind: Of learner, as `kinds.code` tells it; 0 where nobody knows.
    """
    anchors, last = len(curve.sizes), curve.sizes[-1:]
    base = log(curve.errors[-1])
    laws = np.stack([log(one(sizes)) - base for one in fits], axis=1)
    both = log(classical(fits, anchors, sizes)) - base
    mean = log(average(fits, anchors, sizes)) - base
    there = np.column_stack([both, laws, mean, laws.std(axis=1), np.log(sizes / last)])
    here = [
        float(log(average(fits, anchors, last))[0] - base),
        *(_slope(curve, window) for window in WINDOWS),
        float(np.log(last[0])),
        float(base),
        float(curve.spread[-1] / max(curve.errors[-1], MODEL_ERROR)),
        min(one.chi2 for one in fits if one.family.name in AVERAGED) / anchors,
        float(log(curve.errors[0]) - base),
        float(log(curve.errors.min()) - base),
        float(anchors),
        float(np.log(last[0] / curve.sizes[0])),
        float(curve.source == "residuals"),
        float(kind),
    ]
    return np.hstack([there, np.tile(here, (len(sizes), 1))])


def reference(rows: Floats) -> Floats:
    """[rows] the classical forecast of ln(error / last error), held within what curves do; trees add to it."""
    return np.clip(rows[:, CLASSICAL], *_BELIEVED)


def _slope(curve: Curve, window: int) -> float:
    """d ln(error) / d ln(size) over the last anchors, weighted with their standard errors."""
    sizes, errors, spread = (values[-window:] for values in (np.log(curve.sizes), curve.errors, curve.spread))
    weights = (np.maximum(errors, MODEL_ERROR) / np.hypot(spread, MODEL_ERROR)) ** 2
    centred = sizes - np.average(sizes, weights=weights)
    return float(centred @ (weights * log(errors)) / (centred**2 @ weights))
