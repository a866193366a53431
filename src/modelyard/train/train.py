"""Dataset + work plan -> checkpoint: every rung in turn, each kept as soon as it is done, then the choice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.closure import digest as code_digest
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.progress import Clock, Screen, Watched
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Problem, State
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset, DatasetTarget, Part
from modelyard.models import checkpoint
from modelyard.models.checkpoint import Candidate
from modelyard.train import budget
from modelyard.train.ladder import Rung, require, rungs
from modelyard.train.select import Trial, choose, climb

SUMMARY = "summary.json"


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
    """

    project: Project
    dataset: Dataset
    content: str
    threads: int
    store: Store
    screen: Screen
    clock: Clock


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


def make_plan(training: Training, folder: Path) -> None:
    """Measure each method's rate once and write the work plan: target -> steps."""
    ladder, targets = rungs(training.project), training.dataset.targets
    steps: dict[str, list[budget.Step]] = {}
    for target in targets:
        granted = sum(map(budget.planned, steps.values()))
        seconds = budget.share(training.clock, granted, len(targets) - len(steps))
        steps[target.name] = budget.plan(ladder, Desk(training, target).problem, seconds)
    written = {name: [step.to_json() for step in granted] for name, granted in steps.items()}
    (folder / "plan.json").write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")


def train(training: Training, plan: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    """Climb the ladder for every target and write the checkpoint.

    Args:
        training: What all steps share.
        plan: What `make_plan` wrote, from this run or an earlier one.
        folder: Takes `choice.json` and the candidates.

    Raises:
        ProjectError: The plan was made for other targets or other methods.
        InstallError: The plan was made where more was installed.
    """
    ladder = rungs(training.project)
    steps = {target.name: _steps(plan, target.name, ladder, training.project) for target in training.dataset.targets}
    chosen = [
        _train_target(Desk(training, target), ladder, steps[target.name], folder, number)
        for number, target in enumerate(training.dataset.targets)
    ]
    checkpoint.save(folder, chosen)


def _steps(
    plan: dict[str, list[dict[str, Any]]], target: str, ladder: list[Rung], project: Project
) -> list[budget.Step]:
    """What a plan grants each rung for a target, and never more than its options ask for now."""
    steps = [budget.Step.from_json(step) for step in plan.get(target, ())]
    methods = [rung.method for rung in ladder]
    if [step.method for step in steps] != methods:
        planned = "; ".join(
            f"{name}: {', '.join(step['method'] for step in granted)}" for name, granted in plan.items()
        )
        expected = text("train.expected_plan", target=target, methods=", ".join(methods))
        raise ProjectError(Mistake("plan.json", planned, expected, text("train.fix_plan")))
    require([rung for rung, step in zip(ladder, steps, strict=True) if step.work], project)
    wanted = [plugins.part("methods", rung.method, "options").work(rung.options) for rung in ladder]
    return [replace(step, work=min(step.work, most)) for step, most in zip(steps, wanted, strict=True)]


def _train_target(
    desk: Desk, ladder: list[Rung], steps: list[budget.Step], folder: Path, number: int
) -> dict[str, Any]:
    seed = desk.training.project.train.seed
    trials: list[Trial] = []
    for rung, step in zip(ladder, steps, strict=True):
        trials += _trials(desk, rung, step, trials)
    best = choose(trials, seed)
    kept = [trial for trial in trials if not trial.candidate.members or trial is best]
    for trial in kept:
        shutil.copytree(
            trial.candidate.folder, folder / _place(number, trial.candidate), ignore=shutil.ignore_patterns(".*")
        )
    return {
        "name": desk.target.name,
        "columns": list(desk.target.columns),
        "task": desk.target.task,
        "state": desk.state,
        "calibration": best.calibration,
        "chosen": best.candidate.method,
        "ladder": [*climb(trials, seed), *_skipped(steps, trials)],
        "candidates": [
            {
                "method": trial.candidate.method,
                "folder": _place(number, trial.candidate),
                "view": trial.candidate.view,
                "members": [member.method for member in trial.candidate.members],
            }
            for trial in kept
        ],
    }


def _trials(desk: Desk, rung: Rung, step: budget.Step, before: list[Trial]) -> Iterator[Trial]:
    """The trial of one rung; none when it is skipped or its time is up."""
    clock = desk.training.clock
    if step.skipped or not step.work:
        return
    if clock.up and before:
        clock.stopped.append(rung.method)
        return
    members: tuple[Candidate, ...] = ()
    if rung.info.view == "scores":
        members = tuple(trial.candidate for trial in before if trial.candidate.method != "naive")
        if len(members) < 2:
            return
    yield _trial(desk, rung, step, members)


def _trial(desk: Desk, rung: Rung, step: budget.Step, members: tuple[Candidate, ...]) -> Trial:
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
        "code": code_digest(f"modelyard.methods.{rung.method}.fit", "modelyard.models.checkpoint"),
    }
    entry = training.store.entry("candidate", parts, lambda folder: _fit(rung, problem, step, folder, training))
    training.screen.end()
    summary = json.loads((entry.folder / SUMMARY).read_text("utf-8"))
    candidate = Candidate(rung.method, entry.folder / "model", rung.info.view, members)
    scores = candidate.scores(desk.views["valid"])
    calibration = desk.task["calibrate"].fit(scores, desk.y("valid"), desk.state, training.project.evaluate.coverage)
    losses = summary.pop("losses", None)
    if losses is None:
        outputs = desk.task["calibrate"].apply(scores, calibration, desk.state)
        losses = desk.task["metrics"].row_loss(outputs, desk.y("valid"), desk.state)
    return Trial(candidate, np.asarray(losses), calibration, summary, step.work)


def _fit(rung: Rung, problem: Problem, step: budget.Step, folder: Path, training: Training) -> bool:
    watch = Watched(training.screen, training.clock, rung.method)
    (folder / "model").mkdir()
    summary = plugins.part("methods", rung.method, "fit").fit(problem, rung.options, step.work, folder / "model", watch)
    (folder / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, sort_keys=True), "utf-8")
    return rung.method not in training.clock.stopped


def _skipped(steps: list[budget.Step], trials: list[Trial]) -> list[dict[str, Any]]:
    tried = {trial.candidate.method for trial in trials}
    return [
        {"method": step.method, "skipped": step.skipped or _why_not(step)} for step in steps if step.method not in tried
    ]


def _why_not(step: budget.Step) -> tuple[str, dict[str, Any]]:
    return ("train.nothing_to_mix", {}) if step.rate is None else ("train.time_up", {})


def _place(number: int, candidate: Candidate) -> str:
    return f"candidates/{number}/{candidate.method}"
