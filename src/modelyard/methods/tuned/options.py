"""Options of the method `tuned`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from modelyard.core.protocols import MethodInfo
from modelyard.core.space import Choice, Range

INFO = MethodInfo(
    title=("Tuned encoder", "微调编码器"),
    rung=7,
    view="texts",
    needs=("torch",),
    extra="text",
    unit=("epoch", "轮"),
    wants="encoder",
)

EPOCHS = 3
EPOCHS_FROM_NOTHING = 20
SMALL = ("cnn", "gru", "lstm", "transformer")
"""Encoders that start from nothing."""


class Options(BaseModel, extra="forbid", frozen=True):
    """How encoders are tuned, and what stands between them and the answer."""

    epochs: int | None = Field(
        None,
        ge=1,
        description="the most passes over the training rows; by default 3, and 20 where no encoder is pre-trained",
    )
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="of the encoders' upper layers; by default 1e-4 for small and 3e-5 for large ones, 1e-3 for "
        "adapters and for encoders that start from nothing",
    )
    layer_decay: float = Field(0.9, gt=0, le=1, description="each layer learns slower than the next by this factor")
    weight_decay: float = Field(0.01, ge=0, description="of weights; biases and normalisation are not decayed")
    warmup: float = Field(0.1, ge=0, lt=1, description="share of all steps in which the learning rate rises")
    schedule: Literal["constant", "linear", "cosine", "step"] = Field("linear", description="of the learning rate")
    clip: float = Field(1.0, ge=0, description="largest norm of a gradient; 0 leaves it as it is")
    batch_size: int = Field(32, ge=1, description="the most rows in one batch")
    token_budget: int = Field(16_384, ge=16, description="the most tokens in one batch, padding included")
    accumulate: int = Field(1, ge=1, description="batches whose gradients make one step")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of units silenced in training, outside the encoders")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of a label that is spread over all classes")
    balanced_sampling: bool = Field(False, description="draws rows of all classes equally often")
    token_dropout: float = Field(0.0, ge=0, lt=1, description="share of tokens that are left out in training")
    span_deletion: float = Field(
        0.0, ge=0, lt=1, description="the largest share of a text that is cut out in one piece in training"
    )
    fusion: Literal["concat", "gated", "attention"] = Field(
        "concat", description="how texts and table come together: side by side, by learned gates, or by attention"
    )
    part_dropout: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="share of rows in which a text or the table is hidden in training, where there are several",
    )
    hidden: int = Field(64, ge=1, le=65536, description="units of the two layers that the table goes through")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where it is trained")
    precision: Literal["auto", "full", "bf16"] = Field("auto", description="of the products of matrices in training")
    compile: bool = Field(False, description="compiles the network before it is trained; it pays in long trainings")
    checkpointing: bool = Field(False, description="saves memory: layers are computed twice instead of remembered")
    patience: int = Field(3, ge=1, description="epochs without a better validation loss before it stops")


SPACE = (
    Range("learning_rate", 1e-5, 1e-3, log=True),
    Range("layer_decay", 0.7, 1.0),
    Range("dropout", 0.0, 0.5),
    Choice("fusion", ("concat", "gated", "attention")),
)


def suited(options: Options, encoders: Sequence[str]) -> Options:
    """The options with what only the encoders of the text columns decide filled in.

    Args:
        options: As written.
        encoders: What the text columns name.
    """
    if options.epochs is not None:
        return options
    started = any(encoder not in SMALL for encoder in encoders)
    return options.model_copy(update={"epochs": EPOCHS if started else EPOCHS_FROM_NOTHING})


def work(options: Options) -> int:
    """One unit per epoch."""
    return options.epochs or EPOCHS


def cost(rows: int, features: int, options: Options) -> tuple[float, int]:
    """Measured with MiniLM on sentences: 0.02 s per row and epoch; the weights, their gradients and moments."""
    return 10.0 + 0.02 * rows * work(options), 1_000_000_000 + 4 * rows * (features + 64)
