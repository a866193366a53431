"""Numbers in the target's unit in ONNX."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import State
from modelyard.fragments.calibrated import calibrated
from modelyard.fragments.graph import Graph
from modelyard.measure.calibration import LIMIT


def build(graph: Graph, score: str, state: State, calibration: State) -> dict[str, str]:
    """Scores [rows, 1] -> {"value": double [rows, 1]}."""
    scaled = graph.node("Mul", calibrated(graph, score, calibration, LIMIT), graph.constant(np.float64(state["scale"])))
    return {"value": graph.node("Add", scaled, graph.constant(np.float64(state["mean"])))}
