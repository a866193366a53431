"""The loss that the network's trainer minimises."""

from __future__ import annotations

import torch
from torch.nn import functional


def loss(scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Log-loss in nats of each row [rows]; scores [rows, 1] for two classes, else [rows, classes]; y int64 codes."""
    if scores.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(scores[:, 0], y.to(scores.dtype), reduction="none")
    return functional.cross_entropy(scores, y, reduction="none")
