"""Bins of numbers in ONNX: the twin of `models.piecewise.Bins`, four nodes for any number of bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Floats
from modelyard.fragments.graph import Graph


def fill(graph: Graph, view: str, feature: NDArray[np.int64], low: Floats, width: Floats) -> str:
    """How far each bin is filled: float32 [rows, features] -> float32 [rows, bins].

    Args:
        graph: Takes the nodes.
        view: Name of the view's tensor, without NaN.
        feature: The feature that each bin belongs to [bins].
        low: Where each bin begins, float32 [bins].
        width: How wide it is, float32 [bins].
    """
    risen = graph.node("Sub", graph.columns(view, feature.tolist()), graph.constant(low))
    ends = (graph.constant(np.float32(0)), graph.constant(np.float32(1)))
    return graph.node("Clip", graph.node("Div", risen, graph.constant(width)), *ends)
