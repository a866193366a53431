"""What can be set for a regression, and its metrics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

TITLE = ("regression", "回归")
METRICS = ("rmse", "mae", "r2", "median_absolute_error", "mape", "smape", "within@share")
"""`within@10%` is the share of rows whose error is at most 10 % of the actual number."""
TOGETHER: tuple[tuple[str, ...], ...] = ()
"""No rule is chosen for numbers: every answer is as wide as the other, so none can be left to a person."""
DECIDING = ()
"""No option shapes a decision rule."""


class Options(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
