"""A reader as an ONNX graph, as torch exports it, and proven against the reader on shapes that were not traced."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from modelyard.core.errors import ModelyardError
from modelyard.core.ragged import EMPTY
from modelyard.fragments.graph import OPSET
from modelyard.models.reader import Reader

TABLE, SCORES = "table", "scores"
TOLERANCE = 1e-5
"""The most a graph may differ, beside numbers of size 1; larger ones may as much more."""
LARGEST = 2_000_000_000
"""Bytes of weights that an ONNX file holds."""
_TRACED = (2, 2, 7)
_SHAPES = ((1, 1, 1), (1, 1, 8), (2, 3, 5), (7, 1, 3), (5, 2, 8))
"""Rows, windows and the length of windows."""
_MANY = 1 << 24


class ExportError(ModelyardError):
    """A network has no ONNX graph, or one that computes something else."""


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
    if sum(weights.numel() * weights.element_size() for weights in reader.parameters()) > LARGEST:
        raise ExportError("> 2 GB")
    rows = torch.export.Dim("rows", min=1, max=_MANY)
    shapes = [
        {
            0: rows,
            1: torch.export.Dim(f"windows_{number}", min=1, max=_MANY),
            2: torch.export.Dim(f"length_{number}", min=1, max=column.window),
        }
        for number, column in enumerate(reader.shape.columns)
    ]
    names = [ids(number) for number in range(len(shapes))]
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                _Answering(reader),
                _example(_TRACED, reader),
                input_names=[TABLE, *names],
                output_names=[SCORES],
                dynamic_shapes=({0: rows}, shapes),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise ExportError(" ".join(str(error.__cause__ or error).split())[:300]) from error
    model = program.model_proto if program else onnx.ModelProto()
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
    """Where graph and reader do not agree: the exporter can be wrong without a word, so what it made is run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    known = {one.name for one in session.get_inputs()}
    for shape in _SHAPES:
        table, texts = _example(shape, reader)
        with torch.no_grad():
            expected = reader.read(table, texts).numpy()
        feeds = {TABLE: table.numpy(), **{ids(number): one.numpy() for number, one in enumerate(texts)}}
        found = session.run(None, {name: value for name, value in feeds.items() if name in known})[0]
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE):
            return f"{shape}: {float(np.abs(found - expected).max()) if found.size else found.shape}"
    return None


def _example(shape: tuple[int, int, int], reader: Reader) -> tuple[Tensor, list[Tensor]]:
    """A table, and ids of rows of different lengths, some with empty windows."""
    random, (rows, windows, length) = np.random.default_rng(sum(shape)), shape
    lengths = np.maximum(windows * length - np.arange(rows) * max(1, windows * length // (rows + 1)), 1)
    places = np.arange(windows * length).reshape(windows, length)
    kept = places < lengths[:, None, None]
    texts = [torch.from_numpy(np.where(kept, random.integers(0, 5, shape), EMPTY)) for _ in reader.shape.columns]
    return torch.from_numpy(random.normal(size=(rows, reader.shape.features)).astype(np.float32)), texts


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells what it does, and of libraries that it does not need."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
