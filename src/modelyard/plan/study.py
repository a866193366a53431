"""A learning curve of the house's own: what is measured, what it will cost, and the walk from point to point.

one = study(Request(project))       # rows, subsets, method and test set are settled
cost(one)                           # 24 points, 3 of them there, 105 models, about 40 s
measure(one)                        # each point is kept as soon as it is done
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import ledger, local, plugins
from modelyard.core.closure import libraries
from modelyard.core.errors import DataError, Mistake, ProjectError
from modelyard.core.goals import ABOUT_ALL
from modelyard.core.messages import text
from modelyard.core.progress import Screen, Silent
from modelyard.core.project import Project
from modelyard.core.runs import WORKSPACE, Runs
from modelyard.core.store import Store, digest, storage_error
from modelyard.core.wishes import Wishes, wishes_of
from modelyard.data.dataset import TEST, Dataset
from modelyard.pipeline import PLAN, code_of, prepared_rows
from modelyard.plan import measured, subsets
from modelyard.plan.measured import AUTO, Measured, Point, Shared
from modelyard.plan.point import Work, make
from modelyard.prepare.prepare import fingerprint
from modelyard.train.ladder import Rung, rungs
from modelyard.train.ways import Way, goes, ways

SEEDS = 3
OWN_TEST = 0.2
"""Share of the rows that a curve sets aside where the project measures in folds."""
ENSEMBLE = "ensemble"
PARTS = {
    "modalities": ("options", "preprocess"),
    "tasks": ("options", "target", "calibrate", "metrics", "head", "decide", "postprocess"),
    "methods": ("options", "fit", "load"),
}
"""Modules of plug-ins that a point hangs on."""
ROW_SECONDS, POINT_SECONDS = 2e-5, 0.1  # scoring a test row; whatever the rows


@dataclass(frozen=True)
class Request:
    """What to measure.

    Args:
        project: The validated project.
        anchors: Subsets of different sizes; None for the usual number, or fewer where rows are few.
        seeds: How often each size is drawn.
        method: Method to measure; None for that of the newest run, else what the project trains.
    """

    project: Project
    anchors: int | None = None
    seeds: int = SEEDS
    method: str | None = None


@dataclass(frozen=True, eq=False)
class Study:
    """A curve that is to be measured.

    Args:
        work: How its points are made.
        dataset: The prepared rows.
        shared: What all points have in common.
        because: Why this method is measured: "asked", "won" (the newest run), "only" or "chosen" (by training).
        anchors: Sizes of the subsets, rising.
        seeds: Of the subsets.
    """

    work: Work
    dataset: Dataset
    shared: Shared
    because: str
    anchors: tuple[int, ...]
    seeds: tuple[int, ...]

    @cached_property
    def rows(self) -> subsets.Rows:
        """Numbers of the rows that can be learnt from, rising."""
        return learnable_rows(self.dataset)

    @property
    def asked(self) -> list[tuple[int, int]]:
        """Size and seed of every point, the cheap ones first."""
        return [(size, seed) for size in self.anchors for seed in self.seeds]

    def found(self) -> dict[tuple[int, int], Point]:
        """The points that are there: size and seed -> point."""
        folder = measured.folder_of(self.work.workspace, self.shared)
        known = {key: measured.find(folder, self.shared, *key, self.work.wanted) for key in self.asked}
        return {key: point for key, point in known.items() if point is not None}


@dataclass(frozen=True)
class Cost:
    """What is still to be done.

    Args:
        points: Points in all.
        there: Of them, those that were measured before.
        fits: Models that are learnt for the others.
        seconds: What that may take.
        measured: Whether the seconds rest on points of this curve; else on what the methods say of themselves.
    """

    points: int
    there: int
    fits: int
    seconds: float
    measured: bool


def study(request: Request) -> Study:
    """Settle what is measured.

    Raises:
        DataError: The rows do not do for a curve, or no test rows can be kept apart.
        ProjectError: A method that cannot be trained here, or goals that do not fit the data.
    """
    workspace = request.project.folder / WORKSPACE
    project, dataset, own_test = _rows(request.project, Store(workspace / "store"))
    method, because, trained = _method(request, workspace)
    project = _changed(project, "train", method=trained if len(trained) > 1 else trained[0])
    wishes = wishes_of(project, {target.name: target.task for target in dataset.targets})
    work = Work(
        project=project,
        method=method,
        ladder=tuple(rungs(project, dataset.inputs)),
        way=_way(project, dataset, workspace),
        wishes=wishes,
        wanted=_wanted(dataset, wishes),
        workspace=workspace,
    )
    rows = learnable_rows(dataset)
    anchors, seeds = subsets.sizes(len(rows), request.anchors), tuple(range(request.seeds))
    return Study(work, dataset, _shared(work, dataset, len(rows), own_test), because, anchors, seeds)


def cost(one: Study) -> Cost:
    """How many models are still to be learnt, and how long that may take."""
    there = one.found()
    left = [size for size, seed in one.asked if (size, seed) not in there]
    told = {size: _told_seconds(one, size) for size in one.anchors}
    took, said = sum(point.seconds for point in there.values()), sum(told[point.size] for point in there.values())
    fits = sum(_fits(one, rung) for rung in one.work.ladder if rung.info.rung) * len(one.dataset.targets)
    seconds = (took / said if there else 1.0) * sum(told[size] for size in left)
    return Cost(len(one.asked), len(there), len(left) * fits, seconds, bool(there))


def measure(one: Study, screen: Screen | None = None) -> Measured:
    """Measure the points that are not there yet, each written down as soon as it is.

    Args:
        one: What `study` settled.
        screen: Where progress is shown.

    Raises:
        StorageError: The workspace cannot be written.
    """
    screen, there = screen or Silent(), one.found()
    workspace, test = one.work.workspace, one.dataset.test_fingerprint
    folder = measured.begin(workspace, one.shared)
    screen.begin(text("plan.measuring"))
    for done, (size, seed) in enumerate(one.asked):
        screen.advance(done, len(one.asked), {})
        if (size, seed) not in there:
            measured.keep(folder, _point(one, size, seed))
            ledger.scored(workspace, test, digest([one.shared.identity, size, seed]))
    screen.end()
    found = measured.latest(workspace)
    if found is None:  # somebody removed it meanwhile
        raise storage_error(FileNotFoundError(2, "", str(folder)), folder)
    return found


def learnable_rows(dataset: Dataset) -> subsets.Rows:
    """Numbers of the rows outside the test part that have a target and count for something, rising."""
    known = np.zeros(len(dataset.parts), bool)
    for target in dataset.targets:
        known |= plugins.part("tasks", target.task, "target").known(dataset.ys[target.name])
    return np.flatnonzero((dataset.parts != TEST) & known & (dataset.weights > 0)).astype(np.int64)


def data_digest(project: Project) -> str:
    """Digest of the data files and of all that says how they are read and divided."""
    said = project.file.model_dump(mode="json", include={"data", "predict", "columns"})
    said["data"]["split"].pop("test")
    return digest([fingerprint(project), said, project.train.seed])


# ----------------------------------------------------------------------------------- details
def _rows(project: Project, store: Store) -> tuple[Project, Dataset, bool]:
    """The prepared rows, with test rows of the curve's own where the project measures in folds; and whether it does."""
    dataset = Dataset.load(prepared_rows(project, None, store.entry).folder)
    in_folds = dataset.measured_on == "folds"
    if in_folds:
        project = _changed(project, "data", split=project.data.split.model_copy(update={"test": OWN_TEST}))
        dataset = Dataset.load(prepared_rows(project, None, store.entry).folder)
    if not dataset.held_out:
        got, expected = text("plan.got_no_test", rows=len(dataset.parts)), text("plan.expected_test")
        raise DataError(Mistake("modelyard plan curve", got, expected, text("plan.fix_few_rows")))
    return project, dataset, in_folds


