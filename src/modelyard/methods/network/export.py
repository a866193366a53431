"""The network in ONNX: some twenty nodes, for any number of folds and members.

Written by hand: torch's exporter takes seconds for each fold, and a node for each of their members. The first matrices
of all folds stand side by side in one product; after it, folds are an axis, and the products of a layer are one node.
The last product is double, because it sums thousands of units.

Shapes: R rows, F folds, K members, W units of a layer, O scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from modelyard.core.protocols import Array, Floats
from modelyard.fragments import piecewise as fragment
from modelyard.methods.network.load import WEIGHTS, read_shape
from modelyard.models import piecewise
from modelyard.models.network import RISING, Shape, inputs_of
from modelyard.models.piecewise import Bins

Weights = dict[str, Array]
"""Name -> the folds' arrays on top of each other [F, ...]."""
_ACTIVATIONS = {"relu": "Relu", "elu": "Elu", "gelu": "Gelu", "mish": "Mish", "tanh": "Tanh"}
_SLOPE = 0.01  # of torch's leaky ReLU
_EPSILON = 1e-5  # of torch's normalisations


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the networks of all folds and their mean; returns the name of the scores, double [R, O]."""
    shape, folds = read_shape(folders[0]), [load_file(folder / WEIGHTS) for folder in folders]
    bins = piecewise.of_arrays(folds[0])  # folds share their bins
    weights = {name: np.stack([fold[name] for fold in folds]) for name in folds[0] if name not in bins.arrays()}
    inputs = _beside(graph, view, bins)
    free, bound, signs = inputs_of(shape, bins)
    units = graph.columns(inputs, free or [0]) if bound else inputs
    if not free:
        units = graph.node("Mul", units, graph.constant(np.float32(0)))
    for number in range(len(shape.widths)):
        own = {name.partition(f"layers.{number}.")[2]: array for name, array in weights.items()}
        units = _layer(graph, units, own, shape, first=not number)
    if not shape.widths:
        units = _spread(graph, units, weights["head_weight"])
    scores = _mean_head(graph, units, weights)
    if not bound:
        return scores
    risen = _risen(graph, graph.columns(inputs, bound), units, np.asarray(signs, np.float32), weights)
    return str(graph.node("Add", scores, risen))


def _beside(graph: Any, view: str, bins: Bins) -> str:
    """The view with its bins at the end."""
    if not len(bins):
        return view
    return str(graph.concat([view, fragment.fill(graph, view, bins.feature, bins.low, bins.width)]))


def _layer(graph: Any, units: str, own: Weights, shape: Shape, *, first: bool) -> str:
    """A hidden layer: the view [R, before], later [R, F, K, before] -> [R, F, K, after]."""
    weight: Floats = own["weight"]
    if first:
        side_by_side = graph.constant(weight.transpose(1, 0, 2).reshape(weight.shape[1], -1))
        product = graph.node("MatMul", units, side_by_side)
        units = _reshape(graph, product, len(weight), 1, weight.shape[2])
    else:
        units = graph.node("Mul", units, graph.constant(own["enter"])) if "enter" in own else units
        units = graph.node("MatMul", units, graph.constant(weight))
    units = graph.node("Mul", units, graph.constant(own["leave"])) if "leave" in own else units
    units = graph.node("Add", units, graph.constant(own["bias"]))
    return _activated(graph, _normed(graph, units, own, shape), shape.activation)


def _normed(graph: Any, units: str, own: Weights, shape: Shape) -> str:
    if shape.norm == "none":
        return units
    scale, shift = (own[f"norm.{name}"][:, None, :] for name in ("weight", "bias"))
    if shape.norm == "batch":
        scale = scale / np.sqrt(own["norm.running_var"][:, None, :] + np.float32(_EPSILON))
        shift = shift - own["norm.running_mean"][:, None, :] * scale
    else:
        plain = graph.constant(np.ones(scale.shape[-1], np.float32))  # folds have scales of their own
        units = graph.node("LayerNormalization", units, plain, axis=-1, epsilon=_EPSILON)
    return str(graph.node("Add", graph.node("Mul", units, graph.constant(scale)), graph.constant(shift)))


def _activated(graph: Any, units: str, activation: str) -> str:
    if activation == "leaky_relu":
        return str(graph.node("LeakyRelu", units, alpha=_SLOPE))
    if activation == "silu":
        return str(graph.node("Mul", units, graph.node("Sigmoid", units)))
    return str(graph.node(_ACTIVATIONS[activation], units))


def _spread(graph: Any, units: str, head: Array) -> str:
    """A view without hidden layers, the same for every fold and member: [R, features] -> [R, F, K, features]."""
    folds, members, features, _ = head.shape
    alike = graph.constant(np.asarray([1, folds, members, 1], np.int64))
    return str(graph.node("Expand", _reshape(graph, units, 1, 1, features), alike))


def _mean_head(graph: Any, units: str, weights: Weights) -> str:
    """The mean of all folds' and members' last layers, double [R, O]."""
    head, bias = (weights[f"head_{name}"].astype(np.float64) for name in ("weight", "bias"))
    folds, members, width, scores = head.shape
    flat = graph.cast(_reshape(graph, units, folds * members * width), np.float64)
    product = graph.node("MatMul", flat, graph.constant(head.reshape(-1, scores) / (folds * members)))
    return str(graph.node("Add", product, graph.constant(bias.mean(axis=(0, 1)))))


def _risen(graph: Any, bound: str, units: str, signs: Floats, weights: Weights) -> str:
    """What the bound features add, double [R, O]."""
    rising = np.logaddexp(0, weights["rising"]).astype(np.float32) * signs[:, None]
    folds, _, risers = rising.shape
    side_by_side = graph.constant(rising.transpose(1, 0, 2).reshape(len(signs), -1))
    up = _reshape(graph, graph.node("MatMul", bound, side_by_side), folds, 1, risers, 1)
    gate = weights["gate_weight"]
    members, scores = gate.shape[1], gate.shape[3] // RISING
    opened = graph.node("MatMul", graph.node("Unsqueeze", units, _axes(graph, 3)), graph.constant(gate))
    gates = _reshape(graph, graph.node("Softplus", opened), folds, members, RISING, scores)
    each = graph.cast(graph.node("Mul", gates, up), np.float64)
    total = graph.node("ReduceSum", each, _axes(graph, 1, 2, 3), keepdims=0)
    return str(graph.node("Div", total, graph.constant(np.float64(folds * members))))


def _reshape(graph: Any, tensor: str, *sizes: int) -> str:
    """[R, ...] -> [R, *sizes]."""
    return str(graph.node("Reshape", tensor, graph.constant(np.asarray([0, *sizes], np.int64)), allowzero=0))


def _axes(graph: Any, *axes: int) -> str:
    return str(graph.constant(np.asarray(axes, np.int64)))
