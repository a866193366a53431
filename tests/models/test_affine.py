"""A matrix product and a sum, in numpy and in ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.fragments.graph import Graph
from modelyard.models import affine
from modelyard.models.affine import Affine


def run_affine(folder: Path, x: Any) -> Any:
    graph = Graph()
    view = graph.input("view", np.float32, x.shape[1])
    width = affine.load(folder).weight.shape[1]
    graph.output("score", affine.export(graph, [folder], view), np.float64, width)
    session = onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"view": x})[0]


def stored(folder: Path, features: int, width: int) -> Affine:
    random = np.random.default_rng(0)
    affine.save(folder, random.normal(size=(features, width)), random.normal(size=width))
    return affine.load(folder)


def test_load_gives_what_was_saved(tmp_path: Path) -> None:
    weight, bias = np.arange(6.0).reshape(3, 2), np.array([1.0, -1.0])
    affine.save(tmp_path, weight, bias)
    found = affine.load(tmp_path)
    assert_array_equal(found.weight, weight)
    assert_array_equal(found.bias, bias)


def test_a_transposed_weight_is_stored_as_it_reads(tmp_path: Path) -> None:
    weight = np.arange(6.0).reshape(2, 3).T
    affine.save(tmp_path, weight, np.zeros(2))
    assert_array_equal(affine.load(tmp_path).weight, weight)


def test_scores(tmp_path: Path) -> None:
    affine.save(tmp_path, np.array([[1.0], [10.0]]), np.array([0.5]))
    assert_array_equal(affine.load(tmp_path).scores(np.array([[1, 2], [0, 0]], np.float32)), [[21.5], [0.5]])


@pytest.mark.parametrize("rows", [0, 1, 7, 64])
@pytest.mark.parametrize(("features", "width"), [(1, 1), (4, 3), (5000, 2)])
def test_the_graph_agrees(tmp_path: Path, rows: int, features: int, width: int) -> None:
    predictor = stored(tmp_path, features, width)
    x = np.random.default_rng(1).normal(size=(rows, features)).astype(np.float32)
    assert_allclose(run_affine(tmp_path, x), predictor.scores(x), rtol=1e-10, atol=1e-10)


def test_no_features(tmp_path: Path) -> None:
    predictor = stored(tmp_path, 0, 2)
    x = np.zeros((3, 0), np.float32)
    assert_array_equal(predictor.scores(x), np.tile(predictor.bias, (3, 1)))
    assert_array_equal(run_affine(tmp_path, x), predictor.scores(x))


def test_large_inputs_that_cancel_out_cost_no_digits(tmp_path: Path) -> None:
    affine.save(tmp_path, np.array([[1.0], [-1.0], [1.0]]), np.array([0.0]))
    x = np.array([[1e8, 1e8, 0.25]], np.float32)
    assert affine.load(tmp_path).scores(x)[0, 0] == 0.25
    assert run_affine(tmp_path, x)[0, 0] == 0.25


def test_missing_values_stay_missing(tmp_path: Path) -> None:
    predictor = stored(tmp_path, 2, 1)
    x = np.array([[np.nan, 1.0]], np.float32)
    assert np.isnan(predictor.scores(x)).all() and np.isnan(run_affine(tmp_path, x)).all()


def test_many_rows_are_scored_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = stored(tmp_path, 3, 2)
    x = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    whole = predictor.scores(x)
    monkeypatch.setattr(affine, "CHUNK", 7)
    assert_allclose(predictor.scores(x), whole, rtol=1e-12)
