"""What training leaves: per target the chosen candidate and its calibration; what packaging and evaluation read.

The numpy path from cells to outputs is here too. It is the reference that every bundle is compared with.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from modelyard.core import plugins
from modelyard.core.protocols import Array, Columns, Feature, Mixed, Outputs, Predictor, State, Texts, View
from modelyard.data.dataset import Dataset
from modelyard.models.encoders import Encoder, Encoders

CHOICE = "choice.json"
WITH_VECTORS = ("raw", "dense")
"""The views in which vectors of frozen encoders stand beside all else."""


@dataclass(frozen=True)
class Candidate:
    """One trained model: what it says is the mean of what was learnt in its folds.

    Args:
        method: Name of the plug-in.
        folders: Its checkpoints, one per fold.
        view: The view it takes; `scores` are those of its `members`, side by side.
        members: Candidates that an ensemble is made of.
    """

    method: str
    folders: tuple[Path, ...]
    view: str
    members: tuple[Candidate, ...] = ()

    @cached_property
    def predictors(self) -> tuple[Predictor, ...]:
        """The loaded checkpoints."""
        load = plugins.part("methods", self.method, "load").load
        return tuple(load(folder) for folder in self.folders)

    def scores(self, views: Views) -> Array:
        """Scores [rows, width] from the views of some rows."""
        x: Any = self.of_members(views) if self.members else views[self.view]
        return mean_scores([predictor.scores(x) for predictor in self.predictors])

    def of_members(self, views: Views) -> Array:
        """The members' scores side by side [rows, members * width]: what an ensemble takes."""
        return np.concatenate([member.scores(views) for member in self.members], axis=1)

    def views(self) -> set[str]:
        """The views of the columns that it takes, its members' included."""
        return set().union(*(member.views() for member in self.members)) if self.members else {self.view}


def mean_scores(scores: Sequence[Array]) -> Array:
    """The mean of the scores of several folds, in double."""
    return np.asarray(sum(one.astype(np.float64) for one in scores) / len(scores), np.float64)


class Views:
    """The views of one set of rows, each built when it is first asked for.

    Args:
        dataset: What the rows belong to.
        blocks: Theirs.
        texts: Theirs.
        encoders: Of the text columns that name one.
    """

    def __init__(self, dataset: Dataset, blocks: dict[str, Array], texts: Texts, encoders: Encoders) -> None:
        self._dataset = dataset
        self._blocks = blocks
        self._texts = texts
        self._encoders = encoders
        self._matrices: dict[str, Array] = {}

    def __getitem__(self, name: str) -> View:
        if name not in WITH_VECTORS:
            return Mixed(self._matrix("dense"), self._texts)
        if not self._encoders.of:
            return self._matrix(name)
        beside = f"{name} with vectors"
        if beside not in self._matrices:
            self._matrices[beside] = self._encoders.beside(self._matrix(name), self._texts)
        return self._matrices[beside]

    def _matrix(self, name: str) -> Array:
        """A view without vectors."""
        if name not in self._matrices:
            self._matrices[name] = self._dataset.view_of(name, self._blocks)
        return self._matrices[name]


def features(dataset: Dataset, encoders: Encoders, view: str) -> tuple[Feature, ...]:
    """What the columns of a view's matrix are."""
    if view not in WITH_VECTORS:
        return dataset.features("dense")
    return (*dataset.features(view), *encoders.features())


@dataclass(frozen=True)
class TrainedTarget:
    """One target with the model that was chosen for it.

    Args:
        name: Of the target.
        columns: Of the table.
        task: Name of the plug-in.
        state: Of the target, fitted on the training rows.
        calibration: Of the chosen candidate, fitted on all held-out rows.
        chosen: One of the candidates.
        ladder: What was tried, as the report shows it.
        candidates: All that were kept.
        held_folder: Holds what the candidates said of rows they did not see.
        folds: In each repeat; 1 is a hold-out.
        repeats: How often rows were dealt into folds anew.
        calibrations: Method -> that of its candidate.
    """

    name: str
    columns: tuple[str, ...]
    task: str
    state: State
    calibration: State
    chosen: Candidate
    ladder: tuple[dict[str, Any], ...]
    candidates: tuple[Candidate, ...]
    held_folder: Path
    folds: int = 1
    repeats: int = 1
    calibrations: Mapping[str, State] = field(default_factory=dict)

    def held(self, method: str = "") -> tuple[NDArray[np.int64], Outputs]:
        """What the folds' models said of rows that they did not see.

        Args:
            method: One of the candidates; the chosen one by default.

        Returns:
            Row numbers of the dataset, rising, and outputs of those rows. A row that was held out several times has
            the mean of its scores; calibration and an ensemble's weights did not see it either.
        """
        arrays = load_file(self.held_folder / f"{method or self.chosen.method}.safetensors")
        return arrays.pop("rows"), arrays

    def outputs(self, candidate: Candidate, calibration: State, views: Views) -> Outputs:
        """Outputs of one of the candidates."""
        outputs: Outputs = plugins.part("tasks", self.task, "calibrate").apply(
            candidate.scores(views), calibration, self.state
        )
        return outputs


