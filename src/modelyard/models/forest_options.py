"""Options that all methods of boosted trees share; light, as options are."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

USUAL = 300
"""Rounds after which trees have mostly stopped early."""


class ForestOptions(BaseModel, extra="forbid", frozen=True):
    """LightGBM under its own names."""

    rounds: int = Field(2000, ge=1, description="the most boosting rounds; early stopping usually needs fewer")
    patience: int = Field(50, ge=1, description="rounds without a better validation loss before it stops")
    learning_rate: float = Field(0.05, gt=0, le=1, description="share of each tree that is added")
    num_leaves: int = Field(15, ge=2, le=4096, description="the most leaves of a tree")
    total_leaves: int = Field(
        24_000, ge=2, description="leaves that the trees of a class may have in a fold: each is 35 bytes of the bundle"
    )
    max_depth: int = Field(0, ge=0, le=64, description="the most splits from root to leaf; 0: no limit")
    min_data_in_leaf: int | None = Field(
        None, ge=1, description="rows that a leaf needs; by default 20, fewer below 1,000 training rows"
    )
    subsample: float = Field(0.8, gt=0, le=1, description="share of the rows that each tree sees")
    feature_fraction: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of the features that each tree sees; by default half, of fewer than 12 more",
    )
    extra_trees: bool = Field(False, description="thresholds are drawn at random, and the best of them is taken")
    lambda_l1: float = Field(0.0, ge=0, description="penalty on the absolute values of leaves")
    lambda_l2: float = Field(1.0, ge=0, description="penalty on the squared values of leaves")
    path_smooth: float = Field(
        0.0, ge=0, description="rows' worth of its parent that smooths each leaf; none where a column is monotone"
    )
    min_gain_to_split: float = Field(0.0, ge=0, description="gain that a split needs")
    max_cat_to_onehot: int = Field(
        64, ge=1, description="columns of at most so many levels are split one level against the others, not by sets"
    )
    cat_smooth: float = Field(10.0, ge=0, description="rows' worth of prior that smooths rare categories")
    target_statistics: int | None = Field(
        None,
        ge=0,
        description="columns of more levels than this also show what the target is like for each level, out of fold",
    )
    max_bin: int = Field(255, ge=2, le=65535, description="the most steps into which a number is cut")

    def fraction(self, features: int) -> float:
        """Share of so many features that a tree sees."""
        return self.feature_fraction or min(1.0, max(0.5, 6 / max(1, features)))


def work(options: Any) -> int:
    """One unit per round, as long as trees may have leaves."""
    return max(1, min(int(options.rounds), int(options.total_leaves) // int(options.num_leaves)))


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Measured for two classes and 31 leaves: 6e-9 s per cell and round, some 300 rounds until it stops early."""
    seconds = 0.5 + min(options.rounds, USUAL) * (2e-4 + 6e-9 * rows * features * options.num_leaves / 31)
    return seconds, 150_000_000 + (4 + 2) * rows * features
