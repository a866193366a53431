"""Probabilities of classes in ONNX."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import State
from modelyard.fragments.calibrated import calibrated
from modelyard.fragments.graph import Graph
from modelyard.measure.calibration import LIMIT
from modelyard.tasks.classification.target import width


def build(graph: Graph, score: str, state: State, calibration: State) -> dict[str, str]:
    """Scores [rows, width] -> {"probability": float32 [rows, classes]}."""
    logits = calibrated(graph, score, calibration, LIMIT)
    if width(state) == 1:
        both = graph.concat([graph.node("Sigmoid", graph.node("Neg", logits)), graph.node("Sigmoid", logits)])
        return {"probability": graph.cast(both, np.float32)}
    return {"probability": graph.cast(graph.node("Softmax", logits, axis=1), np.float32)}
