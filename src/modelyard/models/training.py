"""What a training is made of: the recipe, each fold's model as it learns, and the history of all folds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import torch
from torch import Tensor, nn

from modelyard.core.protocols import Watch
from modelyard.models import optimizers, schedules
from modelyard.models.batches import Source
from modelyard.models.halfway import Halfway, Tensors
from modelyard.models.hardware import Device, Hardware, Precision
from modelyard.models.patience import Patience

Loss = Callable[[Tensor, Tensor], Tensor]
"""Scores [rows, width] and encoded targets -> loss of each row [rows]."""
Stop = Literal["", "patience", "watch", "diverged"]


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Args:
        epochs: The most passes over the training rows; the schedule is laid out over all of them.
        learning_rate: Before the schedule.
        patience: Epochs without a better validation loss before training stops.
        optimizer: Its name.
        weight_decay: See `optimizers.build`.
        momentum: See `optimizers.build`.
        schedule: Its name.
        warmup: Share of all steps in which the learning rate rises.
        clip: Largest norm of a step's gradient; 0 leaves it as it is.
        average: Share of the past in the running mean of the weights, which is judged and kept; 0: no mean is.
        seed: Of the order of rows.
        accumulate: Batches whose gradients make one step, as if they were one batch.
        device: Where it is trained; `auto`: on the GPU if there is one.
        precision: Of products of matrices; the weights themselves stay float32. `auto`: bf16 where that is faster.
        recompute: Whether hidden layers are computed once more in the backward pass instead of being remembered; the
            model has to have `checkpoint_activations(on)`.
        compiled: Whether the model is compiled for training.
    """

    epochs: int
    learning_rate: float
    patience: int
    optimizer: optimizers.Name = "adamw"
    weight_decay: float = 0.01
    momentum: float = 0.9
    schedule: schedules.Schedule = "linear"
    warmup: float = 0.1
    clip: float = 1.0
    average: float = 0.0
    seed: int = 0
    accumulate: int = 1
    device: Device = "cpu"
    precision: Precision = "full"
    recompute: bool = False
    compiled: bool = False

    @classmethod
    def of(cls, options: Any, **settled: Any) -> Recipe:
        """The recipe that a method's options make.

        Args:
            options: Those that bear the name of a part are that part.
            settled: Parts that are called otherwise there, or that options alone do not decide.
        """
        said = {part.name: getattr(options, part.name) for part in fields(cls) if hasattr(options, part.name)}
        return cls(**said | settled)


@dataclass
class Fold:
    """One fold's model as its training goes on.

    Args:
        model: Is trained in place.
        forward: What training calls: the model, or its compiled twin.
        loss: Of each row, in training.
        valid_loss: Of each row, where epochs are compared.
        train: Rows to learn from.
        valid: Rows that were held out.
        recipe: How.
        hardware: Where.
        parameters: The model's that learn.
        optimizer: Over the parameters.
        generator: Shuffles the rows.
        steps: Optimizer steps in all epochs.
        kept: The best epoch's weights.
        judged: Holds the running mean of the weights; the model itself where there is none.
        done: Optimizer steps so far.
        epoch: The one begun last.
        order: State of the generator when that epoch began.
        losses: Of that epoch's steps.
        rate: Learning rate of the last step.
    """

    model: nn.Module
    forward: Any
    loss: Loss
    valid_loss: Loss
    train: Source
    valid: Source
    recipe: Recipe
    hardware: Hardware
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    steps: int
    kept: Tensors
    judged: nn.Module
    done: int = 0
    epoch: int = 0
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    losses: list[Tensor] = field(default_factory=list)
    rate: float = 0.0


@dataclass
class History:
    """The training of all folds as it goes on, and when it is over.

    Args:
        folds: All of them; one is the usual hold-out.
        epochs: The most passes over the training rows.
        watch: Is told of every epoch, and looked at every `GLANCE` seconds.
        patience: Knows the best epoch and its held-out loss; epoch 0 is the models as they came.
        halfway: Where the state is kept; None: nowhere.
        curves: Per epoch {"step", "train_loss", "valid_loss", "learning_rate"}, means over the folds.
        stopped: Why it ended early: patience, watch, or diverged (the loss was no longer a number).
        looked: When the watch was looked at last.
    """

    folds: Sequence[Fold]
    epochs: int
    watch: Watch
    patience: Patience
    halfway: Halfway | None = None
    curves: list[dict[str, float]] = field(default_factory=list)
    stopped: Stop = ""
    looked: float = field(default_factory=time.monotonic)


def weights(model: nn.Module) -> Tensors:
    """The tensors that training changes: parameters with a gradient, each once, and running statistics."""
    once = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    fixed = {name for name, _ in model.named_parameters(remove_duplicate=False) if not once.get(name)}
    return {name: tensor.detach() for name, tensor in model.state_dict().items() if name not in fixed}


def copied(tensors: Tensors) -> Tensors:
    return {name: tensor.clone() for name, tensor in tensors.items()}
