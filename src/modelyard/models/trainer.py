"""The one training loop. It sees models, a loss and batches, and reads as a table of contents:

fit
├── start          per fold
├── resuming.go_on
├── _epoch         per fold
│   ├── _step
│   │   └── _follow
│   └── _look
│       └── resuming.keep
├── evaluate       per fold
└── _judge
    └── resuming.keep

Several folds go in step, epoch by epoch: the best epoch is one for all, chosen on the mean of their held-out losses.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modelyard.core.protocols import Watch
from modelyard.models import hardware, optimizers, resuming, schedules
from modelyard.models.batches import Batch, Source
from modelyard.models.halfway import Halfway
from modelyard.models.hardware import CPU, Hardware
from modelyard.models.patience import Patience
from modelyard.models.training import Fold, History, Loss, Recipe, copied, weights

GLANCE = 2.0  # seconds between two looks at the watch inside an epoch
WARM = 9  # steps until the running mean of the weights has a past worth keeping


def fit(folds: Sequence[Fold], watch: Watch, resume: Path | None = None) -> History:
    """Train the models of all folds and leave the weights of the best epoch in them, on the processor.

    Call it inside `reproducible` for the same weights every time.

    Args:
        folds: What `start` made, all under one recipe.
        watch: Is told of every epoch, and may end the training at any of them.
        resume: Folder for the state of training that is cut short, be it by the watch. What a training of the same
            folds left there is gone on with. It is removed when training is over.

    Returns:
        The history.
    """
    recipe = folds[0].recipe
    history = History(folds, recipe.epochs, watch, Patience(recipe.patience), Halfway(resume) if resume else None)
    if not resuming.go_on(history):
        history.patience.improved(0, _held_out_loss(folds))
    for epoch in range(len(history.curves) + 1, recipe.epochs + 1):
        began = time.perf_counter()
        train_loss = float(np.mean([_epoch(history, fold, epoch) for fold in folds if not history.stopped]))
        _judge(history, epoch, train_loss, _held_out_loss(folds), time.perf_counter() - began)
        if history.stopped:
            break
    for fold in folds:
        fold.model.load_state_dict(fold.kept, strict=False)
        fold.model.cpu()
    if history.halfway and history.stopped != "watch":
        history.halfway.remove()
    return history


def start(
    model: nn.Module, loss: Loss, train: Source, valid: Source, recipe: Recipe, valid_loss: Loss | None = None
) -> Fold:
    """A fold before its first epoch.

    Args:
        model: Takes the batches' inputs, answers scores [rows, width]. What has no gradient is neither moved nor kept.
        loss: Loss of each row; its weighted mean over the rows of a step is made smaller.
        train: Rows to learn from, at least one.
        valid: Rows to choose the best epoch on, at least one.
        recipe: How.
        valid_loss: Loss of each row whose weighted mean over `valid` picks the epoch; None: the same one.

    Raises:
        InstallError: The recipe asks for a GPU, and there is none.
    """
    there = hardware.find(recipe.device, recipe.precision)
    model.to(there.device)
    if recipe.recompute:
        offering: Any = model
        offering.checkpoint_activations(True)
    return Fold(
        model=model,
        forward=torch.compile(model, dynamic=True) if recipe.compiled else model,
        loss=loss,
        valid_loss=valid_loss or loss,
        train=train,
        valid=valid,
        recipe=recipe,
        hardware=there,
        parameters=[parameter for parameter in model.parameters() if parameter.requires_grad],
        optimizer=optimizers.build(recipe.optimizer, model, recipe.learning_rate, recipe.weight_decay, recipe.momentum),
        generator=torch.Generator().manual_seed(recipe.seed),
        steps=recipe.epochs * -(-len(train) // recipe.accumulate),
        kept=copied(weights(model)),
        judged=copy.deepcopy(model) if recipe.average else model,
    )


def evaluate(model: nn.Module, loss: Loss, batches: Source, there: Hardware = CPU) -> float:
    """Weighted mean loss over all rows, without dropout and without gradients.

    Args:
        model: Answers scores.
        loss: Of each row.
        batches: The rows.
        there: Where the model is.
    """
    model.eval()
    with torch.inference_mode():
        total = sum(
            float(
                (loss(there.scores(model, inputs), y.to(there.device)) * weight.to(there.device)).sum(
                    dtype=torch.float64
                )
            )
            for inputs, y, weight in batches.in_order()
        )
    return total / float(batches.weight.sum(dtype=torch.float64))


def _held_out_loss(folds: Sequence[Fold]) -> float:
    """Mean over the folds, each counting as much as its held-out rows do."""
    losses = [evaluate(fold.judged, fold.valid_loss, fold.valid, fold.hardware) for fold in folds]
    return float(np.average(losses, weights=[float(fold.valid.weight.sum(dtype=torch.float64)) for fold in folds]))


def _epoch(history: History, fold: Fold, epoch: int) -> float:
    """One pass over a fold's training rows; returns the mean loss, as it was while the weights moved."""
    if fold.epoch == epoch:  # begun before it was cut short
        fold.generator.set_state(fold.order)
    else:
        fold.epoch, fold.order, fold.losses = epoch, fold.generator.get_state(), []
    fold.model.train()
    for batches in islice(_steps(fold), len(fold.losses), None):
        fold.losses.append(_step(fold, batches))
        _look(history)
        if history.stopped:
            break
    return float(torch.stack(fold.losses).mean(dtype=torch.float64))


