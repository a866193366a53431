"""The calibration fragment is the twin of the numpy function."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

from modelyard.fragments.calibrated import calibrated
from modelyard.fragments.graph import Graph
from modelyard.measure import calibration as twin


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_calibrated_equals_numpy(kind: Any, width: int, rows: int) -> None:
    wild = np.array([0.1, -3.7, np.inf, -np.inf, 3.4e38, 0.0, 1e-30])
    scores = np.resize(wild, (rows, width)).astype(kind)
    fitted = {"slope": [0.3, 2.0, 1e-9][:width], "offset": [0.1, -4.0, 1e6][:width]}
    graph = Graph()
    graph.output("logit", calibrated(graph, graph.input("score", kind, width), fitted, twin.LIMIT), np.float64, width)
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"score": scores})
    assert found.dtype == np.float64 and np.isfinite(found).all()
    np.testing.assert_allclose(found, twin.calibrated(scores, fitted), rtol=1e-15)
