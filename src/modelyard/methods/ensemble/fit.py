"""Greedy ensemble selection with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, ICML 2004).

It learns from scores of rows that the members did not see. All methods learn by a proper score, so a weighted sum of
their scores is a log-linear pool of probabilities; calibrating each member first only adds the noise of its fit.
Weights look better on the rows they were chosen on than they are: what the ensemble is worth shows on the held-out rows
of each fold, and the mean over folds is what ships (bagged selection, as in section 2.3 of that paper).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import plugins
from modelyard.core.protocols import Array, Doubles, Problem, State, Watch
from modelyard.models import affine
from modelyard.models.pace import seconds_per_call

EQUAL_DRAWS = 5
"""Draws of each member that the rows cannot tell from the best one, before the others."""
BEYOND_NOISE = 2.0  # standard errors


def probe(problem: Problem, options: Any) -> float:
    """Seconds for the selection in one fold."""
    return seconds_per_call(lambda: _select(problem, options.rounds), calls=1)


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn weights from the members' scores; see `core.protocols.MethodFit`.

    Returns:
        Besides the usual: `weights` of the members, means over the folds.
    """
    chosen = [_select(problem, options.rounds) for problem in problems]
    for weights, problem, folder in zip(chosen, problems, folders, strict=True):
        matrix = np.kron(weights[:, None], np.eye(problem.width)).astype(np.float64)
        affine.save(folder, matrix, np.zeros(problem.width))
    watch.step(1, 1)
    weights = np.mean(chosen, axis=0)
    return {"done": 1, "best": 1, "weights": weights.tolist(), "curves": [], "notes": []}


def _select(problem: Problem, rounds: int) -> Doubles:
    """Weights of the members [members], sum 1: drawn one after another, each time the one that makes the pool best.

    The best pool on the way counts. It begins with equal draws of the members that are no worse than the best one
    beyond noise (the initialisation of section 2.2 of that paper): on a few hundred rows free draws fit the noise.
    """
    members, y, weight = _members(problem), _targets(problem), problem.weight.astype(np.float64)
    count = members.shape[1]
    if not len(y):
        return np.full(count, 1 / count)
    drawn = EQUAL_DRAWS * _no_worse(problem, members, y, weight).astype(np.float64)
    total, size = np.einsum("rmw,m->rw", members, drawn), int(drawn.sum())
    best, lowest = drawn.copy(), _loss(problem, total / size, y, weight)
    for drawing in range(size + 1, size + rounds + 1):
        losses = [_loss(problem, (total + members[:, m]) / drawing, y, weight) for m in range(count)]
        pick = int(np.argmin(losses))
        drawn[pick] += 1
        total += members[:, pick]
        if losses[pick] < lowest:
            best, lowest = drawn.copy(), losses[pick]
    return np.asarray(best / best.sum(), np.float64)


def _no_worse(problem: Problem, members: Doubles, y: Array, weight: Doubles) -> NDArray[np.bool_]:
    """Boolean [members]: those whose mean loss is no higher than the lowest beyond noise, row against row."""
    rows = np.stack([_losses(problem, members[:, m], y) * weight for m in range(members.shape[1])], axis=1)
    gap = rows - rows[:, [int(np.argmin(rows.mean(axis=0)))]]
    return np.asarray(gap.mean(axis=0) <= BEYOND_NOISE * gap.std(axis=0) / np.sqrt(len(y)))


def _loss(problem: Problem, scores: Doubles, y: Array, weight: Doubles) -> float:
    """Mean proper score of scores [rows, width]."""
    return float(np.average(_losses(problem, scores, y), weights=weight))


def _losses(problem: Problem, scores: Doubles, y: Array) -> Doubles:
    """Proper score of each row [rows]."""
    metrics = plugins.part("tasks", problem.task, "metrics")
    losses: Doubles = metrics.row_loss(_outputs(problem, scores), y, problem.state)
    return losses


def _outputs(problem: Problem, scores: Array) -> dict[str, Array]:
    calibrate = plugins.part("tasks", problem.task, "calibrate")
    outputs: dict[str, Array] = calibrate.apply(scores, calibrate.identity(problem.state), problem.state)
    return outputs


def _members(problem: Problem) -> Doubles:
    """Scores [rows, members, width]."""
    rows, columns = problem.x.shape
    return problem.x.astype(np.float64).reshape(rows, columns // problem.width, problem.width)


def _targets(problem: Problem) -> Array:
    """The targets as the task's metrics take them: numbers in their own unit, not standardised."""
    y = problem.y
    if y.ndim == 1:
        return y
    value = _outputs(problem, y).get("value")
    return y.astype(np.float64) if value is None else value.reshape(len(y))
