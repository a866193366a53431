"""The network for tables: some members that share their matrices, and the mean of what they say.

An efficient ensemble in the manner of TabM (Gorishniy, Kotelnikov, Babenko: TabM: Advancing Tabular Deep Learning with
Parameter-Efficient Ensembling, ICLR 2025), which rests on BatchEnsemble (Wen, Tran, Ba, ICLR 2020): a layer's matrix
belongs to all members, the scales of its inputs and outputs and its bias to each. The first layer has no scales of its
inputs, so that its matrix, the largest, is used once for all members. Numbers may come with bins, see
`models.piecewise`.

Where the answer may only rise or fall with a feature, the feature goes around the layers: a score is that of the
layers, which see all other features, plus units that only rise with such features, each times a gate > 0 that the
layers open. So it may bend, and differ from row to row, but never turn.

Shapes: R rows, K members, W units of a layer, O scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelyard.core.protocols import Doubles
from modelyard.models.batches import tensor
from modelyard.models.piecewise import NONE, Bins

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "mish", "tanh"]
Norm = Literal["none", "batch", "layer"]

RISING = 16
"""Units that only rise."""
_CLOSED = -6.0  # softplus of it is next to nothing: at first, rising units hardly count
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
    """What a network looks like.

    Args:
        features: Inputs.
        widths: Units of each hidden layer, first to last; none makes a linear model.
        width: Scores.
        activation: After each hidden layer.
        norm: Before each activation.
        dropout: Share of units that is silenced in training.
        members: Networks that share their matrices.
        monotone: Per feature 1 or -1 where scores may only rise or fall with it, else 0; empty where all are 0.
    """

    features: int
    widths: tuple[int, ...]
    width: int
    activation: Activation
    norm: Norm
    dropout: float
    members: int = 1
    monotone: tuple[int, ...] = ()

    def products(self, bins: int) -> int:
        """Multiplications that a row takes, when so many bins come with its features."""
        first, *others = (self.features + bins, *self.widths, self.width)
        found, before = 0, first
        for place, after in enumerate(others):
            found += before * after * (1 if place == 0 and self.widths else self.members)
            before = after
        return found


class Layer(nn.Module):
    """One hidden layer of all members: [R, 1 or K, before] -> [R, K, after]."""

    def __init__(self, shape: Shape, before: int, after: int, first: bool) -> None:
        super().__init__()
        bound = before**-0.5
        members = shape.members
        self.weight = nn.Parameter(torch.empty(before, after).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, after).uniform_(-bound, bound))
        signs = 2.0 * torch.randint(0, 2, (members, after)) - 1.0  # members begin as different as can be
        self.leave = nn.Parameter(signs if first else torch.ones(members, after)) if members > 1 else None
        self.enter = nn.Parameter(torch.ones(members, before)) if members > 1 and not first else None
        self.norm = _norm(shape.norm, after)
        self.activation = _ACTIVATIONS[shape.activation]()
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, h: Tensor) -> Tensor:
        """Inputs of the layer -> its outputs."""
        h = h if self.enter is None else h * self.enter
        h = (h.flatten(0, 1) @ self.weight).reshape(*h.shape[:2], self.weight.shape[1])
        h = (h if self.leave is None else h * self.leave) + self.bias
        if self.norm is not None:
            h = self.norm(h.flatten(0, 1)).reshape(h.shape)
        done: Tensor = self.dropout(self.activation(h))
        return done


class Network(nn.Module):
    """View [R, features] -> scores: [R, O], the members' mean; in training [R, K, O]."""

    lower: Tensor
    span: Tensor
    bin_feature: Tensor
    free: Tensor
    bound: Tensor
    signs: Tensor

    def __init__(self, shape: Shape, bins: Bins) -> None:
        super().__init__()
        for name, array in (("bin_feature", bins.feature), ("lower", bins.low), ("span", bins.width)):
            self.register_buffer(name, tensor(array), persistent=False)
        free, bound, signs = inputs_of(shape, bins)
        self.register_buffer("free", torch.tensor(free, dtype=torch.int64), persistent=False)
        self.register_buffer("bound", torch.tensor(bound, dtype=torch.int64), persistent=False)
        self.register_buffer("signs", torch.tensor(signs), persistent=False)
        sizes = (max(1, len(free)), *shape.widths)
        self.layers = nn.ModuleList(Layer(shape, *pair, first=not place) for place, pair in enumerate(pairwise(sizes)))
        edge = sizes[-1] ** -0.5
        self.members = shape.members
        self.head_weight = nn.Parameter(torch.empty(shape.members, sizes[-1], shape.width).uniform_(-edge, edge))
        self.head_bias = nn.Parameter(torch.zeros(shape.members, shape.width))
        if bound:
            opening = torch.empty(shape.members, sizes[-1], RISING * shape.width).uniform_(-edge, edge)
            self.gate_weight = nn.Parameter(opening)
            self.rising = nn.Parameter(_CLOSED + torch.randn(len(bound), RISING))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of each member in training, else their mean."""
        filled = ((x[:, self.bin_feature] - self.lower) / self.span).clamp(0.0, 1.0)
        z = torch.cat([x, filled], dim=1)
        h = (z[:, self.free] if len(self.free) else z.new_zeros(len(z), 1)).unsqueeze(1)
        for layer in self.layers:
            h = layer(h)
        h = h.expand(-1, self.members, -1)
        scores = torch.einsum("rkw,kwo->rko", h, self.head_weight) + self.head_bias
        if len(self.bound):
            scores = scores + self._risen(z, h)
        return scores if self.training else scores.mean(dim=1)

    def _risen(self, z: Tensor, h: Tensor) -> Tensor:
        """What the bound features add [R, K, O]: units that rise with them, each times its gate."""
        units = (z[:, self.bound] * self.signs) @ functional.softplus(self.rising)
        gates = functional.softplus(torch.einsum("rkw,kwg->rkg", h, self.gate_weight))
        added: Tensor = torch.einsum(
            "ru,rkuo->rko", units, gates.reshape(*gates.shape[:2], RISING, self.head_bias.shape[1])
        )
        return added


def inputs_of(shape: Shape, bins: Bins) -> tuple[list[int], list[int], list[float]]:
    """Where the features and bins go, as numbers in the view with its bins beside it.

    Returns:
        What the layers see; what goes around them; the signs of the latter.
    """
    monotone = [*shape.monotone] or [0] * shape.features
    ways = [*monotone, *(monotone[feature] for feature in bins.feature)]
    free = [number for number, way in enumerate(ways) if not way]
    bound = [number for number, way in enumerate(ways) if way]
    return free, bound, [float(ways[number]) for number in bound]


def build(shape: Shape, bins: Bins = NONE) -> Network:
    """A network with fresh weights from torch's global generator."""
    return Network(shape, bins)


def begin_at(network: Network, prior: Doubles) -> None:
    """Set the last layer so that the untrained network answers the prior, and no epoch is spent on finding it."""
    nn.init.zeros_(network.head_weight)
    with torch.no_grad():
        network.head_bias.copy_(torch.from_numpy(prior))


def _norm(norm: Norm, width: int) -> nn.Module | None:
    kinds: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
    return kinds[norm](width) if norm in kinds else None