@dataclass(frozen=True)
class Checkpoint:
    """The result of training on a dataset.

    Args:
        name: Of the project.
        dataset: What was trained on.
        targets: Each with its model.
        encoders: Those whose vectors some candidate takes.
        origins: Text column -> what its pre-trained encoder is: "encoder" as the project names it, "sha256", and the
            "commit" where it came from the hub.
    """

    name: str
    dataset: Dataset
    targets: tuple[TrainedTarget, ...]
    encoders: Encoders = field(default_factory=Encoders)
    origins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def held(self, target: str) -> tuple[NDArray[np.int64], Outputs]:
        """Rows of the dataset and what was said of them while they were held out; see `TrainedTarget.held`."""
        return next(one for one in self.targets if one.name == target).held()

    def views(self, table: Columns) -> Views:
        """The views of rows as a user sends them."""
        parsed = self.dataset.parsed(table)
        return Views(self.dataset, self.dataset.blocks_of(parsed), self.dataset.texts_of(parsed), self.encoders)

    def outputs(self, table: Columns) -> dict[str, Outputs]:
        """Target name -> outputs, by the training side's own code."""
        views = self.views(table)
        return {target.name: target.outputs(target.chosen, target.calibration, views) for target in self.targets}

    def baselines(self, views: Views) -> dict[str, dict[str, Outputs]]:
        """Target name -> method -> outputs of the candidates that were not chosen, each calibrated as on its rung."""
        return {
            target.name: {
                candidate.method: target.outputs(candidate, target.calibrations[candidate.method], views)
                for candidate in target.candidates
                if candidate is not target.chosen
            }
            for target in self.targets
        }


def save(
    folder: Path,
    targets: Iterable[dict[str, Any]],
    encoders: Encoders | None = None,
    origins: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Write `choice.json`; the candidates' folders are named relative to it, those of encoders copied beside them.

    Args:
        folder: Takes it.
        targets: What training says of each.
        encoders: Those of the dataset; left out where no candidate takes their vectors.
        origins: See `Checkpoint`.
    """
    chosen, kept = list(targets), []  # in the order in which their vectors stand in a view
    read = any(candidate["view"] in WITH_VECTORS for target in chosen for candidate in target["candidates"])
    for number, (column, encoder) in enumerate(encoders.of.items() if encoders and read else ()):
        place = f"encoders/{number}"
        shutil.copytree(encoder.folder, folder / place, ignore=shutil.ignore_patterns(".*"))
        kept.append([column, place])
    told = {column: dict(one) for column, one in (origins or {}).items()}
    choice = {"targets": chosen, "encoders": kept, "origins": told}
    (folder / CHOICE).write_text(json.dumps(choice, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")


def load(name: str, dataset: Dataset, folder: Path, cache: Path | None = None) -> Checkpoint:
    """Read what `save` wrote; nothing heavy is loaded until scores are asked for.

    Args:
        name: Of the project.
        dataset: What was trained on.
        folder: Takes `choice.json`.
        cache: Where vectors of frozen encoders are kept.
    """
    choice = json.loads((folder / CHOICE).read_text("utf-8"))
    targets = tuple(_target(entry, folder) for entry in choice["targets"])
    encoders = {column: Encoder(folder / place, cache) for column, place in choice["encoders"]}
    return Checkpoint(name, dataset, targets, Encoders(lambda: encoders), choice["origins"])


def save_held(folder: Path, method: str, rows: Array, outputs: Outputs) -> None:
    """Write what `TrainedTarget.held` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"rows": rows, **outputs}
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / f"{method}.safetensors")


def _target(entry: dict[str, Any], folder: Path) -> TrainedTarget:
    candidates: dict[str, Candidate] = {}
    for item in entry["candidates"]:  # members stand before the ensembles made of them
        members = tuple(candidates[member] for member in item["members"])
        folders = tuple(folder / place for place in item["folders"])
        candidates[item["method"]] = Candidate(item["method"], folders, item["view"], members)
    return TrainedTarget(
        name=entry["name"],
        columns=tuple(entry["columns"]),
        task=entry["task"],
        state=entry["state"],
        calibration=entry["calibration"],
        chosen=candidates[entry["chosen"]],
        ladder=tuple(entry["ladder"]),
        candidates=tuple(candidates.values()),
        held_folder=folder / entry["held"],
        folds=entry["folds"],
        repeats=entry["repeats"],
        calibrations={item["method"]: item["calibration"] for item in entry["candidates"]},
    )
