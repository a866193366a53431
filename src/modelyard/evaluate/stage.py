"""The stage `evaluate`: the bundle, its baselines and its goals on the test rows, in one pass and the only one.

Where rows are too few for a test part, the numbers come from cross-validation: each row counts with what the models of
the folds that did not see it said, calibrated without it. The bundle is the mean of these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.ledger import scored
from modelyard.core.messages import pick, text
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Columns, Outputs, TaskDecide
from modelyard.core.wishes import Wishes, wishes_of
from modelyard.data.dataset import PARTS, Dataset, MeasuredOn, Part
from modelyard.evaluate.errors import Held
from modelyard.evaluate.evaluate import Request, write
from modelyard.evaluate.evaluate import evaluate as measure
from modelyard.evaluate.evidence import ROW
from modelyard.models.checkpoint import Checkpoint
from modelyard.package.decide import decided_unseen
from modelyard.package.monotone import sweeps
from modelyard.runtime.bundle import Bundle

_PARTS: dict[MeasuredOn, tuple[Part, ...]] = {"test": PARTS, "folds": ("train",), "training": ("train",)}
"""Where the numbers come from -> the parts that rows are in."""


def evaluate(
    checkpoint: Checkpoint, program: Path, project: Project, about: dict[str, Any], out: Path, workspace: Path
) -> None:
    """Measure the bundle as a user would meet it: cells in, answers out.

    Args:
        checkpoint: For the candidates that were not chosen; they are scored beside the bundle, not instead of it.
        program: The packaged bundle.
        project: Goals, slices, confidence.
        about: Facts of the run, for the report.
        out: Takes the evidence.
        workspace: Counts how many configurations have been scored on these rows.
    """
    dataset = checkpoint.dataset
    bundle = Bundle.load(program)
    in_folds, measured = dataset.measured_on == "folds", dataset.measured_on in ("test", "folds")
    rows = dataset.rows("test")
    table = dataset.cells(rows)
    baselines = checkpoint.baselines(checkpoint.views(table))
    tasks = {target.name: target.task for target in checkpoint.targets}
    wishes = wishes_of(project, tasks)
    request = Request(
        goals=project.validated_goals(tasks),
        slices=tuple(project.evaluate.slices),
        seed=project.train.seed,
        confidence=project.evaluate.confidence,
        held_out=measured,
        protected=dataset.protected,
        outputs=_held(checkpoint, bundle, table, wishes) if in_folds else None,
        numbers=dataset.numbers[rows],
        held=_decided_with(checkpoint) if measured and dataset.taught else {},
        baselines=_held_baselines(checkpoint, baselines) if in_folds else baselines,
        ladder={target.name: [_shown(step) for step in target.ladder] for target in checkpoint.targets},
        split="folds" if in_folds else "test",
        about={
            **about,
            "folds": {target.name: f"{target.repeats} × {target.folds}" for target in checkpoint.targets},
            "rows": {part: len(dataset.rows(part)) for part in _parts(dataset)},
            "notes": [*(text(note.key, **note.values) for note in dataset.notes), *map(str, sweeps(bundle, dataset))],
            "encoders": dict(checkpoint.origins),
            "fingerprint": dataset.fingerprint,
            "test_fingerprint": dataset.test_fingerprint,
            "test_scored_by": scored(workspace, dataset.test_fingerprint, bundle.id),
        },
    )
    write(measure(bundle, table, request), out, bundle)


def _parts(dataset: Dataset) -> tuple[Part, ...]:
    """The parts whose rows labels were learnt from, chosen by or measured on."""
    if dataset.taught:
        return _PARTS[dataset.measured_on]
    return ("test",) if dataset.held_out else ()


def _decided_with(checkpoint: Checkpoint) -> dict[str, Held]:
    """Target -> the rows that training decided with, answered by models that did not see them."""
    dataset, found = checkpoint.dataset, {}
    for target in checkpoint.targets:
        rows, outputs = checkpoint.held(target.name)
        named = {name: dataset.values[name][rows] for name in dataset.keys} or {ROW: dataset.numbers[rows] + 1}
        found[target.name] = Held(named, dataset.y(target.name, rows), outputs)
    return found


def _held(checkpoint: Checkpoint, bundle: Bundle, table: Columns, wishes: Wishes) -> dict[str, Outputs]:
    """Outputs of all rows, those with a known target as they were answered, and decided about, while held out."""
    found, outputs = {}, bundle.outputs(table)
    for target, entry in zip(checkpoint.targets, bundle.targets, strict=True):
        room: TaskDecide = plugins.part("tasks", target.task, "decide")
        own = {**outputs[target.name], **room.decided(outputs[target.name], entry["decision"])}
        rows, held = target.held()
        found[target.name] = _replaced(own, rows, {**held, **decided_unseen(checkpoint, target, wishes)})
    return found


def _held_baselines(
    checkpoint: Checkpoint, baselines: Mapping[str, Mapping[str, Outputs]]
) -> dict[str, dict[str, Outputs]]:
    return {
        target.name: {
            method: _replaced(outputs, *target.held(method)) for method, outputs in baselines[target.name].items()
        }
        for target in checkpoint.targets
    }


def _replaced(outputs: Outputs, rows: Array, held: Outputs) -> Outputs:
    """Outputs of all rows of the dataset with those of some rows taken from elsewhere."""
    found = {name: values.copy() for name, values in outputs.items()}
    for name, values in held.items():
        found[name][rows] = values
    return found


def _shown(step: dict[str, Any]) -> dict[str, Any]:
    """A step of the ladder with names and reasons in the language in use."""
    shown = {**step, "title": _title(step["method"])}
    if step.get("tried"):
        shown["title"] = text("train.tuned", title=shown["title"], tried=f"{step['tried']:,}")
    if step.get("over"):
        shown["over"] = _title(step["over"])
    if "skipped" in step:
        key, values = step["skipped"]
        shown |= {"skipped": text(key, **values), "cause": key.rpartition(".")[2]}
    return shown


def _title(method: str) -> str:
    return pick(plugins.part("methods", method, "options").INFO.title)
