"""Losses of classes that are for training alone; epochs are compared by the task's own."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, softplus

from modelyard.models.training import Loss


def smoothed(loss: Loss, share: float) -> Loss:
    """A loss of classes with label smoothing (Szegedy et al., 2016): no answer is to be entirely sure.

    Args:
        loss: Log-loss of scores [rows, classes], or [rows, 1] for two, against codes.
        share: Of the target that is spread over all classes evenly.
    """
    if not share:
        return loss

    def smooth(scores: Tensor, y: Tensor) -> Tensor:
        if scores.shape[1] == 1:
            spread = (softplus(scores[:, 0]) + softplus(-scores[:, 0])) / 2
        else:
            spread = -log_softmax(scores, dim=1).mean(dim=1)
        return (1 - share) * loss(scores, y) + share * spread

    return smooth


def shifted(loss: Loss, shift: Tensor) -> Loss:
    """The loss under which rows drawn by `evenly` teach the scores of the rows as they are.

    Args:
        loss: Of scores and codes.
        shift: What `evenly` told.
    """
    return lambda scores, y: loss(scores + shift.to(scores.device), y)


def evenly(y: Tensor, weight: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """How to draw rows so that every class is seen equally often, however rare it is.

    A model that learns from such rows takes rare classes for frequent ones. Its scores are therefore shifted while it
    learns, by the logarithm of how much more often each class is seen (Menon et al., 2021, "Long-tail learning via
    logit adjustment"), and need no correction afterwards.

    Args:
        y: Codes [rows].
        weight: How much each row counts [rows]; it goes into the draw.
        width: Columns of the scores: 1 for two classes.

    Returns:
        How often to draw each row, relative to the others [rows], and the shift [width].
    """
    totals = torch.bincount(y, weight.double(), minlength=max(2, width))
    draw = weight.double() / totals[y]
    logs = torch.where(totals > 0, -torch.log(totals / totals.sum()), 0.0)
    shift = logs - logs.mean() if width > 1 else logs[1:2] - logs[:1]
    return draw, shift.float()
