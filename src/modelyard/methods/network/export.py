"""The network in ONNX, by torch's own exporter."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from modelyard.fragments.graph import OPSET
from modelyard.methods.network.load import load


class Mean(torch.nn.Module):
    """The mean of what several networks say."""

    def __init__(self, networks: Sequence[torch.nn.Module]) -> None:
        super().__init__()
        self.networks = torch.nn.ModuleList(networks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Inputs [rows, features] -> scores [rows, width]."""
        scores = [network(x) for network in self.networks]
        return torch.stack(scores).mean(dim=0) if len(scores) > 1 else scores[0]


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the nodes of all folds' networks and their mean; returns the name of the scores, float32 [rows, width]."""
    networks = [load(folder) for folder in folders]
    example = torch.zeros(2, networks[0].shape.features)
    with _quiet():
        program = torch.onnx.export(
            Mean([network.model for network in networks]).eval(),
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
