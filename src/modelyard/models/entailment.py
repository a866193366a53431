"""Classes by natural language inference: does a text entail "this text is about ..."?

A checkpoint that was trained on pairs of premise and hypothesis says it of a text and of a sentence about each class;
the softmax over the classes of its logits for "entailment" are their probabilities (Yin, Hay, Roth: Benchmarking
Zero-shot Text Classification, EMNLP 2019). Sentences stand in the graph as ids: it is fed with the text alone, in
windows, and puts each of them behind each window. Of a long text the mean over its windows counts; of several
sentences on a class, their mean.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modelyard.backbones import graphs, source, tokenizers
from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.feeds import Feed
from modelyard.core.messages import text
from modelyard.core.protocols import Problem, TextColumn
from modelyard.core.ragged import EMPTY
from modelyard.models import wording
from modelyard.models.foreign import first_of
from modelyard.models.foreign_encoder import FOLDER, Foreign, Windowed, keep, mean_over_windows
from modelyard.models.text_encoders import CHECKPOINT
from modelyard.runtime import tokens

FACTS = "entailment.json"
LEAST_WINDOW = 16
"""Tokens that have to be left for a window of the text."""
_ENTAILS = ("entail", "蕴含")
"""How the names of the class begin that is asked for, in small letters."""


@dataclass(frozen=True)
class Known:
    """How a checkpoint is asked.

    Args:
        column: The text column that it reads.
        window: Tokens of a window.
        overlap: Tokens of the text that two windows share.
        entailment: Number of its logit for "entailment".
        tails: Ids of each sentence, with the special tokens around it, as they follow a text.
        types: Of the same tokens: which of the two sentences they belong to.
        classes: Of each sentence: the class that it is about.
        width: Of the scores.
    """

    column: str
    window: int
    overlap: int
    entailment: int
    tails: tuple[tuple[int, ...], ...]
    types: tuple[tuple[int, ...], ...]
    classes: tuple[int, ...]
    width: int

    @property
    def times(self) -> int:
        """How often each token of a text is read, about."""
        return len(self.tails) * (1 + -(-max(map(len, self.tails)) // self.window))


class Entailing(Windowed):
    """Ids [rows, windows, length], `EMPTY` where there is none -> scores [rows, width].

    Args:
        classifier: See `backbones.hugging_face.classifier`.
        known: How it is asked.
    """

    tails: Tensor
    types: Tensor
    share: Tensor

    def __init__(self, classifier: Any, known: Known) -> None:
        super().__init__()
        self.model, self.padding = classifier.model, classifier.padding
        self.vocabulary, self.entailment = classifier.vocabulary, known.entailment
        self.typed = int(getattr(classifier.model.config, "type_vocab_size", 0) or 0) > 1
        self.register_buffer("tails", _filled(known.tails, EMPTY))
        self.register_buffer("types", _filled(known.types, 0))
        counts = np.bincount(known.classes)
        share = np.zeros((len(known.classes), len(counts)), np.float32)
        share[np.arange(len(known.classes)), known.classes] = 1 / counts[list(known.classes)]
        self.register_buffer("share", torch.from_numpy(share[:, 1:] - share[:, :1] if known.width == 1 else share))

    def forward(self, ids: Tensor) -> Tensor:
        """The mean of the windows' logits, of each class, of two by how much the second is up."""
        rows, windows, length = ids.shape
        pieces = ids.reshape(rows * windows, length)
        there = (pieces != EMPTY).any(dim=1).reshape(rows, windows, 1)
        logits = self._asked(pieces).reshape(rows, windows, len(self.tails))
        return mean_over_windows(logits, there) @ self.share

    def _asked(self, pieces: Tensor) -> Tensor:
        """Windows [pieces, length] -> logits of each sentence behind each of them [pieces, sentences]."""
        count, length = pieces.shape
        sentences, longest = self.tails.shape
        lengths = (pieces != EMPTY).sum(dim=1)
        place = torch.arange(length + longest, device=pieces.device)[None] - lengths[:, None]
        behind = (place >= 0) & (place < longest)
        at = place.clamp(0, longest - 1)
        before = nn.functional.pad(pieces, (0, longest), value=EMPTY)
        pairs = torch.where(behind[:, None], self.tails[:, at].transpose(0, 1), before[:, None])
        types = torch.where(behind[:, None], self.types[:, at].transpose(0, 1), 0)
        flat = pairs.reshape(count * sentences, length + longest)
        mask = flat != EMPTY
        more = {"token_type_ids": types.reshape(flat.shape)} if self.typed else {}
        said = self.model(input_ids=torch.where(mask, flat, self.padding), attention_mask=mask.long(), **more).logits
        logits: Tensor = said[:, self.entailment].reshape(count, sentences)
        return logits


