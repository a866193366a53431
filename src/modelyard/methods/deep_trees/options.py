"""Options of the method `deep_trees`."""

from __future__ import annotations

from pydantic import Field

from modelyard.core.protocols import MethodInfo
from modelyard.models.forest_options import USUAL, ForestOptions, cost, work

__all__ = ["INFO", "Options", "cost", "work"]

INFO = MethodInfo(
    title=("Deep boosted trees", "深层提升树"),
    rung=6,
    view="raw",
    needs=("lightgbm",),
    extra="tables",
    unit=("round", "轮"),
    usual=USUAL,
)


class Options(ForestOptions):
    """Large trees, held back by a stronger penalty."""

    learning_rate: float = Field(0.07, gt=0, le=1, description="share of each tree that is added")
    num_leaves: int = Field(63, ge=2, le=4096, description="the most leaves of a tree")
    min_data_in_leaf: int | None = Field(10, ge=1, description="rows that a leaf needs")
    lambda_l2: float = Field(10.0, ge=0, description="penalty on the squared values of leaves")
    path_smooth: float = Field(
        20.0, ge=0, description="rows' worth of its parent that smooths each leaf; none where a column is monotone"
    )
    total_leaves: int = Field(28_000, ge=2, description="leaves that the trees of a class may have in a fold")
