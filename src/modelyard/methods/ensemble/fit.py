"""Greedy ensemble selection with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, ICML 2004).

Every member is calibrated first, so that a weighted sum of scores is a log-linear pool of probabilities. It learns from
scores of rows that the members did not see. Weights look better on the rows they were chosen on than they are: what the
ensemble is worth shows on the held-out rows of each fold, and the mean over folds is what ships (bagged selection, as
in section 2.3 of that paper).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import Array, Doubles, Problem, State, Watch
from modelyard.models import affine
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
    """Seconds for the selection in one fold."""
    return seconds_per_call(lambda: _select(problem, options.rounds), calls=1)


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn weights from the members' scores; see `core.protocols.MethodFit`.

    Returns:
        Besides the usual: `weights` of the members, means over the folds.
    """
    pools = [_select(problem, options.rounds) for problem in problems]
    for pool, folder in zip(pools, folders, strict=True):
        _save(folder, pool)
    watch.step(1, 1)
    weights = np.mean([pool.weights for pool in pools], axis=0)
    return {"done": 1, "best": 1, "weights": weights.tolist(), "curves": [], "notes": []}


def _select(problem: Problem, rounds: int) -> Pool:
    """Draw one member after another, each time the one that makes the pool best; the best pool on the way counts.

    Without rows there is nothing to choose by: equal weights.
    """
    members, y, weight = _members(problem), _targets(problem), problem.weight.astype(np.float64)
    count = members.shape[1]
    slope, offset = _calibrate(problem, members, y, weight)
    if not len(y):
        return Pool(np.full(count, 1 / count), slope, offset)
    calibrated = members * slope + offset
    drawn, total = np.zeros(count), np.zeros_like(calibrated[:, 0])
    best, lowest = drawn, np.inf
    for size in range(1, rounds + 1):
        pools = [(total + calibrated[:, m]) / size for m in range(count)]
        losses = [_loss(problem, pool, y, weight) for pool in pools]
        pick = int(np.argmin(losses))
        drawn[pick] += 1
        total += calibrated[:, pick]
        if losses[pick] < lowest:
            best, lowest = drawn.copy(), losses[pick]
    return Pool(best / best.sum(), slope, offset)


def _calibrate(problem: Problem, members: Doubles, y: Array, weight: Doubles) -> tuple[Doubles, Doubles]:
    calibrate = plugins.part("tasks", problem.task, "calibrate")
    fitted = [
        calibrate.fit(members[:, m], y, problem.state, CONFIDENCE, weight)
        if len(y)
        else calibrate.identity(problem.state)
        for m in range(members.shape[1])
    ]
    slope, offset = (np.asarray([one[name] for one in fitted], np.float64) for name in ("slope", "offset"))
    return slope, offset


def _loss(problem: Problem, scores: Doubles, y: Array, weight: Doubles) -> float:
    """Mean proper score of calibrated scores [rows, width]."""
    metrics = plugins.part("tasks", problem.task, "metrics")
    return float(np.average(metrics.row_loss(_outputs(problem, scores), y, problem.state), weights=weight))


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


def _save(folder: Path, pool: Pool) -> None:
    """Calibration and weights as one matrix [members * width, width] and one vector."""
    members, width = pool.slope.shape
    weight = pool.weights[:, None, None] * pool.slope[:, :, None] * np.eye(width)
    bias = pool.weights @ pool.offset
    affine.save(folder, weight.reshape(members * width, width), bias)
