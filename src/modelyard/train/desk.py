"""What training works on: the shared tools, and one target's rows in every view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.progress import Clock, Screen
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Mixed, Problem, State, TextColumn, Texts, View
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset, DatasetTarget, Part
from modelyard.models import checkpoint
from modelyard.models.encoders import Encoders
from modelyard.models.folds import Division, Rows, divisions
from modelyard.train import encoders

JUDGING_FOLDS = 5


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
        remarks: What the run's record says of things that went otherwise.
    """

    project: Project
    dataset: Dataset
    content: str
    threads: int
    store: Store
    screen: Screen
    clock: Clock
    libraries: dict[str, str]
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def sources(self) -> dict[str, Path]:
        """Text column -> the folder of its pre-trained encoder, where it names one."""
        return encoders.sources(self.project, self.dataset)

    @cached_property
    def digests(self) -> dict[str, str]:
        """Text column -> sha256 of that encoder."""
        return encoders.digests(self.sources)

    @cached_property
    def encoders(self) -> Encoders:
        """The encoders, as they are; exported, and all texts read, when a vector is first asked for."""
        return Encoders(partial(encoders.frozen, self))


@dataclass(frozen=True)
class Bench:
    """What a method works on.

    Args:
        x: A view, or members' scores [rows, features].
        features: What its columns are; () for scores.
        rows: The rows of x, as places among those of the desk.
        divided: The folds, as places in x.
        held: Those that some fold holds out, as places in x.
    """

    x: Any
    features: tuple[Feature, ...]
    rows: Rows
    divided: Sequence[Division]
    held: Rows


