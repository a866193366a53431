"""In how many folds the training rows may be divided, the best way first; the work plan takes what it can afford."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.schema import Column
from modelyard.data.dataset import MeasuredOn

Way = tuple[int, int]
"""Folds, and how often the rows are dealt into them anew."""
HOLD_OUT: Way = (1, 1)
FOLDS, FEWEST_FOLDS = 5, 2
REPEATS = ((200, 5), (500, 3))
"""Below so many rows, so often: the fewer rows, the more a single division into folds says of itself; else twice."""


class Divided(Protocol):
    """Rows as they were divided: a Dataset, or what inspection found."""

    @property
    def measured_on(self) -> MeasuredOn:
        """Where the report's numbers are to come from: if from the folds, there must be some."""

    @property
    def taught(self) -> bool:
        """Whether there are labels to learn from."""

    @property
    def columns(self) -> Sequence[Column]:
        """All columns, with their roles."""


def ways(project: Project, divided: Divided, rows: int) -> list[Way]:
    """The ways that come into question, the best first.

    Args:
        project: May ask for folds and repeats.
        divided: The rows, as they were divided.
        rows: Of the whole table.

    Raises:
        ProjectError: One fold is asked for where the report's numbers have to come from several, or repeats where
            there are no folds.
    """
    if not divided.taught:
        return [HOLD_OUT]
    folds = None if project.train.folds == "auto" else project.train.folds
    repeats = None if project.train.repeats == "auto" else project.train.repeats
    measured = divided.measured_on == "folds"
    if measured and folds == 1:
        got, expected = text("train.got_one_fold", rows=rows), text("train.expected_folds")
        raise ProjectError(Mistake(project.place("train", "folds"), got, expected, text("train.fix_one_fold")))
    usual = next((times for few, times in REPEATS if rows < few), 2) if measured else 1
    if not measured and not folds and (divided.measured_on == "training" or _held_out(project, divided.columns)):
        if (repeats or 1) > 1:
            got, expected = text("train.got_repeats", repeats=repeats), text("train.expected_no_repeats")
            raise ProjectError(Mistake(project.place("train", "repeats"), got, expected, "repeats: auto"))
        return [HOLD_OUT]
    if folds or repeats:
        return [(folds or FOLDS, repeats or usual)]
    if measured:
        return [(FOLDS, usual), (FOLDS, 1), (FEWEST_FOLDS, 1)]
    return [(FOLDS, 1), HOLD_OUT]


def goes(way: Way, open_ways: Sequence[Way]) -> bool:
    """Whether an older plan's way is of the kind that comes into question now: folds, or a hold-out."""
    return any((way[0] > 1) == (other[0] > 1) for other in open_ways)


def _held_out(project: Project, columns: Sequence[Column]) -> bool:
    """Whether the validation rows are a choice of the user, or later than the training rows: then they stay that."""
    by = project.data.split.by
    roles = {column.role for column in columns}
    return bool(project.data.valid) or by in ("time", "column") or (by == "auto" and bool(roles & {"time", "split"}))
