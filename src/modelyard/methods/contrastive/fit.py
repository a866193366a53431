"""Few labelled rows make many pairs: the encoder learns to bring texts of one class together, others apart.

Tunstall et al.: Efficient Few-Shot Learning Without Prompts (SetFit), 2022: the cosine of two texts shall be 1 where
they are of one class, else 0; then a linear model learns from the vectors. Here all pairs within a batch are looked
at, so that a text is read once for many of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn import functional

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Floats, Problem, State, Watch
from modelyard.core.ragged import Ragged
from modelyard.models import least_squares, reader_files, reader_study, shots, text_encoders, trainer
from modelyard.models.batches import tensor
from modelyard.models.pace import Unwatched, seconds_per_call
from modelyard.models.patience import notes
from modelyard.models.reader import Pace, Reader, Shape, learns
from modelyard.models.reader_study import Study, Tokens
from modelyard.models.reproducible import reproducible
from modelyard.models.text_batches import TextBatches
from modelyard.models.training import Fold, Recipe

PROBE_ROWS = 64
TOKENS = 16_384
"""The most of a batch."""
LAYER_DECAY = 0.9
_PLACE = "train.contrastive"


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one epoch, from a few of its rows; the rows are held against what it needs.

    Raises:
        ProjectError: The target has no classes.
        DataError: A class has fewer rows than two.
    """
    few = shots.few(problem, options.shots, _PLACE)
    sample = shots.some(few, np.arange(min(PROBE_ROWS, len(few.y))))
    with reproducible(problem.seed, problem.threads):
        fold = _start(reader_study.of(sample, Tokens()), options, 1)
        seconds = seconds_per_call(lambda: trainer.fit([fold], Unwatched()), calls=1)
    return seconds * len(few.y) / max(1, len(sample.y))


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn for at most `work` epochs, the best of which the held-out rows choose; see `core.protocols.MethodFit`.

    Raises:
        ProjectError: The target has no classes.
        DataError: A class has fewer rows than two.
    """
    folds, known, first = [shots.few(problem, options.shots, _PLACE) for problem in problems], Tokens(), problems[0]
    found = [reader_study.of(fold, known) for fold in folds]
    with reproducible(first.seed, first.threads), threadpool_limits(first.threads):
        history = trainer.fit([_start(study, options, work) for study in found], watch, first.halfway)
        readers = [cast("Reader", fold.model).eval() for fold in history.folds]
        _add_heads(readers, found)
        for reader, study, folder in zip(readers, found, folders, strict=True):
            for backbone in reader.backbones:
                text_encoders.finish(backbone)
            reader_files.save(folder, reader, study.used, study.tokenizers)
    done, best = len(history.curves), history.patience.best
    return {"done": done, "best": best, "curves": history.curves, "notes": notes(history.stopped, done, best)}


def pairs(vectors: Tensor, y: Tensor) -> Tensor:
    """How far the cosines of a row's pairs are from 1 and 0, squared [rows]; both kinds of pairs count alike.

    Args:
        vectors: [rows, width].
        y: Classes [rows].
    """
    units = functional.normalize(vectors, dim=1)
    alike = (y[:, None] == y).to(units.dtype)
    wrong = (units @ units.T - alike) ** 2
    others = 1.0 - torch.eye(len(y), dtype=units.dtype, device=units.device)
    kinds = (alike * others, 1.0 - alike)
    losses: Tensor = sum((wrong * kind).sum(dim=1) / kind.sum(dim=1).clamp(min=1.0) for kind in kinds) / 2  # type: ignore[assignment]
    return losses


def _start(study: Study, options: Any, epochs: int) -> Fold:
    """A fold with the encoders as they come; its scores are vectors, as a head follows later.

    Raises:
        ProjectError: No encoder may learn.
    """
    backbones = [text_encoders.start(*each) for each in zip(study.used, study.tokenizers, strict=True)]
    rates = [
        float(options.learning_rate or text_encoders.rate(encoder, backbone))
        for encoder, backbone in zip(study.used, backbones, strict=True)
    ]
    shape = Shape(study.columns, study.problem.x.shape[1], False, 1, "concat", 1, 0.0, 0.0)
    model = Reader(shape, backbones, Pace(tuple(rate / max(rates) for rate in rates), LAYER_DECAY))
    model.head = nn.Identity()  # type: ignore[assignment]
    if not any(map(learns, backbones)):
        columns, fix = ", ".join(one.name for one in study.columns), text("methods.fix_frozen")
        raise ProjectError(Mistake(f"{_PLACE}: {columns}", "tune: frozen", text("methods.expected_tuned"), fix))
    train, valid = _batches(study, options.batch_size), _held_out(study, options.batch_size)
    recipe = Recipe(epochs, max(rates), patience=epochs, seed=study.problem.seed)
    return trainer.start(model, pairs, train, valid if valid.weight.any() else train, recipe)


def _batches(study: Study, size: int) -> TextBatches:
    """The training rows."""
    one = study.problem
    return _of(study, study.ids, size, tensor(one.x), tensor(one.y), tensor(one.weight))


def _held_out(study: Study, size: int) -> TextBatches:
    one = study.problem
    return _of(study, study.ids_valid, size, tensor(one.x_valid), tensor(one.y_valid), tensor(one.weight_valid))


def _of(study: Study, ids: Mapping[str, Ragged], size: int, x: Tensor, y: Tensor, weight: Tensor) -> TextBatches:
    windows = {one.name: one.window for one in study.columns}
    return TextBatches(x, ids, windows, y, weight, size=size, budget=TOKENS)


def _add_heads(readers: Sequence[Reader], found: Sequence[Study]) -> None:
    """Teach each fold a linear model on its vectors, under one penalty, and put it on top."""
    rows = []
    for reader, study in zip(readers, found, strict=True):
        problem = study.problem
        rows.append(
            least_squares.take(_vectors(reader, study), problem.y, problem.weight, problem.units, problem.width)
        )
    choice = least_squares.choose(rows)
    for reader, taken, study in zip(readers, rows, found, strict=True):
        weight, bias = choice.model(taken)
        head = nn.Linear(*weight.shape)
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(weight.T))
            head.bias.copy_(torch.from_numpy(bias))
        reader.head, reader.shape = head, replace(reader.shape, width=study.problem.width)


def _vectors(reader: Reader, study: Study) -> Floats:
    """What the encoders say of the training rows [rows, width]."""
    batches = _batches(study, 256)
    with torch.inference_mode():
        found = torch.cat([reader(inputs) for inputs, _, _ in batches.in_order()]).numpy()
    vectors = np.empty_like(found)
    vectors[batches.order.numpy()] = found
    return vectors
