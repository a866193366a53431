"""In how many folds the training rows may be divided, the best way first; the work plan takes what it can afford."""

from __future__ import annotations

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.data.dataset import Dataset

Way = tuple[int, int]
"""Folds, and how often the rows are dealt into them anew."""
HOLD_OUT: Way = (1, 1)
FOLDS, FEWEST_FOLDS = 5, 2
FEW_ROWS = 200
"""Below, single rows decide what a division into folds says: more divisions are averaged."""


def ways(project: Project, dataset: Dataset) -> list[Way]:
    """The ways that come into question, the best first.

    Args:
        project: May ask for folds and repeats.
        dataset: Says whether the report's numbers are to come from the folds, which then must be some.

    Raises:
        ProjectError: One fold is asked for where the report's numbers have to come from several.
    """
    folds = None if project.train.folds == "auto" else project.train.folds
    repeats = None if project.train.repeats == "auto" else project.train.repeats
    measured = dataset.measured_on == "folds"
    if measured and folds == 1:
        got, expected = text("train.got_one_fold", rows=len(dataset.parts)), text("train.expected_folds")
        raise ProjectError(Mistake(project.place("train", "folds"), got, expected, text("train.fix_one_fold")))
    usual = 1 if not measured else 5 if len(dataset.parts) < FEW_ROWS else 3
    if folds or repeats:
        return [(folds or FOLDS, repeats or usual)]
    if measured:
        return [(FOLDS, usual), (FOLDS, 1), (FEWEST_FOLDS, 1)]
    return [HOLD_OUT] if dataset.measured_on == "training" or _held_out(project, dataset) else [(FOLDS, 1), HOLD_OUT]


def _held_out(project: Project, dataset: Dataset) -> bool:
    """Whether the validation rows are a choice of the user, or later than the training rows: then they stay that."""
    by = project.data.split.by
    roles = {column.role for column in dataset.columns}
    return bool(project.data.valid) or by in ("time", "column") or (by == "auto" and bool(roles & {"time", "split"}))
