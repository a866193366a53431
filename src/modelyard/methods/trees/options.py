"""Options of the method `trees`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(
    title=("Gradient-boosted trees", "梯度提升树"),
    rung=2,
    view="raw",
    needs=("lightgbm",),
    extra="tables",
    unit=("round", "轮"),
)


class Options(BaseModel, extra="forbid", frozen=True):
    """LightGBM under its own names."""

    rounds: int = Field(2000, ge=1, description="the most boosting rounds; early stopping usually needs fewer")
    patience: int = Field(50, ge=1, description="rounds without a better validation loss before it stops")
    learning_rate: float = Field(0.05, gt=0, le=1, description="share of each tree that is added")
    num_leaves: int = Field(31, ge=2, le=4096, description="the most leaves of a tree")
    max_depth: int = Field(0, ge=0, le=64, description="the most splits from root to leaf; 0: no limit")
    min_data_in_leaf: int | None = Field(
        None, ge=1, description="rows that a leaf needs; by default 20, fewer below 1,000 training rows"
    )
    subsample: float = Field(0.8, gt=0, le=1, description="share of the rows that each tree sees")
    feature_fraction: float = Field(0.8, gt=0, le=1, description="share of the features that each tree sees")
    lambda_l1: float = Field(0.0, ge=0, description="penalty on the absolute values of leaves")
    lambda_l2: float = Field(0.0, ge=0, description="penalty on the squared values of leaves")
    min_gain_to_split: float = Field(0.0, ge=0, description="gain that a split needs")
    cat_smooth: float = Field(10.0, ge=0, description="rows' worth of prior that smooths rare categories")
    max_bin: int = Field(255, ge=2, le=65535, description="the most steps into which a number is cut")


def work(options: Any) -> int:
    """One unit per round."""
    return int(options.rounds)


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Measured for two classes and 31 leaves: 6e-9 s per cell and round, some 300 rounds until it stops early."""
    seconds = 0.5 + min(options.rounds, 300) * (2e-4 + 6e-9 * rows * features * options.num_leaves / 31)
    return seconds, 150_000_000 + (4 + 2) * rows * features
