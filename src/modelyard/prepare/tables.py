"""The rows of a project under each other: its files, those of their own for validation and test, or a table given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelyard.core.addresses import is_database
from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import Columns
from modelyard.data.content import missing
from modelyard.data.dataset import TEST, VALID
from modelyard.data.layout import Hints, Layout
from modelyard.data.read import joined, read
from modelyard.data.sources import parts
from modelyard.prepare.described import with_target
from modelyard.prepare.split import UNDECIDED

Source = str | list[str] | None
_SHOWN = 3


def read_tables(
    project: Project, table: Columns | None, limit: int | None, layouts: list[Layout]
) -> tuple[Columns, NDArray[np.int8], bool]:
    """All rows, the part of those that come from files of their own, and whether these are all.

    Args:
        project: The validated project.
        table: The rows, when they are in memory.
        limit: Read only so many rows of each file.
        layouts: Takes how each file was read.

    Raises:
        DataError: There is nothing to read, or a file of its own lacks a column.
    """
    in_memory = table is not None
    sources, others = sources_of(project)
    if table is None:
        if sources["source"] is None:
            place, expected = project.place("data"), text("prepare.expected_source")
            raise DataError(Mistake(place, text("prepare.got_no_source"), expected))
        table = read(sources["source"], hints_of(project), project.folder, limit, layouts)
        if sources["source"] != project.data.source:
            layouts.append(_described(project, sources, others))
    table = with_target(project, table)
    tables, given = [table], [np.full(row_count(table), UNDECIDED, np.int8)]
    for number, part in ((VALID, "valid"), (TEST, "test")):
        more = _own(project, sources[part], table, limit, layouts)
        if more is not None:
            tables.append(more)
            given.append(np.full(row_count(more), number, np.int8))
    whole = limit is None or all(row_count(one) < limit for one in tables[in_memory:])
    return dict(joined(tables)), np.concatenate(given), whole


def sources_of(project: Project) -> tuple[dict[str, Source], list[str]]:
    """`source`, `valid` and `test`, as the project or the files in its folder of data say; and files of no part."""
    data = project.data
    found, others = parts(data.source, project.folder)
    sources: dict[str, Source] = {"source": found.get("train", data.source)}
    return sources | {part: getattr(data, part) or found.get(part) for part in ("valid", "test")}, others


def hints_of(project: Project, source: Source = None, names: tuple[str, ...] = ()) -> Hints:
    """What a project says of the layout of its files, or of those of their own for validation or test."""
    data = project.data
    written = (*(name for entry in project.predict for name in entry.targets), *project.columns)
    return Hints(
        encoding=data.encoding,
        separator=data.separator,
        quote=data.quote,
        header=data.header,
        sheet=data.sheet,
        query=data.query if source is None or is_database(source) else None,
        totals=data.totals,
        names=names or written,
    )


def is_unordered(project: Project) -> bool:
    """Whether rows come from a database, which promises no order: their numbers are those in which they were read."""
    sources, _ = sources_of(project)
    return any(is_database(item) for one in sources.values() for item in (one if isinstance(one, list) else [one]))


def row_names(numbers: Sequence[int] | NDArray[np.int64], unordered: bool) -> str:
    """Row numbers as people count them, from 1."""
    named = ", ".join(str(int(number) + 1) for number in numbers)
    return text("prepare.as_read", rows=named) if unordered else named


def source_name(project: Project) -> str:
    """How messages call the table."""
    source = project.data.source
    return text("data.place_table") if source is None else source if isinstance(source, str) else ", ".join(source)


def _own(project: Project, source: Source, table: Columns, limit: int | None, layouts: list[Layout]) -> Columns | None:
    """The rows of a part that has files of its own; None where it has none, or its targets are held back."""
    if source is None:
        return None
    more = with_target(project, read(source, hints_of(project, source, tuple(table)), project.folder, limit, layouts))
    if isinstance(source, list) and _says_no_target(project, more):
        layouts[-1].say("data.note_part_unlabelled", loud=True)
        return None
    lacking = [column for column in table if column not in more]
    if lacking:
        got = text("prepare.got_lacking", columns=", ".join(lacking[:5]))
        name = source if isinstance(source, str) else source[0]
        raise DataError(Mistake(name, got, text("prepare.expected_same_columns")))
    return {column: more[column] for column in table}


def _says_no_target(project: Project, table: Columns) -> bool:
    """Whether no row tells what is to be predicted: the test part of a public data set often holds it back."""
    names = [name for entry in project.predict for name in entry.targets]
    return all(name not in table or missing(table[name]).all() for name in names)


def _described(project: Project, sources: dict[str, Source], others: list[str]) -> Layout:
    """What is told of a folder that holds parts."""
    layout = Layout(source_name(project))
    shown = ["train", *(part for part in ("valid", "test") if sources[part])]
    left = ", ".join(others[:_SHOWN]) + (" …" if others[_SHOWN:] else "")
    layout.say("data.note_parts", parts=", ".join(shown), others=left or "-")
    return layout
