"""Logistic and ridge regression along a path of penalties, strongest first, each fit starting from the one before.

Numbers come with bins, see `models.piecewise`: under one penalty, a sum over bins is a smooth curve. Texts come with
n-grams, see `models.grams`. Weights of the wrong sign, where scores may only rise or fall with a feature, are taken out
and the others fitted again.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from modelyard.core.protocols import Array, Doubles, Feature, Problem, State, Watch
from modelyard.models import affine, grams, piecewise, targets
from modelyard.models.grams import Grams
from modelyard.models.pace import seconds_per_call
from modelyard.models.piecewise import Bins
from modelyard.models.targets import Part

PROBE_CELLS = 2_000_000
PROBE_TEXTS = 1_000
THREADS = 1
"""Each solver iteration waits for memory, not for a processor, and for all its threads.

With two threads beside other work, an iteration over 21,000 x 107 cells took 25 ms instead of 1.4, one over
169,000 x 108 took 42 ms instead of 12.
"""
BINS = (12, 24)
"""Of a number, where its options leave it open: for few rows, and for many."""
CELLS_AT_ONCE = 250_000_000
"""Of the rows of all folds with their bins; where there are more, each fold's bins are filled anew for every fit."""


@dataclass
class Fold:
    """The fits of one part of the target in one fold.

    Args:
        part: What is learnt.
        model: scikit-learn's estimator; the next fit starts from its weights.
        ways: int64 [features + bins + n-grams], 1 or -1 where weights may only be >= 0 or <= 0.
        bins: Those that are filled for every fit; none where the part's features have them.
        weight: float64 [features, columns] of the best penalty; None while the prior is the best.
        bias: float64 [columns].
        unfinished: Fits that did not converge.
    """

    part: Part
    model: Any
    ways: Array
    bins: Bins
    weight: Doubles | None = None
    bias: Doubles | None = None
    unfinished: int = 0

    def refit(self, l2: float) -> tuple[Doubles, Doubles]:
        """Weight and bias under a penalty that is relative to the mean loss."""
        part, rows = self.part, self.part.weight.sum(dtype=np.float64)
        self.model.set_params(**({"alpha": l2 * rows} if part.kind == "number" else {"C": 1 / (l2 * rows)}))
        x = self.bins.beside(part.x)
        if part.kind == "number":
            x = x.astype(np.float64)  # the normal equations square what rounding there is
        kept = np.ones(x.shape[1], bool)
        weight, bias = self._solve(x, kept)
        while not (right := (self.ways[:, None] * weight >= 0).all(axis=1)).all():
            kept &= right
            weight, bias = self._solve(x, kept)
        return _as_log_shares(part, x, weight, bias) if part.kind == "classes" else (weight, bias)

    def loss(self, weight: Doubles, bias: Doubles) -> float:
        """Of a fit, on the held-out rows."""
        part = self.part
        return targets.loss(part.kind, self.bins.beside(part.x_valid) @ weight + bias, part.y_valid, part.weight_valid)

    def _solve(self, x: Array, kept: Array) -> tuple[Doubles, Doubles]:
        """Weight and bias, with weights for some of the features only."""
        part = self.part
        model = self.model if kept.all() else clone(self.model)  # a start from other features is none
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", message="Ill-conditioned matrix")  # one-hot columns sum to one
            model.fit(x if kept.all() else x[:, kept], part.y, part.uneven)
        if part.kind != "number":
            self.unfinished += int(max(model.n_iter_) >= model.max_iter)
        found = np.atleast_2d(model.coef_).T
        weight = np.zeros((len(kept), found.shape[1]))
        weight[kept] = found
        return weight, np.atleast_1d(model.intercept_).astype(np.float64)


