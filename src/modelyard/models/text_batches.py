"""Rows with texts, cut into batches of about equally long ones, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modelyard.core.ragged import Ragged
from modelyard.models.augment import Augment
from modelyard.models.batches import Batch, tensor

ALIKE = 1.125
"""Lengths up to so many times the shortest are mixed freely."""
WIDEST = 2.0
"""Longer than so many times the shortest never are."""
MIXED = 4
"""Batches' worth of rows that are mixed at least, where lengths allow it."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a model of texts beside a table takes.

    Args:
        table: float32 [rows, features].
        ids: Text column -> int64 [rows, windows, length], -1 where there is no token.
        vectors: Text column whose ids are not needed -> float32 [rows, width], zeros where there is no text.
    """

    table: Tensor
    ids: dict[str, Tensor]
    vectors: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.table)

    def to(self, device: torch.device) -> Inputs:
        """The same on another device."""
        ids, vectors = ({name: one.to(device) for name, one in part.items()} for part in (self.ids, self.vectors))
        return Inputs(self.table.to(device), ids, vectors)


@dataclass(frozen=True, eq=False)
class TextBatches:
    """A `models.batches.Source` of rows with texts: few long rows to a batch, or many short ones.

    Rows are sorted by their tokens and cut into *groups* of similar length. Within a group, `shuffled` deals rows out
    at random; then it shuffles the batches of all groups. A group's longest row decides how many of its rows make a
    batch, so all epochs have the same number of batches, of the same sizes.

    Args:
        table: float32 [rows, features].
        ids: Text column -> token ids of every row, window after window.
        windows: Text column -> tokens of one window.
        y: Targets, first axis rows.
        weight: How much each row counts [rows].
        size: The most rows in one batch.
        budget: The most tokens in one batch, padding and all columns counted; a longer row is a batch by itself.
        draw: How often each row is drawn in training, relative to the others [rows]; None: once an epoch. Drawn are
            as many as there are rows, each counts the same, and epochs may differ in their number of batches.
        augment: Text column -> what happens to its tokens in training.
        vectors: Text column that has no ids -> what its encoder says of it, float32 [rows, width].
    """

    table: Tensor
    ids: Mapping[str, Ragged]
    windows: Mapping[str, int]
    y: Tensor
    weight: Tensor
    size: int
    budget: int
    draw: Tensor | None = None
    augment: Mapping[str, Augment] = field(default_factory=dict)
    vectors: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        """Batches in one epoch."""
        return len(self._plain)

    @property
    def rows(self) -> int:
        """Rows in all."""
        return len(self.table)

    @property
    def order(self) -> Tensor:
        """Numbers of all rows as `in_order` hands them out [rows]."""
        return tensor(np.concatenate([np.empty(0, np.int64), *self._plain]))

    def shuffled(self, generator: torch.Generator) -> Iterator[Batch]:
        """One epoch in random order, drawn and augmented."""
        groups = self._groups
        if self.draw is not None:
            drawn = torch.multinomial(self.draw, self.rows, replacement=True, generator=generator)
            groups = self._grouped(drawn.numpy())
        mixed = [group[torch.randperm(len(group), generator=generator).numpy()] for group in groups]
        batches = [batch for group in mixed for batch in self._cut(group)]
        for place in torch.randperm(len(batches), generator=generator).tolist():
            yield self._batch(batches[place], generator)

    def in_order(self) -> Iterator[Batch]:
        """All rows as they are, the shortest first."""
        for rows in self._plain:
            yield self._batch(rows, None)

    @cached_property
    def _tokens(self) -> NDArray[np.int64]:
        """Tokens of each row [rows]."""
        return sum((ragged.lengths for ragged in self.ids.values()), np.zeros(self.rows, np.int64))

    @cached_property
    def _groups(self) -> list[NDArray[np.int64]]:
        return self._grouped(np.arange(self.rows))

    @cached_property
    def _plain(self) -> list[NDArray[np.int64]]:
        return [batch for group in self._groups for batch in self._cut(group)]

    def _grouped(self, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Rows sorted by length, in groups that are mixed freely."""
        ordered = rows[np.argsort(self._tokens[rows], kind="stable")]
        lengths = np.maximum(self._tokens[ordered], 1)
        groups, start = [], 0
        while start < len(ordered):
            alike, widest = np.searchsorted(lengths, lengths[start] * np.asarray([ALIKE, WIDEST]), side="right")
            end = min(max(int(alike), start + MIXED * self.size), int(widest))
            groups.append(ordered[start:end])
            start = end
        return groups

    def _cut(self, group: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """A group in batches of nearly equal size."""
        most = max(1, min(self.size, self.budget // self._padded(group)))
        return np.array_split(group, -(-len(group) // most))

    def _padded(self, rows: NDArray[np.int64]) -> int:
        """Tokens of each of these rows when they are padded to the longest, column by column."""
        total = 0
        for name, ragged in self.ids.items():
            longest, window = max(1, int(ragged.lengths[rows].max())), self.windows[name]
            total += longest if longest <= window else -(-longest // window) * window
        return max(total, 1)

    def _batch(self, numbers: NDArray[np.int64], generator: torch.Generator | None) -> Batch:
        """Some rows; a generator augments them."""
        ids = {name: tensor(ragged[numbers].windows(self.windows[name])) for name, ragged in self.ids.items()}
        if generator is not None:
            ids.update({name: one.apply(ids[name], generator) for name, one in self.augment.items()})
        rows = tensor(numbers)
        weight = self.weight.index_select(0, rows)
        if generator is not None and self.draw is not None:
            weight = torch.ones_like(weight)
        vectors = {name: one.index_select(0, rows) for name, one in self.vectors.items()}
        return Inputs(self.table.index_select(0, rows), ids, vectors), self.y.index_select(0, rows), weight
