"""The ONNX twin of `core.scaling` computes the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core import scaling
from modelyard.fragments import scale
from modelyard.fragments.graph import Graph

WIDTH = 5
doubles = st.floats(allow_nan=True, allow_infinity=False) | st.floats(-100, 100) | st.just(np.nan)
blocks = arrays(np.float64, st.tuples(st.integers(0, 40), st.just(WIDTH)), elements=doubles)
plans = st.builds(
    scaling.Scaling,
    arrays(np.float64, WIDTH, elements=st.floats(-1e100, 1e100)),
    arrays(np.float64, WIDTH, elements=st.floats(1e-150, 1e150)),
    st.sets(st.integers(0, WIDTH - 1)).map(lambda chosen: np.array(sorted(chosen), np.int64)),
)


def through_onnx(build: Callable[[Graph, str], str], block: np.ndarray, width: int) -> np.ndarray:
    graph = Graph()
    graph.output("view", build(graph, graph.input("number", np.float64, WIDTH)), np.float32, width)
    model = graph.model().SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    view: np.ndarray = session.run(None, {"number": block})[0]
    return view


@settings(max_examples=60, deadline=None, derandomize=True)
@given(blocks)
def test_float32(block: np.ndarray) -> None:
    assert_array_equal(through_onnx(scale.as_float32, block, WIDTH), scaling.as_float32(block))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(blocks, plans)
def test_standardise(block: np.ndarray, plan: scaling.Scaling) -> None:
    expected = scaling.standardise(block, plan)
    answer = through_onnx(lambda graph, x: scale.standardise(graph, x, plan), block, expected.shape[1])
    assert_array_equal(answer, expected)


@pytest.mark.parametrize("columns", [[0], [4, 0, 0], [0, 1, 2, 3, 4]], ids=str)
def test_standardise_chosen_columns(columns: list[int]) -> None:
    count = len(columns)
    plan = scaling.Scaling(np.arange(count, dtype=float), np.full(count, 0.5), np.array([3]), np.array(columns))
    block = np.random.default_rng(0).normal(size=(50, WIDTH))
    block[::7] = np.nan
    expected = scaling.standardise(block, plan)
    answer = through_onnx(lambda graph, x: scale.standardise(graph, x, plan), block, expected.shape[1])
    assert_array_equal(answer, expected)


def test_gaps_survive_clipping_in_wide_blocks() -> None:
    block = np.full((257, WIDTH), np.nan)
    block[::3] = 1e300
    assert_array_equal(through_onnx(scale.as_float32, block, WIDTH), scaling.as_float32(block))


knots = st.integers(-(10**9), 10**9).map(lambda knot: knot / 100)
lines = st.lists(st.tuples(knots, st.floats(-4, 4)), min_size=2, max_size=9, unique_by=lambda point: point[0])
curves = st.dictionaries(st.integers(0, WIDTH - 1), lines, min_size=1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(blocks, plans, curves)
def test_curves(block: np.ndarray, plan: scaling.Scaling, drawn: dict[int, list[tuple[float, float]]]) -> None:
    sides = {number: [np.sort(np.asarray(side)) for side in zip(*line, strict=True)] for number, line in drawn.items()}
    plan = replace(plan, curves={number: scaling.Curve(*found) for number, found in sides.items()})
    expected = scaling.standardise(block, plan)
    answer = through_onnx(lambda graph, x: scale.standardise(graph, x, plan), block, expected.shape[1])
    assert_allclose(answer, expected, atol=1e-5)
    plain = [number for number in range(WIDTH) if number not in drawn]
    assert_array_equal(answer[:, plain], expected[:, plain])
