"""Hidden states of all windows of a text -> one vector of it."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelyard.backbones.source import Pooling
from modelyard.core.ragged import EMPTY


class Pooled(nn.Module):
    """Ids [rows, windows, length], `EMPTY` where there is none -> float32 [rows, width].

    Args:
        backbone: See `backbones`.
        pooling: `mean` over all tokens of a row; `cls`, the mean of its windows' first tokens; `max` over all tokens.
    """

    def __init__(self, backbone: nn.Module, pooling: Pooling) -> None:
        super().__init__()
        self.backbone = backbone
        self.pooling = pooling
        self.width = cast("int", backbone.width)

    def forward(self, ids: Tensor) -> Tensor:
        """One vector of each row; zeros for a row without any token."""
        rows, windows, length = ids.shape
        pieces = ids.reshape(rows * windows, length)
        mask = pieces != EMPTY
        first = torch.arange(length, device=ids.device) == 0
        seen = mask | (first & ~mask.any(dim=1, keepdim=True))  # attention over nothing at all would be NaN
        hidden = self.backbone(pieces.clamp(min=0), seen)
        return self._pool(hidden.reshape(rows, windows * length, self.width), self._counted(mask, rows))

    def _counted(self, mask: Tensor, rows: int) -> Tensor:
        """Which tokens count [rows, windows * length, 1]."""
        if self.pooling == "cls":
            mask = mask & (torch.arange(mask.shape[1], device=mask.device) == 0)
        return mask.reshape(rows, -1, 1)

    def _pool(self, hidden: Tensor, counted: Tensor) -> Tensor:
        if self.pooling == "max":
            highest = torch.where(counted, hidden, torch.finfo(hidden.dtype).min).amax(dim=1)
            return torch.where(counted.any(dim=1), highest, 0.0)
        total = torch.where(counted, hidden, 0.0).sum(dim=1)
        return total / counted.sum(dim=1).clamp(min=1)


class Scaled(nn.Module):
    """Ids [rows, windows, length] -> vectors of length sqrt(width), float32 [rows, width]: what frozen encoders say.

    Args:
        pooled: The encoder.
    """

    def __init__(self, pooled: Pooled) -> None:
        super().__init__()
        self.pooled = pooled
        self.width = pooled.width
        self.length = math.sqrt(pooled.width)

    def forward(self, ids: Tensor) -> Tensor:
        """The direction of the pooled hidden states counts, not how long they are."""
        return functional.normalize(self.pooled(ids), dim=1) * self.length
