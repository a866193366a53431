"""Tokens are lost at random in training, so that a model does not hang on single words.

Token dropout is that of Iyyer et al. (2015, "Deep unordered composition rivals syntactic methods"); deletion of a span
is after Wu et al. (2020, "CLEAR: contrastive learning for sentence representation").
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from modelyard.core.ragged import EMPTY


@dataclass(frozen=True)
class Augment:
    """What happens to the tokens of a text column in training; the first and last of a window always stay.

    Args:
        dropped: Share of the tokens that are dropped, each by itself.
        span: Largest share of a window's tokens that is cut out in one piece; how much is drawn for each window.
        mask: Id that takes the place of a dropped token; None: it is cut out, too.
    """

    dropped: float = 0.0
    span: float = 0.0
    mask: int | None = None

    def apply(self, ids: Tensor, generator: torch.Generator) -> Tensor:
        """Some of the tokens.

        Args:
            ids: int64 [rows, windows, length], -1 where there is no token, which is never before one in its window.
            generator: Decides what is lost.
        """
        places = torch.arange(ids.shape[2])
        inner = (ids != EMPTY).sum(2, keepdim=True) - 2  # without the first and the last
        loose = (places >= 1) & (places <= inner)
        lost = loose & (torch.rand(ids.shape, generator=generator) < self.dropped)
        chances = torch.rand((2, *inner.shape), generator=generator)
        width = (chances[0] * (self.span * inner + 1)).long().clamp(max=inner)
        first = 1 + (chances[1] * (inner - width + 1)).long()
        cut = loose & (places >= first) & (places < first + width)
        if self.mask is None:
            cut = cut | lost
        else:
            ids = ids.masked_fill(lost, self.mask)
        return _closed(ids.masked_fill(cut, EMPTY))


def _closed(ids: Tensor) -> Tensor:
    """Windows without gaps: what is left moves to the front."""
    return ids.gather(2, (ids == EMPTY).to(torch.uint8).argsort(dim=2, stable=True))
