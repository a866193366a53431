"""One point of a learning curve: what the product would have been with fewer rows, scored on the fixed test rows.

The product's own stages make it: columns are fitted on the subset alone, models are learnt and calibrated from it and,
where goals ask for one, get a decision rule from it; the answers on the test rows are scored as a report scores them.
Intervals, importances, golden answers and the bundle itself are left out: they would cost more than they say here.
"""

from __future__ import annotations

import copy
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.closure import libraries
from modelyard.core.machine import available_threads
from modelyard.core.progress import Clock, Silent
from modelyard.core.project import Project
from modelyard.core.store import Store, digest
from modelyard.core.wishes import Wishes
from modelyard.data.dataset import TEST, TRAIN, Dataset
from modelyard.evaluate.target import NAIVE, Scored, scored
from modelyard.models import checkpoint as checkpoints
from modelyard.models.checkpoint import Checkpoint, TrainedTarget, Views
from modelyard.package.decide import decide
from modelyard.plan.subsets import Rows
from modelyard.prepare.prepare import fitted
from modelyard.train import train as training
from modelyard.train.budget import Plan, Step
from modelyard.train.desk import Training
from modelyard.train.encoders import VECTORS
from modelyard.train.ladder import Rung
from modelyard.train.ways import Way

MOST_LABELS = 12
"""Classes up to which precision and recall of each are kept, whether a goal asks for them yet or not."""
Values = dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Work:
    """How a point is made, whatever its rows.

    Args:
        project: The project, with the methods that are trained.
        method: The one that is measured; `auto`: what training chooses.
        ladder: What is trained for it.
        way: Folds and repeats.
        wishes: What decision rules are chosen by.
        wanted: Target -> metrics that goals are about.
        workspace: The `.modelyard` folder, for vectors of encoders.
    """

    project: Project
    method: str
    ladder: tuple[Rung, ...]
    way: Way
    wishes: Wishes
    wanted: Mapping[str, Sequence[str]]
    workspace: Path


@dataclass(frozen=True)
class Outcome:
    """What a point came to.

    Args:
        metrics: Target -> metric -> its value on the test rows.
        naive: The same of the best answer that looks at no input.
        chosen: Target -> the method that was measured.
        seconds: Wall-clock seconds.
    """

    metrics: Values
    naive: Values
    chosen: dict[str, str]
    seconds: float


def make(work: Work, dataset: Dataset, rows: Rows, seed: int) -> Outcome:
    """Learn from some rows and score the answers on the test rows.

    Args:
        work: How.
        dataset: The prepared rows.
        rows: Numbers of those to learn from, none of them a test row.
        seed: Of all that training draws.
    """
    began = time.monotonic()
    small = subset(dataset, rows)
    project = _with_seed(work.project, seed)
    with tempfile.TemporaryDirectory(prefix="modelyard-point-") as folder:
        shared = Training(
            project=project,
            dataset=small,
            content=small.fingerprint,
            threads=project.train.threads or available_threads(),
            store=Store(Path(folder) / "store"),
            screen=Silent(),
            clock=Clock(math.inf),
            libraries=libraries(),
        )
        out = Path(folder) / "checkpoint"
        out.mkdir()
        plan = _plan(work).to_json()
        training.train(shared, {target.name: plan for target in small.targets}, out)
        checkpoint = checkpoints.load(project.name, small, out, work.workspace / VECTORS)
        metrics, naive, chosen = _scores(work, checkpoint)
    return Outcome(metrics, naive, chosen, round(time.monotonic() - began, 3))


