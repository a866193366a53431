"""Which part and which unit each row of a project's table is in.

The way of splitting is chosen here, the arithmetic is in `split`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.protocols import Array, Columns
from modelyard.core.schema import Role
from modelyard.data.content import as_texts, digests, missing
from modelyard.data.dataset import PARTS, TEST, TRAIN, MeasuredOn
from modelyard.prepare import split
from modelyard.prepare.described import described
from modelyard.prepare.infer import Reading

ROLE_OF: dict[str, Role] = {"column": "split", "group": "group", "time": "time"}
"""Way of splitting -> role of the column that it goes by; the order in which `by: auto` looks for them."""


@dataclass(frozen=True)
class Division:
    """How the rows of a table are divided.

    Args:
        parts: Part of each row, int8 [rows].
        units: Rows of one key or group, copies, or rows linked by these have the same number, int64 [rows].
        begins: Part -> its first moment, as people write it, where rows are split by time.
        measured_on: As in a Dataset.
        taught: As in a Dataset.
        by: Way of splitting: random, time, group or column; `file` where the test rows come from a file of their own.
    """

    parts: NDArray[np.int8]
    units: NDArray[np.int64]
    begins: dict[str, str]
    measured_on: MeasuredOn
    taught: bool
    by: str


def divide(
    project: Project,
    readings: Sequence[Reading],
    contents: Array,
    copies: Array,
    given: NDArray[np.int8],
    ys: Mapping[str, Array],
    known: Mapping[str, Array],
    taught: bool = True,
) -> Division:
    """Divide the rows: into parts where a test part of its own is wanted or large enough, else into folds.

    Args:
        project: Says how, in `data.split` and by the roles of columns.
        readings: Every column.
        contents: Digest of each row's cells, bytes [rows].
        copies: What rows that are copies of each other share, bytes [rows]; see `split.same_things`.
        given: Part of rows that come from a file of their own, else `UNDECIDED` [rows].
        ys: Target -> y [rows].
        known: Target -> boolean [rows]: where it has a value.
        taught: Whether there are labels to learn from; without, only rows that are said to be test rows measure.

    Raises:
        DataError: The column that the split goes by is not there, or does not say what it should.
    """
    way, by = _way(project, readings)
    parts, begins = _parts(project, way, by, readings, contents, given)
    units = split.joined(_stand_ins(_naming(way, by, readings), copies), copies)
    measured_by = "file" if (given == TEST).any() else way
    if not taught:
        return _untaught(parts, units, way, measured_by, known)
    asked = project.data.split.test != "auto" or way in ("time", "column") or bool((given != split.UNDECIDED).any())
    few = not asked and split.too_few_to_test(project.data.split.test_share, known)
    if not few and split.can_hold_out(parts, ys, known):
        return Division(parts, units, begins, "test", True, measured_by)
    foldable = way in ("random", "group") and (given == split.UNDECIDED).all() and split.can_fold(units, ys, known)
    if not foldable and described(project):
        return _untaught(parts, units, way, measured_by, known)
    return Division(np.full_like(parts, TRAIN), units, {}, "folds" if foldable else "training", True, way)


def set_apart(project: Project, table: Columns, given: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which rows are test rows because the project says so, by a file of their own or by a column, boolean [rows]."""
    found: NDArray[np.bool_] = given == TEST
    how = project.data.split
    said = [how.column, *(name for name, spec in project.columns.items() if spec.role == "split")]
    for name in said if how.by in ("auto", "column") else ():
        if name in table:
            found |= split.by_words(as_texts(table[name])) == TEST
    return found


def _untaught(
    parts: NDArray[np.int8], units: NDArray[np.int64], way: str, measured_by: str, known: Mapping[str, Array]
) -> Division:
    """Nothing is learnt: labelled rows that are said to be test rows measure, and nothing else does."""
    if measured_by in ("file", "column") and all((rows & (parts == TEST)).any() for rows in known.values()):
        return Division(parts, units, {}, "test", False, measured_by)
    return Division(np.full_like(parts, TRAIN), units, {}, "none", False, way)


def _parts(
    project: Project,
    way: str,
    by: list[Reading],
    readings: Sequence[Reading],
    contents: Array,
    given: NDArray[np.int8],
) -> tuple[NDArray[np.int8], dict[str, str]]:
    """Parts [rows], and part -> its first moment, as people write it, where rows are split by time."""
    parts = given
    if way == "column":
        parts = np.where(parts == split.UNDECIDED, _written(project, by[0]), parts)
    shares = split.shares_left(project.data.split, parts)
    rest = np.isin(parts, (split.UNDECIDED, TRAIN))
    parts = parts.copy()
    begins: dict[str, str] = {}
    if way == "time":
        parts[rest], moments = split.by_time(_moments(project, by[0])[rest], shares)
        begins = {PARTS[part]: _said(moment, by[0].column.modality) for part, moment in moments.items()}
    else:
        named = _stand_ins(_naming(way, by, readings), contents)
        parts[rest] = split.by_hash(named[rest], shares, project.train.seed)
    return parts, begins


def _way(project: Project, readings: Sequence[Reading]) -> tuple[str, list[Reading]]:
    """random, time, group or column, and the columns that it goes by."""
    by: str = project.data.split.by
    column = project.data.split.column
    if column is not None:
        return by, [one for one in readings if one.column.name == column]
    named = {way: _having(role, readings) for way, role in ROLE_OF.items()}
    if by == "auto":
        by = next((way for way in ROLE_OF if named[way]), "random")
    return by, named.get(by, [])


def _naming(way: str, by: list[Reading], readings: Sequence[Reading]) -> list[Reading]:
    """The columns that say which rows belong together: groups, unless `by: random` sets them aside; else keys."""
    groups = by if way == "group" else [] if way == "random" else _having("group", readings)
    return groups or _having("key", readings)


def _having(role: Role, readings: Sequence[Reading]) -> list[Reading]:
    return [one for one in readings if one.column.role == role]


def _stand_ins(named: Sequence[Reading], contents: Array) -> Array:
    """What stands for each row: its key or group where it has one, else all of its cells."""
    columns = {one.column.name: one.values for one in named if one.values is not None}
    if not columns:
        return contents
    empty = np.logical_and.reduce([missing(values) for values in columns.values()])
    return np.where(empty, contents, digests(columns))


def _moments(project: Project, reading: Reading) -> Array:
    """The time of each row, float64 [rows]."""
    values = reading.values
    if values is not None and values.dtype.kind == "f":
        return values
    got = f"{reading.column.name}: {', '.join(reading.examples)}"
    raise DataError(Mistake(project.place("data", "split"), got, text("prepare.expected_time")))


def _said(moment: float, modality: str) -> str:
    """A moment as people write it."""
    if modality != "datetime":
        return f"{moment:g}"
    return str(np.datetime64(round(moment * 1000), "ms")).removesuffix(".000").removesuffix("T00:00:00")


def _written(project: Project, reading: Reading) -> NDArray[np.int8]:
    """Parts as a column says them."""
    words = [] if reading.values is None else as_texts(reading.values)
    parts = split.by_words(words)
    wrong = sorted({word for word, part in zip(words, parts, strict=True) if part == split.UNDECIDED})
    if wrong:
        got = f"{reading.column.name}: " + ", ".join(repr(word) for word in wrong[:5])
        expected = text("prepare.expected_parts", parts=", ".join(PARTS))
        raise DataError(Mistake(project.place("data", "split"), got, expected))
    return parts
