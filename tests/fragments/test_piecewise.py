"""Bins in ONNX are filled as `models.piecewise` fills them, to the last bit."""

from __future__ import annotations

import numpy as np
import onnxruntime
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from modelyard.fragments import piecewise as fragment
from modelyard.fragments.graph import Graph
from modelyard.models import piecewise

views = arrays(np.float32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(-100, 100, width=32))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(views, views, st.integers(1, 9))
def test_the_same_to_the_last_bit(training: np.ndarray, later: np.ndarray, count: int) -> None:
    bins = piecewise.cut([training], [np.ones(len(training), np.float32)], count)
    if not len(bins):
        return
    graph = Graph()
    view = graph.input("view", np.float32, 3)
    graph.output("bins", fragment.fill(graph, view, bins.feature, bins.low, bins.width), np.float32, len(bins))
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    assert_array_equal(session.run(None, {"view": later})[0], bins.fill(later))
