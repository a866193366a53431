"""Training of the plain network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.protocols import Array, Floats, Problem, State, Watch
from modelyard.methods.network import load
from modelyard.models import network, targets, trainer
from modelyard.models.batches import Batches, tensor
from modelyard.models.network import Shape
from modelyard.models.pace import Unwatched, seconds_per_call, useful_threads
from modelyard.models.patience import notes
from modelyard.models.reproducible import reproducible
from modelyard.models.trainer import Fold, History, Recipe

PROBE_STEPS = 20
PRODUCTS_PER_THREAD = 50_000_000


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one epoch, from a few of its steps."""
    size = options.batch_rows(len(problem.x))
    stride = -(-len(problem.x) // (PROBE_STEPS * size)) or 1
    sample = targets.every(problem, stride)
    return seconds_per_call(lambda: _train([sample], options, size, 1, Unwatched()), calls=3, warm=1) * stride


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn for at most `work` epochs; see `core.protocols.MethodFit`."""
    history = _train(problems, options, options.batch_rows(len(problems[0].x)), work, watch)
    for problem, fold, folder in zip(problems, history.folds, folders, strict=True):
        load.save(folder, _shape(problem, options), fold.model)
    done, best = len(history.curves), history.patience.best
    return {"done": done, "best": best, "curves": history.curves, "notes": notes(history.stopped, done, best)}


def _train(problems: Sequence[Problem], options: Any, size: int, epochs: int, watch: Watch) -> History:
    first = problems[0]
    useful = useful_threads(first.threads, size * _shape(first, options).weights, PRODUCTS_PER_THREAD)
    with reproducible(first.seed, useful):
        return trainer.fit([_fold(problem, options, size, epochs) for problem in problems], watch)


def _fold(problem: Problem, options: Any, size: int, epochs: int) -> Fold:
    """A fold with a fresh model that answers the prior."""
    model = network.build(_shape(problem, options))
    network.begin_at(model, targets.prior(problem))
    train = _batches(problem.x, problem.y, problem.weight, size)
    valid = _batches(problem.x_valid, problem.y_valid, problem.weight_valid, size)
    loss = plugins.part("tasks", problem.task, "head").loss
    return trainer.start(model, loss, train, valid if valid.weight.any() else train, _recipe(problem, options, epochs))


def _batches(x: Floats, y: Array, weight: Floats, size: int) -> Batches:
    rows = [0, 0] if len(x) == 1 else slice(None)  # batch normalisation has no use for a single row
    return Batches(tensor(x[rows]), tensor(y[rows]), tensor(weight[rows]), size)


def _shape(problem: Problem, options: Any) -> Shape:
    return Shape(
        features=problem.x.shape[1],
        widths=options.hidden,
        width=problem.width,
        activation=options.activation,
        norm=options.norm,
        dropout=options.dropout,
    )


def _recipe(problem: Problem, options: Any, epochs: int) -> Recipe:
    return Recipe(
        epochs=epochs,
        optimizer=options.optimizer,
        learning_rate=options.rate,
        weight_decay=options.weight_decay,
        momentum=options.inertia,
        schedule=options.schedule,
        warmup=options.warmup,
        clip=options.clip,
        patience=options.patience,
        seed=problem.seed,
    )
