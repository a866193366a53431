"""Dataset + work plan -> checkpoint: every rung in turn, each kept as soon as it is done, then the choice."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.progress import Clock
from modelyard.core.protocols import Problem
from modelyard.data.dataset import DatasetTarget
from modelyard.models import checkpoint
from modelyard.train import budget, encoders, size
from modelyard.train.desk import Desk, Training
from modelyard.train.estimate import after
from modelyard.train.ladder import Rung, require, require_search, rungs
from modelyard.train.select import Trial, choose, climb, in_force
from modelyard.train.trial import trials
from modelyard.train.ways import Way, goes, ways


def make_plan(training: Training, folder: Path) -> None:
    """Measure each method's rate once and write the work plan: target -> folds, repeats, steps."""
    dataset, trials_wanted = training.dataset, training.project.train.search.trials
    ladder, targets = _rungs(training), dataset.targets
    require_search(training.project)
    open_ways = _ways(training, ladder)
    closing = after(len(dataset.rows("test")), len(dataset.inputs), len(targets))
    plans: dict[str, budget.Plan] = {}
    for target in targets:
        granted = sum(plan.seconds for plan in plans.values())
        seconds = budget.share(training.clock, closing, granted, len(targets) - len(plans))
        desk = Desk(training, target, *open_ways[0])
        problem_of = partial(_first_problem, desk)
        plans[target.name] = budget.plan(ladder, problem_of, seconds, open_ways, trials_wanted)
    written = {name: plan.to_json() for name, plan in plans.items()}
    (folder / "plan.json").write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")


def _rungs(training: Training) -> list[Rung]:
    dataset = training.dataset
    return rungs(training.project, dataset.inputs, labelled=dataset.taught)


def _first_problem(desk: Desk, view: str) -> Problem:
    return desk.problem(desk.bench(view), desk.divided[0])


def train(training: Training, plan: dict[str, dict[str, Any]], folder: Path) -> None:
    """Climb the ladder for every target and write the checkpoint.

    Args:
        training: What all steps share.
        plan: What `make_plan` wrote, from this run or an earlier one.
        folder: Takes `choice.json`, the candidates, and what they said of held-out rows.

    Raises:
        ProjectError: The plan was made for other targets, other methods, or rows that were divided otherwise.
        InstallError: The plan was made where more was installed.
    """
    ladder, targets = _rungs(training), training.dataset.targets
    require_search(training.project)
    plans = {target.name: _plan(plan, target.name, ladder, training) for target in targets}
    chosen = [
        _train_target(training, target, ladder, plans[target.name], folder, number)
        for number, target in enumerate(targets)
    ]
    checkpoint.save(folder, chosen, training.encoders, encoders.origins(training))


def _plan(plan: dict[str, dict[str, Any]], target: str, ladder: list[Rung], training: Training) -> budget.Plan:
    """What a plan grants each rung for a target, and never more than the project asks for now."""
    project = training.project
    methods = [rung.method for rung in ladder]
    granted = budget.Plan.from_json(plan.get(target, {"folds": 1, "repeats": 1, "steps": ()}))
    if [step.method for step in granted.steps] != methods:
        planned = "; ".join(
            f"{name}: {', '.join(step['method'] for step in one['steps'])}" for name, one in plan.items()
        )
        expected = text("train.expected_plan", target=target, methods=", ".join(methods))
        raise ProjectError(Mistake("plan.json", planned, expected, text("train.fix_plan")))
    _hold_against_rows(granted, target, training)
    require([rung for rung, step in zip(ladder, granted.steps, strict=True) if step.work], project)
    wanted = [plugins.part("methods", rung.method, "options").work(rung.options) for rung in ladder]
    most = [0 if rung.untaught else work for rung, work in zip(ladder, wanted, strict=True)]
    steps = (replace(step, work=min(step.work, own)) for step, own in zip(granted.steps, most, strict=True))
    return replace(granted, steps=tuple(steps), searches=granted.searches if project.train.search.trials else ())