class Desk:
    """One target's rows, dealt into folds, and its problems in every view.

    Attributes:
        rows: Numbers of the rows that have the target and count for something: those that train, then those that are
            held out for choices, when there is one fold; else all of them in order.
        divided: The folds, as places in `rows`.
        held: Places in `rows` of those that some fold holds out, rising: every choice is made on them.
    """

    def __init__(self, training: Training, target: DatasetTarget, folds: int, repeats: int) -> None:
        self.training, self.target, self.folds, self.repeats = training, target, folds, repeats
        self.task = {name: plugins.part("tasks", target.task, name) for name in ("target", "calibrate", "metrics")}
        self.rows, self.divided = self._divide(folds, repeats)
        self.held = np.unique(np.concatenate([np.arange(len(self.rows))[one.held] for one in self.divided]))
        learnt = slice(None) if len(self.divided) > 1 else self.divided[0].train
        self.state: State = self.task["target"].fit(self.y[learnt], target.state)
        blocks, texts = training.dataset.blocks(self.rows), training.dataset.texts(self.rows)
        self.views = checkpoint.Views(training.dataset, blocks, texts, training.encoders)

    def _divide(self, folds: int, repeats: int) -> tuple[NDArray[np.int64], list[Division]]:
        dataset, train = self.training.dataset, self._known("train")
        if not dataset.taught:
            return np.zeros(0, np.int64), [Division(slice(None), slice(None))]
        if folds == 1 and dataset.measured_on == "test":
            held = self._known("valid", self.task["target"].fit(dataset.y(self.target.name, train), self.target.state))
            return np.concatenate([train, held]), [Division(slice(0, len(train)), slice(len(train), None))]
        rows = np.union1d(train, self._known("valid"))
        y, units = dataset.y(self.target.name, rows), dataset.units[rows]
        if folds == 1 or len(np.unique(units)) == 1:  # nothing can be held out
            return rows, [Division(slice(None), slice(None))]
        return rows, divisions(y, folds, repeats, self.seed, units)

    @property
    def seed(self) -> int:
        """Of the folds and of everything that is drawn in them."""
        return self.training.project.train.seed

    @cached_property
    def y(self) -> Array:
        """The target of the rows."""
        return self.training.dataset.y(self.target.name, self.rows)

    @cached_property
    def units(self) -> NDArray[np.int64]:
        """Rows of one unit are never on both sides of a fold."""
        return self.training.dataset.units[self.rows]

    @cached_property
    def weight(self) -> Doubles:
        """How much each row counts."""
        return self.training.dataset.weights[self.rows]

    @cached_property
    def balance(self) -> Doubles:
        """How much more each class counts while learning than by its rows [classes]; ones unless they are balanced.

        Raises:
            ProjectError: They are to be balanced, and there are no classes.
        """
        project = self.training.project
        classes = self.task["target"].encode(self.y, state=self.state)
        if project.train.class_weight == "none" or not len(self.rows):
            return np.ones(0)
        if classes.ndim > 1:
            got, expected = text("train.got_balanced", task=self.target.task), text("train.expected_balanced")
            raise ProjectError(Mistake(project.place("train", "class_weight"), got, expected, "class_weight: none"))
        totals = np.bincount(classes, self.weight, minlength=max(2, self.task["target"].width(self.state)))
        shares = totals / totals.sum()
        return np.asarray(np.where(shares > 0, 1 / np.maximum(shares, 1e-300) / (shares > 0).sum(), 1.0), np.float64)

    @property
    def shift(self) -> Doubles:
        """By how much balanced classes move the scores [width]; 0 without."""
        width = self.task["target"].width(self.state)
        logs = np.log(self.balance) if len(self.balance) else np.zeros(max(2, width))
        return logs[:width] if width > 1 else logs[1:2] - logs[:1]

    @cached_property
    def judging(self) -> list[Division]:
        """Folds of the held-out rows, as places in `held`: calibrations and mixtures are judged on rows unseen, too."""
        return divisions(self.y[self.held], JUDGING_FOLDS, 1, self.seed, self.units[self.held])

    def bench(self, view: str) -> Bench:
        """What a method that takes a view works on."""
        features = checkpoint.features(self.training.dataset, self.training.encoders, view)
        return Bench(self.views[view], features, slice(None), self.divided, self.held)

    def bench_of_scores(self, scores: Doubles) -> Bench:
        """What an ensemble works on: scores that its members gave to rows they did not see [held, members * width]."""
        return Bench(scores, (), self.held, self.judging, slice(None))

    def problem(self, bench: Bench, one: Division) -> Problem:
        """What a method learns from in one fold."""
        weights = self.weight[bench.rows]
        (x, texts), (x_valid, texts_valid) = _apart(bench.x[one.train]), _apart(bench.x[one.held])
        y = self.task["target"].encode(self.y[bench.rows], state=self.state)
        if len(self.balance):
            weights = weights * self.balance[y]
        learnt = weights[one.train]
        weight = (weights / (learnt.mean() if len(learnt) else 1.0)).astype(np.float32)
        return Problem(
            task=self.target.task,
            state=self.state,
            width=self.task["target"].width(self.state),
            features=bench.features,
            x=x,
            y=y[one.train],
            weight=weight[one.train],
            x_valid=x_valid,
            y_valid=y[one.held],
            weight_valid=weight[one.held],
            seed=self.seed,
            threads=self.training.threads,
            units=self.units[bench.rows][one.train],
            texts=texts,
            texts_valid=texts_valid,
            columns=self.columns,
        )

    @cached_property
    def columns(self) -> tuple[TextColumn, ...]:
        """The text columns, as methods meet them."""
        training = self.training
        return tuple(
            TextColumn(
                name=column.name,
                options=column.options,
                folder=training.sources.get(column.name),
                encode=partial(self._vectors, column.name) if column.name in training.sources else None,
            )
            for column in training.dataset.text_columns
        )

    def _vectors(self, column: str, texts: Array) -> Floats:
        return self.training.encoders.of[column].vectors(texts)

    def _known(self, part: Part, state: State | None = None) -> NDArray[np.int64]:
        """The rows of a part that have this target, and a weight."""
        dataset = self.training.dataset
        rows = dataset.rows(part)
        known = self.task["target"].known(dataset.y(self.target.name, rows), state) & (dataset.weights[rows] > 0)
        return np.asarray(rows[known], np.int64)


def _apart(view: View) -> tuple[Floats, Texts]:
    """The matrix of a view, and its texts."""
    return (view.table, view.texts) if isinstance(view, Mixed) else (view, {})
