"""A backbone -> a checkpoint folder, which `from_pretrained` and `backbones.source.resolve` read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from modelyard.backbones import source
from modelyard.backbones.hub import VOCABULARIES
from modelyard.backbones.hugging_face.load import Checkpoint
from modelyard.backbones.quiet import quiet

_BESIDE = (
    *(source.TOKENIZER, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json"),
    *("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json"),
    *VOCABULARIES,
)
"""What a checkpoint has beside its weights: its tokenizer, and how its vectors are made."""


def save(backbone: Checkpoint, folder: Path, origin: Path) -> None:
    """Write weights and configuration, and beside them what the checkpoint came with.

    Args:
        backbone: From `load`, trained further, without adapters.
        folder: Made where it is not there.
        origin: The checkpoint that it was.
    """
    model, (pooler,) = backbone.model, backbone.pooler
    if pooler is not None:
        model.pooler = pooler
    try:
        write(model, folder, origin)
    finally:
        if pooler is not None:
            model.pooler = None


def write(model: Any, folder: Path, origin: Path) -> None:
    """Write a model of `transformers`, and beside it what a checkpoint came with."""
    with quiet():
        model.save_pretrained(folder)
    for file in (*(origin / name for name in _BESIDE), *origin.glob("*.py")):
        if file.is_file() and not (folder / file.relative_to(origin)).exists():
            (folder / file.relative_to(origin)).parent.mkdir(exist_ok=True)
            shutil.copyfile(file, folder / file.relative_to(origin))
