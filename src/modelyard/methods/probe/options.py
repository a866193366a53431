"""Options of the method `probe`."""

from __future__ import annotations

from modelyard.core.protocols import MethodInfo
from modelyard.models.linear_options import LinearOptions, cost, work

__all__ = ["INFO", "Options", "cost", "work"]

INFO = MethodInfo(
    title=("Linear model on a frozen encoder", "冻结编码器上的线性模型"),
    rung=4,
    view="dense",
    needs=("sklearn",),
    extra="tables",
    unit=("penalty", "个惩罚强度"),
    wants="vectors",
)


class Options(LinearOptions):
    """Logistic or ridge regression on the vectors of pre-trained encoders, beside all other columns."""
