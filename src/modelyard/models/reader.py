"""The network that reads: texts through their backbones and a table beside them, to scores.

    ids of each text column --backbone, pooled-->  a vector  \\
                                                              fusion --dropout--> head --> scores
    the table               --two small layers-->  a vector  /

A part that a row does not have, such as an empty text, is replaced by a vector that is learnt for its absence. In
training whole parts are dropped at random (after Neverova et al.: ModDrop, TPAMI 2016), so that no answer hangs on one.

Shapes: R rows, W windows of a text, L tokens of a window, P parts, O scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from modelyard.backbones.pooling import Pooled, Scaled
from modelyard.backbones.source import Pooling
from modelyard.core.protocols import Doubles
from modelyard.core.ragged import EMPTY
from modelyard.models import fusion
from modelyard.models.text_batches import Inputs


@dataclass(frozen=True)
class Column:
    """A text column as the network reads it.

    Args:
        name: Of the column.
        backbone: Number of its backbone; several columns may share one.
        pooling: How hidden states become one vector.
        specials: Tokens of an empty text.
        window: The most tokens of one window.
        overlap: Tokens of the text that two windows share.
        frozen: Whether its backbone stays as it is, and says what frozen encoders say everywhere else.
    """

    name: str
    backbone: int
    pooling: Pooling
    specials: int
    window: int
    overlap: int
    frozen: bool = False


@dataclass(frozen=True)
class Shape:
    """What a reader looks like beside its backbones.

    Args:
        columns: Its text columns.
        features: Of the table.
        table: Whether it looks at the table.
        width: Scores.
        fusion: How parts become one vector.
        hidden: Units of the layers of the table.
        dropout: Share of units silenced in training, in the table's layers and before the head.
        part_dropout: Share of rows in which a part is dropped in training, where there are several.
    """

    columns: tuple[Column, ...]
    features: int
    table: bool
    width: int
    fusion: fusion.Name
    hidden: int
    dropout: float
    part_dropout: float


@dataclass(frozen=True)
class Pace:
    """How fast backbones learn.

    Args:
        scales: Per backbone: how many times the rate of the rest its top layer learns with.
        decay: How many times the rate of the layer above it each layer learns with.
    """

    scales: tuple[float, ...]
    decay: float


class Reader(nn.Module):
    """Texts and a table -> scores [R, O]."""

    def __init__(self, shape: Shape, backbones: Sequence[nn.Module], pace: Pace | None = None) -> None:
        super().__init__()
        self.shape = shape
        self.pace = pace or Pace((1.0,) * len(backbones), 1.0)
        self.backbones = nn.ModuleList(backbones)
        self.columns = tuple(_pooled(backbones[column.backbone], column) for column in shape.columns)
        widths = [column.width for column in self.columns]
        if shape.table:
            self.table = _layers(shape.features, shape.hidden, shape.dropout)
            widths.append(shape.hidden)
        self.absent = nn.ParameterList(torch.zeros(width) for width in widths)
        self.fusion = fusion.build(shape.fusion, widths)
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Linear(self.fusion.width, shape.width)

    def forward(self, inputs: Inputs) -> Tensor:
        """What the trainer calls: texts as ids, or as the vectors that their frozen encoders made of them before."""
        read = []
        for number, column in enumerate(self.shape.columns):
            vectors = inputs.vectors.get(column.name)
            known = None if vectors is None else (vectors, vectors.any(dim=1))
            read.append(known or self._read(number, inputs.ids[column.name]))
        return self._scores(inputs.table, read)

    def read(self, table: Tensor, ids: Sequence[Tensor]) -> Tensor:
        """Scores [R, O] of a table [R, features], and of the ids [R, W, L] of each column."""
        return self._scores(table, [self._read(number, one) for number, one in enumerate(ids)])

    def _read(self, number: int, ids: Tensor) -> tuple[Tensor, Tensor]:
        """What a column says [R, width], and of which rows it says anything [R]."""
        there = (ids != EMPTY).flatten(1).sum(dim=1) > self.shape.columns[number].specials
        return self.columns[number](ids), there

    def _scores(self, table: Tensor, read: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        parts, there = ([one[place] for one in read] for place in (0, 1))
        if self.shape.table:
            parts.append(self.table(table))
            there.append(torch.ones_like(there[0]))
        known = self._kept(torch.stack(there, dim=1))
        parts = [
            torch.where(known[:, number, None], part, self.absent[number].to(part.dtype))
            for number, part in enumerate(parts)
        ]
        scores: Tensor = self.head(self.dropout(self.fusion(parts)))
        return scores

    def train(self, mode: bool = True) -> Reader:
        """As usual, but backbones that do not learn are as they are in use: nothing is dropped in them."""
        super().train(mode)
        for backbone in self.backbones:
            backbone.train(mode and learns(backbone))
        return self

    def groups(self) -> list[tuple[list[nn.Parameter], float]]:
        """Parameters of the backbones' layers, and how many times the rate of the rest they learn with."""
        found = []
        for backbone, scale in zip(self.backbones, self.pace.scales, strict=True):
            layers = backbone.layers()  # type: ignore[operator]
            for below, layer in enumerate(reversed(layers)):
                learning = [parameter for parameter in layer.parameters() if parameter.requires_grad]
                found.append((learning, scale * self.pace.decay**below))
        return found

    def checkpoint_activations(self, on: bool) -> None:
        """Whether the backbones' layers are computed once more in the backward pass instead of being remembered."""
        for layer in (layer for backbone in self.backbones for layer in backbone.layers()):  # type: ignore[operator]
            layer.__dict__.pop("forward", None)
            if on and not isinstance(layer, nn.ModuleList):
                layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)

    def own(self) -> dict[str, Tensor]:
        """The weights outside the backbones, by name."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith("backbones.")}

    def _kept(self, there: Tensor) -> Tensor:
        """Which parts of each row count [R, P]: in training some are dropped, but never all that a row has."""
        if not self.training or there.shape[1] == 1 or not self.shape.part_dropout:
            return there
        kept = there & (torch.rand(there.shape, device=there.device) >= self.shape.part_dropout)
        return torch.where(kept.any(dim=1, keepdim=True), kept, there)


def begin_at(reader: Reader, prior: Doubles) -> None:
    """Set the head so that the untrained network answers the prior."""
    nn.init.zeros_(reader.head.weight)
    with torch.no_grad():
        reader.head.bias.copy_(torch.from_numpy(prior))


def learns(module: nn.Module) -> bool:
    """Whether any of its parameters is trained."""
    return any(parameter.requires_grad for parameter in module.parameters())


def _pooled(backbone: nn.Module, column: Column) -> Pooled | Scaled:
    pooled = Pooled(backbone, column.pooling)
    return Scaled(pooled) if column.frozen else pooled


def _layers(features: int, hidden: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(features, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU()
    )
