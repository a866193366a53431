"""LightGBM's trees as one ONNX TreeEnsembleRegressor that yields raw scores.

Read from the text model, where every threshold stands with all its digits:

    split_feature, threshold, decision_type, left_child, right_child   one entry per split; a child < 0 is leaf ~child
    leaf_value                                                         one entry per leaf
    cat_boundaries, cat_threshold                                      bit sets of the categories that go left

Thresholds, inputs and sums are double, as in LightGBM: float32 thresholds would send some rows the other way, and
float32 sums of many trees cost digits and are not faster. A set of categories becomes a chain of BRANCH_EQ nodes that
share their true child, which onnxruntime folds back into a set. Where a tree has not learnt what missing means, the
node says which way the value goes that a missing one counts as.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from modelyard.core.protocols import Doubles
from modelyard.methods.trees.checkpoint import Checkpoint, Forest, read

CATEGORICAL, DEFAULT_LEFT, KNOWS_MISSING = 1, 2, 8  # bits of decision_type
ZERO = float(np.float32(1e-35))  # LightGBM's kZeroThreshold
NODE = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_values",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
)
Tree = dict[str, str]
Table = defaultdict[str, list[Any]]


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add one ensemble of all folds' trees, their leaves divided by the folds; returns the name of the scores.

    The scores are float32 [rows, width].
    """
    checkpoints = [read(folder) for folder in folders]
    table: Table = defaultdict(list)
    for checkpoint in checkpoints:
        _add_checkpoint(table, checkpoint, 1 / len(checkpoints))
    return str(
        graph.node(
            "TreeEnsembleRegressor",
            graph.cast(view, np.float64),
            domain="ai.onnx.ml",
            n_targets=len(checkpoints[0].prior),
            aggregate_function="SUM",
            post_transform="NONE",
            nodes_values_as_tensor=_doubles(table.pop("nodes_values")),
            target_weights_as_tensor=_doubles(table.pop("target_weights")),
            **table,
        )
    )


def _add_checkpoint(table: Table, checkpoint: Checkpoint, share: float) -> None:
    """Add the trees of one fold, whose leaves count for a share."""
    absent = np.nan_to_num(checkpoint.fill.astype(np.float64))  # LightGBM itself takes 0
    number = table["nodes_treeids"][-1] + 1 if table["nodes_treeids"] else 0
    for forest in checkpoint.forests:
        for order, tree in enumerate(_trees(forest)):
            leaves = share * _numbers(tree, "leaf_value", np.float64)
            _add_splits(table, tree, number, absent)
            _add_leaves(table, number, len(leaves) - 1, leaves, forest.columns[order % len(forest.columns)])
            number += 1
    for column in checkpoint.constant():
        _add_leaves(table, number, 0, share * checkpoint.prior[[column]], column)
        number += 1


def _trees(forest: Forest) -> Iterator[Tree]:
    """The trees of a text model: field name -> its text."""
    body = forest.text.partition("\nend of trees")[0]
    for block in body.split("\nTree=")[1:]:
        yield dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _add_splits(table: Table, tree: Tree, number: int, absent: Doubles) -> None:
    """Add the splits of a tree. Node ids: the splits, then the leaves, then what sets of categories need besides."""
    splits = len(_numbers(tree, "leaf_value", np.float64)) - 1
    if not splits:
        return
    kinds = _numbers(tree, "decision_type", np.int64)
    thresholds = _numbers(tree, "threshold", np.float64)
    bounds = _round_zero(thresholds).tolist()
    left, right = (_node_ids(_numbers(tree, side, np.int64), splits) for side in ("left_child", "right_child"))
    features = _numbers(tree, "split_feature", np.int64).tolist()
    missing_left = np.where(kinds & KNOWS_MISSING, kinds & DEFAULT_LEFT, absent[features] <= bounds).astype(bool)
    spare = 2 * splits + 1
    for node in range(splits):
        yes, no, feature = left[node], right[node], features[node]
        if not kinds[node] & CATEGORICAL:
            _add_node(table, number, node, feature, "BRANCH_LEQ", bounds[node], yes, no, int(missing_left[node]))
            continue
        categories = _categories(tree, int(thresholds[node]))
        chain = [node, *range(spare, spare + len(categories) - 1)]
        spare += len(categories) - 1
        for this, category, other in zip(chain, categories, [*chain[1:], no], strict=True):
            missing = int(category == absent[feature])
            _add_node(table, number, this, feature, "BRANCH_EQ", float(category), yes, other, missing)


def _add_node(table: Table, *row: int | float | str) -> None:
    """Add one node: a value for each of `NODE`."""
    for name, value in zip(NODE, row, strict=True):
        table[name].append(value)


def _add_leaves(table: Table, tree: int, first: int, weights: Doubles, column: int) -> None:
    """Add the leaves of a tree, whose ids begin with `first`."""
    nodes = range(first, first + len(weights))
    for node in nodes:
        _add_node(table, tree, node, 0, "LEAF", 0.0, 0, 0, 0)
    table["target_treeids"] += [tree] * len(nodes)
    table["target_nodeids"] += nodes
    table["target_ids"] += [column] * len(nodes)
    table["target_weights"] += weights.tolist()


def _categories(tree: Tree, number: int) -> list[int]:
    """The categories of set `number` in ascending order."""
    start, stop = _numbers(tree, "cat_boundaries", np.int64)[number : number + 2]
    words = _numbers(tree, "cat_threshold", np.int64)[start:stop]
    bits = (words[:, None] >> np.arange(32)) & 1
    return [int(category) for category in np.flatnonzero(bits)]


def _node_ids(children: NDArray[np.int64], splits: int) -> list[int]:
    """LightGBM's children -> node ids: a split keeps its number, leaf ~child stands behind the splits."""
    ids: list[int] = np.where(children >= 0, children, splits + ~children).tolist()
    return ids


def _round_zero(thresholds: Doubles) -> Doubles:
    """Thresholds that treat all of [-ZERO, ZERO] alike, as LightGBM does, which reads it as 0."""
    sides = np.where(thresholds < 0, np.nextafter(-ZERO, -1.0), ZERO)
    return np.where(np.abs(thresholds) <= ZERO, sides, thresholds)


def _doubles(values: list[float]) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, np.float64))


def _numbers(tree: Tree, field: str, dtype: Any) -> Any:
    return np.array(tree[field].split(), dtype=np.float64).astype(dtype)
