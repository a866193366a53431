"""Checkpoint of an imported model: the file, and what is known of it."""

from __future__ import annotations

import importlib
from pathlib import Path

from modelyard.core.protocols import Predictor
from modelyard.models import foreign, foreign_graph, foreign_trees


def load(folder: Path) -> Predictor:
    """Read a checkpoint."""
    if not (folder / foreign.FACTS).is_file():
        checkpoint: Predictor = importlib.import_module("modelyard.models.foreign_encoder").load(folder)
        return checkpoint
    known, content = foreign.read(folder)
    return foreign_graph.load(known, content) if known.form == "onnx" else foreign_trees.load(known, content)
