"""What could not be read, and what reading leaves open: with examples and row numbers, never in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelyard.data.dataset import Note
from modelyard.prepare.checks.wording import listed
from modelyard.prepare.infer import Reading

_NEARLY = 5  # columns that are told one by one


def cell_notes(readings: Sequence[Reading]) -> Iterator[Note]:
    """Notes on the cells of all columns."""
    bad = [one for one in readings if one.bad]
    if bad:
        columns = listed([f"{one.column.name} ({_cells(one.bad_cells)})" for one in bad])
        yield Note("prepare.note_bad", {"count": sum(one.bad for one in bad), "columns": columns})
    for name in sorted({name for one in readings for name in one.notes}):
        having = [one for one in readings if one.notes.get(name)]
        count = sum(one.notes[name] for one in having)
        yield Note(f"prepare.note_{name}", {"count": count, "columns": listed([one.column.name for one in having])})
    for doubt in sorted({doubt for one in readings for doubt in one.doubts}):
        having = [one for one in readings if doubt in one.doubts]
        values = {"columns": listed([one.column.name for one in having]), "example": having[0].examples[0]}
        yield Note(f"cells.note_{doubt}", values, level="warn")
    yield from _on_nearly([one for one in readings if one.nearly][:_NEARLY])


def _on_nearly(readings: Sequence[Reading]) -> Iterator[Note]:
    for one in readings:
        if one.nearly is not None:
            values = {"column": one.column.name, "share": one.nearly.share, "modality": one.nearly.modality}
            taken = one.column.modality or one.column.role
            yield Note("cells.note_nearly", {**values, "cells": _cells(one.nearly.others), "taken": taken})


def _cells(cells: Sequence[tuple[int, str]]) -> str:
    """Cells with the numbers of their rows, in any language."""
    return ", ".join(f"#{row} {cell}" for row, cell in cells)
