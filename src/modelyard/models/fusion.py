"""How the parts of a row, vectors of its texts and its table columns, become one vector.

`concat` lays them side by side. `gated` adds them up, each times a gate that all parts decide together (Arevalo et al.:
Gated Multimodal Units for Information Fusion, ICLR workshop 2017). `attention` lets a learned query look for what it
needs among the parts, as if they were tokens (Vaswani et al., NeurIPS 2017).

Shapes: R rows, P parts, S units of a part once all are of one size, H heads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

Name = Literal["concat", "gated", "attention"]
HEADS = 4


class Concat(nn.Module):
    """Parts side by side."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.width = sum(widths)

    def forward(self, parts: Sequence[Tensor]) -> Tensor:
        """Parts [R, width] -> [R, sum of widths]."""
        return torch.cat(list(parts), dim=1)


class Gated(nn.Module):
    """Parts of one size, added up in shares that differ from row to row."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.width = max(widths)
        self.enter = nn.ModuleList(nn.Linear(width, self.width) for width in widths)
        self.gate = nn.Linear(sum(widths), len(widths))

    def forward(self, parts: Sequence[Tensor]) -> Tensor:
        """Parts [R, width] -> [R, S]."""
        units = torch.stack([enter(part).tanh() for enter, part in zip(self.enter, parts, strict=True)], dim=1)
        shares = self.gate(torch.cat(list(parts), dim=1)).softmax(dim=1)
        total: Tensor = (shares.unsqueeze(2) * units).sum(dim=1)
        return total


class Attention(nn.Module):
    """Parts as tokens, and one query that is the same for all rows."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.width = -(-max(widths) // HEADS) * HEADS
        self.enter = nn.ModuleList(nn.Linear(width, self.width) for width in widths)
        self.norm = nn.LayerNorm(self.width)
        self.key = nn.Linear(self.width, self.width)
        self.value = nn.Linear(self.width, self.width)
        self.query = nn.Parameter(torch.randn(HEADS, self.width // HEADS))

    def forward(self, parts: Sequence[Tensor]) -> Tensor:
        """Parts [R, width] -> [R, S]."""
        tokens = self.norm(torch.stack([enter(part) for enter, part in zip(self.enter, parts, strict=True)], dim=1))
        keys, values = (of(tokens).unflatten(2, self.query.shape) for of in (self.key, self.value))  # [R, P, H, S / H]
        fit = (keys * self.query).sum(dim=3) / math.sqrt(self.query.shape[1])
        found: Tensor = (fit.softmax(dim=1).unsqueeze(3) * values).sum(dim=1).flatten(1)
        return found


def build(name: Name, widths: Sequence[int]) -> Concat | Gated | Attention:
    """The fusion of parts of such widths, with fresh weights from torch's global generator; one part is left alone."""
    kinds: dict[Name, type[Concat | Gated | Attention]] = {"concat": Concat, "gated": Gated, "attention": Attention}
    return (Concat if len(widths) == 1 else kinds[name])(widths)
