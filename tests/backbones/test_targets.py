"""Where adapters go: every matrix of the blocks in every architecture, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from modelyard.backbones import source, targets  # noqa: E402
from modelyard.backbones.hugging_face import load  # noqa: E402
from modelyard.core import plugins  # noqa: E402

pytestmark = pytest.mark.torch
NAMES = {
    "albert": {"query", "key", "value", "dense", "ffn", "ffn_output"},
    "deberta": {"in_proj", "pos_proj", "pos_q_proj", "dense"},
    "deberta-v2": {"query_proj", "key_proj", "value_proj", "dense"},
    "distilbert": {"q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"},
    "modernbert": {"Wqkv", "Wo", "Wi"},
    "mpnet": {"q", "k", "v", "o", "dense"},
}
COUNTS = {"albert": 6, "deberta": 12, "modernbert": 8}
"""Of two blocks; ALBERT's are one and the same."""


@pytest.mark.parametrize("kind", source.ENCODERS)
def test_every_matrix_of_the_blocks(tiny_encoder: Callable[..., Path], kind: str) -> None:
    backbone = load.load(tiny_encoder(kind))
    found = targets.of(backbone)
    assert {name.rpartition(".")[2] for name in found} == NAMES.get(kind, {"query", "key", "value", "dense"})
    assert len(found) == len(set(found)) == COUNTS.get(kind, 12)
    assert all(isinstance(backbone.get_submodule(name), torch.nn.Linear) for name in found)
    assert not any("embed" in name or "pooler" in name for name in found)


@pytest.mark.parametrize("kind", source.ENCODERS)
def test_adapters_find_them(tiny_encoder: Callable[..., Path], kind: str) -> None:
    peft = pytest.importorskip("peft")
    backbone = load.load(tiny_encoder(kind))
    found = targets.of(backbone)
    peft.inject_adapter_in_model(peft.LoraConfig(r=2, target_modules=found), backbone)
    learning = {name.partition(".lora_")[0] for name, value in backbone.named_parameters() if value.requires_grad}
    assert learning == set(found)


def test_a_real_encoder(mini_lm: Path) -> None:
    backbone = load.load(mini_lm)
    shapes = [backbone.get_submodule(name).weight.shape for name in targets.of(backbone)]
    assert len(shapes) == 36
    added = sum(8 * sum(shape) for shape in shapes)
    assert added <= 0.05 * sum(weight.numel() for weight in backbone.parameters())


def test_backbones_of_our_own() -> None:
    options = plugins.part("backbones", "transformer", "options").Options(width=8, heads=2)
    assert len(targets.of(plugins.part("backbones", "transformer", "build").build(20, options))) == 8
