"""Options of the method `trees`."""

from __future__ import annotations

from modelyard.core.protocols import MethodInfo
from modelyard.core.space import Range
from modelyard.models.forest_options import USUAL, ForestOptions, cost, work

__all__ = ["INFO", "SPACE", "Options", "cost", "work"]

INFO = MethodInfo(
    title=("Gradient-boosted trees", "梯度提升树"),
    rung=5,
    view="raw",
    needs=("lightgbm",),
    extra="tables",
    unit=("round", "轮"),
    usual=USUAL,
)


SPACE = (
    Range("learning_rate", 0.01, 0.2, log=True),
    Range("num_leaves", 4, 128, log=True),
    Range("min_data_in_leaf", 1, 100, log=True),
    Range("feature_fraction", 0.3, 1.0),
    Range("subsample", 0.5, 1.0),
    Range("lambda_l2", 1e-2, 100.0, log=True),
    Range("cat_smooth", 1.0, 100.0, log=True),
)


class Options(ForestOptions):
    """Small trees."""
