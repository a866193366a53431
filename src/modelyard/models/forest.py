"""What trained trees consist of: their checkpoint, the mean of several, their ONNX twin, and how they leave the house.

All is read from and written to LightGBM's text models; LightGBM itself is not needed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from modelyard.core.protocols import Array, Doubles, Feature, Floats
from modelyard.fragments import trees as fragment
from modelyard.fragments.trees import CATEGORICAL, DEFAULT_LEFT, END, Tree, numbers

ARRAYS, FORESTS = "trees.safetensors", "trees.json"
_MISSING_KINDS, _KNOWS_MISSING = 12, 8  # bits of decision_type


@dataclass(frozen=True)
class Statistic:
    """A feature beside those of the view: what the target is like for the level of a category.

    Args:
        feature: The view's feature that holds the codes.
        table: float32 [codes + 1]: code -> value; the last one for codes beyond.
    """

    feature: int
    table: Floats

    def of(self, x: Floats) -> Floats:
        """The feature [rows] for a view [rows, features]."""
        codes = np.nan_to_num(np.minimum(x[:, self.feature], np.float32(len(self.table) - 1)))
        return self.table[codes.astype(np.int64)]

    def build(self, graph: Any, view: str) -> str:
        """The same in ONNX, float32 [rows, 1]."""
        last = graph.constant(np.float32(len(self.table) - 1))
        code = graph.node("Min", graph.columns(view, [self.feature]), last)
        known = graph.node("Where", graph.node("IsNaN", code), graph.constant(np.float32(0)), code)
        return str(graph.node("Gather", graph.constant(self.table), graph.cast(known, np.int64), axis=0))


@dataclass(frozen=True)
class Forest:
    """The trees of one part of the target.

    Args:
        columns: The columns of the scores that they add to: tree number t adds to `columns[t % len(columns)]`.
        text: LightGBM's text model.
        statistics: Features that stand behind those of the view.
    """

    columns: tuple[int, ...]
    text: str
    statistics: tuple[Statistic, ...] = ()

    def widened(self, x: Floats) -> Floats:
        """The view with the statistics at its end."""
        return np.column_stack([x, *(statistic.of(x) for statistic in self.statistics)]) if self.statistics else x


@dataclass(frozen=True)
class Checkpoint:
    """Trained trees.

    Args:
        forests: One per part of the target.
        base: float64 [width], what the scores are without any tree: the prior where no forest answers, else 0.
        features: Features of the view.
        threads: Processor threads for LightGBM.
    """

    forests: tuple[Forest, ...]
    base: Doubles
    features: int
    threads: int


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the files."""
    arrays: dict[str, Array] = {"base": checkpoint.base}
    forests = []
    for number, forest in enumerate(checkpoint.forests):
        arrays |= {f"statistic-{number}-{order}": each.table for order, each in enumerate(forest.statistics)}
        forests.append({"columns": forest.columns, "statistics": [each.feature for each in forest.statistics]})
        _forest_file(folder, number).write_text(forest.text, "utf-8")
    described = {"features": checkpoint.features, "forests": forests, "threads": checkpoint.threads}
    save_file(arrays, folder / ARRAYS)
    (folder / FORESTS).write_text(json.dumps(described), "utf-8")


def read(folder: Path) -> Checkpoint:
    """Read what `save` wrote."""
    arrays, data = load_file(folder / ARRAYS), json.loads((folder / FORESTS).read_text("utf-8"))
    forests = []
    for number, each in enumerate(data["forests"]):
        statistics = tuple(
            Statistic(feature, arrays[f"statistic-{number}-{order}"])
            for order, feature in enumerate(each["statistics"])
        )
        forests.append(Forest(tuple(each["columns"]), _forest_file(folder, number).read_text("utf-8"), statistics))
    return Checkpoint(tuple(forests), arrays["base"], data["features"], data["threads"])


def export(graph: Any, folders: Sequence[Path], view: str) -> str:
    """Add the mean of all folds' trees as one ensemble; returns the name of the scores, double [rows, width]."""
    mean = merged([read(folder) for folder in folders])
    inputs, forests = [view], []
    for forest in mean.forests:
        moved = _later(forest, mean.features, len(inputs) - 1)
        forests.append((moved.text, moved.columns))
        inputs += [statistic.build(graph, view) for statistic in forest.statistics]
    return fragment.build(graph, graph.concat(inputs), forests, mean.base)


def merged(checkpoints: Sequence[Checkpoint]) -> Checkpoint:
    """One checkpoint that scores like the mean of several: all their trees, leaves divided by how many there are."""
    first, share = checkpoints[0], 1 / len(checkpoints)
    together: dict[tuple[int, ...], list[Forest]] = {}
    for forest in (forest for checkpoint in checkpoints for forest in checkpoint.forests):
        together.setdefault(forest.columns, []).append(forest)
    forests = tuple(_sum_of(together[columns], first.features, share) for columns in sorted(together))
    base = np.sum([share * checkpoint.base for checkpoint in checkpoints], axis=0)
    return replace(first, forests=forests, base=base)


