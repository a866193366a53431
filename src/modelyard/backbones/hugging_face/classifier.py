"""Checkpoints that classify, with their head, as `AutoModelForSequenceClassification` has them: read and written."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification

from modelyard.backbones.hugging_face import save
from modelyard.backbones.hugging_face.load import Checkpoint, read
from modelyard.backbones.quiet import quiet
from modelyard.backbones.refused import refuse
from modelyard.core.messages import text

_HEADS = {
    **dict.fromkeys(("albert",), ("albert.pooler", "classifier")),
    **dict.fromkeys(("bert", "ernie"), ("{kind}.pooler.dense", "classifier")),
    **dict.fromkeys(("deberta", "deberta-v2"), ("pooler.dense", "classifier")),
    "distilbert": ("pre_classifier", "classifier"),
    **dict.fromkeys(
        ("camembert", "electra", "mpnet", "roberta", "xlm-roberta"), ("classifier.dense", "classifier.out_proj")
    ),
}
"""Architecture -> the two layers of its head, which reads the first token."""
_BOUNDED = ("albert", "bert", "camembert", "ernie", "mpnet", "roberta", "xlm-roberta")
"""Architectures with tanh between them; the others let pass what is far above zero."""
_SMALL, _FAR = 2.0**-14, 2.0**5


class Classifier(nn.Module):
    """Ids [pieces, length] and where they are tokens -> logits [pieces, labels].

    Attributes:
        labels: Names of its classes, in the order of the logits.
        vocabulary: How many ids it knows.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.labels = tuple(str(model.config.id2label[number]) for number in sorted(model.config.id2label))
        self.vocabulary = int(model.config.vocab_size)
        self.padding = int(model.config.pad_token_id or 0)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """See above."""
        filled = torch.where(mask, ids, self.padding)
        logits: Tensor = self.model(input_ids=filled, attention_mask=mask.long()).logits
        return logits


def load(folder: Path, remote_code: str | None = None) -> Classifier:
    """Read a classifier, in full precision.

    Args:
        folder: Of the checkpoint, see `backbones.source.resolve`.
        remote_code: Its name, where code that comes with it may run.

    Raises:
        ProjectError: Its weights are damaged, of another shape, or not all there, those of its head included.
    """
    model, missing = read(AutoModelForSequenceClassification, folder, remote_code)
    if missing:
        got = text("backbones.got_no_head", name=missing[0])
        raise refuse(str(folder), got, "expected_head", "fix_head")
    return Classifier(model)


def can_hold(backbone: Checkpoint) -> bool:
    """Whether a linear layer upon the first token can be a head of the backbone's architecture."""
    return backbone.model.config.model_type in _HEADS


@torch.no_grad()
def write(
    backbone: Checkpoint, weight: Tensor, bias: Tensor, labels: Sequence[str], folder: Path, origin: Path
) -> None:
    """Write a backbone and a linear layer upon its first token (pooling `cls`) as a checkpoint that classifies.

    Such heads have a layer in between. It is set to pass on what it gets: so small that tanh does not bend it, or so
    far above zero that a rectifier does not; logits differ by rounding alone.

    Args:
        backbone: `can_hold` it.
        weight: Of the layer [labels, width].
        bias: Of the layer [labels].
        labels: Names of the classes.
        folder: Made where it is not there.
        origin: The checkpoint that the backbone was.
    """
    encoder, kind = backbone.model, backbone.model.config.model_type
    config = copy.deepcopy(encoder.config)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    with quiet(), torch.random.fork_rng(devices=[]):
        model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)  # type: ignore[no-untyped-call]
    getattr(model, model.base_model_prefix).load_state_dict(encoder.state_dict(), strict=False)
    between, last = (model.get_submodule(name.format(kind=kind)) for name in _HEADS[kind])
    scale, shift = (_SMALL, 0.0) if kind in _BOUNDED else (1.0, _FAR)
    between.weight.copy_(scale * torch.eye(backbone.width))
    between.bias.fill_(shift)
    last.weight.copy_(weight / scale)
    last.bias.copy_(bias - shift * weight.sum(dim=1))
    save.write(model, folder, origin)
