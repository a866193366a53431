"""Calibration in ONNX: the twin of `measure.calibration.calibrated`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from modelyard.fragments.graph import Graph


def calibrated(graph: Graph, score: str, calibration: Mapping[str, Any], limit: float) -> str:
    """Scores, float32 or double [rows, width] -> `slope * score + offset`, double [rows, width].

    Args:
        graph: Takes the nodes.
        score: Name of the scores' tensor.
        calibration: {"slope": [width], "offset": [width]}.
        limit: Scores are cut to +-limit first.
    """
    ends = (graph.constant(np.float64(-limit)), graph.constant(np.float64(limit)))
    cut = graph.node("Clip", graph.cast(score, np.float64), *ends)
    slope, offset = (graph.constant(np.asarray(calibration[name], np.float64)) for name in ("slope", "offset"))
    return graph.node("Add", graph.node("Mul", cut, slope), offset)
