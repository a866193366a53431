"""Scores that are a matrix product and a sum: checkpoint, Predictor and ONNX twin, for every method that ends so.

The arithmetic is double on both sides, so that large inputs that cancel out cost no digits. Numbers may come with bins,
see `models.piecewise`; folds share them, so that the mean of affine models is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from modelyard.core.protocols import Doubles, Floats
from modelyard.fragments import piecewise as fragment
from modelyard.models import piecewise
from modelyard.models.piecewise import NONE, Bins

FILE = "affine.safetensors"
CHUNK = 8192  # rows made double at a time


@dataclass(frozen=True)
class Affine:
    """The Predictor `x @ weight + bias`.

    Args:
        weight: float64 [features + bins, width].
        bias: float64 [width].
        bins: Of features of the view.
    """

    weight: Doubles
    bias: Doubles
    bins: Bins = NONE

    def scores(self, x: Floats) -> Doubles:
        """See `core.protocols.Predictor`."""
        scores = np.empty((len(x), len(self.bias)))
        for start in range(0, len(x), CHUNK):
            rows = slice(start, start + CHUNK)
            scores[rows] = self.bins.beside(x[rows]).astype(np.float64) @ self.weight + self.bias
        return scores


def save(folder: Path, weight: Doubles, bias: Doubles, bins: Bins = NONE) -> None:
    """Write the checkpoint."""
    arrays = {"weight": np.ascontiguousarray(weight), "bias": np.ascontiguousarray(bias)}
    save_file({**arrays, **(bins.arrays() if len(bins) else {})}, folder / FILE)


def load(folder: Path) -> Affine:
    """Read what `save` wrote."""
    tensors = load_file(folder / FILE)
    return Affine(tensors["weight"], tensors["bias"], piecewise.of_arrays(tensors))


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the mean product and sum of all folds; returns the name of the scores, double [rows, width]."""
    folds = [load(folder) for folder in folders]
    weight, bias = (np.mean([getattr(fold, name) for fold in folds], axis=0) for name in ("weight", "bias"))
    bins = folds[0].bins
    if len(bins):
        view = graph.concat([view, fragment.fill(graph, view, bins.feature, bins.low, bins.width)])
    product = graph.node("MatMul", graph.cast(view, np.float64), graph.constant(weight))
    return str(graph.node("Add", product, graph.constant(bias)))
