"""Recurrent layers that read a text forwards and backwards.

Schuster and Paliwal: Bidirectional recurrent neural networks, IEEE Transactions on Signal Processing 45, 1997; cells of
Hochreiter and Schmidhuber (LSTM, 1997) and of Cho et al. (GRU, EMNLP 2014). The way back begins at a text's own last
token, never in its padding: packed sequences would do the same, but have no ONNX form.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from modelyard.backbones.embedding import Embedding

Cell = type[nn.GRU] | type[nn.LSTM]
_GATES = {"GRU": (1, 0, 2), "LSTM": (0, 3, 1, 2)}
"""Places of torch's gates in the order of ONNX: update, reset, new; input, output, forget, cell."""


class Both(nn.Module):
    """One layer: [pieces, length, before] -> [pieces, length, 2 * width].

    Args:
        cell: `torch.nn.GRU` or `torch.nn.LSTM`.
        before: Numbers of a token's vector.
        width: Units of each direction.
        dropout: Share of its inputs that is silenced in training.
    """

    def __init__(self, cell: Cell, before: int, width: int, dropout: float) -> None:
        super().__init__()
        self.forth = cell(before, width, batch_first=True)
        self.back = cell(before, width, batch_first=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, turned: Tensor) -> Tensor:
        """Vectors, and the place of each when a text is read from its end [pieces, length]."""
        x = self.dropout(x)
        ahead, behind = _read(self.forth, x), _read(self.back, _moved(x, turned))
        return torch.cat([ahead, _moved(behind, turned)], dim=2)


class Recurrent(nn.Module):
    """See `backbones`; width is that of both directions together."""

    def __init__(self, cell: Cell, vocabulary: int, options: Any) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.width = 2 * options.width
        self.embedding = Embedding(vocabulary, options.width, 0.0)
        befores = [options.width, *[self.width] * (options.layers - 1)]
        self.stack = nn.ModuleList(Both(cell, before, options.width, options.dropout) for before in befores)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids [pieces, length] and where they are tokens -> hidden states [pieces, length, width]."""
        places = torch.arange(ids.shape[1], device=ids.device)
        turned = mask.sum(dim=1, keepdim=True) - 1 - places
        turned = torch.where(turned < 0, places, turned)
        hidden: Tensor = self.embedding(ids, mask)
        for layer in self.stack:
            hidden = layer(hidden, turned)
        return hidden

    def layers(self) -> list[nn.Module]:
        """Vectors, then layers."""
        return [self.embedding, *self.stack]


def _read(cells: nn.RNNBase, x: Tensor) -> Tensor:
    """Vectors [pieces, length, before] -> what the cells say at each token [pieces, length, width].

    In a graph they are one node. The exporter would write one only at its first run in a process; later it unrolls them
    over the tokens of its example (torch 2.13).
    """
    if not torch.onnx.is_in_onnx_export():
        said: Tensor = cells(x)[0]
        return said
    kind = cells.mode
    into, over, *biases = (_ordered(part, kind) for part in cells.parameters())
    weights = (into.unsqueeze(0), over.unsqueeze(0), torch.cat(biases).unsqueeze(0))
    attributes: dict[str, Any] = {"hidden_size": cells.hidden_size}
    if kind == "GRU":
        attributes["linear_before_reset"] = 1
    shape = (x.shape[1], 1, x.shape[0], cells.hidden_size)
    found = torch.onnx.ops.symbolic(kind, (x.transpose(0, 1), *weights), attributes, dtype=x.dtype, shape=shape)
    return found.squeeze(1).transpose(0, 1)


def _ordered(weights: Tensor, kind: str) -> Tensor:
    """The weights of all gates in the order of the operator, which is not torch's."""
    gates = weights.chunk(len(_GATES[kind]))
    return torch.cat([gates[place] for place in _GATES[kind]])


def _moved(x: Tensor, places: Tensor) -> Tensor:
    """Vectors [pieces, length, width] taken from other places of their piece [pieces, length]."""
    return x.gather(1, places.unsqueeze(2).expand(-1, -1, x.shape[2]))
