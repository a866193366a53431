"""The rows that may be labelled: a project's data, what people are asked of them, and the bundle that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import Columns
from modelyard.core.runs import WORKSPACE, Runs, bundle_path
from modelyard.data.content import digests, missing
from modelyard.data.layout import Hints
from modelyard.data.read import read
from modelyard.improve.asked import Asked, asked_of
from modelyard.prepare.tables import Source, hints_of, source_name, sources_of
from modelyard.runtime.bundle import Bundle

_UNSEEN = ("ignore", "known_after_decision", "split", "weight")
"""Roles of columns that say nothing to whoever labels a row."""
_CHECK_DIGITS = 12


@dataclass(frozen=True, eq=False)
class Pool:
    """Rows, and what is known of them.

    Args:
        project: The project.
        name: How messages call the data.
        table: All rows, labelled or not.
        inputs: Columns that tell people what a row is.
        keys: Columns that name a row.
        asked: Columns to fill in.
        bundle: Answers that can be corrected; None where there is no finished run.
        labelled: Rows that have every target, boolean [rows].
        other: Rows of the project when the pool is another file; else empty.
    """

    project: Project
    name: str
    table: Columns
    inputs: tuple[str, ...]
    keys: tuple[str, ...]
    asked: tuple[Asked, ...]
    bundle: Bundle | None
    labelled: NDArray[np.bool_]
    other: Columns

    @property
    def shown(self) -> tuple[str, ...]:
        """Columns that name and tell a row."""
        return (*self.keys, *self.inputs)

    def checks(self) -> list[str]:
        """What each row says beside its labels, as hexadecimal digits: another content has others."""
        asked = {one.column for one in self.asked}
        found = digests({name: cells for name, cells in self.table.items() if name not in asked})
        return [digest.hex()[:_CHECK_DIGITS] for digest in found]


def open_pool(project: Project, data: str | None = None, run: str | None = None, new: Sequence[str] = ()) -> Pool:
    """Read the rows of a project, or of another file with its columns.

    Args:
        project: The validated project.
        data: The other file, seen from the current folder.
        run: The run whose bundle helps; by default the newest finished one, if there is any.
        new: Labels that the data do not have and that are welcome.

    Raises:
        DataError: The data cannot be read, or lack columns that a bundle or the project names.
        StorageError: There is no such run.
    """
    bundle = _bundle(project, run)
    own = _own(project, data is not None)
    table = read(data, Hints(usual=project.data.layout), Path()) if data else own
    name = data or source_name(project)
    keys = tuple(column for column, spec in project.columns.items() if spec.role == "key" and column in table)
    targets = {column for entry in project.predict for column in entry.targets}
    inputs = _inputs(project, name, table, bundle, {*keys, *targets})
    asked = asked_of(project, (table, own) if data else (table,), bundle.targets if bundle else (), new)
    other = {column: own[column] for column in {*inputs, *targets} if column in own} if data else {}
    return Pool(project, name, table, inputs, keys, asked, bundle, labelled(table, asked), other)


def labelled(table: Columns, asked: Sequence[Asked]) -> NDArray[np.bool_]:
    """Rows of a table that have everything that is asked for, boolean [rows]."""
    known = np.ones(row_count(table), bool)
    for one in asked:
        known &= ~missing(table[one.column]) if one.column in table else False
    return known


def _own(project: Project, optional: bool) -> Columns:
    """The rows of the project; where another file is given, they may be out of reach."""
    source: Source = sources_of(project)[0]["source"]
    try:
        return dict(read(source or [], hints_of(project), project.folder))
    except DataError:
        if optional:
            return {}
        raise


def _bundle(project: Project, run: str | None) -> Bundle | None:
    workspace = project.folder / WORKSPACE
    if run is not None:
        return Bundle.load(bundle_path(run, workspace))
    finished = [record for record in Runs(workspace).list() if record.state == "finished"]
    return Bundle.load(Runs(workspace).bundle(finished[-1])) if finished else None


def _inputs(project: Project, name: str, table: Columns, bundle: Bundle | None, taken: set[str]) -> tuple[str, ...]:
    """The columns that a bundle looks at; without one, all that are not set aside."""
    if bundle is None:
        aside = {column for column, spec in project.columns.items() if spec.role in _UNSEEN}
        inputs = tuple(column for column in table if column not in taken | aside)
        if not inputs:
            raise DataError(Mistake(name, text("improve.got_no_inputs"), text("improve.expected_inputs")))
        return inputs
    inputs = tuple(column.name for column in bundle.inputs)
    lacking = [column for column in inputs if column not in table]
    if lacking:
        got = text("prepare.got_lacking", columns=", ".join(lacking[:5]))
        raise DataError(Mistake(name, got, text("improve.expected_columns", bundle=bundle.id[:12])))
    return inputs
