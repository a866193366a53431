"""The stage `evaluate`: the bundle, its baselines and its goals on the test rows, in one pass and the only one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.messages import pick, text
from modelyard.core.project import Project
from modelyard.evaluate.evaluate import Request, write
from modelyard.evaluate.evaluate import evaluate as measure
from modelyard.models.checkpoint import Checkpoint
from modelyard.runtime.bundle import Bundle


def evaluate(checkpoint: Checkpoint, program: Path, project: Project, about: dict[str, Any], out: Path) -> None:
    """Measure the bundle as a user would meet it: cells in, answers out.

    Args:
        checkpoint: For the candidates that were not chosen; they are scored beside the bundle, not instead of it.
        program: The packaged bundle.
        project: Goals, slices, confidence.
        about: Facts of the run, for the report.
        out: Takes the evidence.
    """
    dataset = checkpoint.dataset
    bundle = Bundle.load(program)
    table = dataset.cells(dataset.rows("test"))
    request = Request(
        goals=project.validated_goals({target.name: target.task for target in checkpoint.targets}),
        slices=tuple(project.evaluate.slices),
        seed=project.train.seed,
        confidence=project.evaluate.confidence,
        held_out=dataset.held_out,
        protected=dataset.protected,
        baselines=checkpoint.baselines(checkpoint.views(table)),
        ladder={target.name: [_shown(step) for step in target.ladder] for target in checkpoint.targets},
        about={
            **about,
            "rows": {part: len(dataset.rows(part)) for part in ("train", "valid", "test")},
            "notes": [text(note.key, **note.values) for note in dataset.notes],
            "fingerprint": dataset.fingerprint,
            "test_fingerprint": dataset.test_fingerprint,
        },
    )
    write(measure(bundle, table, request), out, bundle)


def _shown(step: dict[str, Any]) -> dict[str, Any]:
    """A step of the ladder with names and reasons in the language in use."""
    shown = {**step, "title": _title(step["method"])}
    if step.get("over"):
        shown["over"] = _title(step["over"])
    if "skipped" in step:
        key, values = step["skipped"]
        shown["skipped"] = text(key, **values)
    return shown


def _title(method: str) -> str:
    return pick(plugins.part("methods", method, "options").INFO.title)
