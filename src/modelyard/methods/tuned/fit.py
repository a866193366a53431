"""Training of encoders and of what stands between them and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Problem, State, Texts, Watch
from modelyard.core.ragged import Ragged
from modelyard.models import losses, reader, reader_files, reader_study, targets, text_encoders, trainer
from modelyard.models.augment import Augment
from modelyard.models.batches import tensor
from modelyard.models.pace import Unwatched, seconds_per_call
from modelyard.models.patience import notes
from modelyard.models.reader import Pace, Reader, Shape
from modelyard.models.reader_study import Study, Tokens
from modelyard.models.reproducible import reproducible
from modelyard.models.text_batches import TextBatches
from modelyard.models.text_encoders import Encoder
from modelyard.models.training import Fold, Recipe
from modelyard.runtime import tokens

PROBE_ROWS = 96


def probe(problem: Problem, options: Any) -> float:
    """Seconds for one epoch, from a few of its batches."""
    stride = max(1, len(problem.x) // PROBE_ROWS)
    sample = targets.every(problem, stride)
    studies = [reader_study.of(sample, Tokens())]
    with reproducible(problem.seed, problem.threads):
        fold = _start(studies[0], options, 1)
        return seconds_per_call(lambda: trainer.fit([fold], Unwatched()), calls=1) * len(problem.x) / len(sample.x)


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn for at most `work` epochs; see `core.protocols.MethodFit`."""
    known = Tokens()
    studies = [reader_study.of(problem, known) for problem in problems]
    first = problems[0]
    with reproducible(first.seed, first.threads):
        history = trainer.fit([_start(study, options, work) for study in studies], watch, first.halfway)
        for study, fold, folder in zip(studies, history.folds, folders, strict=True):
            model = cast("Reader", fold.model).eval()
            for backbone in model.backbones:
                text_encoders.finish(backbone)
            reader_files.save(folder, model, study.used, study.tokenizers, _labels(study.problem))
    done, best = len(history.curves), history.patience.best
    said = [*notes(history.stopped, done, best), *_long(studies[0])]
    return {"done": done, "best": best, "curves": history.curves, "notes": said}


def _labels(problem: Problem) -> Sequence[str]:
    labels: Sequence[str] = problem.state["labels"] if problem.y.ndim == 1 else ()
    return labels


def _start(study: Study, options: Any, epochs: int) -> Fold:
    """A fold with a fresh model that answers the prior."""
    problem = study.problem
    backbones = [text_encoders.start(*each) for each in zip(study.used, study.tokenizers, strict=True)]
    rates = [_rate(encoder, backbone, options) for encoder, backbone in zip(study.used, backbones, strict=True)]
    base = max(text_encoders.RATE_FRESH, *rates)
    model = Reader(_shape(study, options), backbones, Pace(tuple(rate / base for rate in rates), options.layer_decay))
    reader.begin_at(model, targets.prior(problem))
    plain = plugins.part("tasks", problem.task, "head").loss
    train, loss = _training(study, options, losses.smoothed(plain, options.label_smoothing))
    valid = _held_out(study, options)
    if not valid.weight.any():
        valid = _learnt(study, options)
    return trainer.start(model, loss, train, valid, _recipe(problem, options, base, epochs), plain)


def _rate(encoder: Encoder, backbone: Any, options: Any) -> float:
    return float(options.learning_rate or text_encoders.rate(encoder, backbone))


def _training(study: Study, options: Any, loss: Any) -> tuple[TextBatches, Any]:
    """The rows to learn from, and the loss that goes with how they are drawn."""
    problem = study.problem
    _check(problem, options)
    batches = replace(_learnt(study, options), augment=_augment(study, options))
    if not options.balanced_sampling:
        return batches, loss
    draw, shift = losses.evenly(batches.y, batches.weight, problem.width)
    return replace(batches, draw=draw, weight=torch.ones(len(draw))), losses.shifted(loss, shift)


def _check(problem: Problem, options: Any) -> None:
    """Hold options that are about classes against the target.

    Raises:
        ProjectError: It has none.
    """
    wanted = [name for name in ("balanced_sampling", "label_smoothing") if getattr(options, name)]
    if wanted and problem.y.ndim > 1:
        got, expected = text("methods.got_task", task=problem.task), text("methods.expected_classes")
        raise ProjectError(
            [Mistake(f"train.tuned.{name}", got, expected, text("methods.fix_left_out")) for name in wanted]
        )


def _augment(study: Study, options: Any) -> dict[str, Augment]:
    if not options.token_dropout and not options.span_deletion:
        return {}
    masks = [tokens.open_tokenizer(content).token_to_id("[MASK]") for content in study.tokenizers]
    return {
        one.name: Augment(options.token_dropout, options.span_deletion, masks[one.backbone]) for one in study.columns
    }


def _learnt(study: Study, options: Any) -> TextBatches:
    """The rows to learn from."""
    one = study.problem
    rows = tensor(one.x), tensor(one.y), tensor(one.weight)
    return _batches(study, one.texts, study.ids, rows, options)


def _held_out(study: Study, options: Any) -> TextBatches:
    one = study.problem
    rows = tensor(one.x_valid), tensor(one.y_valid), tensor(one.weight_valid)
    return _batches(study, one.texts_valid, study.ids_valid, rows, options)


def _batches(
    study: Study, texts: Texts, ids: Mapping[str, Ragged], rows: tuple[Tensor, Tensor, Tensor], options: Any
) -> TextBatches:
    """Some rows: table, targets and weights; their texts as vectors where these are the same in every epoch."""
    windows = {one.name: one.window for one in study.columns}
    known = {} if _augment(study, options) else reader_study.vectors(study, texts, ids)
    x, y, weight = rows
    return TextBatches(
        table=x,
        ids={name: one for name, one in ids.items() if name not in known},
        windows=windows,
        y=y,
        weight=weight,
        size=options.batch_size,
        budget=options.token_budget,
        vectors={name: tensor(one) for name, one in known.items()},
    )


def _shape(study: Study, options: Any) -> Shape:
    problem = study.problem
    return Shape(
        columns=study.columns,
        features=problem.x.shape[1],
        table=_has_table(problem),
        width=problem.width,
        fusion=options.fusion,
        hidden=options.hidden,
        dropout=options.dropout,
        part_dropout=options.part_dropout,
    )


def _has_table(problem: Problem) -> bool:
    """Whether the table has more than the texts' own facts, which an encoder sees by itself."""
    texts = {column.name for column in problem.columns}
    return any(feature.column not in texts for feature in problem.features)


def _recipe(problem: Problem, options: Any, rate: float, epochs: int) -> Recipe:
    return Recipe.of(
        options,
        epochs=epochs,
        learning_rate=rate,
        seed=problem.seed,
        recompute=options.checkpointing,
        compiled=options.compile,
    )


def _long(study: Study) -> list[tuple[str, dict[str, Any]]]:
    """What a report says of texts longer than a window: message keys and values."""
    found = []
    for one in study.columns:
        lengths = np.concatenate([study.ids[one.name].lengths, study.ids_valid[one.name].lengths])
        count = int((lengths > one.window).sum())
        if count:
            values = {"column": one.name, "count": count, "total": len(lengths), "window": one.window}
            found.append(("methods.tuned_long", values))
    return found
