"""LSTM layers that read a text in both directions."""

from __future__ import annotations

from typing import Any

from torch import nn

from modelyard.backbones.recurrent import Recurrent

POOLING = "max"


def build(vocabulary: int, options: Any) -> Recurrent:
    """A network with fresh weights from torch's global generator."""
    return Recurrent(nn.LSTM, vocabulary, options)
