"""Training of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from torch import Tensor

from modelyard.core import plugins
from modelyard.core.protocols import Array, Floats, Problem, State, Watch
from modelyard.methods.network import load
from modelyard.models import losses, network, piecewise, targets, trainer
from modelyard.models.batches import Batches, tensor
from modelyard.models.network import Network, Shape
from modelyard.models.pace import Unwatched, seconds_per_call, useful_threads
from modelyard.models.patience import notes
from modelyard.models.piecewise import Bins
from modelyard.models.reproducible import reproducible
from modelyard.models.training import Fold, History, Loss, Recipe

PROBE_STEPS = 20
PRODUCTS_PER_THREAD = 50_000_000
BINS = (16, 48)
"""Of a number, where its options leave it open: for few rows, and for many."""


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one epoch, from a few of its steps."""
    size = options.batch_rows(len(problem.x))
    stride = -(-len(problem.x) // (PROBE_STEPS * size)) or 1
    sample = targets.every(problem, stride)
    bins = _bins([sample], options, len(problem.x))
    return seconds_per_call(lambda: _train([sample], bins, options, size, 1, Unwatched()), calls=3, warm=1) * stride


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn for at most `work` epochs; see `core.protocols.MethodFit`."""
    bins = _bins(problems, options, len(problems[0].x))
    size = options.batch_rows(len(problems[0].x))
    history = _train(problems, bins, options, size, work, watch, problems[0].halfway)
    for problem, fold, folder in zip(problems, history.folds, folders, strict=True):
        load.save(folder, _shape(problem, options), bins, cast("Network", fold.model))
    done, best = len(history.curves), history.patience.best
    return {"done": done, "best": best, "curves": history.curves, "notes": notes(history.stopped, done, best)}


def _bins(problems: Sequence[Problem], options: Any, rows: int) -> Bins:
    count = piecewise.bins_for(options.bins, rows, *BINS)
    weights = [problem.weight for problem in problems]
    return piecewise.cut([problem.x for problem in problems], weights, count, problems[0].features)


def _train(
    problems: Sequence[Problem],
    bins: Bins,
    options: Any,
    size: int,
    epochs: int,
    watch: Watch,
    halfway: Path | None = None,
) -> History:
    first = problems[0]
    products = size * _shape(first, options).products(len(bins))
    with reproducible(first.seed, useful_threads(first.threads, products, PRODUCTS_PER_THREAD)):
        folds = [_fold(problem, bins, options, size, epochs) for problem in problems]
        return trainer.fit(folds, watch, halfway)


def _fold(problem: Problem, bins: Bins, options: Any, size: int, epochs: int) -> Fold:
    """A fold with a fresh model that answers the prior."""
    model = network.build(_shape(problem, options), bins)
    network.begin_at(model, targets.prior(problem))
    train = _batches(problem.x, problem.y, problem.weight, size)
    valid = _batches(problem.x_valid, problem.y_valid, problem.weight_valid, size)
    plain = plugins.part("tasks", problem.task, "head").loss
    share = options.label_smoothing if problem.task == "classification" else 0.0
    loss, valid_loss = (_of_each_member(one) for one in (losses.smoothed(plain, share), plain))
    settled = {"learning_rate": options.rate, "momentum": options.inertia}
    recipe = Recipe.of(options, epochs=epochs, seed=problem.seed, **settled)
    return trainer.start(model, loss, train, valid if valid.weight.any() else train, recipe, valid_loss)


def _of_each_member(loss: Loss) -> Loss:
    """The mean of the members' losses where they are apart, as in training; else the loss of their mean."""

    def mean(scores: Tensor, y: Tensor) -> Tensor:
        if scores.ndim == 2:
            return loss(scores, y)
        rows, members = scores.shape[:2]
        each = loss(scores.flatten(0, 1), y.repeat_interleave(members, dim=0))
        return each.reshape(rows, members).mean(dim=1)

    return mean


def _batches(x: Floats, y: Array, weight: Floats, size: int) -> Batches:
    rows = [0, 0] if len(x) == 1 else slice(None)  # batch normalisation has no use for a single row
    return Batches(tensor(x[rows]), tensor(y[rows]), tensor(weight[rows]), size)


def _shape(problem: Problem, options: Any) -> Shape:
    ways = [feature.monotone for feature in problem.features]
    return Shape(
        features=problem.x.shape[1],
        widths=options.hidden,
        width=problem.width,
        activation=options.activation,
        norm=options.norm,
        dropout=options.dropout,
        members=options.members,
        monotone=tuple(ways) if any(ways) else (),
    )
