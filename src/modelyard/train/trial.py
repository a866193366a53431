"""One rung of the ladder tried: fitted, or found in the store, and judged on the validation rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from modelyard.core import plugins
from modelyard.core.closure import digest as code_digest
from modelyard.core.progress import Watched
from modelyard.core.protocols import Array, Problem
from modelyard.models.checkpoint import Candidate
from modelyard.models.folds import folds
from modelyard.train.budget import Step
from modelyard.train.desk import Desk, Training
from modelyard.train.ladder import FEWEST_MIXED, Rung
from modelyard.train.select import Trial

SUMMARY = "summary.json"
FOLDS = 5


def trials(desk: Desk, rung: Rung, step: Step, before: Sequence[Trial]) -> Iterator[Trial]:
    """The trial of one rung; none when it is skipped or its time is up."""
    clock = desk.training.clock
    if step.skipped or not step.work:
        return
    members: tuple[Candidate, ...] = ()
    if rung.info.view == "scores":
        members = tuple(trial.candidate for trial in before if trial.candidate.method != "naive")
        if len(members) < FEWEST_MIXED:
            return
    if clock.up and before:
        clock.stopped.append(rung.method)
        return
    yield _trial(desk, rung, step, members)


def _trial(desk: Desk, rung: Rung, step: Step, members: tuple[Candidate, ...]) -> Trial:
    training = desk.training
    training.screen.begin(rung.title)
    problem = desk.problem_of_scores(list(members)) if members else desk.problem(rung.info.view)
    parts = {
        "dataset": training.content,
        "target": desk.target.name,
        "method": rung.method,
        "options": rung.options.model_dump(mode="json"),
        "work": step.work,
        "seed": problem.seed,
        "threads": problem.threads,
        "members": [member.folder.parent.name for member in members],
        "code": code_digest("modelyard.models.checkpoint", *_modules(desk, rung)),
        "libraries": training.libraries,
    }
    entry = training.store.entry("candidate", parts, lambda folder: _fit(rung, problem, step, folder, training))
    training.screen.end()
    summary = json.loads((entry.folder / SUMMARY).read_text("utf-8"))
    candidate = Candidate(rung.method, entry.folder / "model", rung.info.view, members)
    scores = candidate.scores(desk.views["valid"])
    calibration = desk.task["calibrate"].fit(scores, desk.y("valid"), desk.state, training.project.evaluate.coverage)
    losses = summary.pop("losses", None)  # an ensemble's are out of fold already
    if losses is None:
        losses = _out_of_fold(desk, scores)
    return Trial(candidate, np.asarray(losses), calibration, summary, step.work)


def _out_of_fold(desk: Desk, scores: Array) -> Array:
    """Loss of each validation row under a calibration that did not see it, so that all trials are judged alike."""
    task, y, state, project = desk.task, desk.y("valid"), desk.state, desk.training.project
    fold, losses = folds(y, FOLDS, project.train.seed), np.empty(len(y))
    for number in np.unique(fold):
        held = fold == number
        fitted = task["calibrate"].identity(state)
        if not held.all():
            fitted = task["calibrate"].fit(scores[~held], y[~held], state, project.evaluate.coverage)
        losses[held] = task["metrics"].row_loss(task["calibrate"].apply(scores[held], fitted, state), y[held], state)
    return losses


def _modules(desk: Desk, rung: Rung) -> Iterator[str]:
    """The code that a candidate is made with, whichever packages it comes from."""
    used = {
        ("methods", rung.method): ("options", "fit", "load"),
        ("tasks", desk.target.task): ("target", "calibrate", "metrics", "head"),
        **{("modalities", name): ("preprocess",) for name in desk.training.dataset.modalities},
    }
    for (room, name), parts in used.items():
        yield from (f"{plugins.location(room, name)}.{part}" for part in parts)


def _fit(rung: Rung, problem: Problem, step: Step, folder: Path, training: Training) -> bool:
    watch = Watched(training.screen, training.clock, rung.method)
    (folder / "model").mkdir()
    summary = plugins.part("methods", rung.method, "fit").fit(problem, rung.options, step.work, folder / "model", watch)
    (folder / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, sort_keys=True), "utf-8")
    return rung.method not in training.clock.stopped
