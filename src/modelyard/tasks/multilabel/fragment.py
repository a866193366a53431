"""Probabilities of labels in ONNX."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import State
from modelyard.fragments.calibrated import calibrated
from modelyard.fragments.graph import Graph
from modelyard.measure.calibration import LIMIT


def build(graph: Graph, score: str, state: State, calibration: State) -> dict[str, str]:
    """Scores [rows, labels] -> {"probability": float32 [rows, labels]}."""
    logits = calibrated(graph, score, calibration, LIMIT)
    return {"probability": graph.cast(graph.node("Sigmoid", logits), np.float32)}
