"""Greedy ensemble selection with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, ICML 2004).

Every member is calibrated on the validation rows first, so that a weighted sum of scores is a log-linear pool of
probabilities. Weights look better on the rows they were chosen on than they are: what the ensemble is worth is
measured out of fold, calibration included.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import Array, Doubles, Problem, State, Watch
from modelyard.models import affine
from modelyard.models.folds import folds
from modelyard.models.pace import seconds_per_call

CONFIDENCE = 0.9  # asked for by the calibration; nothing here depends on it


@dataclass(frozen=True)
class Pool:
    """What has been learnt of the members.

    Args:
        weights: float64 [members], sum 1.
        slope: float64 [members, width], calibration of each member.
        offset: float64 [members, width].
    """

    weights: Doubles
    slope: Doubles
    offset: Doubles

    def mix(self, members: Doubles) -> Doubles:
        """Scores [rows, members, width] -> pooled scores [rows, width]."""
        return np.asarray(np.einsum("rmw,m->rw", members * self.slope + self.offset, self.weights), np.float64)


def probe(problem: Problem, options: Any) -> float:
    """Seconds for the selection on all rows and in each fold."""
    members, y = _members(problem), _targets(problem)
    once = seconds_per_call(lambda: _select(problem, members, y, options.rounds), calls=1)
    return once * float(options.folds + 1)


def fit(problem: Problem, options: Any, work: int, folder: Path, watch: Watch) -> State:
    """Learn weights from the validation rows; see `core.protocols.MethodFit`.

    Returns:
        Besides the usual: `weights` of the members; `losses`, the proper score of each validation row by an ensemble
        that was made without this row; and `loss`, their mean, None without rows.
    """
    members, y = _members(problem), _targets(problem)
    pool = _select(problem, members, y, options.rounds)
    _save(folder, pool)
    losses = _out_of_fold(problem, members, y, options)
    watch.step(1, 1)
    return {
        "done": 1,
        "best": 1,
        "weights": pool.weights.tolist(),
        "loss": float(losses.mean()) if len(losses) else None,
        "losses": losses.tolist(),
        "curves": [],
        "notes": [],
    }


def _out_of_fold(problem: Problem, members: Doubles, y: Array, options: Any) -> Doubles:
    fold = folds(y, options.folds, problem.seed)
    losses = np.empty(len(y))
    for number in np.unique(fold):
        held = fold == number
        pool = _select(problem, members[~held], y[~held], options.rounds)
        losses[held] = _losses(problem, pool.mix(members[held]), y[held])
    return losses


def _select(problem: Problem, members: Doubles, y: Array, rounds: int) -> Pool:
    """Draw one member after another, each time the one that makes the pool best; the best pool on the way counts.

    Without rows there is nothing to choose by: equal weights.
    """
    count = members.shape[1]
    slope, offset = _calibrate(problem, members, y)
    if not len(y):
        return Pool(np.full(count, 1 / count), slope, offset)
    calibrated = members * slope + offset
    drawn, total = np.zeros(count), np.zeros_like(calibrated[:, 0])
    best, lowest = drawn, np.inf
    for size in range(1, rounds + 1):
        losses = [_losses(problem, (total + calibrated[:, m]) / size, y).mean() for m in range(count)]
        pick = int(np.argmin(losses))
        drawn[pick] += 1
        total += calibrated[:, pick]
        if losses[pick] < lowest:
            best, lowest = drawn.copy(), losses[pick]
    return Pool(best / best.sum(), slope, offset)


def _calibrate(problem: Problem, members: Doubles, y: Array) -> tuple[Doubles, Doubles]:
    calibrate = plugins.part("tasks", problem.task, "calibrate")
    fitted = [
        calibrate.fit(members[:, m], y, problem.state, CONFIDENCE) if len(y) else calibrate.identity(problem.state)
        for m in range(members.shape[1])
    ]
    slope, offset = (np.asarray([one[name] for one in fitted], np.float64) for name in ("slope", "offset"))
    return slope, offset


def _losses(problem: Problem, scores: Doubles, y: Array) -> Doubles:
    """Proper score of each row [rows] for calibrated scores [rows, width]."""
    metrics = plugins.part("tasks", problem.task, "metrics")
    losses: Doubles = metrics.row_loss(_outputs(problem, scores), y, problem.state)
    return losses


def _outputs(problem: Problem, scores: Array) -> dict[str, Array]:
    calibrate = plugins.part("tasks", problem.task, "calibrate")
    outputs: dict[str, Array] = calibrate.apply(scores, calibrate.identity(problem.state), problem.state)
    return outputs


def _members(problem: Problem) -> Doubles:
    """Scores [rows, members, width]."""
    rows, columns = problem.x_valid.shape
    return problem.x_valid.astype(np.float64).reshape(rows, columns // problem.width, problem.width)


def _targets(problem: Problem) -> Array:
    """The targets as the task's metrics take them: numbers in their own unit, not standardised."""
    y = problem.y_valid
    if y.ndim == 1:
        return y
    value = _outputs(problem, y).get("value")
    return y.astype(np.float64) if value is None else value.reshape(len(y))


def _save(folder: Path, pool: Pool) -> None:
    """Calibration and weights as one matrix [members * width, width] and one vector."""
    members, width = pool.slope.shape
    weight = pool.weights[:, None, None] * pool.slope[:, :, None] * np.eye(width)
    bias = pool.weights @ pool.offset
    affine.save(folder, weight.reshape(members * width, width), bias)
