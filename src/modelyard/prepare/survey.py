"""One look over a table: what its columns are, what is predicted, which rows go where. Nothing is fitted here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core import plugins
from modelyard.core.columns import row_count, take
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Columns
from modelyard.core.schema import Role
from modelyard.data.content import digests
from modelyard.data.dataset import DatasetTarget, MeasuredOn
from modelyard.data.layout import Layout
from modelyard.prepare.described import described
from modelyard.prepare.infer import Reading, infer
from modelyard.prepare.parts import ROLE_OF, divide, set_apart
from modelyard.prepare.split import counted, same_things
from modelyard.prepare.tables import is_unordered, read_tables, row_names, source_name
from modelyard.prepare.targets import known_rows, read_targets
from modelyard.prepare.weights import weights_of

FEWEST_ROWS = 2
FEWEST_LABELLED = 10
"""Labelled rows to learn from below which methods that need none go on without any, and all rows stay."""
MOSTLY = 0.5  # share of rows that look like others with another answer: there equal rows are no copies
_OUTSIDE = ("split", "weight", "ignore", "known_after_decision")
"""Roles of columns that are no part of what a row says: rows that differ in nothing else stay together."""
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?")


@dataclass(frozen=True)
class Survey:
    """What is known of a table before anything is fitted; rows without any target are gone.

    Args:
        readings: Every column.
        targets: What is predicted.
        ys: Target -> y [rows].
        contents: Digest of each row's cells, bytes [rows], without those that the project sets aside.
        inputs: Digest of each row's inputs, bytes [rows].
        learnt: Digest of what a model sees of each row, its inputs and targets, bytes [rows].
        parts: Part of each row, int8 [rows].
        units: Rows of one unit have the same number, int64 [rows].
        weights: How much each row counts, float64 [rows].
        alike: Whether most rows look like others that have another answer, so that equal rows are no copies.
        numbers: Number of each row in what was read, counted from 0, int64 [rows], rising.
        unordered: Whether the rows come from where they have no order of their own.
        begins: Part -> its first moment as people write it, when rows were split by time.
        measured_on: As in a Dataset.
        taught: As in a Dataset.
        by: Way of splitting: random, time, group or column; `file` where the test rows come from a file of their own.
        accepted: Columns of which the project says that they are inputs.
        layouts: How each file was read.
        dropped: Rows without any target.
        whole: Whether all rows were read.
    """

    readings: list[Reading]
    targets: tuple[DatasetTarget, ...]
    ys: dict[str, Array]
    contents: Array
    inputs: Array
    learnt: Array
    parts: NDArray[np.int8]
    units: NDArray[np.int64]
    weights: NDArray[np.float64]
    alike: bool
    numbers: NDArray[np.int64]
    unordered: bool
    begins: dict[str, str]
    measured_on: MeasuredOn
    taught: bool
    by: str
    accepted: frozenset[str]
    layouts: tuple[Layout, ...]
    dropped: int
    whole: bool

    @property
    def held_out(self) -> bool:
        """Whether test rows are kept apart."""
        return self.measured_on == "test"

    @property
    def known(self) -> dict[str, Array]:
        """Target -> boolean [rows]: where it has a value."""
        return known_rows(self.targets, self.ys)

    def named(self, rows: Sequence[int] | Array) -> str:
        """Some rows by the numbers that people know them by."""
        return row_names(self.numbers[np.asarray(rows, np.int64)], self.unordered)


def survey(project: Project, table: Columns | None = None, limit: int | None = None) -> Survey:
    """Read a project's table and say what is what.

    Args:
        project: The validated project.
        table: The rows, when they are in memory; else they are read from the project's files.
        limit: Read only so many rows of each file.

    Raises:
        DataError: What the data cannot be used for, and why.
        ProjectError: An option that does not fit what the data turned out to be.
    """
    layouts: list[Layout] = []
    unordered = table is None and is_unordered(project)
    table, given, whole = read_tables(project, table, limit, layouts)
    _check_names(project, table)
    if row_count(table) < FEWEST_ROWS:
        got = text("prepare.got_few_rows", rows=row_count(table))
        raise DataError(Mistake(source_name(project), got, text("prepare.expected_rows")))
    targets, ys = read_targets(project, table)
    kept, taught = _kept(project, table, given, known_rows(targets, ys))
    if not kept.all():
        table, given, ys = take(table, kept), given[kept], {name: y[kept] for name, y in ys.items()}
    roles = _roles(project)
    contents = digests({name: cells for name, cells in table.items() if roles.get(name) not in _OUTSIDE})
    numbers = np.flatnonzero(kept)
    readings = infer(table, project, roles, numbers)
    if not any(reading.column.role == "input" for reading in readings):
        raise DataError(_nothing_to_learn_from(project, readings))
    inputs, learnt = digests(inputs_of(readings)), digests({**inputs_of(readings), **_flat(ys)})
    copies = same_things(inputs, learnt)
    alike = bool((copies != learnt).mean() > MOSTLY)
    divided = divide(
        project, readings, counted(contents) if alike else contents, copies, given, ys, known_rows(targets, ys), taught
    )
    return Survey(
        readings=readings,
        targets=targets,
        ys=ys,
        contents=contents,
        inputs=inputs,
        learnt=learnt,
        parts=divided.parts,
        units=divided.units,
        weights=weights_of(project, readings, divided.parts, lambda row: row_names(numbers[[row]], unordered)),
        alike=alike,
        numbers=numbers,
        unordered=unordered,
        begins=divided.begins,
        measured_on=divided.measured_on,
        taught=divided.taught,
        by=divided.by,
        accepted=frozenset(name for name, spec in project.columns.items() if spec.role == "input"),
        layouts=tuple(layouts),
        dropped=int((~kept).sum()),
        whole=whole,
    )


def _kept(
    project: Project, table: Columns, given: NDArray[np.int8], known: Mapping[str, Array]
) -> tuple[NDArray[np.bool_], bool]:
    """Which rows stay [rows], and whether they have labels to learn from.

    Rows without any target go, but where classes are described and labels are few: there texts are of use without.
    """
    labelled: NDArray[np.bool_] = np.logical_or.reduce(list(known.values()))
    if not described(project):
        return labelled, True
    tested = set_apart(project, table, given)
    taught = int((labelled & ~tested).sum()) >= FEWEST_LABELLED
    return labelled if taught else labelled | ~tested, taught


def inputs_of(readings: list[Reading]) -> dict[str, Array]:
    """Name -> parsed values of each input column."""
    return {one.column.name: one.values for one in readings if one.column.role == "input" and one.values is not None}


def _check_names(project: Project, table: Columns) -> None:
    """Every column that the project names is there; all that are not, at once."""
    wanted: list[tuple[str, str]] = []
    targets = {name for entry in project.predict for name in entry.targets}
    for number, entry in enumerate(project.predict):
        wanted += [(name, project.place("predict", number)) for name in entry.targets]
    wanted += [(name, project.place("columns", name)) for name in project.columns]
    if project.data.split.column is not None:
        wanted.append((project.data.split.column, project.place("data", "split", "column")))
    names = list(table)
    mistakes = [
        Mistake(
            place, text("prepare.got_no_column", column=name), _columns_listed(names), _instead(name, names, targets)
        )
        for name, place in wanted
        if name not in table
    ]
    if mistakes:
        raise DataError(mistakes)


def _instead(name: str, names: list[str], targets: set[str]) -> str:
    """The nearest name; where many names are numbers, the line of names is probably missing."""
    numbers = sum(_NUMBER.fullmatch(other) is not None for other in names)
    otherwise = text("prepare.fix_no_labels") if name in targets else ""
    return plugins.nearest(name, names) or (text("prepare.fix_no_header") if 4 * numbers > len(names) else otherwise)


def _columns_listed(names: list[str]) -> str:
    shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return text("prepare.expected_column", columns=shown)


def _flat(ys: dict[str, Array]) -> dict[str, Array]:
    """Targets as columns of their own: one, or one per label."""
    flat = {name: y[:, None] if y.ndim == 1 else y for name, y in ys.items()}
    return {f"{name}\n{number}": part for name, y in flat.items() for number, part in enumerate(y.T)}


def _roles(project: Project) -> dict[str, Role]:
    """The roles that the project settles; the column that the split goes by may be an input as well, if it says so."""
    roles: dict[str, Role] = {name: spec.role for name, spec in project.columns.items() if spec.role is not None}
    by, column = project.data.split.by, project.data.split.column
    if column is not None and roles.get(column) in (None, "ignore"):
        roles[column] = ROLE_OF[by]
    roles |= {name: "target" for entry in project.predict for name in entry.targets}
    return roles


def _nothing_to_learn_from(project: Project, readings: list[Reading]) -> Mistake:
    why = [
        f"{reading.column.name} ({text(reading.column.reason[0], **reading.column.reason[1])})"
        for reading in readings
        if reading.column.role == "ignore" and reading.column.reason
    ]
    got = text("prepare.got_no_inputs", columns="; ".join(why[:4]) or "-")
    return Mistake(source_name(project), got, text("prepare.expected_inputs"), text("prepare.fix_inputs"))
