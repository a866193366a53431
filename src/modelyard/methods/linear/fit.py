"""Logistic and ridge regression along a path of penalties, strongest first, each fit starting from the one before."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from modelyard.core.protocols import Doubles, Problem, State, Watch
from modelyard.models import affine, targets
from modelyard.models.pace import seconds_per_call
from modelyard.models.targets import Part

PROBE_CELLS = 2_000_000
THREADS = 1
"""Each solver iteration waits for memory, not for a processor, and for all its threads.

With two threads beside other work, an iteration over 21,000 x 107 cells took 25 ms instead of 1.4, one over
169,000 x 108 took 42 ms instead of 12.
"""


@dataclass
class Search:
    """The fits of one part of the target.

    Args:
        part: What is learnt.
        model: scikit-learn's estimator; the next fit starts from its weights.
        loss: On the validation rows, of the best fit so far; of the prior before the first.
        weight: float64 [features, columns] of the best fit; None while the prior is the best.
        bias: float64 [columns].
        l2: Penalty of the best fit.
        unfinished: Fits that did not converge.
    """

    part: Part
    model: Any
    loss: float
    weight: Doubles | None = None
    bias: Doubles | None = None
    l2: float | None = None
    unfinished: int = 0

    def attempt(self, l2: float) -> None:
        """Fit with one penalty and keep the fit if it is the best."""
        weight, bias = self._refit(l2)
        loss = targets.loss(self.part.kind, self.part.x_valid @ weight + bias, self.part.y_valid)
        if loss < self.loss:
            self.loss, self.weight, self.bias, self.l2 = loss, weight, bias, l2

    def _refit(self, l2: float) -> tuple[Doubles, Doubles]:
        part, model, rows = self.part, self.model, len(self.part.y)
        model.set_params(**({"alpha": l2 * rows} if part.kind == "number" else {"C": 1 / (l2 * rows)}))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", message="Ill-conditioned matrix")  # one-hot columns sum to one
            model.fit(part.x, part.y)
        if part.kind != "number":
            self.unfinished += int(max(model.n_iter_) >= model.max_iter)
        weight = np.atleast_2d(model.coef_).T.astype(np.float64)
        bias = np.atleast_1d(model.intercept_).astype(np.float64)
        return _as_log_shares(part, weight, bias) if part.kind == "classes" else (weight, bias)


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one penalty, from the whole path on a sample of rows: a fit alone has no other to start from."""
    stride = -(-problem.x.size // PROBE_CELLS) or 1
    every = slice(None, None, stride)
    x, y, x_valid, y_valid = (rows[every] for rows in (problem.x, problem.y, problem.x_valid, problem.y_valid))
    sample = replace(problem, x=x, y=y, x_valid=x_valid, y_valid=y_valid)
    path = _path(options, len(options.l2))

    def walk() -> None:
        for search in _searches(sample, options):
            for l2 in path:
                search.attempt(l2)

    with threadpool_limits(THREADS):
        return seconds_per_call(walk, calls=3) * stride / len(path)


def fit(problem: Problem, options: Any, work: int, folder: Path, watch: Watch) -> State:
    """Learn with `work` of the penalties; see `core.protocols.MethodFit`."""
    searches = _searches(problem, options)
    curves: list[dict[str, float]] = []
    path = _path(options, work) if searches else []
    with threadpool_limits(THREADS):
        for step, l2 in enumerate(path, start=1):
            for search in searches:
                search.attempt(l2)
            valid_loss = float(np.mean([search.loss for search in searches]))
            curves.append({"step": step, "l2": l2, "valid_loss": valid_loss})
            if not watch.step(step, len(path), valid_loss=valid_loss):
                break
    weight, bias = _assemble(problem, searches)
    affine.save(folder, weight, bias)
    chosen = [search.l2 for search in searches]
    best = max((path.index(l2) + 1 for l2 in chosen if l2 is not None), default=0)
    return {"done": len(curves), "best": best, "l2": chosen, "curves": curves, "notes": _notes(searches, len(curves))}


def _path(options: Any, work: int) -> list[float]:
    """Penalties, the strongest first; the middle ones where there is no time for all, as the ends seldom win."""
    path = sorted(options.l2, reverse=True)
    first = max(0, len(path) - work + 1) // 2
    return path[first : first + work]


def _searches(problem: Problem, options: Any) -> list[Search]:
    return [_search(part, targets.prior(problem), options) for part in targets.parts(problem)]


def _search(part: Part, prior: Doubles, options: Any) -> Search:
    loss = targets.loss_of_prior(part, prior)
    if part.kind != "number":
        return Search(part, LogisticRegression(max_iter=options.max_iter, warm_start=True), loss)
    precise = part.x.astype(np.float64)  # the normal equations square what rounding there is
    return Search(replace(part, x=precise), Ridge(), loss)


def _as_log_shares(part: Part, weight: Doubles, bias: Doubles) -> tuple[Doubles, Doubles]:
    """Shift the scores so that they are log-shares on average, comparable with the prior of a class never seen."""
    if weight.shape[1] == 1:  # scikit-learn has one logit for two classes
        weight, bias = np.hstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
    return weight, bias - targets.log_sum_exp(part.x @ weight + bias).mean()


def _assemble(problem: Problem, searches: list[Search]) -> tuple[Doubles, Doubles]:
    """The best fits of all parts as one matrix [features, width] and one vector [width]."""
    weight, bias = np.zeros((problem.x.shape[1], problem.width)), targets.prior(problem)
    for search in searches:
        if search.weight is not None and search.bias is not None:
            columns = list(search.part.columns)
            weight[:, columns], bias[columns] = search.weight, search.bias
    return weight, bias


def _notes(searches: list[Search], steps: int) -> list[tuple[str, dict[str, Any]]]:
    unfinished = sum(search.unfinished for search in searches)
    if not unfinished:
        return []
    return [("methods.not_converged", {"count": unfinished, "total": steps * len(searches)})]
