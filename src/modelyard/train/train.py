"""Dataset + work plan -> checkpoint: every rung in turn, each kept as soon as it is done, then the choice."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.progress import Clock
from modelyard.core.project import Project
from modelyard.models import checkpoint
from modelyard.models.checkpoint import Candidate
from modelyard.train import budget
from modelyard.train.desk import Desk, Training
from modelyard.train.ladder import Rung, require, rungs
from modelyard.train.select import Trial, choose, climb
from modelyard.train.trial import trials


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
    tried: list[Trial] = []
    for rung, step in zip(ladder, steps, strict=True):
        tried += trials(desk, rung, step, tried)
    best = choose(tried, seed)
    kept = [trial for trial in tried if not trial.candidate.members or trial is best]
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
        "ladder": [*climb(tried, seed), *_skipped(steps, tried, desk.training.clock)],
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


def _skipped(steps: list[budget.Step], tried: list[Trial], clock: Clock) -> list[dict[str, Any]]:
    """The rungs that were not climbed, each with the message that says why."""
    reached = {trial.candidate.method for trial in tried}
    return [
        {"method": step.method, "skipped": step.skipped or _why_not(step.method in clock.stopped)}
        for step in steps
        if step.method not in reached
    ]


def _why_not(stopped: bool) -> tuple[str, dict[str, Any]]:
    return ("train.time_up", {}) if stopped else ("train.nothing_to_mix", {})


def _place(number: int, candidate: Candidate) -> str:
    return f"candidates/{number}/{candidate.method}"
