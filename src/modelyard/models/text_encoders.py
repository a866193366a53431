"""The encoders of text columns: which there are, how they follow the training, and how they are kept.

the column names a checkpoint     its weights and its tokenizer; `tune` says what of it learns
the column names a small network  fresh weights, a tokenizer made from the training texts; all of it learns
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from modelyard.backbones import source, tokenizers
from modelyard.core import plugins
from modelyard.core.errors import ModelyardError
from modelyard.core.protocols import TextColumn, Texts
from modelyard.runtime import tokens

Mode = Literal["frozen", "lora", "full"]
CHECKPOINT = "hugging_face"
TOKENIZER, WEIGHTS = "tokenizer.json", "model.safetensors"
LARGEST_FULL = 150_000_000
"""Parameters up to which an encoder learns with all its weights where nothing is said; larger ones get adapters."""
WIDEST_SMALL = 384
ALIKE = 1e-4
"""The most that hidden states, numbers of about 1, may change when adapters are merged."""
_LOOK = 8  # tokens on which that is seen
RATE_SMALL, RATE_LARGE, RATE_FRESH = 1e-4, 3e-5, 1e-3
"""Learning rates of checkpoints whose states are up to `WIDEST_SMALL` wide, of wider ones, and of what starts fresh."""


class MergeError(ModelyardError):
    """Adapters that say something else once they are merged."""


@dataclass(frozen=True)
class Encoder:
    """An encoder, which text columns share that say the same of theirs.

    Args:
        plugin: Its kind, in `backbones`.
        options: Of the text columns.
        columns: Their names.
        folder: Of the checkpoint; None where it starts from nothing.
    """

    plugin: str
    options: Mapping[str, Any]
    columns: tuple[str, ...]
    folder: Path | None

    @property
    def limit(self) -> int:
        """The most tokens of a window."""
        wanted: int = self.options["window"]
        return wanted if self.folder is None else min(wanted, source.facts(self.folder).limit)

    @property
    def frozen(self) -> bool:
        """Whether it is said to stay as it is."""
        return self.folder is not None and self.options["tune"] == "frozen"

    @property
    def pooling(self) -> Any:
        """How hidden states become one vector."""
        if self.options["pooling"] != "auto":
            return self.options["pooling"]
        return "mean" if self.folder is None else source.facts(self.folder).pooling

    def tokenizer(self, texts: Texts) -> bytes:
        """Content of its tokenizer.json; made from texts where it starts from nothing."""
        if self.folder is not None:
            return tokenizers.of_folder(self.folder)
        return tokenizers.train([text for column in self.columns for text in texts[column]])

    def told(self) -> dict[str, Any]:
        """What `load` needs to know, plain data."""
        return {"plugin": self.plugin, "remote_code": self.options["remote_code"]}


_SHARED = ("encoder", "revision", "remote_code", "tune", "rank", "alpha", "adapter", "window", "pooling", "overlap")


def of_columns(columns: Sequence[TextColumn]) -> list[Encoder]:
    """The encoders of those columns that name one."""
    found: dict[tuple[Any, ...], list[TextColumn]] = {}
    for column in columns:
        if column.options["encoder"] is not None:
            found.setdefault(tuple(column.options[name] for name in _SHARED), []).append(column)
    return [
        Encoder(
            plugin=CHECKPOINT if first.folder is not None else first.options["encoder"],
            options=first.options,
            columns=tuple(column.name for column in sharing),
            folder=first.folder,
        )
        for sharing in found.values()
        for first in sharing[:1]
    ]


def start(encoder: Encoder, tokenizer: bytes) -> nn.Module:
    """A backbone as it is before training, fresh weights from torch's global generator; what does not learn is marked.

    Args:
        encoder: What is wanted.
        tokenizer: Content of its tokenizer.json.
    """
    if encoder.folder is None:
        vocabulary = tokens.open_tokenizer(tokenizer).get_vocab_size()
        return _built(encoder.plugin, vocabulary)
    backbone: nn.Module = plugins.part("backbones", CHECKPOINT, "load").load(
        encoder.folder, encoder.options["remote_code"]
    )
    how = mode(encoder, backbone)
    if how == "frozen":
        backbone.requires_grad_(requires_grad=False)
    if how == "lora":
        _adapt(backbone, encoder)
    return backbone


def mode(encoder: Encoder, backbone: nn.Module) -> Mode:
    """What of a backbone learns."""
    said: Mode | Literal["auto"] = "full" if encoder.folder is None else encoder.options["tune"]
    if said != "auto":
        return said
    return "full" if sum(weight.numel() for weight in backbone.parameters()) <= LARGEST_FULL else "lora"


def rate(encoder: Encoder, backbone: nn.Module) -> float:
    """The learning rate of its top layer where nothing is said."""
    if encoder.folder is None or mode(encoder, backbone) == "lora":
        return RATE_FRESH
    return RATE_SMALL if int(backbone.width) <= WIDEST_SMALL else RATE_LARGE  # type: ignore[arg-type]


def finish(backbone: nn.Module) -> None:
    """Put what the adapters of a backbone have learnt into its weights, in place; it must say the same afterwards.

    Raises:
        MergeError: It does not.
    """
    if not any("lora_" in name for name, _ in backbone.named_parameters()):
        return
    from modelyard.models import adapters  # peft takes seconds to import

    ids = torch.arange(min(_LOOK, int(backbone.vocabulary)))[None]  # type: ignore[arg-type]
    backbone.eval()
    with torch.no_grad():
        before = backbone(ids, ids >= 0)
        adapters.merge(backbone)
        apart = float((backbone(ids, ids >= 0) - before).abs().max())
    if not apart <= ALIKE:
        raise MergeError(f"{apart}")


def save(encoder: Encoder, backbone: nn.Module, tokenizer: bytes, folder: Path) -> None:
    """Write what `load` reads; a checkpoint's folder is one that `transformers` reads, too."""
    folder.mkdir(exist_ok=True)
    if encoder.folder is not None:
        plugins.part("backbones", CHECKPOINT, "save").save(backbone, folder, encoder.folder)
    else:
        save_file({name: value.contiguous() for name, value in backbone.state_dict().items()}, folder / WEIGHTS)
    (folder / TOKENIZER).write_bytes(tokenizer)


def load(folder: Path, told: Mapping[str, Any]) -> nn.Module:
    """Read what `save` wrote."""
    if told["plugin"] == CHECKPOINT:
        backbone: nn.Module = plugins.part("backbones", CHECKPOINT, "load").load(folder, told["remote_code"])
        return backbone
    vocabulary = tokens.open_tokenizer((folder / TOKENIZER).read_bytes()).get_vocab_size()
    fresh = _built(told["plugin"], vocabulary)
    fresh.load_state_dict(load_file(folder / WEIGHTS))
    return fresh


def _built(plugin: str, vocabulary: int) -> nn.Module:
    options = plugins.part("backbones", plugin, "options").Options()
    backbone: nn.Module = plugins.part("backbones", plugin, "build").build(vocabulary, options)
    return backbone


def _adapt(backbone: nn.Module, encoder: Encoder) -> None:
    from modelyard.backbones import targets
    from modelyard.models import adapters  # peft takes seconds to import

    chosen = encoder.options
    adapters.add(backbone, chosen["adapter"], chosen["rank"], chosen["alpha"], targets.of(backbone))
