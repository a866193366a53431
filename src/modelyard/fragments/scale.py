"""Columns of numbers as features in ONNX: the twin of `core.scaling`, a handful of nodes for any number of columns."""

from __future__ import annotations

import numpy as np

from modelyard.core.scaling import FAR, LARGEST, Scaling
from modelyard.fragments.graph import Graph


def as_float32(graph: Graph, block: str) -> str:
    """double [rows, columns] -> float32: NaN stays, what float32 cannot hold ends at its limits."""
    return graph.cast(_clip(graph, block, LARGEST), np.float32)


def standardise(graph: Graph, block: str, scaling: Scaling) -> str:
    """double [rows, columns] -> the dense view, float32 [rows, features + flags] without NaN."""
    chosen = block if scaling.columns is None else graph.columns(block, scaling.columns.tolist())
    centred = graph.node("Sub", chosen, graph.constant(scaling.centre))
    scaled = _clip(graph, graph.node("Div", centred, graph.constant(scaling.scale)), FAR)
    filled = graph.node("Where", graph.node("IsNaN", scaled), graph.constant(np.float64(0)), scaled)
    known = graph.cast(filled, np.float32)
    if not len(scaling.flags):
        return known
    gaps = graph.node("IsNaN", graph.columns(block, scaling.flags.tolist()))
    return graph.concat([known, graph.cast(gaps, np.float32)])


def _clip(graph: Graph, tensor: str, limit: float) -> str:
    return graph.node("Clip", tensor, graph.constant(np.float64(-limit)), graph.constant(np.float64(limit)))
