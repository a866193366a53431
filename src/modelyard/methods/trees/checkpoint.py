"""What a trained `trees` consists of, and its files: LightGBM's text models and a few arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import load_file, save_file

from modelyard.core.protocols import Doubles, Floats

ARRAYS = "trees.safetensors"
FORESTS = "trees.json"


@dataclass(frozen=True)
class Forest:
    """The trees of one part of the target.

    Args:
        columns: The columns of the scores that they answer: tree number t adds to `columns[t % len(columns)]`.
        text: LightGBM's text model.
    """

    columns: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Checkpoint:
    """A trained `trees`.

    Args:
        forests: One per part of the target.
        prior: float64 [width], the scores of the columns that no forest answers.
        fill: float32 [features], what a missing value counts as; NaN where the trees have learnt what missing means.
            LightGBM would take 0 for a value that is missing for the first time, whatever the scale of the feature.
        threads: Processor threads for LightGBM.
    """

    forests: tuple[Forest, ...]
    prior: Doubles
    fill: Floats
    threads: int

    def constant(self) -> list[int]:
        """The columns of the scores that no forest answers."""
        answered = {column for forest in self.forests for column in forest.columns}
        return [column for column in range(len(self.prior)) if column not in answered]


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the files."""
    save_file({"prior": checkpoint.prior, "fill": checkpoint.fill}, folder / ARRAYS)
    columns = [forest.columns for forest in checkpoint.forests]
    (folder / FORESTS).write_text(json.dumps({"columns": columns, "threads": checkpoint.threads}), "utf-8")
    for number, forest in enumerate(checkpoint.forests):
        _forest_file(folder, number).write_text(forest.text, "utf-8")


def read(folder: Path) -> Checkpoint:
    """Read what `save` wrote; LightGBM is not needed for it."""
    arrays, data = load_file(folder / ARRAYS), json.loads((folder / FORESTS).read_text("utf-8"))
    forests = tuple(
        Forest(tuple(columns), _forest_file(folder, number).read_text("utf-8"))
        for number, columns in enumerate(data["columns"])
    )
    return Checkpoint(forests, arrays["prior"], arrays["fill"], data["threads"])


def _forest_file(folder: Path, number: int) -> Path:
    return folder / f"forest-{number}.txt"
