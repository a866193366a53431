"""Scores that are a matrix product and a sum: checkpoint, Predictor and ONNX twin, for every method that ends so.

The arithmetic is double on both sides, so that large inputs that cancel out cost no digits. Numbers may come with bins,
see `models.piecewise`, and texts with n-grams, see `models.grams`; folds share both, so that the mean of affine models
is one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from modelyard.core.protocols import Doubles, Floats, Mixed, View
from modelyard.fragments import piecewise as fragment
from modelyard.models import grams, piecewise
from modelyard.models.grams import Grams
from modelyard.models.piecewise import NONE, Bins

FILE = "affine.safetensors"
GRAMS = "grams"
CHUNK = 8192  # rows made double at a time


@dataclass(frozen=True)
class Affine:
    """The Predictor `x @ weight + bias`.

    Args:
        weight: float64 [features + bins, width].
        bias: float64 [width].
        bins: Of features of the view.
        grams: Of its texts.
        gram_weights: Of each of them, float32 [n-grams, width].
    """

    weight: Doubles
    bias: Doubles
    bins: Bins = NONE
    grams: tuple[Grams, ...] = ()
    gram_weights: tuple[Floats, ...] = ()

    def scores(self, x: View) -> Doubles:
        """See `core.protocols.Predictor`."""
        table = x.table if isinstance(x, Mixed) else x
        scores = np.empty((len(table), len(self.bias)))
        for start in range(0, len(table), CHUNK):
            rows = slice(start, start + CHUNK)
            scores[rows] = self.bins.beside(table[rows]).astype(np.float64) @ self.weight + self.bias
            if isinstance(x, Mixed):
                for one, weight in zip(self.grams, self.gram_weights, strict=True):
                    scores[rows] += one.matrix(x.texts[one.column][rows]) @ weight
        return scores


def save(folder: Path, weight: Doubles, bias: Doubles, bins: Bins = NONE, of: Sequence[Grams] = ()) -> None:
    """Write the checkpoint.

    Args:
        folder: Takes it.
        weight: float64 [features + bins + n-grams, width].
        bias: float64 [width].
        bins: Of features of the view.
        of: N-grams of its texts.
    """
    ends = np.cumsum([len(weight) - sum(map(len, of)), *map(len, of)])
    arrays = {"weight": np.ascontiguousarray(weight[: ends[0]]), "bias": np.ascontiguousarray(bias)}
    for number, one in enumerate(of):
        arrays |= one.arrays(number)
        arrays[f"grams/{number}/weight"] = weight[ends[number] : ends[number + 1]].astype(np.float32)
    told = json.dumps([{"column": one.column, "options": dict(one.options)} for one in of])
    save_file({**arrays, **(bins.arrays() if len(bins) else {})}, folder / FILE, {GRAMS: told})


def load(folder: Path) -> Affine:
    """Read what `save` wrote."""
    with safe_open(folder / FILE, "numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  the handle is no mapping
        told = json.loads((file.metadata() or {}).get(GRAMS, "[]"))
    weights = tuple(tensors[f"grams/{number}/weight"] for number in range(len(told)))
    of = grams.of_arrays(tensors, told)
    return Affine(tensors["weight"], tensors["bias"], piecewise.of_arrays(tensors), of, weights)


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the mean product and sum of all folds; returns the name of the scores, double [rows, width]."""
    folds = [load(folder) for folder in folders]
    weight, bias = (np.mean([getattr(fold, name) for fold in folds], axis=0) for name in ("weight", "bias"))
    bins = folds[0].bins
    if len(bins):
        view = graph.concat([view, fragment.fill(graph, view, bins.feature, bins.low, bins.width)])
    product = graph.node("MatMul", graph.cast(view, np.float64), graph.constant(weight))
    scores = graph.node("Add", product, graph.constant(bias))
    for number, one in enumerate(folds[0].grams):
        mean = np.asarray(sum(fold.gram_weights[number].astype(np.float64) for fold in folds) / len(folds))
        scores = graph.node("Add", scores, graph.cast(one.export(graph, mean), np.float64))
    return str(scores)