def study(problem: Problem, options: Any, checkpoint: Path, place: str) -> Known:
    """Hold a checkpoint against a problem.

    Args:
        problem: One fold.
        options: With `labels`, `template` and `column`.
        checkpoint: Its folder.
        place: Of the options in the project file, for messages.

    Raises:
        ProjectError: No class is called entailment, a class has no description, there is no text column or there are
            several, or descriptions leave no room for a text.
    """
    classes = wording.classes_of(problem, place)
    said = wording.descriptions(problem, options.labels, f"{place}.labels")
    wording.every_class(said, classes, place)
    column = _column(problem, options.column, place)
    entailment = _entailment(plugins.part("backbones", CHECKPOINT, "classifier").load(checkpoint).labels, place)
    sentences = [options.template.replace("{}", one) for of_class in said for one in of_class]
    pairs = [_behind(tokenizers.of_folder(checkpoint), sentence) for sentence in sentences]
    longest = max(len(tail) for tail, _ in pairs)
    window = min(int(column.options["window"]), source.facts(checkpoint).limit - longest)
    if window < LEAST_WINDOW:
        got = text("methods.got_long_description", tokens=longest)
        raise ProjectError(Mistake(f"{place}.labels", got, text("methods.expected_short_description")))
    return Known(
        column=column.name,
        window=window,
        overlap=int(column.options["overlap"]),
        entailment=entailment,
        tails=tuple(tail for tail, _ in pairs),
        types=tuple(types for _, types in pairs),
        classes=tuple(code for code, of_class in enumerate(said) for _ in of_class),
        width=problem.width,
    )


def save(folder: Path, known: Known, checkpoint: Path) -> None:
    """Write what `load` reads."""
    (folder / FACTS).write_text(json.dumps(asdict(known), ensure_ascii=False, sort_keys=True), "utf-8")
    keep(folder, checkpoint)


def load(folder: Path) -> Foreign:
    """Read what `save` wrote."""
    data = json.loads((folder / FACTS).read_text("utf-8"))
    lists = {name: tuple(map(tuple, data[name])) for name in ("tails", "types")}
    return open_checkpoint(folder / FOLDER, Known(**{**data, **lists, "classes": tuple(data["classes"])}))


def open_checkpoint(checkpoint: Path, known: Known) -> Foreign:
    """The Predictor of a checkpoint."""
    classifier = plugins.part("backbones", CHECKPOINT, "classifier").load(checkpoint)
    return Foreign(Entailing(classifier, known).eval(), known, tokenizers.of_folder(checkpoint))


def export(graph: Any, folder: Path) -> str:
    """Add its graph; returns the name of the scores, double [rows, width]."""
    reader = load(folder)
    known, place = reader.known, graph.file(reader.tokenizer, ".json")
    options = {"tokenizer": place, "window": known.window, "overlap": known.overlap, "times": known.times}
    feed = Feed(f"tokens/{known.column}/entailment", "tokens", known.column, tokens.VERSION, options)
    model = graphs.of_network(reader.network, reader.network.vocabulary, known.window, "scores")
    return str(graph.cast(graph.include(model, {"ids": graph.feed(feed)}, "scores"), np.float64))


def _column(problem: Problem, wanted: str | None, place: str) -> TextColumn:
    found = wording.chosen(problem.columns, wanted, place)
    if len(found) > 1:
        names = first_of([column.name for column in found])
        got, expected = text("methods.import_texts", names=names), text("methods.expected_text", names=names)
        raise ProjectError(Mistake(f"{place}.column", got, expected, f"column: {found[0].name}"))
    return found[0]


def _entailment(labels: Sequence[str], place: str) -> int:
    """Which of a checkpoint's classes says that a text entails a sentence."""
    found = [number for number, label in enumerate(labels) if label.casefold().startswith(_ENTAILS)]
    if len(found) != 1:
        got, expected = text("methods.import_classes", names=first_of(labels)), text("methods.expected_entailment")
        raise ProjectError(Mistake(f"{place}.entailment", got, expected, text("methods.fix_entailment")))
    return found[0]


def _behind(tokenizer: bytes, sentence: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids and types of a sentence as it follows a text, with what stands between and behind."""
    opened = tokens.open_tokenizer(tokenizer)
    alone, pair = opened.encode("a"), opened.encode("a", sentence)
    return tuple(pair.ids[len(alone.ids) :]), tuple(pair.type_ids[len(alone.ids) :])


def _filled(rows: Sequence[Sequence[int]], empty: int) -> Tensor:
    """Rows of different lengths as a matrix [rows, longest]."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[empty] * (longest - len(row))] for row in rows])
