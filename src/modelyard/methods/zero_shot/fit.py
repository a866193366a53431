"""Nothing is learnt: the encoder's vectors of the descriptions are the weights of a linear model.

Yin, Hay, Roth: Benchmarking Zero-shot Text Classification, EMNLP 2019. Vectors in the view are of length
sqrt(dimension), see `models.encoders`, so the cosine of a text and a class is an affine map of the view. With a
checkpoint of natural language inference, that is asked instead: see `models.entailment`.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Doubles, Mixed, Problem, State, TextColumn, Watch
from modelyard.methods.zero_shot.options import PLACE
from modelyard.models import affine, wording

LOOKED = 8
"""Texts that tell how long a checkpoint takes."""
SHARPNESS = 20.0
"""How many logits a cosine of 1 is: what sentence encoders are trained with. Calibration finds better where it can."""
_PLACE = "train.zero_shot"


def probe(problem: Problem, options: Any) -> float:
    """Holds the descriptions against the classes, before anything else is trained; it costs next to nothing.

    A checkpoint is asked about a few texts: it takes as much for each of those that are held out.
    """
    if options.entailment is not None:
        return _asked_seconds(problem, options)
    _weight(problem, options)
    return 0.0


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Encode the descriptions; see `core.protocols.MethodFit`.

    Raises:
        ProjectError: A class without a description, a description without a class, or no column with an encoder; or
            the checkpoint says nothing of entailment.
    """
    if options.entailment is not None:
        return _keep(problems, options, folders, watch)
    for problem, folder in zip(problems, folders, strict=True):
        weight = _weight(problem, options)
        affine.save(folder, weight, np.zeros(weight.shape[1]))
    watch.step(1, 1)
    return {"done": 1, "best": 1, "curves": [], "notes": []}


def _keep(problems: Sequence[Problem], options: Any, folders: Sequence[Path], watch: Watch) -> State:
    """The checkpoint that is asked, kept for each fold."""
    room, checkpoint = _pairs(), _checkpoint(options)
    for problem, folder in zip(problems, folders, strict=True):
        room.save(folder, room.study(problem, options, checkpoint, _PLACE), checkpoint)
    watch.step(1, 1)
    return {"done": 1, "best": 1, "curves": [], "notes": []}


def _asked_seconds(problem: Problem, options: Any) -> float:
    """What asking about the held-out rows takes, by a few of them."""
    room, checkpoint = _pairs(), _checkpoint(options)
    known = room.study(problem, options, checkpoint, _PLACE)
    rows = len(problem.x_valid)
    if not rows:
        return 0.0
    some = Mixed(problem.x_valid, problem.texts_valid)[:LOOKED]
    began = time.perf_counter()
    room.open_checkpoint(checkpoint, known).scores(some)
    return (time.perf_counter() - began) * rows / len(some)


def _checkpoint(options: Any) -> Path:
    """The folder of the checkpoint that is named, fetched where it lies at the hub."""
    source = importlib.import_module("modelyard.backbones.source")
    found: Path = source.resolve(options.entailment, options.folder, options.revision)
    return found


def _pairs() -> ModuleType:
    return importlib.import_module("modelyard.models.entailment")  # by name: vectors need no torch


def _weight(problem: Problem, options: Any) -> Doubles:
    """float64 [features, width]: the vectors of the classes at the places of the text columns' vectors.

    What is outside of all classes may go without a description: all texts are as far from it.
    """
    labels = problem.state["labels"]
    said = wording.descriptions(problem, options.labels, f"{_PLACE}.labels")
    wording.every_class(said[: len(labels)], labels, _PLACE)
    columns = wording.chosen(_encoded(problem), options.column, _PLACE)
    described = [code for code, of_class in enumerate(said) if of_class]
    sentences = [[options.template.replace(PLACE, one) for one in said[code]] for code in described]
    weight = np.zeros((problem.x.shape[1], len(said)))
    for column in columns:
        vectors = _per_feature(_classes(column, sentences))
        weight[np.ix_(_places(problem, column.name), described)] = SHARPNESS / len(columns) * vectors.T
    return weight[:, 1:] - weight[:, :1] if problem.width == 1 else weight


def _encoded(problem: Problem) -> list[TextColumn]:
    """The text columns whose vectors stand in the view.

    Raises:
        ProjectError: There is none.
    """
    found = [column for column in problem.columns if column.encode is not None]
    if not found:
        got, fix = text("methods.got_no_encoder"), "columns: {COLUMN: {type: text, encoder: NAME}}"
        raise ProjectError(Mistake(_PLACE, got, text("methods.expected_encoder"), fix))
    return found


def _classes(column: TextColumn, sentences: Sequence[Sequence[str]]) -> Doubles:
    """The mean direction of each class's sentences, float64 [classes, dimension], of length 1."""
    flat = [sentence for of_class in sentences for sentence in of_class]
    vectors = _of_length_one(column.encode(np.asarray(flat, object)).astype(np.float64))  # type: ignore[misc]
    ends = np.cumsum([len(of_class) for of_class in sentences])
    return _of_length_one(np.stack([part.mean(axis=0) for part in np.split(vectors, ends[:-1])]))


def _of_length_one(vectors: Array) -> Doubles:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float64)


def _per_feature(vectors: Doubles) -> Doubles:
    """What turns vectors of length sqrt(dimension) into cosines."""
    return vectors / np.float64(np.sqrt(vectors.shape[1]))


def _places(problem: Problem, column: str) -> list[int]:
    """Where the numbers of a column's vector stand in the view."""
    features = enumerate(problem.features)
    return [place for place, feature in features if feature.kind == "vector" and feature.column == column]
