"""Checkpoints of Hugging Face that classify texts and were trained elsewhere: kept as they are.

A text longer than a window is read in several; the logits of a text are the mean of its windows'. The model's classes
are those of the project by name: `id2label` in its config.json says which is which.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from modelyard.backbones import graphs, source, tokenizers
from modelyard.core import plugins
from modelyard.core.feeds import Feed
from modelyard.core.messages import text
from modelyard.core.protocols import Floats, Mixed, Problem, TextColumn
from modelyard.core.ragged import EMPTY
from modelyard.models.batches import tensor
from modelyard.models.foreign import first_of, refuse
from modelyard.models.text_encoders import CHECKPOINT
from modelyard.runtime import steps, tokens

FACTS, FOLDER = "classifier.json", "classifier"
_NUMBERED = "label_"
"""How the library names classes that nobody named: LABEL_0, LABEL_1 ..."""


@dataclass(frozen=True)
class Known:
    """How such a model is asked.

    Args:
        column: The text column that it reads.
        window: Tokens of a window.
        overlap: Tokens of the text that two windows share.
        classes: Per class of the project: which of the model's it is.
    """

    column: str
    window: int
    overlap: int
    classes: tuple[int, ...]

    @property
    def width(self) -> int:
        """Of the scores: of two classes, the second's alone."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def times(self) -> int:
        """How often each token of a text is read."""
        return 1


class Windowed(nn.Module):
    """A network that reads windows of ids.

    Attributes:
        vocabulary: How many different ids there are.
    """

    vocabulary: int


class Answering(Windowed):
    """Ids [rows, windows, length], `EMPTY` where there is none -> scores [rows, width]."""

    def __init__(self, classifier: Any, classes: Sequence[int]) -> None:
        super().__init__()
        self.classifier, self.vocabulary = classifier, classifier.vocabulary
        self.classes = tuple(classes)

    def forward(self, ids: Tensor) -> Tensor:
        """The mean of the windows' logits, of the project's classes in order; of two, by how much the second is up."""
        rows, windows, length = ids.shape
        pieces = ids.reshape(rows * windows, length)
        mask = pieces != EMPTY
        first = torch.arange(length, device=ids.device) == 0
        seen = mask | (first & ~mask.any(dim=1, keepdim=True))  # attention over nothing at all would be NaN
        logits = self.classifier(pieces.clamp(min=0), seen).reshape(rows, windows, -1)
        there = mask.any(dim=1).reshape(rows, windows, 1)
        mean = mean_over_windows(logits, there)
        scores = torch.stack([mean[:, number] for number in self.classes], dim=1)
        return scores[:, 1:] - scores[:, :1] if len(self.classes) == 2 else scores


