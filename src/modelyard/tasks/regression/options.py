"""What can be set for a regression, and its metrics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

TITLE = ("regression", "回归")
METRICS = ("rmse", "mae", "r2", "median_absolute_error", "mape")


class Options(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