@dataclass
class Search:
    """The search for the penalty of one part of the target, in all folds at once.

    Args:
        folds: Number of the fold -> its fits.
        loss: Mean over folds on held-out rows, of the best penalty so far; of the prior before the first.
        l2: The best penalty.
    """

    folds: Mapping[int, Fold]
    loss: float
    l2: float | None = None

    def attempt(self, l2: float) -> None:
        """Fit all folds with one penalty and keep the fits if they are the best."""
        folds = list(self.folds.values())
        fits = [fold.refit(l2) for fold in folds]
        losses = [fold.loss(*found) for fold, found in zip(folds, fits, strict=True)]
        loss = targets.mean_over_folds(losses, [fold.part for fold in folds])
        if loss < self.loss:
            self.loss, self.l2 = loss, l2
            for fold, (weight, bias) in zip(folds, fits, strict=True):
                fold.weight, fold.bias = weight, bias


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one penalty, from the whole path on a sample of rows: a fit alone has no other to start from."""
    bins = _bins([problem], options)
    stride = -(-len(problem.x) * (problem.x.shape[1] + len(bins)) // PROBE_CELLS) or 1
    if problem.texts:
        stride = max(stride, -(-len(problem.x) // PROBE_TEXTS))
    sample = targets.every(problem, stride)
    sample = _bent(sample, bins, grams.fit(sample.columns, [sample.texts]))
    path = _path(options, len(options.l2))

    def walk() -> None:
        for search in _searches([sample], piecewise.NONE, options):
            for l2 in path:
                search.attempt(l2)

    with threadpool_limits(THREADS):
        return seconds_per_call(walk, calls=1 if problem.texts else 3) * stride / len(path)


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn with `work` of the penalties; see `core.protocols.MethodFit`."""
    bins, of = _bins(problems, options), grams.fit(problems[0].columns, [problem.texts for problem in problems])
    cells = sum((len(problem.x) + len(problem.x_valid)) * (problem.x.shape[1] + len(bins)) for problem in problems)
    filled, left = (bins, piecewise.NONE) if of or cells <= CELLS_AT_ONCE else (piecewise.NONE, bins)
    problems = [_bent(problem, filled, of) for problem in problems]
    searches = _searches(problems, left, options)
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
    for number, (problem, folder) in enumerate(zip(problems, folders, strict=True)):
        folds = [search.folds[number] for search in searches if number in search.folds]
        affine.save(folder, *_assemble(problem, problem.x.shape[1] + len(left), folds), bins, of)
    chosen = [search.l2 for search in searches]
    best = max((path.index(l2) + 1 for l2 in chosen if l2 is not None), default=0)
    return {"done": len(curves), "best": best, "l2": chosen, "curves": curves, "notes": _notes(searches, len(curves))}


def _bins(problems: Sequence[Problem], options: Any) -> Bins:
    count = piecewise.bins_for(options.bins, len(problems[0].x), *BINS)
    weights = [problem.weight for problem in problems]
    return piecewise.cut([problem.x for problem in problems], weights, count, problems[0].features)


def _bent(problem: Problem, bins: Bins, of: Sequence[Grams] = ()) -> Problem:
    """The problem with its bins and n-grams among the features."""
    if not len(bins) and not of:
        return problem
    x = grams.beside(bins.beside(problem.x), of, problem.texts)
    x_valid = grams.beside(bins.beside(problem.x_valid), of, problem.texts_valid)
    return replace(problem, x=x, x_valid=x_valid, features=_with(problem.features, bins, of))


def _with(features: tuple[Feature, ...], bins: Bins, of: Sequence[Grams] = ()) -> tuple[Feature, ...]:
    """The features, if they are known, and that of each bin and each n-gram."""
    if not features:
        return ()
    of_grams = (Feature(one.column, one.column, "number") for one in of for _ in range(len(one)))
    return (*features, *(features[number] for number in bins.feature), *of_grams)


def _path(options: Any, work: int) -> list[float]:
    """Penalties, the strongest first; the middle ones where there is no time for all, as the ends seldom win."""
    path = sorted(options.l2, reverse=True)
    first = max(0, len(path) - work + 1) // 2
    return path[first : first + work]


def _searches(problems: Sequence[Problem], bins: Bins, options: Any) -> list[Search]:
    priors = [targets.prior(problem) for problem in problems]
    found = []
    for parts in targets.side_by_side(problems):
        loss = targets.loss_of_priors(parts, priors)
        folds = {number: _fold(part, problems[number].features, bins, options) for number, part in parts.items()}
        found.append(Search(folds, loss))
    return found


def _fold(part: Part, features: tuple[Feature, ...], bins: Bins, options: Any) -> Fold:
    known = [feature.monotone for feature in _with(features, bins)]
    ways = np.asarray(known or [0] * (part.x.shape[1] + len(bins)), np.int64)
    solver = Ridge() if part.kind == "number" else LogisticRegression(max_iter=options.max_iter, warm_start=True)
    return Fold(part, solver, ways, bins)


def _as_log_shares(part: Part, x: Array, weight: Doubles, bias: Doubles) -> tuple[Doubles, Doubles]:
    """Shift the scores so that they are log-shares on average, comparable with the prior of a class never seen."""
    if weight.shape[1] == 1:  # scikit-learn has one logit for two classes
        weight, bias = np.hstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
    return weight, bias - np.average(targets.log_sum_exp(x @ weight + bias), weights=part.weight)


def _assemble(problem: Problem, features: int, folds: Sequence[Fold]) -> tuple[Doubles, Doubles]:
    """The best fits of all parts as one matrix [features, width], bins included, and one vector [width]."""
    weight, bias = np.zeros((features, problem.width)), targets.prior(problem)
    for fold in folds:
        if fold.weight is not None and fold.bias is not None:
            columns = list(fold.part.columns)
            weight[:, columns], bias[columns] = fold.weight, fold.bias
    return weight, bias


def _notes(searches: list[Search], steps: int) -> list[tuple[str, dict[str, Any]]]:
    folds = [fold for search in searches for fold in search.folds.values()]
    unfinished = sum(fold.unfinished for fold in folds)
    if not unfinished:
        return []
    return [("methods.not_converged", {"count": unfinished, "total": steps * len(folds)})]
