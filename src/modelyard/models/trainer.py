"""The one training loop. It sees `model(inputs)`, a loss and batches, and reads as a table of contents:

fit
├── _epoch
│   └── _step
├── evaluate
└── _judge
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from modelyard.core.protocols import Watch
from modelyard.models import optimizers, schedules
from modelyard.models.batches import Batches
from modelyard.models.patience import Patience

Loss = Callable[[Tensor, Tensor], Tensor]
"""Scores [rows, width] and encoded targets -> loss of each row [rows]."""
Stop = Literal["", "patience", "watch", "diverged"]
GLANCE = 256  # batches between two looks at the watch inside an epoch


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Args:
        epochs: The most passes over the training rows; the schedule is laid out over all of them.
        optimizer: Its name.
        learning_rate: Before the schedule.
        weight_decay: See `optimizers.build`.
        momentum: See `optimizers.build`.
        schedule: Its name.
        warmup: Share of all steps in which the learning rate rises.
        clip: Largest norm of a step's gradient; 0 leaves it as it is.
        patience: Epochs without a better validation loss before training stops.
        seed: Of the order of rows.
    """

    epochs: int
    optimizer: optimizers.Name
    learning_rate: float
    weight_decay: float
    momentum: float
    schedule: schedules.Schedule
    warmup: float
    clip: float
    patience: int
    seed: int


@dataclass
class Training:
    """A training as it goes on; when it is over, its history.

    Args:
        model: Is trained in place.
        loss: Of each row.
        recipe: How.
        watch: Is told of every epoch, and looked at every `GLANCE` batches.
        parameters: The model's.
        optimizer: Over the parameters.
        generator: Shuffles the rows.
        steps: Optimizer steps in all epochs.
        patience: Knows the best epoch and its validation loss; epoch 0 is the model as it came.
        kept: The best epoch's weights.
        curves: Per epoch {"step", "train_loss", "valid_loss", "learning_rate"}.
        done: Optimizer steps so far.
        stopped: Why it ended early: patience, watch, or diverged (the loss was no longer a number).
    """

    model: nn.Module
    loss: Loss
    recipe: Recipe
    watch: Watch
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    steps: int
    patience: Patience
    kept: dict[str, Tensor]
    curves: list[dict[str, float]] = field(default_factory=list)
    done: int = 0
    stopped: Stop = ""


def fit(model: nn.Module, loss: Loss, train: Batches, valid: Batches, recipe: Recipe, watch: Watch) -> Training:
    """Train a model and leave the weights of its best epoch in it.

    Call it inside `reproducible` for the same weights every time.

    Args:
        model: Takes the batches' inputs, answers scores [rows, width].
        loss: Loss of each row; its mean over a batch is made smaller, its mean over `valid` picks the epoch.
        train: Rows to learn from, at least one.
        valid: Rows to choose the best epoch on, at least one.
        recipe: How.
        watch: Is told of every epoch, and may end the training at any of them.

    Returns:
        The history.
    """
    training = _start(model, loss, train, valid, recipe, watch)
    for epoch in range(1, recipe.epochs + 1):
        began = time.perf_counter()
        train_loss = _epoch(training, train)
        valid_loss = evaluate(model, loss, valid)
        _judge(training, epoch, train_loss, valid_loss, time.perf_counter() - began)
        if training.stopped:
            break
    model.load_state_dict(training.kept)
    return training


def evaluate(model: nn.Module, loss: Loss, batches: Batches) -> float:
    """Mean loss over all rows, without dropout and without gradients."""
    model.eval()
    with torch.inference_mode():
        total = sum(float(loss(model(inputs), y).sum(dtype=torch.float64)) for inputs, y in batches.in_order())
    return total / batches.rows


def _start(model: nn.Module, loss: Loss, train: Batches, valid: Batches, recipe: Recipe, watch: Watch) -> Training:
    optimizer = optimizers.build(recipe.optimizer, model, recipe.learning_rate, recipe.weight_decay, recipe.momentum)
    training = Training(
        model=model,
        loss=loss,
        recipe=recipe,
        watch=watch,
        parameters=list(model.parameters()),
        optimizer=optimizer,
        generator=torch.Generator().manual_seed(recipe.seed),
        steps=recipe.epochs * len(train),
        patience=Patience(recipe.patience),
        kept=_weights(model),
    )
    training.patience.improved(0, evaluate(model, loss, valid))
    return training


def _epoch(training: Training, train: Batches) -> float:
    """One pass over the training rows; returns the mean loss, as it was while the weights moved."""
    training.model.train()
    losses = []
    for number, (inputs, y) in enumerate(train.shuffled(training.generator), start=1):
        losses.append(_step(training, inputs, y))
        if number % GLANCE == 0 and not training.watch.step(len(training.curves), training.recipe.epochs):
            training.stopped = "watch"
            break
    return float(torch.stack(losses).mean(dtype=torch.float64))


def _step(training: Training, inputs: Tensor, y: Tensor) -> Tensor:
    """One batch: forward, backward, update."""
    recipe, optimizer = training.recipe, training.optimizer
    rate = recipe.learning_rate * schedules.share(recipe.schedule, training.done, training.steps, recipe.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = training.loss(training.model(inputs), y).mean()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    if recipe.clip:
        nn.utils.clip_grad_norm_(training.parameters, recipe.clip)
    optimizer.step()
    training.done += 1
    return loss.detach()


def _judge(training: Training, epoch: int, train_loss: float, valid_loss: float, seconds: float) -> None:
    """Keep the weights if they are the best so far; write the curves; decide whether to go on."""
    rate = training.optimizer.param_groups[0]["lr"]
    values = {"train_loss": train_loss, "valid_loss": valid_loss, "learning_rate": rate}
    if not math.isfinite(train_loss + valid_loss):
        training.stopped = "diverged"
        return
    if training.patience.improved(epoch, valid_loss):
        training.kept = _weights(training.model)
    training.curves.append({"step": epoch, **values})
    if not training.watch.step(epoch, training.recipe.epochs, **values, seconds=seconds):  # no times in the curves
        training.stopped = "watch"
    elif training.patience.over(epoch) and epoch < training.recipe.epochs:
        training.stopped = "patience"


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
