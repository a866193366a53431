"""Options of the method `contrastive`."""

from __future__ import annotations

from pydantic import Field

from modelyard.core.protocols import MethodInfo
from modelyard.models.shots_options import ShotsOptions

INFO = MethodInfo(
    title=("Few-shot, contrastive", "少样本对比学习"),
    rung=6,
    view="texts",
    needs=("torch",),
    extra="text",
    unit=("epoch", "轮"),
    automatic=False,
    wants="vectors",
)
_CLASSES = 20  # a guess


class Options(ShotsOptions):
    """Pairs of texts that are of one class, or of two, teach the encoder; then a linear model reads its vectors."""

    epochs: int = Field(5, ge=1, description="the most passes over these rows")
    batch_size: int = Field(32, ge=4, le=1024, description="rows of which all pairs are looked at, at one time")
    learning_rate: float | None = Field(
        None, gt=0, description="of the encoders' upper layers; by default as for the method tuned"
    )


def work(options: Options) -> int:
    """One unit per epoch."""
    return options.epochs


def cost(rows: int, features: int, options: Options) -> tuple[float, int]:
    """Measured with MiniLM on sentences: 0.02 s per row and epoch; the weights, their gradients and moments."""
    return 10.0 + 0.02 * min(rows, _CLASSES * options.shots) * options.epochs, 1_000_000_000
