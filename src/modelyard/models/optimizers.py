"""Optimizers by name."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Name = Literal["sgd", "adam", "adamw", "rmsprop"]


def build(
    name: Name, model: nn.Module, learning_rate: float, weight_decay: float, momentum: float
) -> torch.optim.Optimizer:
    """The optimizer over a model's parameters; what is decayed are matrices called weight, no bias, no scale.

    Args:
        name: `adam` adds the decay to the gradient, `adamw` takes it off the weights (Loshchilov and Hutter, 2019).
        model: The model to train.
        learning_rate: Before any schedule.
        weight_decay: Strength of the decay.
        momentum: Of `sgd` (Nesterov's) and `rmsprop`; for `adam` and `adamw` the decay of the gradient's average.
    """
    weights: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for called, parameter in model.named_parameters():
        (weights if called.endswith("weight") and parameter.ndim > 1 else others).append(parameter)
    groups = [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=learning_rate, momentum=momentum, nesterov=momentum > 0, fused=True)
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=learning_rate, momentum=momentum)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr=learning_rate, betas=(momentum, 0.999), fused=True)