def _hold_against_rows(granted: budget.Plan, target: str, training: Training) -> None:
    """Hold a plan's folds against how the rows are divided now.

    Raises:
        ProjectError: A hold-out where reports rest on folds, or folds where rows are held out for choices.
    """
    open_ways = _ways(training, ())
    if not goes((granted.folds, granted.repeats), open_ways):
        expected = text("train.way_folds" if open_ways[0][0] > 1 else "train.way_held_out")
        expected = text("train.expected_way", target=target, expected=expected)
        raise ProjectError(Mistake("plan.json", f"folds: {granted.folds}", expected, text("train.fix_plan")))


def _ways(training: Training, ladder: Sequence[Rung]) -> list[Way]:
    """The ways to divide the rows whose models the graph of a bundle holds."""
    dataset = training.dataset
    open_ways = ways(training.project, dataset, len(dataset.parts))
    return size.fitting(training, ladder, open_ways)


def _train_target(
    training: Training, target: DatasetTarget, ladder: list[Rung], plan: budget.Plan, folder: Path, number: int
) -> dict[str, Any]:
    desk = Desk(training, target, plan.folds, plan.repeats)
    granted = {grant.method: grant for grant in plan.searches}
    tried: list[Trial] = []
    for rung, step in zip(ladder, plan.steps, strict=True):
        climbed = list(trials(desk, rung, step, in_force(tried, desk.seed)))
        tried += climbed
        if climbed and rung.method in granted:
            tried += _searched(desk, rung, step, granted[rung.method], climbed[0])
    standing = in_force(tried, desk.seed)
    best = choose(standing)
    kept = [trial for trial in standing if not trial.candidate.members or trial is best]
    return {
        "name": target.name,
        "columns": list(target.columns),
        "task": target.task,
        "state": desk.state,
        "folds": plan.folds,
        "repeats": plan.repeats,
        "calibration": best.calibration,
        "chosen": best.candidate.method,
        "ladder": [*climb(tried, desk.seed), *_skipped(plan.steps, tried, training.clock)],
        "candidates": [_keep(desk, trial, folder, number) for trial in kept],
        "held": f"held/{number}",
    }


def _searched(desk: Desk, rung: Rung, step: budget.Step, grant: budget.Grant, default: Trial) -> list[Trial]:
    """What search found for a method, if anything; Optuna is loaded for it alone."""
    found = importlib.import_module("modelyard.train.search").search(desk, rung, step, grant, default)
    return [] if found is None else [found]


def _keep(desk: Desk, trial: Trial, folder: Path, number: int) -> dict[str, Any]:
    """Copy a candidate's checkpoints and what it said of held-out rows; returns what the choice says of it."""
    candidate, places = trial.candidate, []
    for fold, source in enumerate(candidate.folders):
        places.append(f"candidates/{number}/{candidate.method}/{fold}")
        shutil.copytree(source, folder / places[-1], ignore=shutil.ignore_patterns(".*"))
    rows = desk.rows[desk.held]
    order = np.argsort(rows)
    outputs = {name: values[order] for name, values in trial.outputs.items()}
    checkpoint.save_held(folder / f"held/{number}", candidate.method, rows[order], outputs)
    members = [member.method for member in candidate.members]
    return {
        "method": candidate.method,
        "folders": places,
        "view": candidate.view,
        "members": members,
        "calibration": trial.calibration,
    }


def _skipped(steps: Sequence[budget.Step], tried: Sequence[Trial], clock: Clock) -> list[dict[str, Any]]:
    """The rungs that were not climbed, each with the message that says why."""
    reached = {trial.candidate.method for trial in tried}
    return [
        {"method": step.method, "skipped": step.skipped or _why_not(step.method in clock.stopped)}
        for step in steps
        if step.method not in reached
    ]


def _why_not(stopped: bool) -> tuple[str, dict[str, Any]]:
    return ("train.time_up", {}) if stopped else ("train.nothing_to_mix", {})
