"""An imported model in the bundle's graph."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelyard.models import foreign, foreign_graph, foreign_trees


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add its nodes, once for all folds, which are alike; returns the name of the scores, double [rows, width]."""
    if not (folders[0] / foreign.FACTS).is_file():
        return str(importlib.import_module("modelyard.models.foreign_encoder").export(graph, folders[0]))
    known, content = foreign.read(folders[0])
    export_of = foreign_graph.export if known.form == "onnx" else foreign_trees.export
    return export_of(graph, view, known, content)
