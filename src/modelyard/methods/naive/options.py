"""Options of the method `naive`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(
    title=("Naive baseline", "朴素基线"),
    rung=0,
    view="texts",  # nothing is looked at, so nothing that costs anything is made
    needs=(),
    extra="",
    unit=("fit", "次拟合"),
)


class Options(BaseModel, extra="forbid", frozen=True):
    """There is nothing to set."""


def work(options: Any) -> int:
    """One fit."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Counting the target; the view is not looked at."""
    return rows * 1e-8, rows * 8
