"""What each column is: every modality is asked, the surest one that can read the cells gets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from modelyard.core import plugins
from modelyard.core.cells import as_list, rounded_ids, text_of
from modelyard.core.errors import DataError, Mistake, ProjectError
from modelyard.core.meaning import ordered, owners
from modelyard.core.messages import text
from modelyard.core.project import ColumnSpec, Project
from modelyard.core.protocols import Array, Columns, Parsed, Preprocess, Sample
from modelyard.core.schema import Column, Role
from modelyard.data.content import missing
from modelyard.prepare.identity import is_identity
from modelyard.prepare.personal import Found, hidden, personal_data
from modelyard.prepare.told import Told, cut, tell

SURE = 0.5
"""The least claim that counts."""
BAD_SHARE = 0.05
"""The share of cells that a modality may fail to read and still get the column."""
SAMPLE_CELLS = 20_000
_FEWEST_CELLS = 300
_MARK_CELLS = 2_000
_ALL_SAMPLES = 1_000_000  # cells, all columns together: thousands of columns are looked at in seconds
_EXAMPLES = 3
_HALF = 0.5
_LOOK = 100  # cells that tell whether a closer look is worth its time
_MEASURING = ("number", "datetime")  # what a category may nearly have been


@dataclass(frozen=True)
class Reading:
    """One column, and what came of reading it.

    Args:
        column: Its modality, role and the reason.
        values: Parsed values [rows]; cells as given where they only name something; None for what is left out.
        examples: A few cells as given.
        distinct: Different values among the sampled cells.
        top_share: Share of the most frequent value among them.
        missing_share: Share of rows without a value.
        bad: Cells that could not be read and count as missing.
        notes: What else was done to how many cells.
        bad_cells: The first of the cells that could not be read, with their row numbers, counted from 1.
        told: How cells were read, where they are not taken as they stand.
        doubts: What the column leaves open: ends of messages `cells.note_<doubt>`.
        nearly: What most of its cells, but not enough of them, read as.
        personal: What it holds of people.
    """

    column: Column
    values: Array | None
    examples: tuple[str, ...] = ()
    distinct: int = 0
    top_share: float = 0.0
    missing_share: float = 0.0
    bad: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)
    bad_cells: tuple[tuple[int, str], ...] = ()
    told: tuple[Told, ...] = ()
    doubts: tuple[str, ...] = ()
    nearly: Nearly | None = None
    personal: tuple[Found, ...] = ()


@dataclass(frozen=True)
class Nearly:
    """What most cells of a column read as.

    Args:
        modality: Name of the plug-in.
        share: Of the cells that are not missing.
        others: The first of the cells that do not, with their row numbers.
    """

    modality: str
    share: float
    others: tuple[tuple[int, str], ...]


def infer(table: Columns, project: Project, roles: Mapping[str, Role], rows: Array | None = None) -> list[Reading]:
    """Read every column of a table, which is emptied meanwhile: cells as given and parsed values are never both whole.

    Args:
        table: Cells as given.
        project: For what the user says in `columns:`.
        roles: Roles that are settled: targets, keys and so on; the others are inputs if a modality can read them.
        rows: Numbers of the rows in what the user gave, counted from 0, where some were left out.

    Raises:
        ProjectError: An option that the column's modality does not have.
        DataError: A column of which not one cell is what the user says it is.
    """
    limit = min(SAMPLE_CELLS, max(_FEWEST_CELLS, _ALL_SAMPLES // max(1, len(table))))
    mark = _mark(table, min(limit, _MARK_CELLS))
    seen = (_Seen(name, table.pop(name), limit, rows, mark) for name in list(table))
    nothing = ColumnSpec()
    return [_read(one, project, project.columns.get(one.name, nothing), roles.get(one.name)) for one in seen]


def _mark(table: Columns, limit: int) -> Literal["", "comma", "mixed"]:
    """How the columns of a table write decimals, as `Sample.mark`; up to about so many cells of each are looked at."""
    texts = ((name, cells) for name, cells in table.items() if cells.dtype == object)
    some = {name: cells[:: max(1, len(cells) // limit)] for name, cells in texts}
    if not any("," in cell for cells in some.values() for cell in cells.tolist() if isinstance(cell, str)):
        return ""  # nobody writes a decimal comma: most files are through here
    of = plugins.part("modalities", "number", "preprocess").mark
    marks = {of(Sample(name, cells, len(cells), len(table[name]))) for name, cells in some.items()}
    if "either" not in marks or "comma" not in marks:
        return ""
    return "mixed" if "point" in marks else "comma"


def sample(name: str, cells: Array, absent: Array, limit: int = SAMPLE_CELLS) -> Sample:
    """What plug-ins are shown of a column: up to `limit` cells that are not `absent` [rows], evenly from all rows."""
    present = np.flatnonzero(~absent)
    if len(present) > limit:
        present = present[np.linspace(0, len(present) - 1, limit).astype(np.int64)]
    values = np.fromiter(as_list(cells[present]), object, len(present))
    return Sample(name, values, len(_counts(values)), len(cells))


def options_of(room: str, name: str, written: Mapping[str, Any], project: Project, keys: tuple[str | int, ...]) -> Any:
    """The options of a plug-in, defaults filled in, as plain data.

    Raises:
        ProjectError: An option that it does not have, or a value that it does not take.
    """
    model = plugins.part(room, name, "options").Options
    foreign = [option for option in written if option not in model.model_fields]
    if foreign:
        expected = text("prepare.expected_option", plugin=name, options=", ".join(model.model_fields) or "-")
        fix = text("prepare.fix_option", owners=" / ".join(owners(room, foreign[0])))
        raise ProjectError(Mistake(project.place(*keys, foreign[0]), foreign[0], expected, fix))
    try:
        return model.model_validate(dict(written)).model_dump(mode="json")
    except ValidationError as error:
        raise ProjectError(project.complaints(error, dict(written), model, keys)) from None


def _read(seen: _Seen, project: Project, spec: ColumnSpec, role: Role | None) -> Reading:
    """One column: by its settled role, by what the user says, or by inference."""
    if "decimal" in spec.options:
        seen.sample = replace(seen.sample, mark="")
    if role in ("key", "target", "group", "split"):
        reading = seen.reading("", role, "prepare.because_told", values=kept(seen.cells))
        return replace(reading, doubts=_target_doubts(seen)) if role == "target" else reading
    if role in ("ignore", "known_after_decision"):
        return seen.reading("", role, "prepare.because_told")
    if not seen.present and spec.type is None:
        return seen.left_out("prepare.because_empty", role)
    if role is None and spec.type is None and is_identity(seen.sample, seen.cells, seen.absent):
        return _doubted(seen, seen.left_out("prepare.because_id", role), False)
    asked = spec.type or ("number" if role == "weight" else None)
    for modality in [asked] if asked else _candidates(seen.sample):
        options = options_of("modalities", modality, spec.options, project, ("columns", seen.name))
        options = _preprocess(modality).settle(seen.sample, options)
        parsed = _preprocess(modality).parse(seen.cells, options)
        if asked or len(parsed.bad) <= BAD_SHARE * seen.present:
            return _doubted(seen, _accepted(seen, modality, options, parsed, project, role), asked is None)
    return _doubted(seen, seen.left_out("prepare.because_codes", role), True)


def _accepted(
    seen: _Seen, modality: str, options: dict[str, Any], parsed: Parsed, project: Project, role: Role | None
) -> Reading:
    """A column whose cells a modality could read, or which the user says is of that modality."""
    told = seen.name in project.columns
    if seen.present and len(parsed.bad) == seen.present:
        got = text("prepare.got_unreadable", examples=", ".join(seen.examples))
        fix = text("prepare.fix_unreadable", modalities=" / ".join(_candidates(seen.sample)) or "role: ignore")
        place = project.place("columns", seen.name)
        raise DataError(Mistake(place, got, text("prepare.expected_kind", modality=modality), fix))
    if not told and role is None and _is_constant(parsed.values, seen.absent):
        return seen.left_out("prepare.because_constant", role)
    reason = "prepare.because_told" if told else "prepare.because_read"
    reading = replace(
        seen.reading(modality, role or "input", reason, options, parsed.values, len(parsed.bad), parsed.notes),
        bad_cells=seen.shown(parsed.bad),
        told=seen.told(modality, options),
    )
    monotone = project.columns[seen.name].monotone if told else None
    return replace(reading, column=replace(reading.column, monotone=_way(modality, seen.name, monotone, project)))


def _doubted(seen: _Seen, reading: Reading, inferred: bool) -> Reading:
    """The reading with what is open about it.

    Args:
        inferred: Nobody said what the column is: it may nearly have been something else.
    """
    modality, found = reading.column.modality, list[str]()
    if modality:
        found += _preprocess(modality).doubts(seen.sample, reading.column.options)
    nearly: Nearly | None = None
    if reading.values is None or reading.values.dtype == object:
        for other in _MEASURING if inferred else ():
            doubts, near = _as_other(seen, _preprocess(other), other)
            found, nearly = [*found, *doubts], nearly or near
        found += ["rounded_ids"] * rounded_ids(seen.sample.values)
    return replace(reading, doubts=tuple(found), nearly=None if found else nearly)


def _target_doubts(seen: _Seen) -> tuple[str, ...]:
    """A target is read on its own, by its task: what the other columns say of its decimals is only told."""
    either = seen.sample.mark and plugins.part("modalities", "number", "preprocess").mark(seen.sample) == "either"
    return ("target_mark",) if either else ()


def _as_other(seen: _Seen, preprocess: Preprocess, modality: str) -> tuple[tuple[str, ...], Nearly | None]:
    """Why a column might have been of another modality: doubts, and whether more than half of its cells read so."""
    some = seen.sample.values[:: max(1, len(seen.sample.values) // _LOOK)]
    few = Sample(seen.name, some, len(some), len(some), seen.sample.mark)
    options = preprocess.settle(few, {})
    if not preprocess.doubts(few, options) and not np.isfinite(preprocess.parse(some, options).values).any():
        return (), None
    options = preprocess.settle(seen.sample, {})
    doubts = preprocess.doubts(seen.sample, options)
    parsed = preprocess.parse(seen.cells, options)
    share = float(np.isfinite(parsed.values).sum()) / max(1, seen.present)
    nearly = Nearly(modality, share, seen.shown(parsed.bad)) if len(parsed.bad) and share > _HALF else None
    return doubts, nearly


def _way(
    modality: str, name: str, monotone: Literal["up", "down"] | None, project: Project
) -> Literal["", "up", "down"]:
    """Which way the answer may go with a column.

    Raises:
        ProjectError: The column turned out to have no order.
    """
    if monotone and modality not in ordered():
        got = text("project.monotone_type", monotone=monotone, type=modality)
        expected = text("project.expected_monotone", types=", ".join(ordered()))
        raise ProjectError(Mistake(project.place("columns", name, "monotone"), got, expected))
    return monotone or ""


class _Seen:
    """A column that was looked at, and the readings that can come of it."""

    def __init__(
        self,
        name: str,
        cells: Array,
        limit: int,
        rows: Array | None = None,
        mark: Literal["", "comma", "mixed"] = "",
    ) -> None:
        self.name = name
        self.cells = cells
        self.rows = rows
        self.absent = missing(cells)
        self.present = int((~self.absent).sum())
        self.sample = replace(sample(name, cells, self.absent, limit), mark=mark)
        self.counts = _counts(self.sample.values)
        self.examples = tuple(cut(str(cell)) for cell in list(self.counts)[:_EXAMPLES])

    def reading(
        self,
        modality: str,
        role: Role,
        reason: str,
        options: dict[str, Any] | None = None,
        values: Array | None = None,
        bad: int = 0,
        notes: Mapping[str, int] | None = None,
    ) -> Reading:
        examples = self.examples
        if modality == "text":  # anything may stand in a sentence
            examples = tuple(cut(hidden(str(cell))) for cell in list(self.counts)[:_EXAMPLES])
        said = {"modality": modality, "example": examples[0] if examples else ""}
        return Reading(
            column=Column(self.name, modality, role, options or {}, reason=(reason, said)),
            values=values,
            examples=examples,
            distinct=len(self.counts),
            top_share=max(self.counts.values(), default=0) / max(1, len(self.sample.values)),
            missing_share=1 - self.present / max(1, len(self.cells)),
            bad=bad,
            notes=notes or {},
            personal=personal_data(self.name, self.sample.values.tolist()),
        )

    def shown(self, rows: Array) -> tuple[tuple[int, str], ...]:
        """The first of some rows, by the number that the user counts, and their cells."""
        return tuple(
            (int(row if self.rows is None else self.rows[row]) + 1, cut(str(self.cells[row])))
            for row in rows[:_EXAMPLES]
        )

    def told(self, modality: str, options: Mapping[str, Any]) -> tuple[Told, ...]:
        """How the cells are read."""
        share = len(self.sample.values) / max(1, self.present)
        return tell(_preprocess(modality), options, self.cells, self.counts, share)

    def left_out(self, reason: str, role: Role | None) -> Reading:
        """Not an input; a protected column is kept as texts all the same."""
        if role == "protected":
            return self.reading("", role, "prepare.because_told", values=kept(self.cells))
        return self.reading("", role or "ignore", reason)


def _candidates(sample: Sample) -> list[str]:
    """The modalities that claim a column, surest first."""
    claims = {name: _preprocess(name).claim(sample) for name in plugins.names("modalities")}
    return sorted((name for name in claims if claims[name] >= SURE), key=lambda name: (-claims[name], name))


def _preprocess(modality: str) -> Preprocess:
    module: Preprocess = plugins.part("modalities", modality, "preprocess")
    return module


def _counts(values: Array) -> Counter[Any]:
    try:
        return Counter(values.tolist())
    except TypeError:  # lists and dictionaries cannot be counted as they are
        return Counter(map(repr, values))


def kept(cells: Array) -> Array:
    """Keys and targets as they are stored: typed arrays as they are, all else as texts ("007" stays "007")."""
    if cells.dtype != object:
        return cells
    return np.fromiter(
        ("" if gone else text_of(cell) for cell, gone in zip(cells, missing(cells), strict=True)), object, len(cells)
    )


def _is_constant(values: Array, absent: Array) -> bool:
    """One value in every row; a column with gaps says something by having them."""
    return not absent.any() and bool((values == values[0]).all())
