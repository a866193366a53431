"""Personal data: reported and nothing else; whether it may be used is the user's to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelyard.data.dataset import Note
from modelyard.prepare.infer import Reading


def findings(readings: Sequence[Reading]) -> Iterator[Note]:
    """One note per column and kind."""
    for one in readings:
        for found in one.personal:
            values = {"column": one.column.name, "count": found.count, "looked": found.looked, "example": found.example}
            yield Note(f"checks.personal_{found.kind}", values)
