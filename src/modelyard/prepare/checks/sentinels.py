"""Numbers that stand for a missing cell: -999, 9999, 1900-01-01, or a blood pressure of zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from modelyard.core.protocols import Array, Doubles
from modelyard.data.dataset import Note
from modelyard.prepare.checks.coded import Coded
from modelyard.prepare.checks.wording import pasted

MARKS = (
    0.0, -1.0, *(sign * float(digit * times) for sign in (1, -1) for digit in "987" for times in range(2, 9)),
)  # fmt: skip
MOMENTS = ("1899-12-30", "1900-01-01", "1970-01-01", "1999-01-01", "2099-12-31", "9999-12-31")
FEWEST = 5
SHARE = 0.002  # of the rows
FAR = 1.0  # interquartile ranges between a mark and the next value
SPIKE = 10  # times as many rows as any of the next values has
_NEAR = 5
_MOMENTS = {datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp(): day for day in MOMENTS}


def findings(seen: Coded) -> Iterator[Note]:
    """Marks at the end of a column's values: far away from them, or far more frequent than what lies beside them."""
    for column in seen.columns:
        modality = column.reading.column.modality
        if modality not in ("number", "datetime"):
            continue
        for mark, count in _marks(column.values, tuple(_MOMENTS) if modality == "datetime" else MARKS):
            said = _MOMENTS[mark] if modality == "datetime" else int(mark)
            line = pasted({"columns": {column.name: {"missing": [said]}}})
            yield Note("checks.sentinel", {"column": column.name, "mark": said, "count": count, "line": line}, "warn")


def _marks(values: Doubles, marks: tuple[float, ...]) -> Iterator[tuple[float, int]]:
    """Each mark that stands apart at one end, and in how many rows; the outer ones first."""
    levels, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    for end in (-1, 1):
        order = np.arange(len(levels))[::end]
        while len(order) > _NEAR and levels[order[0]] in marks:
            place, rest = order[0], order[1:]
            if counts[place] < max(FEWEST, SHARE * len(values)) or not _stands_apart(levels, counts, place, rest):
                break
            yield float(levels[place]), int(counts[place])
            order = rest


def _stands_apart(levels: Doubles, counts: Array, place: int, rest: Array) -> bool:
    mark, others = levels[place], levels[rest]
    if mark == -1:
        return bool((others >= 0).all())
    low, high = np.quantile(np.repeat(others, counts[rest]), (0.25, 0.75))
    if abs(mark - others[0]) > FAR * (high - low) and abs(mark - others[0]) > np.diff(np.sort(others[:_NEAR])).max():
        return True
    return mark != 0 and bool(counts[place] > SPIKE * counts[rest[:_NEAR]].max())
