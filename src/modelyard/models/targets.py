"""How a target falls apart into simple learning problems, for methods that learn one thing at a time.

    two classes      one part, yes or no
    many classes     one part, whose columns are the classes that training has seen
    labels           one part per label, yes or no
    numbers          one part per column

Columns of the scores that no part answers, such as a class without a training row, keep the prior: the scores
that say the same of every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import Array, Doubles, Floats, Problem

Kind = Literal["binary", "classes", "number"]
PSEUDO_COUNT = 0.5  # Jeffreys' prior: no class is impossible because it was not seen


@dataclass(frozen=True)
class Part:
    """One simple learning problem.

    Args:
        kind: `binary` learns 0 or 1, `classes` a number in 0 ... columns - 1, `number` a real one.
        columns: The columns of the scores that it answers.
        x: Training rows [rows, features], float32; the problem's own array where all of its rows take part.
        y: What is learnt [rows], int64, or float64 for `number`.
        x_valid: Validation rows; the training rows stand in where there are none.
        y_valid: What they should answer.
    """

    kind: Kind
    columns: tuple[int, ...]
    x: Array
    y: Array
    x_valid: Array
    y_valid: Array


def prior(problem: Problem) -> Doubles:
    """The scores [width] that say the same of every row: log-odds, log-shares of the classes, or the mean."""
    y = problem.y
    if _is_number(problem):
        return np.asarray([_mean(column) for column in y.T], np.float64)
    if y.ndim == 2:
        return np.asarray([_log_odds(column) for column in y.T], np.float64)
    if problem.width == 1:
        return np.asarray([_log_odds(y)], np.float64)
    counts = np.bincount(y, minlength=problem.width) + PSEUDO_COUNT
    return np.asarray(np.log(counts / counts.sum()), np.float64)


def parts(problem: Problem) -> list[Part]:
    """The parts that can be learnt; a label or class set that never varies is left to the prior."""
    if not problem.x.shape[1]:
        return []
    if problem.y.ndim == 1 and problem.width > 1:
        return _classes(problem)
    y, y_valid = problem.y.reshape(-1, problem.width), problem.y_valid.reshape(-1, problem.width)
    kind: Kind = "number" if _is_number(problem) else "binary"
    found = (_column(problem, kind, number, y[:, number], y_valid[:, number]) for number in range(problem.width))
    return [part for part in found if part is not None]


def loss(kind: Kind, scores: Array, y: Array) -> float:
    """Mean proper score of a part's scores [rows, columns]: log-loss in nats, or squared error."""
    scores = scores.astype(np.float64)
    if kind == "number":
        losses = (scores[:, 0] - y) ** 2
    elif kind == "binary":
        losses = np.logaddexp(0.0, scores[:, 0]) - y * scores[:, 0]
    else:
        losses = log_sum_exp(scores) - scores[np.arange(len(y)), y]
    return float(losses.mean())


def loss_of_prior(part: Part, prior: Doubles) -> float:
    """What the scores [width] that say the same of every row lose on a part's validation rows."""
    return loss(part.kind, np.tile(prior[list(part.columns)], (len(part.y_valid), 1)), part.y_valid)


def log_sum_exp(scores: Doubles) -> Doubles:
    """Logarithm of the summed exponentials of each row [rows]."""
    highest = scores.max(axis=1)
    return np.asarray(highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1)), np.float64)


def _classes(problem: Problem) -> list[Part]:
    seen = np.unique(problem.y)
    if len(seen) < 2:
        return []
    known = np.isin(problem.y_valid, seen)
    x_valid, y_valid = _rows(problem.x_valid, problem.y_valid, known)
    x_valid, y_valid = (x_valid, y_valid) if len(y_valid) else (problem.x, problem.y)
    codes = np.searchsorted(seen, problem.y), np.searchsorted(seen, y_valid)
    return [Part("classes", tuple(int(column) for column in seen), problem.x, codes[0], x_valid, codes[1])]


def _column(problem: Problem, kind: Kind, number: int, y: Array, y_valid: Array) -> Part | None:
    dtype = np.float64 if kind == "number" else np.int64
    x, y = _rows(problem.x, y, ~np.isnan(y))
    if not len(y) or (kind == "binary" and y.min() == y.max()):
        return None
    x_valid, y_valid = _rows(problem.x_valid, y_valid, ~np.isnan(y_valid))
    x_valid, y_valid = (x_valid, y_valid) if len(y_valid) else (x, y)
    return Part(kind, (number,), x, y.astype(dtype), x_valid, y_valid.astype(dtype))


def _rows(x: Floats, y: Array, chosen: Array) -> tuple[Floats, Array]:
    return (x, y) if chosen.all() else (x[chosen], y[chosen])


def _is_number(problem: Problem) -> bool:
    """Whether scores are numbers rather than logits: the task's own outputs say so."""
    calibrate = plugins.part("tasks", problem.task, "calibrate")
    no_rows = np.zeros((0, problem.width))
    return "value" in calibrate.apply(no_rows, calibrate.identity(problem.state), problem.state)


def _mean(column: Array) -> float:
    known = column[~np.isnan(column)].astype(np.float64)
    return float(known.mean()) if len(known) else 0.0


def _log_odds(column: Array) -> float:
    known = column[~np.isnan(column)]
    yes = float((known == 1).sum())
    return float(np.log((yes + PSEUDO_COUNT) / (len(known) - yes + PSEUDO_COUNT)))