class Asked(Protocol):
    """How a network is asked: the text column, its windows, the width of the scores, how often a token is read."""

    @property
    def column(self) -> str: ...
    @property
    def window(self) -> int: ...
    @property
    def overlap(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def times(self) -> int: ...


@dataclass(frozen=True)
class Foreign:
    """The Predictor of a network that reads the windows of one text column.

    Args:
        network: In evaluation mode: ids [rows, windows, length], `EMPTY` where there is none -> scores [rows, width].
        known: How it is asked.
        tokenizer: Content of its tokenizer.json.
    """

    network: Windowed
    known: Asked
    tokenizer: bytes

    def scores(self, x: Mixed) -> Floats:
        """See `core.protocols.Predictor`."""
        known, texts = self.known, x.texts[self.known.column]
        ids = tokens.tokens(tokens.open_tokenizer(self.tokenizer), texts, known.window, known.overlap)
        scores = np.empty((len(texts), known.width), np.float32)
        with torch.inference_mode():
            for rows in steps.calls(ids.lengths * known.times / steps.IDS["tokens"]) if len(texts) else ():
                scores[rows] = self.network(tensor(ids[rows].windows(known.window))).numpy()
        return scores


def mean_over_windows(logits: Tensor, there: Tensor) -> Tensor:
    """[rows, windows, width] and which windows there are [rows, windows, 1] -> their mean [rows, width]."""
    return torch.where(there, logits, 0.0).sum(dim=1) / there.sum(dim=1).clamp(min=1)


def study(problem: Problem, model: str, column: str | None) -> Known:
    """Hold a checkpoint's folder against a problem.

    Raises:
        ProjectError: It is no classifier, its classes are others, or there is no text for it.
    """
    if problem.y.ndim > 1:
        task = text("methods.got_task", task=problem.task)
        raise refuse(model, task, text("methods.expected_classes"), text("methods.fix_classes"))
    read = _column(problem, model, column)
    source.inspect(Path(model), model)
    labels = plugins.part("backbones", CHECKPOINT, "classifier").load(Path(model)).labels
    window = min(int(read.options["window"]), source.facts(Path(model)).limit)
    return Known(read.name, window, int(read.options["overlap"]), _matched(problem, model, labels))


def save(folder: Path, known: Known, model: str) -> None:
    """Write the checkpoint."""
    (folder / FACTS).write_text(json.dumps(asdict(known), ensure_ascii=False, sort_keys=True), "utf-8")
    keep(folder, Path(model))


def keep(folder: Path, model: Path) -> None:
    """Copy what makes a classifier into the folder `FOLDER` of a checkpoint of ours."""
    (folder / FOLDER).mkdir()
    for name in (source.CONFIG, *(weights.name for weights in source.weights(model))):
        shutil.copyfile(model / name, folder / FOLDER / name)
    if (model / source.INDEX).is_file():
        shutil.copyfile(model / source.INDEX, folder / FOLDER / source.INDEX)
    (folder / FOLDER / source.TOKENIZER).write_bytes(tokenizers.of_folder(model))


def load(folder: Path) -> Foreign:
    """Read what `save` wrote."""
    data = json.loads((folder / FACTS).read_text("utf-8"))
    known = Known(**{**data, "classes": tuple(data["classes"])})
    classifier = plugins.part("backbones", CHECKPOINT, "classifier").load(folder / FOLDER)
    tokenizer = (folder / FOLDER / source.TOKENIZER).read_bytes()
    return Foreign(Answering(classifier, known.classes).eval(), known, tokenizer)


def export(graph: Any, folder: Path) -> str:
    """Add its graph; returns the name of the scores, double [rows, width]."""
    foreign = load(folder)
    known, place = foreign.known, graph.file(foreign.tokenizer, ".json")
    options = {"tokenizer": place, "window": known.window, "overlap": known.overlap}
    ids = graph.feed(Feed(f"tokens/{known.column}/import", "tokens", known.column, tokens.VERSION, options))
    model = graphs.of_network(foreign.network, foreign.network.vocabulary, known.window, "scores")
    return str(graph.cast(graph.include(model, {"ids": ids}, "scores"), np.float64))


def _column(problem: Problem, model: str, wanted: str | None) -> TextColumn:
    """The text column that it reads."""
    names = [column.name for column in problem.columns]
    found = [column for column in problem.columns if wanted in (None, column.name)]
    if len(found) == 1:
        return found[0]
    if not names:
        raise refuse(model, text("methods.got_no_text"), text("methods.expected_a_text"))
    got = text("methods.import_texts", names=first_of(names)) if wanted is None else wanted
    expected = text("methods.expected_text", names=first_of(names))
    raise refuse(model, got, expected, f"train: {{import: {{column: {names[0]}}}}}")


def _matched(problem: Problem, model: str, labels: Sequence[str]) -> tuple[int, ...]:
    """Per class of the problem: which of the model's it is."""
    wanted = [str(label) for label in problem.state["labels"]]
    for spelt in (str, str.casefold, lambda label: label.casefold().removeprefix(_NUMBERED)):
        places = {spelt(label): number for number, label in enumerate(labels)}
        if len(places) == len(labels) == len(wanted) and all(spelt(label) in places for label in wanted):
            return tuple(places[spelt(label)] for label in wanted)
    got = text("methods.import_classes", names=first_of(labels))
    raise refuse(
        model, got, text("methods.import_own_classes", names=first_of(wanted)), text("methods.import_fix_classes")
    )
