"""Plain facts of texts in ONNX: they come ready in the block; here they are scaled."""

from __future__ import annotations

from collections.abc import Sequence

from modelyard.core.protocols import State
from modelyard.fragments import scale
from modelyard.fragments.graph import Graph
from modelyard.modalities.text import preprocess


def build(graph: Graph, block: str, states: Sequence[State], view: str) -> str:
    """double [rows, columns * WIDTH] -> float32 [rows, features]."""
    if view == "raw":
        return scale.as_float32(graph, block)
    return scale.standardise(graph, block, preprocess.plan(states))
