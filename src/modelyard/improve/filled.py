"""What people filled in: read back, held against the data, and put into them.

Nothing is written while anything is in doubt: labels that the data do not know, rows that are no longer what they were
when they were proposed, two labels for one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.cells import text_of
from modelyard.core.columns import row_count
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns
from modelyard.data.content import missing
from modelyard.data.layout import Hints
from modelyard.data.read import read
from modelyard.data.sources import FORMATS
from modelyard.improve.asked import Asked
from modelyard.improve.matching import Found, find_rows
from modelyard.improve.pool import Pool, labelled
from modelyard.improve.sheet import unguarded

_MOST = 5  # mistakes that are told one by one
_SHOWN = 8
_TEXT = ("csv", "tsv", "excel")


@dataclass(frozen=True, eq=False)
class Filled:
    """What people filled in, entry by entry.

    Args:
        name: How messages call the file.
        columns: Everything in it that may tell which row of the data an entry is.
        labels: Column to fill in -> its cells; None where nothing was said.
        numbers: Where each entry stands in the file: its line, or the number of its task.
        remarks: What the file says beside labels, in sentences: who disagrees, what was skipped.
    """

    name: str
    columns: Columns
    labels: dict[str, list[Any]]
    numbers: Sequence[int]
    remarks: tuple[str, ...] = ()

    @property
    def entries(self) -> list[int]:
        """Entries in which anything was filled in."""
        said = zip(*self.labels.values(), strict=True)
        return [entry for entry, cells in enumerate(said) if any(cell is not None for cell in cells)]

    def place(self, entry: int) -> str:
        """How messages call an entry."""
        return text("improve.place_entry", file=self.name, number=self.numbers[entry])


@dataclass(frozen=True, eq=False)
class Labelled:
    """Data with labels filled in.

    Args:
        table: All rows.
        counts: Column -> label -> how many of them are new.
        rows: Rows that got a label.
        moved: Entries whose row stood elsewhere when it was proposed.
        empty: Entries in which nothing was filled in.
        known: Labels that the data had already.
        left: Rows that still lack a label.
    """

    table: Columns
    counts: dict[str, dict[str, int]]
    rows: int
    moved: int
    empty: int
    known: int
    left: int


@dataclass
class _Column:
    """What was filled in for one column.

    Args:
        asked: The column.
        labels: Row -> label that is new.
        known: Labels that the data had already.
        mistakes: What cannot stay as it is.
    """

    asked: Asked
    labels: dict[int, str] = field(default_factory=dict)
    known: int = 0
    mistakes: list[Mistake] = field(default_factory=list)


def read_sheet(path: Path, pool: Pool) -> Filled:
    """Read a table that was filled in.

    Raises:
        DataError: It cannot be read, or has none of the columns to fill in.
    """
    plain = FORMATS.get(path.suffix.lower()) in _TEXT
    found = read(path, Hints(header=1, totals=True) if plain else Hints())
    table = {str(unguarded(name)): _unguarded(cells) for name, cells in found.items()}
    wanted = [one.column for one in pool.asked]
    labels = {name: _said(table[name]) for name in wanted if name in table}
    if not labels:
        got = text("improve.got_no_labels", columns=", ".join([*table][:_SHOWN]))
        near = next((near for name in wanted if (near := plugins.nearest(name, [*table]))), "")
        raise DataError(Mistake(path.name, got, text("improve.expected_labels", columns=", ".join(wanted)), near))
    others = {name: cells for name, cells in table.items() if name not in labels}
    first = 2 if plain else 1  # below the line of names
    return Filled(path.name, others, labels, range(first, first + row_count(table)))


def put_in(filled: Filled, pool: Pool) -> Labelled:
    """Labels -> the data that hold them.

    Raises:
        DataError: Nothing was filled in; or labels that nobody knows, rows that cannot be found or have changed, and
            labels that contradict each other: all of it at once.
    """
    entries = filled.entries
    if not entries:
        expected = text("improve.expected_filled", columns=", ".join(filled.labels))
        raise DataError(Mistake(filled.name, text("improve.got_nothing"), expected))
    found = find_rows(filled.columns, pool, entries)
    if found is None:
        got = text("improve.got_nothing_to_match", columns=", ".join([*filled.columns][:_SHOWN]) or "-")
        raise DataError(
            Mistake(filled.name, got, text("improve.expected_to_match", columns=", ".join(pool.shown[:_SHOWN])))
        )
    columns = [_column(filled, pool, one, found) for one in pool.asked if one.column in filled.labels]
    mistakes = [*_lost(filled, found), *(mistake for column in columns for mistake in column.mistakes)]
    if mistakes:
        raise DataError([*mistakes[:_MOST], *_others(filled, len(mistakes) - _MOST)])
    table = {**pool.table, **{one.asked.column: _with(pool.table, one) for one in columns}}
    return Labelled(
        table=table,
        counts={one.asked.column: _counted(one.labels.values()) for one in columns},
        rows=len({row for one in columns for row in one.labels}),
        moved=found.moved,
        empty=len(filled.numbers) - len(entries),
        known=sum(one.known for one in columns),
        left=int((~labelled(table, pool.asked)).sum()),
    )


def _column(filled: Filled, pool: Pool, asked: Asked, found: Found) -> _Column:
    """What was filled in for a column, held against what the data and other entries say."""
    cells = {entry: cell for entry, cell in enumerate(filled.labels[asked.column]) if cell is not None}
    words = dict(zip(cells, asked.read([*cells.values()]), strict=True))
    column = _Column(asked)
    column.mistakes += _unknown(filled, asked, {entry: cells[entry] for entry, word in words.items() if word is None})
    there = pool.table.get(asked.column)
    gaps = np.ones(row_count(pool.table), bool) if there is None else missing(there)
    first: dict[int, int] = {}
    for entry, word in words.items():
        row = found.rows.get(entry)
        if row is None or word is None:
            continue
        before = text_of(column.labels.get(row, word))
        if there is not None and not gaps[row]:
            before = asked.read([there[row]])[0] or text_of(there[row])
            column.known += before == word
        if before != word:
            column.mistakes.append(_clash(filled, asked.column, row, entry, first.get(row), (word, before)))
        elif gaps[row]:
            column.labels[row] = word
            first.setdefault(row, entry)
    return column


def _with(table: Columns, column: _Column) -> Array:
    """The cells of a column with what was filled in."""
    name = column.asked.column
    cells = table[name].tolist() if name in table else [None] * row_count(table)
    lists = any(isinstance(cell, list | tuple | np.ndarray) for cell in cells)
    for row, word in column.labels.items():
        cells[row] = column.asked.items(word) if lists else word
    return np.fromiter(cells, object, len(cells))


# ------------------------------------------------------------------- mistakes
def _lost(filled: Filled, found: Found) -> Iterator[Mistake]:
    """Entries whose row nobody can tell."""
    for why in dict.fromkeys(found.lost.values()):
        entries = [entry for entry, reason in found.lost.items() if reason == why]
        got = text(f"improve.got_{why}", count=len(entries))
        yield Mistake(_places(filled, entries), got, text("improve.expected_row"), text(f"improve.fix_{why}"))


def _unknown(filled: Filled, asked: Asked, cells: Mapping[int, Any]) -> Iterator[Mistake]:
    """Labels that the data do not have, each with the nearest that they do have."""
    known = {word.casefold() for word in asked.choice}
    entries: dict[str, list[int]] = {}
    for entry, cell in cells.items():
        strange = [word for word in asked.items(cell) if not asked.several or word.casefold() not in known]
        for word in strange:
            entries.setdefault(word, []).append(entry)
    for word, places in entries.items():
        if asked.kind == "number":
            expected, fix = text("tasks.expected_number"), ""
        else:
            shown = ", ".join(asked.choice[:_SHOWN]) + (" …" if len(asked.choice) > _SHOWN else "")
            expected = text("improve.expected_known", labels=shown)
            near = plugins.nearest(word, asked.choice)
            new = "" if asked.kind == "flag" else text("improve.fix_unknown", label=word)
            fix = "\n".join(filter(None, [near, new]))
        yield Mistake(_places(filled, places), f"{asked.column}: {word}", expected, fix)


def _clash(filled: Filled, column: str, row: int, entry: int, other: int | None, words: tuple[str, str]) -> Mistake:
    """Two labels for one row: from two entries, or from an entry and the data."""
    one, before = words
    whose = text("improve.the_data") if other is None else filled.place(other)
    got = text("improve.got_clash", column=column, row=row + 1, label=one, other=before, whose=whose)
    return Mistake(filled.place(entry), got, text("improve.expected_one_label"), text("improve.fix_clash"))


def _others(filled: Filled, count: int) -> Iterator[Mistake]:
    if count > 0:
        yield Mistake(filled.name, text("improve.got_others", count=count), text("improve.expected_none"))


def _places(filled: Filled, entries: Sequence[int]) -> str:
    more = " …" if len(entries) > _SHOWN else ""
    numbers = ", ".join(str(filled.numbers[entry]) for entry in entries[:_SHOWN]) + more
    return text("improve.place_entry", file=filled.name, number=numbers)


# -------------------------------------------------------------------- details
def _unguarded(cells: Array) -> Array:
    return np.fromiter(map(unguarded, cells.tolist()), object, len(cells)) if cells.dtype == object else cells


def _said(cells: Array) -> list[Any]:
    """Cells, None where nothing was filled in."""
    gaps = missing(cells).tolist()
    return [None if gap else cell for cell, gap in zip(cells.tolist(), gaps, strict=True)]


def _counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