def _changed(project: Project, section: str, **values: Any) -> Project:
    """The project with other values in a section; they need no check."""
    other = copy.copy(project)
    part = getattr(project, section).model_copy(update=values)
    other.file = project.file.model_copy(update={section: part})
    setattr(other, section, part)
    return other


def _method(request: Request, workspace: Path) -> tuple[str, str, list[str]]:
    """The method that is measured, why, and the methods that have to be trained for it.

    Raises:
        ProjectError: There is no such method.
    """
    known = (AUTO, *plugins.names("methods"))
    if request.method is not None and request.method not in known and not local.is_file(request.method):
        expected = text("project.expected_one_of", names=", ".join(known))
        near = plugins.nearest(request.method, known)
        raise ProjectError(Mistake("modelyard plan curve --method", request.method, expected, near))
    named = request.project.train.method
    own = [named] if isinstance(named, str) else list(named)
    method, because = (request.method, "asked") if request.method else _usual(own, workspace)
    if method == ENSEMBLE:
        return method, because, [AUTO] if AUTO in own else list(dict.fromkeys([*own, ENSEMBLE]))
    return method, because, own if method == AUTO and AUTO not in own else [method]


def _usual(own: Sequence[str], workspace: Path) -> tuple[str, str]:
    """What won in the newest run, else the one method that the project trains, else whatever training chooses."""
    newest = _newest(workspace)
    if newest is not None:
        return newest[1], "won"
    return (own[0], "only") if len(own) == 1 and own[0] != AUTO else (AUTO, "chosen")


