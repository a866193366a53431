"""A checkpoint folder -> a backbone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoModel

from modelyard.backbones.quiet import quiet
from modelyard.backbones.refused import refuse
from modelyard.core.messages import text

_BELOW = re.compile("embed|relative")
"""Parts outside the blocks that belong to the input; what else there is comes after the blocks."""
_SPARE = "pooler."
"""Weights of an encoder that a checkpoint may lack: hidden states do not pass them."""


class Checkpoint(nn.Module):
    """A pre-trained encoder.

    Args:
        model: Of `transformers`. Its pooler, which hidden states do not pass, is laid aside until it is saved.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.pooler = (getattr(model, "pooler", None),)  # in a tuple, so that its weights are none of this module's
        if self.pooler[0] is not None:
            model.pooler = None
        self.model = model
        self.width = int(model.config.hidden_size)
        self.vocabulary = int(model.config.vocab_size)
        self.padding = int(model.config.pad_token_id or 0)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids [pieces, length] and where they are tokens -> hidden states [pieces, length, width]."""
        filled = torch.where(mask, ids, self.padding)  # some architectures count positions by it
        hidden: Tensor = self.model(input_ids=filled, attention_mask=mask.long()).last_hidden_state
        return hidden

    def layers(self) -> list[nn.Module]:
        """What reads ids, the blocks, and what comes after them."""
        blocks = max(
            (part for part in self.model.modules() if isinstance(part, nn.ModuleList)),
            key=lambda part: sum(parameter.numel() for parameter in part.parameters()),
        )
        others = list(_outside(self.model, blocks))
        below = nn.ModuleList(part for name, part in others if _BELOW.search(name))
        above = nn.ModuleList(part for name, part in others if not _BELOW.search(name))
        return [below, *blocks, *([above] if len(above) else [])]


def load(folder: Path, remote_code: str | None = None) -> Checkpoint:
    """Read an encoder's weights, in full precision, for training or export.

    Args:
        folder: Of the checkpoint, see `backbones.source.resolve`.
        remote_code: The encoder's name, where code that comes with it may run.

    Raises:
        ProjectError: Its weights are damaged, of another shape, or not all there.
    """
    return Checkpoint(read(AutoModel, folder, remote_code)[0])


def read(kind: Any, folder: Path, remote_code: str | None = None) -> tuple[Any, list[str]]:
    """A model of `transformers` whose encoder came from the checkpoint, every weight of it.

    Args:
        kind: One of the library's `Auto...` classes.
        folder: Of the checkpoint.
        remote_code: See `load`.

    Returns:
        The model, and the names of weights of its head that the checkpoint lacks, which were drawn at random.

    Raises:
        ProjectError: See `load`.
    """
    try:
        with quiet(), torch.random.fork_rng(devices=[]):
            model, report = kind.from_pretrained(
                folder,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=remote_code is not None,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, ImportError, SafetensorError, StrictDataclassError) as error:
        got = text("backbones.got_unloadable", reason=" ".join(str(error).split())[:300])
        raise refuse(str(folder), got, "expected_whole", "fix_again") from error
    inside = f"{model.base_model_prefix}." if hasattr(model, model.base_model_prefix) else ""
    missing = sorted(name for name in report["missing_keys"] if not name.startswith(inside + _SPARE))
    lacking = [name for name in missing if name.startswith(inside)]
    if lacking:
        got = text("backbones.got_missing_weights", count=len(lacking), name=lacking[0])
        raise refuse(str(folder), got, "expected_whole", "fix_again")
    return model, missing


def _outside(model: nn.Module, blocks: nn.ModuleList) -> Iterator[tuple[str, nn.Module]]:
    """Every part with parameters of its own that is in no block."""
    inside = {id(part) for part in blocks.modules()}
    for name, part in model.named_modules():
        if id(part) not in inside and any(True for _ in part.parameters(recurse=False)):
            yield name, part