def _steps(fold: Fold) -> Iterator[list[Batch]]:
    """The batches of one epoch, those of one step together."""
    batches = fold.train.shuffled(fold.generator)
    while together := list(islice(batches, fold.recipe.accumulate)):
        yield together


def _step(fold: Fold, batches: Sequence[Batch]) -> Tensor:
    """One update: forward and backward for each batch; the loss is the mean over the rows of all of them."""
    recipe, optimizer, device = fold.recipe, fold.optimizer, fold.hardware.device
    fold.rate = recipe.learning_rate * schedules.share(recipe.schedule, fold.done, fold.steps, recipe.warmup)
    for group in optimizer.param_groups:
        group["lr"] = fold.rate * group["scale"]
    rows, losses = sum(len(y) for _, y, _ in batches), []
    optimizer.zero_grad()
    for inputs, y, weight in batches:
        scores = fold.hardware.scores(fold.forward, inputs)
        loss = (fold.loss(scores, y.to(device)) * weight.to(device)).sum() / rows
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach())
    if recipe.clip:
        nn.utils.clip_grad_norm_(fold.parameters, recipe.clip)
    optimizer.step()
    fold.done += 1
    if recipe.average:
        _follow(fold)
    return torch.stack(losses).sum()


@torch.no_grad()
def _follow(fold: Fold) -> None:
    """Move the running mean of the weights; at first, when it knows little, faster."""
    past = min(fold.recipe.average, fold.done / (fold.done + WARM))
    newest = weights(fold.model)
    for name, mean in weights(fold.judged).items():
        if mean.is_floating_point():
            mean.lerp_(newest[name], 1 - past)
        else:
            mean.copy_(newest[name])


def _look(history: History) -> None:
    """Inside an epoch: whether to go on, and whether to keep the state."""
    now = time.monotonic()
    if now - history.looked >= GLANCE:
        history.looked = now
        if not history.watch.step(len(history.curves), history.epochs):
            history.stopped = "watch"
    resuming.keep(history)


def _judge(history: History, epoch: int, train_loss: float, valid_loss: float, seconds: float) -> None:
    """Keep the weights if they are the best so far; write the curves; decide whether to go on."""
    values = {"train_loss": train_loss, "valid_loss": valid_loss, "learning_rate": history.folds[0].rate}
    if not math.isfinite(train_loss + valid_loss):
        history.stopped = "diverged"
        return
    if history.patience.improved(epoch, valid_loss):
        for fold in history.folds:
            fold.kept = copied(weights(fold.judged))
    history.curves.append({"step": epoch, **values})
    goes_on = history.watch.step(epoch, history.epochs, **values, seconds=seconds)  # no times in the curves
    history.looked = time.monotonic()
    if history.stopped:  # inside the epoch; the state to go on from is that of then
        return
    if history.patience.over(epoch) and epoch < history.epochs:
        history.stopped = "patience"
    elif not goes_on:
        history.stopped = "watch"
    resuming.keep(history)