def _newest(workspace: Path) -> tuple[Way, str] | None:
    """Folds and winner of the newest finished run, of several targets those of the first one; None without a run."""
    runs = Runs(workspace)
    for record in reversed([record for record in runs.list() if record.state == "finished"]):
        try:
            plan = json.loads((runs.folder(record) / PLAN).read_text("utf-8"))
            report = json.loads((runs.bundle(record) / "evidence" / "report.json").read_text("utf-8"))
            first = next(iter(plan.values()))
            return (int(first["folds"]), int(first["repeats"])), str(report["targets"][0]["method"])
        except (OSError, ValueError, KeyError, StopIteration, IndexError, TypeError):
            continue
    return None


def _way(project: Project, dataset: Dataset, workspace: Path) -> Way:
    """The newest run's folds where they go, each row once; else the best that come into question."""
    open_ways = ways(project, dataset, len(dataset.parts))
    newest = _newest(workspace)
    free = project.train.folds == "auto" and project.train.repeats == "auto"
    if newest is not None and free and goes(newest[0], open_ways):
        return newest[0][0], 1
    return open_ways[0]


def _shared(work: Work, dataset: Dataset, rows: int, own_test: bool) -> Shared:
    """What all points have in common."""
    project = work.project
    return Shared(
        method=work.method,
        trained=tuple(rung.method for rung in work.ladder),
        options={rung.method: rung.options.model_dump(mode="json") for rung in work.ladder},
        folds=work.way,
        data=data_digest(project),
        test=dataset.test_fingerprint,
        test_rows=int((dataset.parts == TEST).sum()),
        rows=rows,
        share=1.0 if project.data.test or own_test else 1.0 - project.data.split.test_share,
        own_test=own_test,
        targets={one.name: {"task": one.task, "state": one.state} for one in dataset.targets},
        deciding=_deciding(work.wishes),
        code=code_of("plan.point", **PARTS),
        libraries=libraries(),
        texts=bool(dataset.text_columns),
    )


def _deciding(wishes: Wishes) -> str:
    """Digest of what decision rules follow from; how much of a metric a plain goal wants is no part of it."""
    asked = [str(goal) if goal.conditions or goal.metric in ABOUT_ALL else goal.name for goal in wishes.goals]
    return digest([asked, wishes.options, wishes.confidence])


def _wanted(dataset: Dataset, wishes: Wishes) -> dict[str, tuple[str, ...]]:
    """Target -> the metrics that goals are about."""
    return {
        target.name: tuple(dict.fromkeys(part.name for goal in wishes.goals_on(target.name) for part in goal.parts))
        for target in dataset.targets
    }


def _point(one: Study, size: int, seed: int) -> Point:
    """Measure a point."""
    dataset, shared = one.dataset, one.shared
    strata = subsets.strata_of(dataset.ys[dataset.targets[0].name][one.rows], dataset.parts[one.rows])
    units = dataset.units[one.rows]
    rows = one.rows[subsets.beginning(subsets.order(strata, units, seed), units, size)]
    found = make(one.work, dataset, rows, seed)
    return Point(
        size=size,
        rows=len(rows),
        seed=seed,
        metrics=found.metrics,
        naive=found.naive,
        chosen=found.chosen,
        seconds=found.seconds,
        test=shared.test,
        data=shared.data,
        code=shared.code,
        method=shared.method,
    )


def _fits(one: Study, rung: Rung) -> int:
    """Models that a rung learns for one target."""
    return 1 if rung.info.view == "scores" else math.prod(one.work.way)


def _told_seconds(one: Study, size: int) -> float:
    """What the methods say of themselves for so many rows, and what scoring takes."""
    columns = len(one.dataset.inputs)
    learning = sum(
        plugins.part("methods", rung.method, "options").cost(size, columns, rung.options)[0] * _fits(one, rung)
        for rung in one.work.ladder
    )
    return float(learning * len(one.dataset.targets)) + ROW_SECONDS * one.shared.test_rows + POINT_SECONDS
