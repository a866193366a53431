"""Options of the method `linear`."""

from __future__ import annotations

from modelyard.core.protocols import MethodInfo
from modelyard.models.linear_options import LinearOptions, cost, work

__all__ = ["INFO", "Options", "cost", "work"]

INFO = MethodInfo(
    title=("Linear model", "线性模型"),
    rung=1,
    view="texts",
    needs=("sklearn",),
    extra="tables",
    unit=("penalty", "个惩罚强度"),
)


class Options(LinearOptions):
    """Logistic regression for classes and labels, ridge regression for numbers; of texts it sees n-grams."""
