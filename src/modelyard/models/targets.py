"""How a target falls apart into simple learning problems, for methods that learn one thing at a time.

    two classes      one part, yes or no
    many classes     one part, whose columns are the classes that training has seen
    labels           one part per label, yes or no
    numbers          one part per column

Columns of the scores that no part answers, such as a class without a training row, keep the prior: the scores
that say the same of every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import Array, Doubles, Problem

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
        weight: How much each row counts, float32 [rows].
        x_valid: Held-out rows; the training rows stand in where there are none.
        y_valid: What they should answer.
        weight_valid: How much each of them counts.
        units: Training rows of one unit have the same number, int64 [rows]; None: each is by itself.
    """

    kind: Kind
    columns: tuple[int, ...]
    x: Array
    y: Array
    weight: Array
    x_valid: Array
    y_valid: Array
    weight_valid: Array
    units: Array | None = field(default=None, kw_only=True)

    @property
    def uneven(self) -> Array | None:
        """The weights, or None where all rows count alike: libraries are faster, and exact, without."""
        return _uneven(self.weight)

    @property
    def uneven_valid(self) -> Array | None:
        """The same of the held-out rows."""
        return _uneven(self.weight_valid)


def _uneven(weight: Array) -> Array | None:
    return None if (weight == weight[0]).all() else weight


def prior(problem: Problem) -> Doubles:
    """The scores [width] that say the same of every row: log-odds, log-shares of the classes, or the mean."""
    y, weight = problem.y, problem.weight.astype(np.float64)
    if is_number(problem):
        return np.asarray([_mean(column, weight) for column in y.T], np.float64)
    if y.ndim == 2:
        return np.asarray([_log_odds(column, weight) for column in y.T], np.float64)
    if problem.width == 1:
        return np.asarray([_log_odds(y, weight)], np.float64)
    counts = np.bincount(y, weight, minlength=problem.width) + PSEUDO_COUNT
    return np.asarray(np.log(counts / counts.sum()), np.float64)


def parts(problem: Problem) -> list[Part]:
    """The parts that can be learnt; a label or class set that never varies is left to the prior."""
    if not problem.x.shape[1]:
        return []
    if problem.y.ndim == 1 and problem.width > 1:
        return _classes(problem)
    y, y_valid = problem.y.reshape(-1, problem.width), problem.y_valid.reshape(-1, problem.width)
    kind: Kind = "number" if is_number(problem) else "binary"
    found = (_column(problem, kind, number, y[:, number], y_valid[:, number]) for number in range(problem.width))
    return [part for part in found if part is not None]


def side_by_side(problems: Sequence[Problem]) -> list[dict[int, Part]]:
    """The parts of several folds: for each part of the target, fold -> what is learnt of it there.

    A fold in which a part cannot be learnt leaves it to the prior. The classes that training has seen may differ from
    fold to fold; they are one part all the same.
    """
    found: dict[int, dict[int, Part]] = {}
    for fold, problem in enumerate(problems):
        for part in parts(problem):
            found.setdefault(0 if part.kind == "classes" else part.columns[0], {})[fold] = part
    return [found[place] for place in sorted(found)]


def loss_of_priors(parts: Mapping[int, Part], priors: Sequence[Doubles]) -> float:
    """What the priors lose on the held-out rows of all folds: the loss before anything is learnt.

    Args:
        parts: Number of the fold -> its part.
        priors: Of each fold [width].
    """
    losses = [loss_of_prior(part, priors[number]) for number, part in parts.items()]
    return mean_over_folds(losses, list(parts.values()))


def mean_over_folds(losses: Sequence[float], parts: Sequence[Part]) -> float:
    """Mean held-out loss over folds, each counting as much as its held-out rows do."""
    return float(np.average(losses, weights=[part.weight_valid.sum(dtype=np.float64) for part in parts]))


