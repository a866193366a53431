"""Checkpoints with a head: what is written classifies as it did, and what has no head is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from modelyard.backbones import source  # noqa: E402
from modelyard.backbones.hugging_face import classifier, load  # noqa: E402
from modelyard.backbones.pooling import Pooled  # noqa: E402
from modelyard.backbones.quiet import quiet  # noqa: E402
from modelyard.core.errors import ProjectError  # noqa: E402
from modelyard.core.ragged import EMPTY  # noqa: E402

pytestmark = pytest.mark.torch
IDS = torch.tensor([[2, 7, 8, 9, 3], [2, 11, 3, EMPTY, EMPTY]])
LABELS = ("no", "yes 🙂", "也许")
Encoder = Callable[..., Path]


@pytest.fixture(scope="module")
def head() -> tuple[Any, Any]:
    random = torch.Generator().manual_seed(5)
    return torch.randn(3, 16, generator=random), torch.randn(3, generator=random)


@pytest.mark.parametrize("kind", sorted({*source.ENCODERS} - {"modernbert"}))
def test_what_is_written_classifies_as_it_did(
    tiny_encoder: Encoder, tmp_path: Path, head: tuple[Any, Any], kind: str
) -> None:
    backbone = load.load(tiny_encoder(kind)).eval()
    assert classifier.can_hold(backbone)
    classifier.write(backbone, *head, LABELS, tmp_path / "left", tiny_encoder(kind))
    with torch.inference_mode():
        expected = torch.nn.functional.linear(Pooled(backbone, "cls")(IDS.unsqueeze(1)), *head)
        again = classifier.load(tmp_path / "left").eval()
        torch.testing.assert_close(again(IDS.clamp(min=0), IDS != EMPTY), expected, atol=3e-5, rtol=1e-5)
    assert again.labels == LABELS
    assert again.vocabulary == 128
    source.inspect(tmp_path / "left", "left")


def test_the_library_reads_it(tiny_encoder: Encoder, tmp_path: Path, head: tuple[Any, Any]) -> None:
    classifier.write(load.load(tiny_encoder()), *head, LABELS, tmp_path / "left", tiny_encoder())
    with quiet():
        auto = transformers.AutoModelForSequenceClassification
        model, report = auto.from_pretrained(tmp_path / "left", output_loading_info=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "left")
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model(**tokenizer("the cat", return_tensors="pt")).logits.shape == (1, 3)


def test_it_may_be_an_encoder_again(tiny_encoder: Encoder, tmp_path: Path, head: tuple[Any, Any]) -> None:
    backbone = load.load(tiny_encoder())
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    classifier.write(backbone, *head, LABELS, tmp_path / "left", tiny_encoder())
    after = load.load(tmp_path / "left").state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())


def test_an_architecture_whose_head_does_more(tiny_encoder: Encoder) -> None:
    assert not classifier.can_hold(load.load(tiny_encoder("modernbert")))


@pytest.mark.parametrize("kind", ["bert", "modernbert"])
def test_without_a_head(tiny_encoder: Encoder, kind: str) -> None:
    with pytest.raises(ProjectError, match=r"no head that classifies: it lacks (classifier|head)\."):
        classifier.load(tiny_encoder(kind))


def test_without_a_part_of_the_encoder(tiny_encoder: Encoder, tmp_path: Path, head: tuple[Any, Any]) -> None:
    from safetensors.torch import load_file, save_file

    classifier.write(load.load(tiny_encoder()), *head, LABELS, tmp_path / "left", tiny_encoder())
    weights = load_file(tmp_path / "left" / "model.safetensors")
    del weights["bert.encoder.layer.0.output.dense.weight"]
    save_file(weights, tmp_path / "left" / "model.safetensors", {"format": "pt"})
    with pytest.raises(ProjectError, match="weights of the encoder are not in the checkpoint"):
        classifier.load(tmp_path / "left")
