"""The loss that the network's trainer minimises."""

from __future__ import annotations

import torch


def loss(scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Squared error of each row [rows]; scores and y are standardised [rows, 1]."""
    return (scores - y).square().mean(dim=1)
