"""The loss that the network's trainer minimises."""

from __future__ import annotations

import torch
from torch.nn import functional


def loss(scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean binary log-loss of each row's known labels [rows], in nats; scores [rows, labels], y 0, 1 or NaN."""
    known = ~y.isnan()
    losses = functional.binary_cross_entropy_with_logits(scores, y.nan_to_num(), reduction="none")
    return (losses * known).sum(dim=1) / known.sum(dim=1)
