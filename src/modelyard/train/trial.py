"""One rung of the ladder tried: fitted in every fold, or found in the store, and judged on the held-out rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.closure import digest as code_digest
from modelyard.core.progress import Watched
from modelyard.core.protocols import Doubles, Outputs
from modelyard.models.checkpoint import Candidate
from modelyard.models.folds import Rows, out_of_fold
from modelyard.train.budget import Step
from modelyard.train.desk import Bench, Desk
from modelyard.train.ladder import FEWEST_MIXED, Rung
from modelyard.train.select import Trial

SUMMARY, SCORES, MODEL = "summary.json", "scores.npy", "model"
LEAST_WEIGHT = 0.02
"""A member of an ensemble below this is not worth its bytes and its time: it is left out, and the rest mixed anew."""


def trials(desk: Desk, rung: Rung, step: Step, before: Sequence[Trial]) -> Iterator[Trial]:
    """The trial of one rung; none when it is skipped or its time is up."""
    clock = desk.training.clock
    if step.skipped or not step.work:
        return
    members: list[Trial] = []
    if rung.info.view == "scores":
        members = [trial for trial in before if trial.candidate.method != "naive" and trial.ships]
        if len(members) < FEWEST_MIXED:
            return
    if clock.up and before:
        clock.stopped.append(rung.method)
        return
    trial = attempt(desk, rung, step, members)
    weights = trial.summary.get("weights", ())
    used = [one for one, weight in zip(members, weights, strict=False) if weight >= LEAST_WEIGHT]
    yield attempt(desk, rung, step, used) if FEWEST_MIXED <= len(used) < len(members) else trial


def attempt(desk: Desk, rung: Rung, step: Step, members: Sequence[Trial]) -> Trial:
    """Fit a rung with its options, or find it in the store, and judge it.

    Args:
        desk: The target's rows, and folds.
        rung: The method and its options.
        step: What it is granted.
        members: What an ensemble mixes; () for all other methods.
    """
    training = desk.training
    mixed = tuple(member.candidate for member in members)
    parts = {
        "dataset": training.content,
        "encoders": training.digests,
        "target": desk.target.name,
        "method": rung.method,
        "options": rung.options.model_dump(mode="json"),
        "work": step.work,
        "seed": desk.seed,
        "balanced": desk.balance.tolist(),
        "folds": [desk.folds, desk.repeats],
        "rows": len(desk.held),
        "threads": training.threads,
        "members": [member.folders[0].parent.parent.name for member in mixed],
        "code": code_digest("modelyard.train.desk", *_modules(desk, rung)),
        "own_code": plugins.local_digest("methods", rung.method),
        "libraries": training.libraries,
    }

    def make(folder: Path) -> bool:
        bench = _bench_of(desk, members) if members else desk.bench(rung.info.view)
        training.screen.begin(rung.title)  # now: an encoder may have read all texts for the view, under its own title
        return _learn(desk, bench, rung, step, folder, training.store.halfway("candidate", parts))

    entry = training.store.entry("candidate", parts, make)
    if entry.hit:
        training.screen.begin(rung.title)
    training.screen.end()
    folders = sorted((entry.folder / MODEL).iterdir(), key=lambda folder: int(folder.name))
    candidate = Candidate(rung.method, tuple(folders), rung.info.view, mixed)
    summary = json.loads((entry.folder / SUMMARY).read_text("utf-8"))
    return judged(desk, candidate, np.load(entry.folder / SCORES), summary, step.work)


def judged(desk: Desk, candidate: Candidate, scores: Doubles, summary: dict[str, Any], work: int) -> Trial:
    """A candidate with its calibration, and with the losses of rows that neither it nor the calibration saw."""
    weight = desk.weight[desk.held]
    outputs = _calibrated_apart(desk, scores)
    losses = desk.task["metrics"].row_loss(outputs, desk.y[desk.held], desk.state)
    weighed = np.asarray(losses * (weight / weight.mean() if len(weight) else 1.0), np.float64)
    return Trial(candidate, scores, outputs, weighed, _calibration(desk, scores, slice(None)), summary, work)


def _calibrated_apart(desk: Desk, scores: Doubles) -> Outputs:
    """Outputs of each held-out row under a calibration that did not see it, so that all trials are judged alike."""
    calibrate = desk.task["calibrate"]
    outputs: Outputs = calibrate.apply(scores, _brought_back(desk, calibrate.identity(desk.state)), desk.state)
    for one in desk.judging:
        if len(scores[one.train]):
            fitted = _calibration(desk, scores, one.train)
            for name, values in calibrate.apply(scores[one.held], fitted, desk.state).items():
                outputs[name][one.held] = values
    return outputs


def _calibration(desk: Desk, scores: Doubles, rows: Rows) -> dict[str, Any]:
    """Fitted on some of the held-out rows."""
    y, weight = (values[desk.held][rows] for values in (desk.y, desk.weight))
    confidence = desk.training.project.evaluate.coverage
    fitted = desk.task["calibrate"].fit(scores[rows] - desk.shift, y, desk.state, confidence, weight)
    return _brought_back(desk, fitted)


def _brought_back(desk: Desk, calibration: dict[str, Any]) -> dict[str, Any]:
    """A calibration of scores without the shift of balanced classes, for scores with it (Elkan 2001)."""
    offset = np.asarray(calibration["offset"]) - np.asarray(calibration["slope"]) * desk.shift
    return {**calibration, "offset": offset.tolist()}


def _modules(desk: Desk, rung: Rung) -> Iterator[str]:
    """The code that a candidate is made with, whichever packages it comes from."""
    used = {
        ("methods", rung.method): ("options", "fit", "load"),
        ("tasks", desk.target.task): ("target", "calibrate", "metrics", "head"),
        **{("modalities", name): ("preprocess",) for name in desk.training.dataset.modalities},
    }
    for (room, name), parts in used.items():
        if plugins.local_digest(room, name):  # one file without a package, see `own_code`
            continue
        yield from (f"{plugins.location(room, name)}.{part}" for part in parts)


def _bench_of(desk: Desk, members: Sequence[Trial]) -> Bench:
    return desk.bench_of_scores(np.concatenate([member.scores for member in members], axis=1))


def _learn(desk: Desk, bench: Bench, rung: Rung, step: Step, folder: Path, halfway: Path) -> bool:
    """Fit a method in every fold, and keep what the folds say of their held-out rows."""
    training = desk.training
    watch = Watched(training.screen, training.clock, rung.method)
    folders = [folder / MODEL / str(number) for number in range(len(bench.divided))]
    for one in folders:
        one.mkdir(parents=True)
    problems = [replace(desk.problem(bench, one), halfway=halfway) for one in bench.divided]
    fit, load = (plugins.part("methods", rung.method, part) for part in ("fit", "load"))
    summary = fit.fit(problems, rung.options, step.work, folders, watch)
    (folder / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, sort_keys=True), "utf-8")
    scores = out_of_fold(
        bench.divided, len(bench.x), lambda number, rows: load.load(folders[number]).scores(bench.x[rows])
    )
    np.save(folder / SCORES, scores[bench.held])
    return rung.method not in training.clock.stopped
