"""The one training loop. It sees models, a loss and batches, and reads as a table of contents:

fit
├── start          per fold
├── _epoch         per fold
│   └── _step
│       └── _follow
├── evaluate       per fold
└── _judge

Several folds go in step, epoch by epoch: the best epoch is one for all, chosen on the mean of their held-out losses.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
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
WARM = 9  # steps until the running mean of the weights has a past worth keeping


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
        average: Share of the past in the running mean of the weights, which is judged and kept; 0: no mean is.
        patience: Epochs without a better validation loss before training stops.
        seed: Of the order of rows.
        accumulate: Batches whose gradients make one step.
        device: Where it is trained; `auto`: on the GPU if there is one.
        precision: Of products of matrices; the weights themselves stay float32. `auto`: bf16 where that is faster.
        recompute: Whether hidden layers are computed once more in the backward pass instead of being remembered.
        compiled: Whether the model is compiled before it is trained.
    """

    epochs: int
    optimizer: optimizers.Name
    learning_rate: float
    weight_decay: float
    momentum: float
    schedule: schedules.Schedule
    warmup: float
    clip: float
    average: float
    patience: int
    seed: int
    accumulate: int = 1
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    precision: Literal["auto", "full", "bf16"] = "full"
    recompute: bool = False
    compiled: bool = False


@dataclass
class Fold:
    """One fold's model as its training goes on.

    Args:
        model: Is trained in place.
        loss: Of each row.
        train: Rows to learn from.
        valid: Rows that were held out.
        recipe: How.
        parameters: The model's.
        optimizer: Over the parameters.
        generator: Shuffles the rows.
        steps: Optimizer steps in all epochs.
        kept: The best epoch's weights.
        judged: Holds the running mean of the weights; the model itself where there is none.
        done: Optimizer steps so far.
    """

    model: nn.Module
    loss: Loss
    train: Batches
    valid: Batches
    recipe: Recipe
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    steps: int
    kept: dict[str, Tensor]
    judged: nn.Module
    done: int = 0


@dataclass
class History:
    """The training of all folds as it goes on, and when it is over.

    Args:
        folds: All of them; one is the usual hold-out.
        epochs: The most passes over the training rows.
        watch: Is told of every epoch, and looked at every `GLANCE` batches.
        patience: Knows the best epoch and its held-out loss; epoch 0 is the models as they came.
        curves: Per epoch {"step", "train_loss", "valid_loss", "learning_rate"}, means over the folds.
        stopped: Why it ended early: patience, watch, or diverged (the loss was no longer a number).
    """

    folds: Sequence[Fold]
    epochs: int
    watch: Watch
    patience: Patience
    curves: list[dict[str, float]] = field(default_factory=list)
    stopped: Stop = ""


def fit(folds: Sequence[Fold], watch: Watch) -> History:
    """Train the models of all folds and leave the weights of the best epoch in them.

    Call it inside `reproducible` for the same weights every time.

    Args:
        folds: What `start` made, all under one recipe.
        watch: Is told of every epoch, and may end the training at any of them.

    Returns:
        The history.
    """
    recipe = folds[0].recipe
    history = History(folds, recipe.epochs, watch, Patience(recipe.patience))
    history.patience.improved(0, _held_out_loss(folds))
    for epoch in range(1, recipe.epochs + 1):
        began = time.perf_counter()
        train_loss = float(np.mean([_epoch(history, fold) for fold in folds if not history.stopped]))
        _judge(history, epoch, train_loss, _held_out_loss(folds), time.perf_counter() - began)
        if history.stopped:
            break
    for fold in folds:
        fold.model.load_state_dict(fold.kept)
    return history


def start(model: nn.Module, loss: Loss, train: Batches, valid: Batches, recipe: Recipe) -> Fold:
    """A fold before its first epoch.

    Args:
        model: Takes the batches' inputs, answers scores [rows, width].
        loss: Loss of each row; its weighted mean over a batch is made smaller, that over `valid` picks the epoch.
        train: Rows to learn from, at least one.
        valid: Rows to choose the best epoch on, at least one.
        recipe: How.
    """
    return Fold(
        model=model,
        loss=loss,
        train=train,
        valid=valid,
        recipe=recipe,
        parameters=list(model.parameters()),
        optimizer=optimizers.build(recipe.optimizer, model, recipe.learning_rate, recipe.weight_decay, recipe.momentum),
        generator=torch.Generator().manual_seed(recipe.seed),
        steps=recipe.epochs * len(train),
        kept=_weights(model),
        judged=copy.deepcopy(model) if recipe.average else model,
    )


def evaluate(model: nn.Module, loss: Loss, batches: Batches) -> float:
    """Weighted mean loss over all rows, without dropout and without gradients."""
    model.eval()
    with torch.inference_mode():
        total = sum(
            float((loss(model(inputs), y) * weight).sum(dtype=torch.float64))
            for inputs, y, weight in batches.in_order()
        )
    return total / float(batches.weight.sum(dtype=torch.float64))


def _held_out_loss(folds: Sequence[Fold]) -> float:
    """Mean over the folds, each counting as much as its held-out rows do."""
    losses = [evaluate(fold.judged, fold.loss, fold.valid) for fold in folds]
    return float(np.average(losses, weights=[float(fold.valid.weight.sum(dtype=torch.float64)) for fold in folds]))


def _epoch(history: History, fold: Fold) -> float:
    """One pass over a fold's training rows; returns the mean loss, as it was while the weights moved."""
    fold.model.train()
    losses = []
    for number, (inputs, y, weight) in enumerate(fold.train.shuffled(fold.generator), start=1):
        losses.append(_step(fold, inputs, y, weight))
        if number % GLANCE == 0 and not history.watch.step(len(history.curves), history.epochs):
            history.stopped = "watch"
            break
    return float(torch.stack(losses).mean(dtype=torch.float64))


def _step(fold: Fold, inputs: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """One batch: forward, backward, update."""
    recipe, optimizer = fold.recipe, fold.optimizer
    rate = recipe.learning_rate * schedules.share(recipe.schedule, fold.done, fold.steps, recipe.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = (fold.loss(fold.model(inputs), y) * weight).mean()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    if recipe.clip:
        nn.utils.clip_grad_norm_(fold.parameters, recipe.clip)
    optimizer.step()
    fold.done += 1
    if recipe.average:
        _follow(fold)
    return loss.detach()


@torch.no_grad()
def _follow(fold: Fold) -> None:
    """Move the running mean of the weights; at first, when it knows little, faster."""
    past = min(fold.recipe.average, fold.done / (fold.done + WARM))
    newest = fold.model.state_dict()
    for name, mean in fold.judged.state_dict().items():
        if mean.is_floating_point():
            mean.lerp_(newest[name], 1 - past)
        else:
            mean.copy_(newest[name])


def _judge(history: History, epoch: int, train_loss: float, valid_loss: float, seconds: float) -> None:
    """Keep the weights if they are the best so far; write the curves; decide whether to go on."""
    rate = history.folds[0].optimizer.param_groups[0]["lr"]
    values = {"train_loss": train_loss, "valid_loss": valid_loss, "learning_rate": rate}
    if not math.isfinite(train_loss + valid_loss):
        history.stopped = "diverged"
        return
    if history.patience.improved(epoch, valid_loss):
        for fold in history.folds:
            fold.kept = _weights(fold.judged)
    history.curves.append({"step": epoch, **values})
    if not history.watch.step(epoch, history.epochs, **values, seconds=seconds):  # no times in the curves
        history.stopped = "watch"
    elif history.patience.over(epoch) and epoch < history.epochs:
        history.stopped = "patience"


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
