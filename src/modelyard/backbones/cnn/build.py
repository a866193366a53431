"""Convolutions of several spans side by side.

Kim: Convolutional Neural Networks for Sentence Classification, EMNLP 2014. The maximum over the text that belongs to it
is the pooling `max`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelyard.backbones.embedding import Embedding

POOLING = "max"


class TextCnn(nn.Module):
    """See `backbones`; width is filters times spans. A span is centred on its token, or begins half a token before."""

    def __init__(self, vocabulary: int, options: Any) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.width = options.filters * len(options.spans)
        self.spans = options.spans
        self.embedding = Embedding(vocabulary, options.width, options.dropout)
        self.patterns = nn.ModuleList(nn.Conv1d(options.width, options.filters, span) for span in options.spans)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids [pieces, length] and where they are tokens -> hidden states [pieces, length, width]."""
        vectors = self.embedding(ids, mask).transpose(1, 2)
        pairs = zip(self.patterns, self.spans, strict=True)
        found = [pattern(functional.pad(vectors, _around(span))) for pattern, span in pairs]
        hidden: Tensor = functional.relu(torch.cat(found, dim=1)).transpose(1, 2)
        return hidden

    def layers(self) -> list[nn.Module]:
        """Vectors, then patterns."""
        return [self.embedding, self.patterns]


def build(vocabulary: int, options: Any) -> TextCnn:
    """A network with fresh weights from torch's global generator."""
    return TextCnn(vocabulary, options)


def _around(span: int) -> tuple[int, int]:
    """Zeros before and after, so that there is one place per token."""
    return (span - 1) // 2, span // 2
