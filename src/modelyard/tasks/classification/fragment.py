"""Probabilities of classes in ONNX."""

from __future__ import annotations

import numpy as np

from modelyard.core.protocols import State
from modelyard.fragments.calibrated import calibrated
from modelyard.fragments.graph import Graph
from modelyard.measure.calibration import LIMIT
from modelyard.tasks.classification.postprocess import UNKNOWN
from modelyard.tasks.classification.target import learns_outside, width


def build(graph: Graph, score: str, state: State, calibration: State) -> dict[str, str]:
    """Scores [rows, width] -> {"probability": float32 [rows, classes]}, and "unlike" where that was learnt."""
    logits = calibrated(graph, score, calibration, LIMIT)
    if learns_outside(state):
        known = graph.columns(logits, list(range(len(state["labels"]))))
        every = graph.node("Softmax", logits, axis=1)
        return {
            "probability": graph.cast(graph.node("Softmax", known, axis=1), np.float32),
            "unlike": graph.cast(_unlikeness(graph, every, len(state["labels"])), np.float32),
        }
    if width(state) == 1:
        both = graph.concat([graph.node("Sigmoid", graph.node("Neg", logits)), graph.node("Sigmoid", logits)])
        return {"probability": graph.cast(both, np.float32)}
    return {"probability": graph.cast(graph.node("Softmax", logits, axis=1), np.float32)}


def _unlikeness(graph: Graph, every: str, classes: int) -> str:
    """The twin of `postprocess.unlikeness`, of probabilities [rows, classes and outside]."""
    roots = graph.node("Sqrt", graph.node("Mul", every, graph.constant(np.array([1.0] * classes + [UNKNOWN]))))
    total = graph.node("ReduceSum", roots, graph.constant(np.array([1], np.int64)), keepdims=1)
    one, least = graph.constant(np.array([1.0])), graph.constant(np.array([0.0]))
    return graph.node("Max", graph.node("Sub", one, graph.node("Div", one, graph.node("Mul", total, total))), least)
