"""Metrics of a regression. Rows without a known number are left out of every metric."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.tasks.regression.options import METRICS

_COMPUTE = {
    "rmse": score.rmse,
    "mae": score.mae,
    "r2": score.r2,
    "median_absolute_error": score.median_absolute_error,
    "mape": score.mape,
}


def row_loss(outputs: Outputs, y: Array, state: State) -> Doubles:
    """Squared error of each row [rows], in squared standard deviations of the training target."""
    return np.asarray(((outputs["value"].reshape(-1) - y) / state["scale"]) ** 2, np.float64)


def metric(name: str, state: State) -> Metric:
    """The metric of that name.

    Raises:
        ProjectError: No such metric; the nearest is offered.
    """
    stem, _ = names.split(name, METRICS)
    of_numbers = _COMPUTE[stem]

    def compute(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        known = ~np.isnan(y)
        weight = weight if weight is None or known.all() else weight[..., known]
        return of_numbers(outputs["value"].reshape(-1)[known], y[known], weight)

    if stem == "r2":
        return Metric(name, compute, "higher", (-np.inf, 1.0))
    return Metric(name, compute, "lower", (0.0, np.inf))
