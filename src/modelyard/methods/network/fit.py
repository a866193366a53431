"""Training of the plain network."""

from __future__ import annotations

from dataclasses import replace
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
from modelyard.models.trainer import Recipe, Training

PROBE_STEPS = 20
PRODUCTS_PER_THREAD = 50_000_000


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one epoch, from a few of its steps."""
    size = options.batch_rows(len(problem.x))
    stride = -(-len(problem.x) // (PROBE_STEPS * size)) or 1
    sample = replace(problem, **{name: getattr(problem, name)[::stride] for name in ("x", "y", "x_valid", "y_valid")})
    return seconds_per_call(lambda: _train(sample, options, size, 1, Unwatched()), calls=3, warm=1) * stride


def fit(problem: Problem, options: Any, work: int, folder: Path, watch: Watch) -> State:
    """Learn for at most `work` epochs; see `core.protocols.MethodFit`."""
    training = _train(problem, options, options.batch_rows(len(problem.x)), work, watch)
    load.save(folder, _shape(problem, options), training.model)
    done, best = len(training.curves), training.patience.best
    return {"done": done, "best": best, "curves": training.curves, "notes": notes(training.stopped, done, best)}


def _train(problem: Problem, options: Any, size: int, epochs: int, watch: Watch) -> Training:
    loss = plugins.part("tasks", problem.task, "head").loss
    train = _batches(problem.x, problem.y, size)
    valid = _batches(problem.x_valid, problem.y_valid, size) if len(problem.x_valid) else train
    shape = _shape(problem, options)
    with reproducible(problem.seed, useful_threads(problem.threads, size * shape.weights, PRODUCTS_PER_THREAD)):
        model = network.build(shape)
        network.begin_at(model, targets.prior(problem))
        return trainer.fit(model, loss, train, valid, _recipe(problem, options, epochs), watch)


def _batches(x: Floats, y: Array, size: int) -> Batches:
    rows = [0, 0] if len(x) == 1 else slice(None)  # batch normalisation has no use for a single row
    return Batches(tensor(x[rows]), tensor(y[rows]), size)


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
