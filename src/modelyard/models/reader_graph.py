"""A reader as an ONNX graph, as torch exports it, and proven against the reader on shapes that were not traced."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from modelyard.backbones import graphs
from modelyard.backbones.graphs import ExportError, dimension
from modelyard.models.reader import Reader

TABLE, SCORES = "table", "scores"
_SHAPES = ((1, 1, 1), (1, 1, 8), (2, 3, 5), (7, 1, 3), (5, 2, 8))
"""Rows, windows and the length of windows."""
_IDS = 5  # every tokenizer has as many


class _Answering(nn.Module):
    """A reader with its inputs side by side, as the exporter wants them."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, table: Tensor, ids: list[Tensor]) -> Tensor:
        return self.reader.read(table, ids)


def ids(number: int) -> str:
    """What the input for a text column is called."""
    return f"ids_{number}"


def of_reader(reader: Reader) -> onnx.ModelProto:
    """Export a reader: `table` float32 [rows, features] and `ids_0`... int64 [rows, windows, length] -> `scores`.

    Args:
        reader: In evaluation mode.

    Raises:
        ExportError: It cannot be written as a graph, or the graph answers otherwise.
    """
    rows = dimension("rows")
    shapes = [
        {0: rows, 1: dimension(f"windows_{number}"), 2: dimension(f"length_{number}", column.window)}
        for number, column in enumerate(reader.shape.columns)
    ]
    names = [TABLE, *(ids(number) for number in range(len(shapes)))]
    inputs = _example(graphs.TRACED, reader)
    model = graphs.written(_Answering(reader).eval(), inputs, names, SCORES, ({0: rows}, shapes))
    if (unlike := _worst(reader, model)) is not None:
        raise ExportError(unlike)
    return model


def of_readers(readers: Sequence[Reader]) -> list[onnx.ModelProto]:
    """The graphs of several readers; those that differ in nothing but their weights are exported once.

    Raises:
        ExportError: See `of_reader`.
    """
    first = readers[0]
    model = of_reader(first)
    return [model, *(_alike(model, first, other) or of_reader(other) for other in readers[1:])]


def _alike(model: onnx.ModelProto, first: Reader, other: Reader) -> onnx.ModelProto | None:
    """A reader's graph with the weights of another reader; None where it cannot be told which of them go where.

    The exporter names weights as the network does, but for those that it turned around.
    """
    before, after = ({f"reader.{name}": value for name, value in one.state_dict().items()} for one in (first, other))
    if first.shape != other.shape or {n: v.shape for n, v in before.items()} != {n: v.shape for n, v in after.items()}:
        return None
    turned = {value.T.numpy().tobytes(): after[name].T for name, value in before.items() if value.ndim == 2}
    found = onnx.ModelProto()
    found.CopyFrom(model)
    for constant in found.graph.initializer:
        array = numpy_helper.to_array(constant)
        if constant.name in after:
            weights = after[constant.name]
        elif array.dtype == np.float32 and array.size > 1:
            weights = turned.get(array.tobytes())
        else:
            continue
        if weights is None:
            return None
        constant.CopyFrom(numpy_helper.from_array(weights.contiguous().numpy(), constant.name))
    return found if _worst(other, found) is None else None


def _worst(reader: Reader, model: onnx.ModelProto) -> str | None:
    """Where graph and reader do not agree, or None."""
    examples = (_example(shape, reader) for shape in _SHAPES)
    asked = (
        ((table, texts), {TABLE: table, **{ids(number): one for number, one in enumerate(texts)}})
        for table, texts in examples
    )
    return graphs.worst(_Answering(reader).eval(), model, asked)


def _example(shape: tuple[int, int, int], reader: Reader) -> tuple[Tensor, list[Tensor]]:
    """A table, and ids of rows of different lengths, some with empty windows."""
    table = np.random.default_rng(sum(shape)).normal(size=(shape[0], reader.shape.features)).astype(np.float32)
    return torch.from_numpy(table), [graphs.example(shape, _IDS) for _ in reader.shape.columns]
