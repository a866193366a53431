"""LightGBM's trees as one ONNX TreeEnsemble (ai.onnx.ml 5) that yields raw scores in double.

Read from the text model, where every threshold stands with all its digits:

    split_feature, threshold, decision_type, left_child, right_child   one entry per split; a child < 0 is leaf ~child
    leaf_value                                                         one entry per leaf
    cat_boundaries, cat_threshold                                      bit sets of the categories that go left

Thresholds, inputs and sums are double, as in LightGBM: float32 thresholds would send some rows the other way, and
float32 sums of many trees cost digits and are not faster. The older TreeEnsembleRegressor sums in float32 and takes
twice the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from modelyard.core.protocols import Doubles
from modelyard.fragments.graph import Graph

CATEGORICAL, DEFAULT_LEFT = 1, 2  # bits of decision_type
ZERO = float(np.float32(1e-35))  # LightGBM's kZeroThreshold
AT_MOST, MEMBER = 0, 6  # modes of a node
END = "\nend of trees"
Tree = dict[str, str]
"""Field of a tree in a text model -> its text."""


@dataclass
class _Table:
    """The attributes of the node while they grow: an entry per split, and an entry per leaf."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    missing_left: list[int] = field(default_factory=list)
    children: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    are_leaves: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    members: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)


def build(
    graph: Graph, view: str, forests: Sequence[tuple[str, tuple[int, ...]]], base: Doubles, share: float = 1.0
) -> str:
    """Add one node for all trees, and a sum.

    Args:
        graph: Takes the nodes.
        view: Name of the view's tensor, float32 [rows, features].
        forests: Text models, each with the columns of the scores that its trees add to by turns.
        base: What the scores are without any tree, float64 [width].
        share: What leaves are multiplied by.

    Returns:
        Name of the scores, double [rows, width].
    """
    table = _Table()
    for text, columns in forests:
        for order, tree in enumerate(trees(text)):
            _add(table, tree, columns[order % len(columns)])
    if not table.roots:
        _add(table, {"leaf_value": "0"}, 0)
    scores = graph.node(
        "TreeEnsemble",
        graph.cast(view, np.float64),
        domain="ai.onnx.ml",
        n_targets=len(base),
        aggregate_function=1,
        post_transform=0,
        tree_roots=table.roots,
        nodes_featureids=table.features,
        nodes_modes=numpy_helper.from_array(np.asarray(table.modes, np.uint8)),
        nodes_splits=_doubles(table.splits),
        nodes_missing_value_tracks_true=table.missing_left,
        nodes_truenodeids=table.children[0],
        nodes_falsenodeids=table.children[1],
        nodes_trueleafs=table.are_leaves[0],
        nodes_falseleafs=table.are_leaves[1],
        leaf_weights=_doubles([share * weight for weight in table.weights]),
        leaf_targetids=table.targets,
        **({"membership_values": _doubles(table.members)} if table.members else {}),
    )
    return graph.node("Add", scores, graph.constant(base))


def trees(text: str) -> Iterator[Tree]:
    """The trees of a text model."""
    for block in text.partition(END)[0].split("\nTree=")[1:]:
        yield dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def numbers(tree: Tree, name: str, dtype: Any) -> NDArray[Any]:
    """A field of a tree as an array."""
    return np.array(tree[name].split(), dtype=np.float64).astype(dtype)


def _add(table: _Table, tree: Tree, column: int) -> None:
    first, first_leaf = len(table.features), len(table.weights)
    leaves = numbers(tree, "leaf_value", np.float64)
    table.roots.append(first)
    table.weights += leaves.tolist()
    table.targets += [column] * len(leaves)
    if len(leaves) == 1:  # a tree has a split, even one that tells nothing
        tree = {"decision_type": "0", "threshold": "0", "split_feature": "0", "left_child": "-1", "right_child": "-1"}
    kinds = numbers(tree, "decision_type", np.int64)
    thresholds = numbers(tree, "threshold", np.float64)
    categorical = (kinds & CATEGORICAL) != 0
    table.features += numbers(tree, "split_feature", np.int64).tolist()
    table.modes += np.where(categorical, MEMBER, AT_MOST).tolist()
    table.splits += np.where(categorical, 0.0, _round_zero(thresholds)).tolist()
    table.missing_left += np.where(categorical, 0, (kinds & DEFAULT_LEFT) != 0).tolist()
    for side, name in enumerate(("left_child", "right_child")):
        child = numbers(tree, name, np.int64)
        table.children[side].extend(np.where(child >= 0, first + child, first_leaf + ~child).tolist())
        table.are_leaves[side].extend((child < 0).astype(int).tolist())
    for number in thresholds[categorical].astype(int):
        table.members += [*_categories(tree, int(number)), np.nan]


def _categories(tree: Tree, number: int) -> list[float]:
    """The categories of set `number` in ascending order."""
    start, stop = numbers(tree, "cat_boundaries", np.int64)[number : number + 2]
    words = numbers(tree, "cat_threshold", np.int64)[start:stop]
    bits = (words[:, None] >> np.arange(32)) & 1
    return [float(category) for category in np.flatnonzero(bits)]


def _round_zero(thresholds: Doubles) -> Doubles:
    """Thresholds that treat all of [-ZERO, ZERO] alike, as LightGBM does, which reads it as 0."""
    sides = np.where(thresholds < 0, np.nextafter(-ZERO, -1.0), ZERO)
    return np.where(np.abs(thresholds) <= ZERO, sides, thresholds)


def _doubles(values: list[float]) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, np.float64))
