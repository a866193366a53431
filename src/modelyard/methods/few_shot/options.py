"""Options of the method `few_shot`."""

from __future__ import annotations

from typing import Any

from modelyard.core.protocols import MethodInfo
from modelyard.models.shots_options import ShotsOptions

INFO = MethodInfo(
    title=("Few-shot probe", "少样本探针"),
    rung=3,
    view="dense",
    needs=("onnx",),
    extra="tables",
    unit=("fit", "次拟合"),
    automatic=False,
    wants="vectors",
)


class Options(ShotsOptions):
    """Regularised least squares on the vectors of a frozen encoder and all other columns."""


def work(options: Any) -> int:
    """One fit, whatever the penalties."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """A singular value decomposition, measured: 2e-9 s per row x feature x the smaller of both."""
    rows = min(rows, 20 * options.shots)
    return 0.1 + 2e-9 * rows * features * min(rows, features), 100_000_000 + 4 * 8 * rows * features
