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
    scaled = _bend(graph, chosen, scaled, scaling) if scaling.curves else scaled
    filled = graph.node("Where", graph.node("IsNaN", scaled), graph.constant(np.float64(0)), scaled)
    known = graph.cast(filled, np.float32)
    if not len(scaling.flags):
        return known
    gaps = graph.node("IsNaN", graph.columns(block, scaling.flags.tolist()))
    return graph.concat([known, graph.cast(gaps, np.float32)])


def _bend(graph: Graph, chosen: str, scaled: str, scaling: Scaling) -> str:
    """Put the curves in the place of what was scaled: double [rows, features], NaN where a cell is missing.

    A curve is a sum of steps, each filled from 0 to 1; curves of fewer steps end with some that rise by nothing.
    """
    bent, curves = list(scaling.curves), list(scaling.curves.values())
    steps = max(len(curve.knots) for curve in curves) - 1
    low, width, rise = (np.full((len(bent), steps), empty) for empty in (0.0, 1.0, 0.0))
    for number, curve in enumerate(curves):
        own = slice(0, len(curve.knots) - 1)
        low[number, own], width[number, own] = curve.knots[:-1], np.diff(curve.knots)
        rise[number, own] = np.diff(curve.places)
    cells = graph.node("Unsqueeze", graph.columns(chosen, bent), graph.constant(np.asarray([2], np.int64)))
    risen = graph.node("Div", graph.node("Sub", cells, graph.constant(low)), graph.constant(width))
    filled = graph.node("Clip", risen, graph.constant(np.float64(0)), graph.constant(np.float64(1)))
    grown = graph.node("Mul", filled, graph.constant(rise))
    total = graph.node("ReduceSum", grown, graph.constant(np.asarray([2], np.int64)), keepdims=0)
    start = np.asarray([curve.places[0] for curve in curves])
    count = len(scaling.centre)
    places = [count + bent.index(number) if number in scaling.curves else number for number in range(count)]
    return graph.columns(graph.concat([scaled, graph.node("Add", total, graph.constant(start))]), places)


def _clip(graph: Graph, tensor: str, limit: float) -> str:
    return graph.node("Clip", tensor, graph.constant(np.float64(-limit)), graph.constant(np.float64(limit)))
