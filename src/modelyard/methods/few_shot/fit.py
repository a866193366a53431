"""A regularised linear model on the vectors of a frozen encoder and all other columns, see `models.least_squares`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from modelyard.core.protocols import Problem, State, Watch
from modelyard.models import affine, least_squares, shots
from modelyard.models.least_squares import Rows
from modelyard.models.pace import seconds_per_call

_PLACE = "train.few_shot"


def probe(problem: Problem, options: Any) -> float:
    """Seconds of a fit; the rows are held against what it needs before anything else is trained.

    Raises:
        ProjectError: The target has no classes.
        DataError: A class has fewer rows than two.
    """
    few = shots.few(problem, options.shots, _PLACE)
    with threadpool_limits(problem.threads):
        return seconds_per_call(lambda: least_squares.choose([_rows(few)]), calls=1)


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """One penalty for all folds, chosen among the training rows of each; see `core.protocols.MethodFit`.

    Raises:
        ProjectError: The target has no classes.
        DataError: A class has fewer rows than two.
    """
    drawn = [shots.few(problem, options.shots, _PLACE) for problem in problems]
    with threadpool_limits(problems[0].threads):
        folds = [_rows(few) for few in drawn]
        choice = least_squares.choose(folds)
        for rows, folder in zip(folds, folders, strict=True):
            affine.save(folder, *choice.model(rows))
    watch.step(1, 1, valid_loss=choice.loss)
    curves = [{"step": 1, "l2": choice.penalty, "valid_loss": choice.loss}]
    return {"done": 1, "best": 1, "l2": [choice.penalty], "curves": curves, "notes": []}


def _rows(few: Problem) -> Rows:
    return least_squares.take(few.x, few.y, few.weight, few.units, few.width)
