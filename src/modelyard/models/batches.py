"""Rows in memory, cut into batches: one gather per batch from contiguous tensors, no loader processes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from modelyard.core.protocols import Array

Batch = tuple[Any, Tensor, Tensor]
"""Inputs (whatever the model takes; they move with `.to(device)`), targets, weights."""


class Source(Protocol):
    """What the training loop takes its batches from; `Batches` and `text_batches.TextBatches` are two."""

    def __len__(self) -> int:
        """Batches in one epoch."""

    @property
    def rows(self) -> int:
        """Rows in all."""

    @property
    def weight(self) -> Tensor:
        """How much each row counts [rows]."""

    def shuffled(self, generator: torch.Generator) -> Iterator[Batch]:
        """One epoch to learn from; all that is random about it is drawn from the generator, batch after batch."""

    def in_order(self) -> Iterator[Batch]:
        """Each row once, as it is, in an order that does not change."""


def tensor(array: Array) -> Tensor:
    """An array as a contiguous tensor, without a copy where that can be; memory-mapped arrays are only read."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array).contiguous()


@dataclass(frozen=True)
class Batches:
    """Inputs, targets and weights of all rows, handed out in batches of nearly equal size.

    Equal sizes leave no small last batch, whose noisy step would weigh as much as the others and which batch
    normalisation could not use.

    Args:
        x: Inputs [rows, features].
        y: Targets, first axis rows.
        weight: How much each row counts [rows].
        size: The most rows in one batch.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    size: int

    def __len__(self) -> int:
        """Batches in one epoch."""
        return -(-len(self.x) // self.size)

    @property
    def rows(self) -> int:
        """Rows in all."""
        return len(self.x)

    def shuffled(self, generator: torch.Generator) -> Iterator[Batch]:
        """One epoch in random order."""
        for rows in torch.randperm(len(self.x), generator=generator).tensor_split(len(self)):
            yield self.x.index_select(0, rows), self.y.index_select(0, rows), self.weight.index_select(0, rows)

    def in_order(self) -> Iterator[Batch]:
        """All rows as they stand."""
        if len(self):
            columns = (self.x, self.y, self.weight)
            yield from zip(*(column.tensor_split(len(self)) for column in columns), strict=True)
