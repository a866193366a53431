"""The few labelled rows that a few-shot method learns from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Problem
from modelyard.models import wording
from modelyard.models.foreign import first_of

FEWEST = 2
"""Rows of a class below which nothing tells what it is from how one row of it happens to read."""


def few(problem: Problem, most: int, place: str) -> Problem:
    """A fold with its shots for training rows.

    Args:
        problem: One fold.
        most: Of each class.
        place: Of the method's options.

    Raises:
        ProjectError: The target has no classes.
        DataError: A class has fewer rows than two.
    """
    enough(problem, place)
    return some(problem, draw(problem, most))


def some(problem: Problem, rows: NDArray[np.int64]) -> Problem:
    """A fold with some of its training rows."""
    units = None if problem.units is None else problem.units[rows]
    texts = {name: values[rows] for name, values in problem.texts.items()}
    return replace(problem, x=problem.x[rows], y=problem.y[rows], weight=problem.weight[rows], units=units, texts=texts)


def draw(problem: Problem, most: int) -> NDArray[np.int64]:
    """Training rows, rising: all of a class, or as many as may be, drawn by the seed.

    Args:
        problem: One fold.
        most: Of each class.
    """
    random = np.random.default_rng(problem.seed)
    order = random.permutation(len(problem.y))
    drawn = [order[problem.y[order] == code][:most] for code in np.unique(problem.y)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *drawn]))


def enough(problem: Problem, place: str) -> None:
    """Hold the labelled rows, whichever side of the fold they are on, against what can be learnt from.

    Raises:
        ProjectError: The target has no classes.
        DataError: All classes with fewer rows than two.
    """
    classes = wording.classes_of(problem, place)
    counts = np.bincount(np.concatenate([problem.y, problem.y_valid]), minlength=len(classes))
    scarce = [f"{label} ({count})" for label, count in zip(classes, counts, strict=True) if count < FEWEST]
    if scarce:
        got = text("methods.got_few", rows=int(counts.sum()), names=first_of(scarce))
        expected = text("methods.expected_few", fewest=FEWEST)
        raise DataError(Mistake(place, got, expected, text("methods.fix_few")))
