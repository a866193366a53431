"""The stage `prepare`: raw files or a table in memory -> Dataset; and the same look without writing, for `check`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.errors import DataError
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Columns, Preprocess, State
from modelyard.core.schema import KEPT, Column
from modelyard.core.store import digest, encode
from modelyard.data.dataset import PARTS, TEST, TRAIN, Dataset, DatasetTarget, MeasuredOn, Note
from modelyard.data.read import contents
from modelyard.prepare.checks import notes, refuse_worthless
from modelyard.prepare.described import described
from modelyard.prepare.infer import Reading
from modelyard.prepare.survey import Survey, survey
from modelyard.prepare.tables import hints_of, sources_of
from modelyard.prepare.told import Told

CHUNK_ROWS = 65_536
INSPECTED_ROWS = 200_000


@dataclass(frozen=True)
class Inspection:
    """What `modelyard check` shows of the data.

    Args:
        columns: All columns, with modality, role and reason.
        examples: Column -> a few cells.
        told: Column -> how its cells were read, where they are not taken as they stand.
        targets: What is predicted, and by which task.
        rows: Rows with a target.
        whole: Whether these are all rows; else only the first were looked at.
        parts: Part -> rows in it; 0 where nothing is learnt from rows, nor measured.
        measured_on: As in a Dataset.
        taught: As in a Dataset.
        notes: What was found.
    """

    columns: tuple[Column, ...]
    examples: dict[str, tuple[str, ...]]
    told: dict[str, tuple[Told, ...]]
    targets: tuple[DatasetTarget, ...]
    rows: int
    whole: bool
    parts: dict[str, int]
    measured_on: MeasuredOn
    taught: bool
    notes: tuple[Note, ...]

    @property
    def held_out(self) -> bool:
        """Whether test rows are kept apart."""
        return self.measured_on == "test"


def prepare(project: Project, folder: Path, table: Columns | None = None) -> Dataset:
    """Read, infer, check, split and fit; write the Dataset.

    Args:
        project: The validated project.
        folder: Takes `rows.arrow` and `dataset.json`.
        table: The rows, when they are in memory; else they are read from the project's files.

    Raises:
        DataError: What the data cannot be used for, and why; columns that give the target away.
        ProjectError: An option that does not fit what the data turned out to be.
        InstallError: A file, or the Dataset itself, needs a package that is not installed.
    """
    found = survey(project, table)
    states = _fit(found)
    said = notes(found, states)
    refuse_worthless(project, said)
    dataset = Dataset(
        columns=tuple(reading.column for reading in found.readings),
        states=states,
        targets=found.targets,
        notes=said,
        measured_on=found.measured_on,
        taught=found.taught,
        fingerprint=_fingerprint(found, states),
        test_fingerprint=_test_fingerprint(found),
        values={one.column.name: one.values for one in found.readings if one.values is not None and _stays(one)},
        ys=found.ys,
        parts=found.parts,
        units=found.units,
        weights=found.weights,
        numbers=found.numbers,
    )
    dataset.write(folder)
    return dataset


def inspect(project: Project, table: Columns | None = None, limit_rows: int | None = INSPECTED_ROWS) -> Inspection:
    """The same inference without fitting and without writing anything.

    Args:
        project: The validated project.
        table: The rows, when they are in memory.
        limit_rows: Look only at so many rows of each file; None: at all.

    Raises:
        DataError, ProjectError, InstallError: As `prepare`.
    """
    found = _look(project, table, limit_rows)
    return Inspection(
        columns=tuple(reading.column for reading in found.readings),
        examples={reading.column.name: reading.examples for reading in found.readings},
        told={reading.column.name: reading.told for reading in found.readings if reading.told},
        targets=found.targets,
        rows=len(found.parts),
        whole=found.whole,
        parts={part: _used(found, number) for number, part in enumerate(PARTS)},
        measured_on=found.measured_on,
        taught=found.taught,
        notes=notes(found),
    )


def _used(found: Survey, part: int) -> int:
    """Rows of a part that labels are learnt from, chosen by or measured on; all rows where there are no parts."""
    if found.measured_on == "none" or (part != TEST and not found.taught):
        return 0
    return int((found.parts == part).sum()) if found.held_out else len(found.parts)


def fingerprint(project: Project, table: Columns | None = None) -> dict[str, Any]:
    """What the stage is found again by: the data byte for byte, not read as a table, and classes in words."""
    sources, _ = sources_of(project)
    found: dict[str, Any] = {
        name: contents(source, hints_of(project, None if name == "source" else source), project.folder)
        for name, source in sources.items()
        if source is not None
    }
    classes = described(project)
    if classes:
        found["described"] = list(classes)
    if table is not None:
        found["table"] = [[name, values.dtype.str, _cells_digest(values)] for name, values in table.items()]
    return found


def _look(project: Project, table: Columns | None, limit: int | None) -> Survey:
    """The first rows, and all of them where those do not do: a file sorted by its target shows one class at first."""
    try:
        return survey(project, table, limit)
    except DataError:
        if limit is None:
            raise
    return survey(project, table)


def _fit(found: Survey) -> dict[str, State]:
    """State of every input column, from the training rows only."""
    rows = np.flatnonzero(found.parts == TRAIN) if found.held_out else np.arange(len(found.parts))
    return {
        one.column.name: fitted(one.column, one.values, rows)
        for one in found.readings
        if one.column.role == "input" and one.values is not None
    }


def fitted(column: Column, values: Array, rows: Array) -> State:
    """State of a column.

    Args:
        column: Its modality and options.
        values: Its parsed values [all rows].
        rows: Numbers of the rows to learn from.
    """
    preprocess: Preprocess = plugins.part("modalities", column.modality, "preprocess")
    pieces = (values[rows[start : start + CHUNK_ROWS]] for start in range(0, len(rows), CHUNK_ROWS))
    summary = reduce(preprocess.merge, (preprocess.summarise(piece) for piece in pieces))
    return preprocess.finish(summary, column.options)


def _stays(reading: Reading) -> bool:
    return reading.column.role in KEPT


def _fingerprint(found: Survey, states: dict[str, State]) -> str:
    """Identity of the Dataset; rows enter by their canonical texts, so the file format does not."""
    columns = [one.column.to_json() | {"reason": None} for one in found.readings]
    targets = [(target.name, target.columns, target.task, target.options, target.state) for target in found.targets]
    rows = hashlib.sha256(b"".join(found.contents)).hexdigest()
    parts = hashlib.sha256(found.parts.tobytes()).hexdigest()
    return digest([columns, targets, states, found.measured_on, rows, parts])


def _test_fingerprint(found: Survey) -> str:
    """Identity of the test rows, as a set."""
    tested = found.contents[found.parts == TEST] if found.held_out else found.contents
    return hashlib.sha256(b"".join(sorted(tested))).hexdigest()


def _cells_digest(values: Array) -> str:
    if values.dtype != object:
        return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
    content = hashlib.sha256()
    for cell in values.tolist():
        content.update(encode(_said(cell)))
    return content.hexdigest()


def _said(cell: Any) -> list[Any]:
    """A cell's type and all that it says: of a long array, numpy writes only both ends."""
    inside = isinstance(cell, np.ndarray | list | tuple)
    return [type(cell).__name__, [_said(item) for item in cell] if inside else str(cell)]
