"""A network that reads token ids as an ONNX graph, proven against the network itself on other shapes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from modelyard.core.errors import ModelyardError
from modelyard.core.protocols import Array
from modelyard.core.ragged import EMPTY

OPSET = 20  # of `fragments.graph`, which takes the graph over
TOLERANCE = 1e-5
"""The most a graph may differ from its network, beside numbers of size 1; larger ones may as much more."""
TRACED = (2, 2, 7)
SHAPES = ((1, 1, 1), (1, 1, 9), (3, 1, 16), (2, 3, 5), (5, 2, 12))
"""Rows, windows and length on which graph and network must agree; none of them was traced."""
LARGEST = 2_000_000_000
"""Bytes of weights that an ONNX file holds."""


class ExportError(ModelyardError):
    """A network has no ONNX graph, or one that computes something else."""


def of_network(network: nn.Module, vocabulary: int, limit: int, output: str) -> onnx.ModelProto:
    """Export a network that takes ids [rows, windows, length], int64, `EMPTY` where there is none.

    Args:
        network: In evaluation mode.
        vocabulary: How many ids it knows.
        limit: The longest window it takes, at least 16.
        output: What its output [rows, ...] is to be called; the input is called `ids`.

    Returns:
        A model of standard operators, without doc strings and metadata, which would hold paths of this machine.

    Raises:
        ExportError: It cannot be written as a graph, or the graph answers otherwise.
    """
    if sum(weights.numel() * weights.element_size() for weights in network.parameters()) > LARGEST:
        raise ExportError("> 2 GB")
    rows, windows = (torch.export.Dim(name, min=1, max=1 << 24) for name in ("rows", "windows"))
    length = torch.export.Dim("length", min=1, max=limit)
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                network,
                (torch.from_numpy(_example(TRACED, vocabulary)),),
                input_names=["ids"],
                output_names=[output],
                dynamic_shapes=({0: rows, 1: windows, 2: length},),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise ExportError(_last_line(error)) from error
    model = program.model_proto if program else onnx.ModelProto()
    _strip(model)
    _prove(network, model, vocabulary, limit)
    return model


def _prove(network: nn.Module, model: onnx.ModelProto, vocabulary: int, limit: int) -> None:
    """The exporter can be wrong without a word, so what it made is run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    for shape in (*SHAPES, (1, 1, min(limit, 512))):
        ids = _example(shape, vocabulary)
        with torch.no_grad():
            expected = network(torch.from_numpy(ids)).numpy()
        found = session.run(None, {"ids": ids})[0]
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE):
            raise ExportError(f"{shape}: {float(np.abs(found - expected).max()) if found.size else found.shape}")


def _example(shape: tuple[int, int, int], vocabulary: int) -> Array:
    """Ids of rows of different lengths, some with empty windows."""
    rows, windows, length = shape
    ids = np.random.default_rng(sum(shape)).integers(0, vocabulary, shape)
    lengths = np.maximum(windows * length - np.arange(rows) * max(1, windows * length // (rows + 1)), 1)
    places = np.arange(windows * length).reshape(windows, length)
    return np.where(places < lengths[:, None, None], ids, EMPTY)


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


def _last_line(error: Exception) -> str:
    return " ".join(str(error.__cause__ or error).split())[:300]
