"""The plain network for tables: linear layers with normalisation, an activation and dropout between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import nn

from modelyard.core.protocols import Doubles

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "mish", "tanh"]
Norm = Literal["none", "batch", "layer"]

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "tanh": nn.Tanh,
}


@dataclass(frozen=True)
class Shape:
    """What a plain network looks like.

    Args:
        features: Inputs.
        widths: Units of each hidden layer, first to last; none makes a linear model.
        width: Scores.
        activation: After each hidden layer.
        norm: Before each activation.
        dropout: Share of units that is silenced in training.
    """

    features: int
    widths: tuple[int, ...]
    width: int
    activation: Activation
    norm: Norm
    dropout: float

    @property
    def weights(self) -> int:
        """Entries of all weight matrices; as many multiplications as a row takes."""
        return sum(before * after for before, after in pairwise((self.features, *self.widths, self.width)))


def build(shape: Shape) -> nn.Sequential:
    """A network with fresh weights from torch's global generator: [rows, features] -> scores [rows, width]."""
    layers: list[nn.Module] = []
    before = shape.features
    for width in shape.widths:
        layers += [nn.Linear(before, width), *_norm(shape.norm, width), _ACTIVATIONS[shape.activation]()]
        layers += [nn.Dropout(shape.dropout)] if shape.dropout else []
        before = width
    return nn.Sequential(*layers, nn.Linear(before, shape.width))


def begin_at(network: nn.Sequential, prior: Doubles) -> None:
    """Set the last layer so that the untrained network answers the prior, and no epoch is spent on finding it."""
    last = network[-1]
    if isinstance(last, nn.Linear):
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            last.bias.copy_(torch.from_numpy(prior))


def _norm(norm: Norm, width: int) -> list[nn.Module]:
    kinds: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
    return [kinds[norm](width)] if norm in kinds else []
