"""Options of the method `trees`."""

from __future__ import annotations

from modelyard.core.protocols import MethodInfo
from modelyard.models.forest_options import ForestOptions, cost, work

__all__ = ["INFO", "Options", "cost", "work"]

INFO = MethodInfo(
    title=("Gradient-boosted trees", "梯度提升树"),
    rung=2,
    view="raw",
    needs=("lightgbm",),
    extra="tables",
    unit=("round", "轮"),
)


class Options(ForestOptions):
    """Small trees."""
