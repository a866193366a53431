"""Options of the methods that end in a matrix product; light, as `check` reads them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from modelyard.models.piecewise import MOST_BINS


class LinearOptions(BaseModel, extra="forbid", frozen=True):
    """Logistic regression for classes and labels, ridge regression for numbers."""

    l2: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)] = Field(
        (1.0, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5),
        description="penalties on squared weights, relative to the mean loss; the validation rows choose one",
    )
    bins: int | None = Field(
        None,
        ge=0,
        le=256,
        description="bins into which a number is cut, at most, so that its effect can bend; 0: none; by default 12, "
        "and 24 from 10,000 training rows on",
    )
    max_iter: int = Field(300, ge=1, description="the most solver iterations per penalty; numbers need none")


def work(options: Any) -> int:
    """One unit per penalty."""
    return len(options.l2)


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Measured for two classes: some 50 solver iterations per penalty, 3e-10 s per cell each; the view in double."""
    bins = 4 if options.bins is None else min(options.bins, 4)
    cells = rows * (features + min(features * bins, MOST_BINS))  # most features of a wide view are one-hot: no bins
    return 0.5 + len(options.l2) * 50 * 3e-10 * cells, 200_000_000 + 2 * 8 * cells
