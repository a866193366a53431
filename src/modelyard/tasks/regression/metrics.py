"""Metrics of a regression. Rows without a known number are left out of every metric."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.tasks.regression.options import METRICS

_COMPUTE: dict[str, Callable[[Array, Array, Array | None], score.Result]] = {
    "rmse": score.rmse,
    "mae": score.mae,
    "r2": score.r2,
    "median_absolute_error": score.median_absolute_error,
    "mape": score.mape,
    "smape": score.smape,
}
SHOWN = "within@10%"


def row_loss(outputs: Outputs, y: Array, state: State) -> Doubles:
    """Squared error of each row [rows], in squared standard deviations of the training target."""
    return np.asarray(((outputs["value"].reshape(-1) - y) / state["scale"]) ** 2, np.float64)


def metric(name: str, state: State, decision: State | None = None) -> Metric:
    """The metric of that name.

    Args:
        name: E.g. `rmse`, `within@10%`.
        state: Of the target.
        decision: Not looked at: a number is not decided.

    Raises:
        ProjectError: No such metric; the nearest is offered.
    """
    read = names.split(name, METRICS)
    of_numbers = _COMPUTE.get(read.stem) or partial(_within, read.share)

    def compute(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        known = ~np.isnan(y)
        weight = weight if weight is None or known.all() else weight[..., known]
        return of_numbers(outputs["value"].reshape(-1)[known], y[known], weight)

    if read.stem == "within":
        return Metric(name, compute, "higher", (0.0, 1.0), "rate", lambda outputs, y: int((~np.isnan(y)).sum()))
    if read.stem == "r2":
        return Metric(name, compute, "higher", (-np.inf, 1.0))
    return Metric(name, compute, "lower", (0.0, 2.0 if read.stem == "smape" else np.inf))


def shown(state: State, decision: State | None) -> tuple[str, ...]:
    """The metrics of the score table, the most telling first."""
    return tuple(SHOWN if "@" in name else name for name in METRICS)


def _within(share: float, value: Array, y: Array, weight: Array | None) -> score.Result:
    return score.within(value, y, share, weight)
