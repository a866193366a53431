"""Optimizers by name."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Name = Literal["sgd", "adam", "adamw", "rmsprop"]


def build(
    name: Name, model: nn.Module, learning_rate: float, weight_decay: float, momentum: float
) -> torch.optim.Optimizer:
    """The optimizer over what of a model learns; decayed are matrices called weight, no bias, no scale.

    A model may have `groups() -> list[tuple[list[Parameter], float]]`: parameters whose learning rate is so many times
    that of the others (layer-wise rates: Howard and Ruder, 2018). Every group of the optimizer tells its factor as
    "scale"; whoever sets "lr" multiplies with it.

    Args:
        name: `adam` adds the decay to the gradient, `adamw` takes it off the weights (Loshchilov and Hutter, 2019).
        model: The model to train.
        learning_rate: Before any schedule.
        weight_decay: Strength of the decay.
        momentum: Of `sgd` (Nesterov's) and `rmsprop`; for `adam` and `adamw` the decay of the gradient's average.
    """
    groups = [
        {"params": parameters, "weight_decay": decay * weight_decay, "scale": scale, "lr": scale * learning_rate}
        for (scale, decay), parameters in _sorted(model).items()
    ]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=learning_rate, momentum=momentum, nesterov=momentum > 0, fused=True)
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=learning_rate, momentum=momentum)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr=learning_rate, betas=(momentum, 0.999), fused=True)


def _sorted(model: nn.Module) -> dict[tuple[float, bool], list[nn.Parameter]]:
    """The parameters that learn, by the factor of their learning rate and by whether they are decayed."""
    scales = {id(parameter): scale for group, scale in _groups(model) for parameter in group}
    found: dict[tuple[float, bool], list[nn.Parameter]] = {(1.0, True): [], (1.0, False): []}
    for called, parameter in model.named_parameters():
        if parameter.requires_grad:
            decayed = called.endswith("weight") and parameter.ndim > 1
            found.setdefault((scales.get(id(parameter), 1.0), decayed), []).append(parameter)
    return found


def _groups(model: nn.Module) -> list[tuple[list[nn.Parameter], float]]:
    groups: list[tuple[list[nn.Parameter], float]] = model.groups() if hasattr(model, "groups") else []  # type: ignore[operator]
    return groups
