"""Options of the method `network`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from modelyard.core.messages import text
from modelyard.core.protocols import MethodInfo
from modelyard.core.space import Range
from modelyard.models.piecewise import MOST_BINS

INFO = MethodInfo(
    title=("Neural network", "神经网络"),
    rung=7,
    view="dense",
    needs=("torch",),
    extra="train",
    unit=("epoch", "轮"),
    usual=16,
)

Width = Annotated[int, Field(ge=1, le=65536)]


class Options(BaseModel, extra="forbid", frozen=True):
    """The network and how it is trained."""

    members: int = Field(
        4, ge=1, le=128, description="networks that share their matrices, and whose mean is the answer; 1: a plain one"
    )
    bins: int | None = Field(
        None,
        ge=0,
        le=256,
        description="bins into which a number is cut, at most, so that scores can bend; 0: none; by default 16, and 48 "
        "from 10,000 training rows on",
    )
    layers: int | None = Field(None, ge=0, le=100, description="hidden layers; by default 2, or one per width")
    widths: Width | tuple[Width, ...] = Field(64, description="units of every hidden layer, or of each: [256, 64]")
    activation: Literal["relu", "leaky_relu", "elu", "gelu", "silu", "mish", "tanh"] = Field(
        "relu", description="after each hidden layer"
    )
    norm: Literal["none", "batch", "layer"] = Field("none", description="normalisation before each activation")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of units silenced in training")
    optimizer: Literal["sgd", "adam", "adamw", "rmsprop"] = Field("adamw", description="how gradients move weights")
    learning_rate: float | None = Field(None, gt=0, description="by default 2e-3, 0.05 for sgd")
    weight_decay: float = Field(0.1, ge=0, description="of weights; biases and normalisation are not decayed")
    momentum: float | None = Field(None, ge=0, lt=1, description="by default 0.9, 0 for rmsprop; for adam beta 1")
    schedule: Literal["constant", "linear", "cosine", "step"] = Field("cosine", description="of the learning rate")
    warmup: float = Field(0.05, ge=0, lt=1, description="share of all steps in which the learning rate rises")
    clip: float = Field(1.0, ge=0, description="largest norm of a gradient; 0 leaves it as it is")
    average: float = Field(
        0.99, ge=0, lt=1, description="share of the past in the running mean of the weights, which is kept; 0: none"
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="share of a class that is spread over all of them in training; classification only"
    )
    batch_size: int | None = Field(None, ge=2, description="rows per step; by default 256, fewer below 4,096 rows")
    epochs: int = Field(60, ge=1, description="the most passes over the training rows")
    patience: int = Field(10, ge=1, description="epochs without a better validation loss before it stops")

    @model_validator(mode="after")
    def _layers_fit_widths(self) -> Options:
        if isinstance(self.widths, tuple) and self.layers not in (None, len(self.widths)):
            raise ValueError(text("methods.layers_and_widths", layers=self.layers, widths=list(self.widths)))
        return self

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        if isinstance(self.widths, tuple):
            return self.widths
        return (self.widths,) * (2 if self.layers is None else self.layers)

    @property
    def rate(self) -> float:
        """The learning rate, default filled in."""
        return self.learning_rate or (0.05 if self.optimizer == "sgd" else 2e-3)

    @property
    def inertia(self) -> float:
        """The momentum, default filled in."""
        return self.momentum if self.momentum is not None else 0.0 if self.optimizer == "rmsprop" else 0.9

    def batch_rows(self, rows: int) -> int:
        """Rows per step for that many training rows; small data needs more steps per epoch than full batches give."""
        return self.batch_size or max(8, min(256, 2 ** int(math.log2(max(1, rows // 16)))))


SPACE = (
    Range("learning_rate", 3e-4, 1e-2, log=True),
    Range("dropout", 0.0, 0.5),
    Range("weight_decay", 1e-4, 1.0, log=True),
    Range("widths", 16, 256, log=True),
    Range("layers", 1, 4),
)


def work(options: Any) -> int:
    """One unit per epoch."""
    return int(options.epochs)


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Measured: 1.2e-10 s per product, 6e-4 s per step besides; some 30 epochs until it stops early."""
    products, before = 0, features + min(features * min(8 if options.bins is None else options.bins, 8), MOST_BINS)
    for place, after in enumerate([*options.hidden, 1]):
        products += before * after * (options.members if place else 1)
        before = after
    epochs = min(options.epochs, 30)
    steps = rows / options.batch_rows(rows)
    seconds = 3.0 + epochs * (6e-4 * steps + 1.2e-10 * products * rows)
    return seconds, 300_000_000 + 4 * rows * features + 16 * products