def loss(kind: Kind, scores: Array, y: Array, weight: Array | None = None) -> float:
    """Mean proper score of a part's scores [rows, columns]: log-loss in nats, or squared error."""
    scores = scores.astype(np.float64)
    if kind == "number":
        losses = (scores[:, 0] - y) ** 2
    elif kind == "binary":
        losses = np.logaddexp(0.0, scores[:, 0]) - y * scores[:, 0]
    else:
        losses = log_sum_exp(scores) - scores[np.arange(len(y)), y]
    return float(np.average(losses, weights=weight))


def loss_of_prior(part: Part, prior: Doubles) -> float:
    """What the scores [width] that say the same of every row lose on a part's held-out rows."""
    scores = np.tile(prior[list(part.columns)], (len(part.y_valid), 1))
    return loss(part.kind, scores, part.y_valid, part.weight_valid)


def log_sum_exp(scores: Doubles) -> Doubles:
    """Logarithm of the summed exponentials of each row [rows]."""
    highest = scores.max(axis=1)
    return np.asarray(highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1)), np.float64)


def every(problem: Problem, stride: int) -> Problem:
    """The problem with every `stride`-th row only, for measuring how long it takes."""
    rows = ("x", "y", "weight", "x_valid", "y_valid", "weight_valid")
    units = None if problem.units is None else problem.units[::stride]
    some = {name: getattr(problem, name)[::stride] for name in rows}
    for name in ("texts", "texts_valid"):
        some[name] = {column: texts[::stride] for column, texts in getattr(problem, name).items()}
    return replace(problem, units=units, **some)


def _classes(problem: Problem) -> list[Part]:
    seen = np.unique(problem.y)
    if len(seen) < 2:
        return []
    known = np.isin(problem.y_valid, seen)
    train = (problem.x, np.searchsorted(seen, problem.y), problem.weight)
    valid = _rows(known, problem.x_valid, np.searchsorted(seen, problem.y_valid), problem.weight_valid)
    return [
        Part("classes", tuple(int(column) for column in seen), *train, *_judged_on(valid, train), units=problem.units)
    ]


def _column(problem: Problem, kind: Kind, number: int, y: Array, y_valid: Array) -> Part | None:
    dtype = np.float64 if kind == "number" else np.int64
    units = None if problem.units is None else problem.units[~np.isnan(y)]
    x, y, weight = _rows(~np.isnan(y), problem.x, y, problem.weight)
    if not len(y) or (kind == "binary" and y.min() == y.max()):
        return None
    train = (x, y.astype(dtype), weight)
    x, y, weight = _rows(~np.isnan(y_valid), problem.x_valid, y_valid, problem.weight_valid)
    return Part(kind, (number,), *train, *_judged_on((x, y.astype(dtype), weight), train), units=units)


def _rows(chosen: Array, *arrays: Array) -> tuple[Array, ...]:
    return arrays if chosen.all() else tuple(array[chosen] for array in arrays)


def _judged_on(valid: tuple[Array, ...], train: tuple[Array, ...]) -> tuple[Array, ...]:
    """Held-out rows that count for something; the training rows stand in where there are none."""
    return valid if valid[2].any() else train


def is_number(problem: Problem) -> bool:
    """Whether scores are numbers rather than logits: the task's own outputs say so."""
    calibrate = plugins.part("tasks", problem.task, "calibrate")
    no_rows = np.zeros((0, problem.width))
    return "value" in calibrate.apply(no_rows, calibrate.identity(problem.state), problem.state)


def _mean(column: Array, weight: Doubles) -> float:
    known = ~np.isnan(column)
    counts = weight[known].sum() > 0
    return float(np.average(column[known].astype(np.float64), weights=weight[known])) if counts else 0.0


def _log_odds(column: Array, weight: Doubles) -> float:
    yes, no = float(weight[column == 1].sum()), float(weight[column == 0].sum())
    return float(np.log((yes + PSEUDO_COUNT) / (no + PSEUDO_COUNT)))