def _sum_of(forests: Sequence[Forest], features: int, share: float) -> Forest:
    """One forest that adds a share of what several add."""
    statistics: list[Statistic] = []
    grown: list[Tree] = []
    for forest in forests:
        for tree in fragment.trees(_later(forest, features, len(statistics)).text):
            grown.append({**tree, "leaf_value": _spaced(share * numbers(tree, "leaf_value", np.float64))})
        statistics += forest.statistics
    text = _joined(_head(forests[0].text), grown, features + len(statistics))
    return Forest(forests[0].columns, text, tuple(statistics))


def _later(forest: Forest, features: int, later: int) -> Forest:
    """A forest whose statistics stand behind so many others."""
    if not later or not forest.statistics:
        return forest
    trees = []
    for tree in fragment.trees(forest.text):
        owners = numbers(tree, "split_feature", np.int64) if "split_feature" in tree else np.empty(0, np.int64)
        trees.append({**tree, "split_feature": _spaced(np.where(owners >= features, owners + later, owners))})
    return replace(forest, text=_joined(_head(forest.text), trees, features + later + len(forest.statistics)))


def settled(text: str, fill: Floats) -> str:
    """A text model that knows for every split of a number where a missing cell goes.

    Where training had no missing cell, LightGBM would take 0 for one, whatever the scale of the feature.

    Args:
        text: LightGBM's model.
        fill: What a missing cell counts as where the trees have not learnt it, float32 [features].
    """
    return _joined(_head(text), [_settle(tree, fill) for tree in fragment.trees(text)], len(fill))


def leave(folders: Sequence[Path], features: Sequence[Feature], to: Path) -> None:
    """Write the mean of all folds' trees as LightGBM models, and what is needed to feed them.

    Args:
        folders: The folds' checkpoints.
        features: Of the view.
        to: Takes `trees.txt`, for several parts of the target `trees-0.txt` and so on, and `trees.json`.
    """
    mean = merged([read(folder) for folder in folders])
    names = ["trees.txt"] if len(mean.forests) == 1 else [f"trees-{n}.txt" for n in range(len(mean.forests))]
    described = {
        "models": [
            {"file": name, "scores": list(forest.columns), "statistics": [_plain(each) for each in forest.statistics]}
            for name, forest in zip(names, mean.forests, strict=True)
        ],
        "base": mean.base.tolist(),
        "features": [
            {"name": feature.name, "column": feature.column, "kind": feature.kind, "levels": list(feature.levels)}
            for feature in features
        ],
    }
    to.mkdir(parents=True, exist_ok=True)
    for name, forest in zip(names, mean.forests, strict=True):
        (to / name).write_text(forest.text, "utf-8")
    (to / "trees.json").write_text(json.dumps(described, ensure_ascii=False, indent=1), "utf-8")


def _plain(statistic: Statistic) -> dict[str, Any]:
    return {"feature": statistic.feature, "values": statistic.table.tolist()}


def _settle(tree: Tree, fill: Floats) -> Tree:
    if len(tree["leaf_value"].split()) == 1:
        return tree
    kinds = numbers(tree, "decision_type", np.int64)
    counts_as = fill.astype(np.float64)[numbers(tree, "split_feature", np.int64)]
    unknown = (kinds & (_MISSING_KINDS | CATEGORICAL)) == 0
    goes_left = np.where(counts_as <= numbers(tree, "threshold", np.float64), DEFAULT_LEFT, 0)
    kinds[unknown] = (kinds & ~(_MISSING_KINDS | DEFAULT_LEFT) | _KNOWS_MISSING | goes_left)[unknown]
    return {**tree, "decision_type": _spaced(kinds)}


def _spaced(values: Array) -> str:
    return " ".join(map(repr, values.tolist()))


def _head(text: str) -> str:
    return text.partition("\nTree=")[0]


def _joined(head: str, trees: Sequence[Tree], features: int) -> str:
    """A text model of some trees; those lines of the head are set anew that depend on them."""
    written = ("".join(f"{name}={value}\n" for name, value in tree.items()) for tree in trees)
    return "\n".join([*_lines(head, features), "", *(f"Tree={n}\n{tree}\n" for n, tree in enumerate(written))]) + END


def _lines(head: str, features: int) -> Iterator[str]:
    for line in head.splitlines():
        name = line.partition("=")[0]
        if name == "max_feature_idx":
            yield f"max_feature_idx={features - 1}"
        elif name == "feature_names":
            yield "feature_names=" + " ".join(f"Column_{number}" for number in range(features))
        elif name == "feature_infos":
            infos = line.partition("=")[2].split()
            yield "feature_infos=" + " ".join([*infos, *["none"] * (features - len(infos))])
        elif name != "tree_sizes" and line:
            yield line


def _forest_file(folder: Path, number: int) -> Path:
    return folder / f"forest-{number}.txt"
