"""The network in ONNX, by torch's own exporter."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from modelyard.fragments.graph import OPSET
from modelyard.methods.network.load import load


def export(graph: Any, folder: Path, view: str) -> str:
    """Add the nodes; returns the name of the scores, float32 [rows, width]."""
    network = load(folder)
    example = torch.zeros(2, network.shape.features)
    with _quiet():
        program = torch.onnx.export(
            network.model,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    return str(graph.include(program.model_proto, view))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress, advice and deprecations away from the user."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
