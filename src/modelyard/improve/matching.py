"""Which row of the data an entry of a labelling file is.

Where the file has them, by row number and check sum; a row that stands elsewhere by now is found by its check sum, one
that has changed is not. Else by the keys, else by all columns that the file and the data share.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from modelyard.core.columns import take
from modelyard.core.protocols import Columns
from modelyard.data.content import as_texts, digests
from modelyard.improve.pool import Pool
from modelyard.improve.sheet import CHECK, ROW, named


@dataclass(frozen=True)
class Found:
    """Rows of entries.

    Args:
        rows: Entry -> number of its row, counted from 0.
        moved: Entries whose row stood elsewhere when it was proposed.
        lost: Entry -> why it has no row: end of a message `improve.got_<...>`.
    """

    rows: dict[int, int]
    moved: int
    lost: dict[int, str]


def find_rows(columns: Columns, pool: Pool, entries: Sequence[int]) -> Found | None:
    """The rows of some entries; None where the file has nothing to find them by.

    Args:
        columns: What the file says beside labels.
        pool: The data.
        entries: Which entries of the file.
    """
    row, check = named(ROW, pool.table), named(CHECK, pool.table)
    if row in columns and check in columns:
        return _by_check(as_texts(columns[row]), as_texts(columns[check]), pool, entries)
    shared = [name for name in pool.keys if name in columns]
    if len(shared) < len(pool.keys) or not shared:
        shared = [name for name in pool.inputs if name in columns]
    if not shared:
        return None
    wanted = digests(take({name: columns[name] for name in shared}, np.asarray(entries)))
    there = _places(digests({name: pool.table[name] for name in shared}).tolist())
    found = {entry: there.get(one, []) for entry, one in zip(entries, wanted.tolist(), strict=True)}
    are_keys = shared == [*pool.keys]
    return _sorted_out(found, lambda places: len(places) == 1 or (bool(places) and not are_keys))


def _by_check(numbers: Sequence[str], checks: Sequence[str], pool: Pool, entries: Sequence[int]) -> Found:
    now = pool.checks()
    there = _places(now)
    rows: dict[int, int] = {}
    lost: dict[int, str] = {}
    moved = 0
    for entry in entries:
        number = int(numbers[entry]) - 1 if numbers[entry].isdecimal() else -1
        elsewhere = there.get(checks[entry], [])
        if 0 <= number < len(now) and now[number] == checks[entry]:
            rows[entry] = number
        elif len(elsewhere) == 1:
            rows[entry] = elsewhere[0]
            moved += 1
        else:
            lost[entry] = "changed" if 0 <= number < len(now) else "no_row"
    return Found(rows, moved, lost)


def _sorted_out(found: dict[int, list[int]], is_sure: Callable[[list[int]], bool]) -> Found:
    rows = {entry: places[0] for entry, places in found.items() if is_sure(places)}
    lost = {entry: "several_rows" if places else "no_row" for entry, places in found.items() if entry not in rows}
    return Found(rows, 0, lost)


def _places(values: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    """Value -> where it stands."""
    places: dict[Hashable, list[int]] = {}
    for number, value in enumerate(values):
        places.setdefault(value, []).append(number)
    return places
