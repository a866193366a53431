"""A network that reads token ids as an ONNX graph, proven against the network itself on other shapes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from modelyard.backbones.source import LARGEST
from modelyard.core.errors import ModelyardError
from modelyard.core.ragged import EMPTY

OPSET = 20  # of `fragments.graph`, which takes the graph over
TOLERANCE = 1e-5
"""The most a graph may differ from its network, beside numbers of size 1; larger ones may as much more."""
TRACED = (2, 2, 7)
SHAPES = ((1, 1, 1), (1, 1, 9), (3, 1, 16), (2, 3, 5), (5, 2, 12))
"""Rows, windows and length on which graph and network must agree; none of them was traced."""

Asked = tuple[tuple[Any, ...], Mapping[str, Tensor]]


class ExportError(ModelyardError):
    """A network has no ONNX graph, or one that computes something else."""


def of_network(network: nn.Module, vocabulary: int, limit: int, output: str) -> onnx.ModelProto:
    """Export a network that takes ids [rows, windows, length], int64, `EMPTY` where there is none.

    Args:
        network: In evaluation mode.
        vocabulary: How many ids it knows.
        limit: The longest window it takes, at least 16.
        output: What its output [rows, ...] is to be called; the input is called `ids`.

    Raises:
        ExportError: See `written` and `worst`.
    """
    shape = {0: dimension("rows"), 1: dimension("windows"), 2: dimension("length", limit)}
    model = written(network, (example(TRACED, vocabulary),), ["ids"], output, (shape,))
    asked = (example(each, vocabulary) for each in (*SHAPES, (1, 1, min(limit, 512))))
    if (unlike := worst(network, model, (((ids,), {"ids": ids}) for ids in asked))) is not None:
        raise ExportError(unlike)
    return model


def written(
    network: nn.Module, inputs: tuple[Any, ...], names: Sequence[str], output: str, shapes: tuple[Any, ...]
) -> onnx.ModelProto:
    """A network as a graph, not yet proven.

    Args:
        network: In evaluation mode.
        inputs: An example of what it is called with: tensors, or lists of them.
        names: Of all tensors among the inputs.
        output: Name of what it answers.
        shapes: As the inputs: axis -> `dimension`, where it is not always the same.

    Returns:
        A model of standard operators, without doc strings and metadata, which would hold paths of this machine.

    Raises:
        ExportError: The exporter cannot do it.
    """
    if sum(weights.numel() * weights.element_size() for weights in network.parameters()) > LARGEST:
        raise ExportError("> 2 GB")
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                network,
                inputs,
                input_names=list(names),
                output_names=[output],
                dynamic_shapes=shapes,
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise ExportError(" ".join(str(error.__cause__ or error).split())[:300]) from error
    model = program.model_proto if program else onnx.ModelProto()
    _strip(model)
    return model


def worst(network: nn.Module, model: onnx.ModelProto, asked: Iterable[Asked]) -> str | None:
    """Where graph and network do not agree, or None: the exporter can be wrong without a word, so its graph is run.

    Args:
        network: In evaluation mode.
        model: From `written`.
        asked: Inputs of the network, each with the same inputs by name; some may have been left out of the graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    known = {one.name for one in session.get_inputs()}
    for inputs, named in asked:
        with torch.no_grad():
            expected = network(*inputs).numpy()
        found = session.run(None, {name: value.numpy() for name, value in named.items() if name in known})[0]
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE):
            shapes = ", ".join(str(tuple(value.shape)) for value in named.values())
            return f"{shapes}: {float(np.abs(found - expected).max()) if found.size else found.shape}"
    return None


def dimension(name: str, most: int = 1 << 24) -> Any:
    """An axis that may be as long as it likes, or up to `most`."""
    return torch.export.Dim(name, min=1, max=most)


def example(shape: tuple[int, int, int], vocabulary: int) -> Tensor:
    """Ids of rows of different lengths, some with empty windows."""
    rows, windows, length = shape
    ids = np.random.default_rng(sum(shape)).integers(0, vocabulary, shape)
    lengths = np.maximum(windows * length - np.arange(rows) * max(1, windows * length // (rows + 1)), 1)
    places = np.arange(windows * length).reshape(windows, length)
    return torch.from_numpy(np.where(places < lengths[:, None, None], ids, EMPTY))


def _strip(model: onnx.ModelProto) -> None:
    model.ClearField("metadata_props")
    model.doc_string = model.producer_version = ""
    model.producer_name = model.graph.name = "modelyard"
    graph = model.graph
    del graph.value_info[:]
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for node in graph.node:
        node.name = ""


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells what it does, and of libraries that it does not need."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
