"""Scores that are a matrix product and a sum: checkpoint, Predictor and ONNX twin, for every method that ends so.

The arithmetic is double on both sides, so that large inputs that cancel out cost no digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from modelyard.core.protocols import Doubles, Floats

FILE = "affine.safetensors"
CHUNK = 8192  # rows made double at a time


@dataclass(frozen=True)
class Affine:
    """The Predictor `x @ weight + bias`.

    Args:
        weight: float64 [features, width].
        bias: float64 [width].
    """

    weight: Doubles
    bias: Doubles

    def scores(self, x: Floats) -> Doubles:
        """See `core.protocols.Predictor`."""
        scores = np.empty((len(x), len(self.bias)))
        for start in range(0, len(x), CHUNK):
            rows = slice(start, start + CHUNK)
            scores[rows] = x[rows].astype(np.float64) @ self.weight + self.bias
        return scores


def save(folder: Path, weight: Doubles, bias: Doubles) -> None:
    """Write the checkpoint."""
    save_file({"weight": np.ascontiguousarray(weight), "bias": np.ascontiguousarray(bias)}, folder / FILE)


def load(folder: Path) -> Affine:
    """Read what `save` wrote."""
    tensors = load_file(folder / FILE)
    return Affine(tensors["weight"], tensors["bias"])


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the mean product and sum of all folds; returns the name of the scores, double [rows, width]."""
    folds = [load(folder) for folder in folders]
    weight, bias = (np.mean([getattr(fold, name) for fold in folds], axis=0) for name in ("weight", "bias"))
    product = graph.node("MatMul", graph.cast(view, np.float64), graph.constant(weight))
    return str(graph.node("Add", product, graph.constant(bias)))
