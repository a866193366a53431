"""Checkpoint of a tuned reader: its shape, the weights outside the encoders, and a folder per encoder.

reader.json           shape, encoders, and how each text column is cut into windows
reader.safetensors    fusion, table layers, head
encoder-0/            config.json, model.safetensors (adapters merged), tokenizer.json
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from modelyard.core.protocols import Floats, Mixed
from modelyard.models import text_encoders
from modelyard.models.batches import tensor
from modelyard.models.reader import Column, Reader, Shape
from modelyard.models.text_batches import TextBatches
from modelyard.models.text_encoders import Encoder
from modelyard.runtime import tokens

FACTS, WEIGHTS = "reader.json", "reader.safetensors"
ROWS, TOKENS = 256, 8_192
"""The most of a batch, when there is nothing to learn."""


@dataclass(frozen=True)
class Trained:
    """The Predictor of a tuned reader.

    Args:
        model: In evaluation mode.
        tokenizers: Of each encoder: content of tokenizer.json.
    """

    model: Reader
    tokenizers: tuple[bytes, ...]

    def scores(self, x: Mixed) -> Floats:
        """See `core.protocols.Predictor`."""
        shape = self.model.shape
        opened = [tokens.open_tokenizer(content) for content in self.tokenizers]
        ids = {
            one.name: tokens.tokens(opened[one.backbone], x.texts[one.name], one.window, one.overlap)
            for one in shape.columns
        }
        nothing = torch.zeros(len(x))
        windows = {one.name: one.window for one in shape.columns}
        batches = TextBatches(tensor(x.table), ids, windows, nothing, nothing, ROWS, TOKENS)
        scores = np.empty((len(x), shape.width), np.float32)
        with torch.inference_mode():
            found = [self.model(inputs) for inputs, _, _ in batches.in_order()]
        if found:
            scores[batches.order.numpy()] = torch.cat(found).numpy()
        return scores


def save(
    folder: Path, model: Reader, used: Sequence[Encoder], tokenizers: Sequence[bytes], labels: Sequence[str] = ()
) -> None:
    """Write the checkpoint of a reader whose adapters are merged.

    Args:
        folder: Takes it.
        model: The reader.
        used: Its encoders.
        tokenizers: Of each: content of tokenizer.json.
        labels: Names of the classes, where exactly one is right.
    """
    facts = {
        "shape": asdict(model.shape),
        "encoders": [encoder.told() for encoder in used],
        "labels": list(labels),
    }
    (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
    save_file({name: value.contiguous() for name, value in model.own().items()}, folder / WEIGHTS)
    for number, (encoder, backbone, content) in enumerate(zip(used, model.backbones, tokenizers, strict=True)):
        text_encoders.save(encoder, backbone, content, place_of(folder, number))


def load(folder: Path) -> Trained:
    """Read what `save` wrote."""
    facts = json.loads((folder / FACTS).read_text("utf-8"))
    places = [place_of(folder, number) for number in range(len(facts["encoders"]))]
    with torch.random.fork_rng(devices=[]):  # fresh weights, soon replaced, are drawn from the global generator
        backbones = [text_encoders.load(place, told) for place, told in zip(places, facts["encoders"], strict=True)]
        model = Reader(_shape(facts["shape"]), backbones)
    model.load_state_dict({**model.state_dict(), **load_file(folder / WEIGHTS)})
    return Trained(model.eval(), tuple((place / text_encoders.TOKENIZER).read_bytes() for place in places))


def place_of(folder: Path, number: int) -> Path:
    """Where an encoder lies in a checkpoint."""
    return folder / f"encoder-{number}"


def _shape(data: Mapping[str, Any]) -> Shape:
    return Shape(**{**data, "columns": tuple(Column(**one) for one in data["columns"])})
