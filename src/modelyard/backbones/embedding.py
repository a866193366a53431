"""Token ids -> vectors that are learnt from nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SPREAD = 0.1
"""Standard deviation of fresh vectors."""


class Embedding(nn.Module):
    """Ids [pieces, length] -> vectors [pieces, length, width], zeros in the padding.

    Args:
        vocabulary: How many ids there are.
        width: Of a vector.
        dropout: Share of numbers that is silenced in training.
    """

    def __init__(self, vocabulary: int, width: int, dropout: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary, width).normal_(std=SPREAD))
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids, and where they are tokens; whatever id stands in the padding counts for nothing."""
        vectors = nn.functional.embedding(ids, self.weight)
        kept: Tensor = torch.where(mask.unsqueeze(2), self.dropout(vectors), 0.0)
        return kept
