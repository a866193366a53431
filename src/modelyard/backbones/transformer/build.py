"""A small Transformer encoder, normalised before each step.

Vaswani et al.: Attention Is All You Need, NeurIPS 2017; normalisation first: Xiong et al., ICML 2020; positions by
rotation: Su et al., RoFormer, 2021, so that no length is the longest. It is written out, as torch's own encoder takes a
fast path in evaluation that answers otherwise in the padding than the graph that is exported from it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelyard.backbones.embedding import Embedding

POOLING = "mean"
_SLOWEST = 10_000.0
"""Of the rotations: positions that far apart still differ."""


class Block(nn.Module):
    """Attention, then a layer of units for each token by itself."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.norm_units = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.mix = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.units, self.back = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, turns: Tensor, mask: Tensor) -> Tensor:
        """Vectors [pieces, length, width], see `_turns`, and which tokens may be looked at [pieces, 1, 1, length]."""
        x = x + self.dropout(self.mix(self._attended(self.norm(x), turns, mask)))
        added: Tensor = self.dropout(self.back(functional.gelu(self.units(self.norm_units(x)))))
        return x + added

    def _attended(self, x: Tensor, turns: Tensor, mask: Tensor) -> Tensor:
        pieces, length, width = x.shape
        apart = self.attention(x).reshape(pieces, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = apart.unbind(0)
        found = functional.scaled_dot_product_attention(_turned(query, turns), _turned(key, turns), value, mask)
        return found.transpose(1, 2).reshape(pieces, length, width)


class Transformer(nn.Module):
    """See `backbones`."""

    def __init__(self, vocabulary: int, options: Any) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.width = options.width
        self.rotated = options.width // options.heads // 2
        self.embedding = Embedding(vocabulary, options.width, options.dropout)
        blocks = (Block(options.width, options.heads, options.dropout) for _ in range(options.layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(options.width)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids [pieces, length] and where they are tokens -> hidden states [pieces, length, width]."""
        hidden = self.embedding(ids, mask)
        turns = _turns(ids, self.rotated)
        for block in self.blocks:
            hidden = block(hidden, turns, mask[:, None, None, :])
        normed: Tensor = self.norm(hidden)
        return normed

    def layers(self) -> list[nn.Module]:
        """Vectors, blocks, and the last normalisation."""
        return [self.embedding, *self.blocks, self.norm]


def build(vocabulary: int, options: Any) -> Transformer:
    """A network with fresh weights from torch's global generator."""
    return Transformer(vocabulary, options)


def _turns(ids: Tensor, pairs: int) -> Tensor:
    """Cosine and sine of how far each pair of numbers is turned at each place [2, length, pairs]."""
    places = torch.arange(ids.shape[1], device=ids.device, dtype=torch.float32)
    speeds = _SLOWEST ** -(torch.arange(pairs, device=ids.device, dtype=torch.float32) / pairs)
    angles = places[:, None] * speeds
    return torch.stack([angles.cos(), angles.sin()])


def _turned(x: Tensor, turns: Tensor) -> Tensor:
    """Vectors [pieces, heads, length, 2 * pairs], turned by their place."""
    one, other = x.chunk(2, dim=3)
    cosine, sine = turns.to(x.dtype)
    return torch.cat([one * cosine - other * sine, one * sine + other * cosine], dim=3)