def subset(dataset: Dataset, rows: Rows) -> Dataset:
    """The dataset with only some of the rows to learn from, and everything that is learnt from rows learnt anew.

    Args:
        dataset: All rows.
        rows: Numbers of those that stay beside the test rows.
    """
    kept = np.union1d(rows, np.flatnonzero(dataset.parts == TEST))
    parts = dataset.parts[kept]
    learnt = np.flatnonzero(parts == TRAIN)
    values = {name: cells[kept] for name, cells in dataset.values.items()}
    states = {column.name: fitted(column, values[column.name], learnt) for column in dataset.inputs}
    weights = dataset.weights[kept]
    return replace(
        dataset,
        states=states,
        fingerprint=digest([dataset.fingerprint, kept.tolist()]),
        values=values,
        ys={name: y[kept] for name, y in dataset.ys.items()},
        parts=parts,
        units=dataset.units[kept],
        weights=weights / (weights[learnt].mean() if len(learnt) else 1.0),
        numbers=dataset.numbers[kept],
    )


def _with_seed(project: Project, seed: int) -> Project:
    """The project with another seed of training; its rows are divided already."""
    other = copy.copy(project)
    other.train = project.train.model_copy(update={"seed": seed})
    other.file = project.file.model_copy(update={"train": other.train})
    return other


def _plan(work: Work) -> Plan:
    """All the work that the methods ask for: nothing is cut to a clock, so that points differ in their rows alone."""
    steps = []
    for rung in work.ladder:
        wanted = plugins.part("methods", rung.method, "options").work(rung.options)
        lacking = ("train.lacks", {"modules": ", ".join(rung.lacks), "extra": rung.info.extra})
        steps.append(Step(rung.method, 0 if rung.lacks else wanted, wanted, skipped=lacking if rung.lacks else None))
    folds, repeats = work.way
    return Plan(folds, repeats, tuple(steps))


def _scores(work: Work, checkpoint: Checkpoint) -> tuple[Values, Values, dict[str, str]]:
    """Metrics of the method and of the naive answer, and what was measured."""
    table = checkpoint.dataset.cells(checkpoint.dataset.rows("test"))
    views = checkpoint.views(table)
    metrics: Values = {}
    naive: Values = {}
    meant = [_meant(target, work.method) for target in checkpoint.targets]
    rules = decide(replace(checkpoint, targets=tuple(meant)), work.wishes)

    def on_test(target: TrainedTarget, rule: Any) -> dict[str, float | None]:
        one = _scored(target, views, table, rule, work)
        values = {metric: one.value(metric) for metric in _listed(one, work.wanted[target.name])}
        return {metric: value if math.isfinite(value) else None for metric, value in values.items()}

    for target in meant:
        metrics[target.name] = on_test(target, rules.get(target.name))
        naive[target.name] = on_test(_meant(target, NAIVE), None)
    return metrics, naive, {target.name: target.chosen.method for target in meant}


def _meant(target: TrainedTarget, method: str) -> TrainedTarget:
    """The target with the candidate of a method as the chosen one, where it was trained."""
    found = next((one for one in target.candidates if one.method == method), None)
    return target if found is None else replace(target, chosen=found, calibration=target.calibrations[method])


def _scored(target: TrainedTarget, views: Views, table: Any, rule: Any, work: Work) -> Scored:
    """The answers on the test rows beside the truth."""
    entry = {
        "name": target.name,
        "columns": list(target.columns),
        "task": target.task,
        "state": target.state,
        "calibration": target.calibration,
        "method": target.chosen.method,
        "decision": rule,
    }
    outputs = target.outputs(target.chosen, target.calibration, views)
    outputs |= plugins.part("tasks", target.task, "decide").decided(outputs, rule)
    return scored(entry, table, outputs, work.project.evaluate.confidence, work.project.train.seed)


def _listed(one: Scored, wanted: Sequence[str]) -> list[str]:
    """The metrics that are kept: those of a report, those of goals, and what goals may be about tomorrow."""
    labels = one.labels if len(one.labels) <= MOST_LABELS else ()
    each = [f"{kind}[{label}]" for kind in ("recall", "precision") if one.has(f"{kind}[class]") for label in labels]
    return list(dict.fromkeys([*one.metrics, *wanted, *each]))
