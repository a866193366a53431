"""What training works on: the shared tools, and one target's rows in every view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.progress import Clock, Screen
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Problem, State
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset, DatasetTarget, Part
from modelyard.models import checkpoint
from modelyard.models.checkpoint import Candidate


@dataclass(frozen=True)
class Training:
    """What all steps of one training share.

    Args:
        project: The validated project.
        dataset: The prepared rows.
        content: Content id of the dataset.
        threads: Processor threads.
        store: Where finished candidates are kept.
        screen: Where progress is shown.
        clock: The run's clock.
        libraries: Versions of the libraries that results depend on.
    """

    project: Project
    dataset: Dataset
    content: str
    threads: int
    store: Store
    screen: Screen
    clock: Clock
    libraries: dict[str, str]


class Desk:
    """One target's rows, its problem in every view, and the scores of its candidates."""

    def __init__(self, training: Training, target: DatasetTarget) -> None:
        self.training, self.target = training, target
        self.task = {name: plugins.part("tasks", target.task, name) for name in ("target", "calibrate", "metrics")}
        self.rows = {"train": self._known("train"), "valid": self._known("valid")}
        self.state: State = self.task["target"].fit(self.y("train"), target.state)
        self.views = {
            part: checkpoint.Views(training.dataset, training.dataset.blocks(self.rows[part])) for part in self.rows
        }

    def y(self, part: str) -> Array:
        """The target of the train or valid rows."""
        return self.training.dataset.y(self.target.name, self.rows[part])

    def problem(self, view: str) -> Problem:
        """What a method learns from."""
        return self._problem(
            self.views["train"][view], self.views["valid"][view], "train", self.training.dataset.features(view)
        )

    def problem_of_scores(self, members: list[Candidate]) -> Problem:
        """What an ensemble learns from: its members' scores on the validation rows."""
        scores = np.concatenate([member.scores(self.views["valid"]) for member in members], axis=1)
        return self._problem(scores, scores, "valid", ())

    def _problem(self, x: Array, x_valid: Array, part: str, features: tuple[Any, ...]) -> Problem:
        encode = partial(self.task["target"].encode, state=self.state)
        return Problem(
            task=self.target.task,
            state=self.state,
            width=self.task["target"].width(self.state),
            features=features,
            x=x,
            y=encode(self.y(part)),
            x_valid=x_valid,
            y_valid=encode(self.y("valid")),
            seed=self.training.project.train.seed,
            threads=self.training.threads,
        )

    def _known(self, part: Part) -> Array:
        """The rows of a part that have this target."""
        rows = self.training.dataset.rows(part)
        known: Array = self.task["target"].known(self.training.dataset.y(self.target.name, rows))
        return rows[known]
