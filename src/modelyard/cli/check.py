"""`modelyard check`: every default, what each column is taken for, and what a run would climb and cost."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.cli.console import table
from modelyard.core import messages, plugins
from modelyard.core.messages import pick, text
from modelyard.core.project import Project
from modelyard.core.schema import ROLE_MEANINGS, Column
from modelyard.data.dataset import DatasetTarget
from modelyard.prepare import wishes
from modelyard.prepare.checks import refuse_worthless
from modelyard.prepare.prepare import Inspection, inspect
from modelyard.train.estimate import affordable, estimates, totals
from modelyard.train.ways import ways

MEGABYTE = 1e6
CLASSES = 8  # are shown
_PARTS_SAID = {
    "test": "cli.check_parts",
    "folds": "cli.check_folds",
    "training": "cli.check_no_parts",
    "none": "cli.check_no_labels",
}


def lines(project: Project) -> Iterator[str]:
    """What the command prints.

    Raises:
        UserError: Every mistake that a run would end with before training.
    """
    messages.prefer(project.lang)
    seen = inspect(project)
    wishes.check(project, seen.targets, seen.columns)
    yield text("cli.check_file")
    if project.origins:
        yield text("cli.check_origins", names=", ".join(project.origins))
    yield project.filled()
    yield text("cli.check_columns" if seen.whole else "cli.check_columns_first", rows=seen.rows)
    yield table(
        [text(f"cli.{head}") for head in ("column", "modality", "role", "examples", "reason")],
        [_column_row(column, seen) for column in seen.columns],
    )
    yield ""
    yield from _cells(seen)
    yield text("cli.check_targets")
    yield table(
        [text(f"cli.{head}") for head in ("column", "task", "classes")],
        [_target_row(target) for target in seen.targets],
    )
    yield ""
    yield text(_PARTS_SAID[seen.measured_on], rows=seen.rows, **seen.parts) + _first(seen)
    yield from (f"- {note}" for note in seen.notes)
    yield ""
    yield from _ladder(project, seen)
    refuse_worthless(project, seen.notes)


def _first(seen: Inspection) -> str:
    """What is said behind numbers of rows, seconds and bytes that are those of the first rows only."""
    return "" if seen.whole else text("cli.check_first", rows=seen.rows)


def _column_row(column: Column, seen: Inspection) -> list[str]:
    modality = pick(plugins.part("modalities", column.modality, "options").TITLE) if column.modality else "-"
    reason = text(column.reason[0], **{**column.reason[1], "modality": modality}) if column.reason else ""
    examples = ", ".join(seen.examples.get(column.name, ()))
    role = f"{column.role}, monotone: {column.monotone}" if column.monotone else column.role
    return [column.name, modality, role, examples, reason or pick(ROLE_MEANINGS[column.role])]


def _cells(seen: Inspection) -> Iterator[str]:
    """How cells were read, column by column, where they are not taken as they stand."""
    if seen.told:
        yield text("cli.check_cells")
        yield from (f"- {column}: {told}" for column, found in seen.told.items() for told in found)
        yield ""


def _target_row(target: DatasetTarget) -> list[str]:
    labels, positive = target.state.get("labels", ()), target.state.get("positive")
    classes = ", ".join(labels[:CLASSES]) + (f" … ({len(labels)})" if len(labels) > CLASSES else "")
    if positive is not None:
        classes = text("cli.positive", classes=classes, positive=labels[positive])
    return [target.name, pick(plugins.part("tasks", target.task, "options").TITLE), classes]


def _ladder(project: Project, seen: Inspection) -> Iterator[str]:
    inputs = [column for column in seen.columns if column.role == "input"]
    size = (seen.parts["train"], len(inputs), len(seen.targets))
    folds, repeats = affordable(project, *size, ways(project, seen, seen.rows), inputs)
    found = estimates(project, *size, folds * repeats, inputs)
    yield text("cli.check_ladder") + _first(seen)
    yield table(
        [text(f"cli.{head}") for head in ("method", "rung", "seconds", "memory")],
        [
            [
                f"{one.rung.title} ({one.rung.method})",
                one.rung.skipped or text("cli.climbs"),
                f"{one.seconds:.0f}",
                f"{one.memory / MEGABYTE:.0f} MB",
            ]
            for one in found
        ],
    )
    yield text("cli.check_ways", folds=folds, repeats=repeats) if folds > 1 else text("cli.check_hold_out")
    seconds, memory, disk = totals(project, found, seen.rows, len(inputs))
    budget = project.train.time_budget
    megabytes = {"memory": memory / MEGABYTE, "disk": disk / MEGABYTE}
    yield text("cli.check_totals", seconds=seconds, budget=budget, **megabytes) + _first(seen)
