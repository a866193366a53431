"""Checkpoints: read whole or not at all, saved so that `from_pretrained` reads them again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from safetensors.torch import load_file, save_file  # noqa: E402

from modelyard.backbones import source  # noqa: E402
from modelyard.backbones.hugging_face import load, save  # noqa: E402
from modelyard.backbones.quiet import quiet  # noqa: E402
from modelyard.core.errors import ProjectError  # noqa: E402

pytestmark = pytest.mark.torch
IDS = torch.tensor([[2, 7, 8, 9, 3], [2, 11, 3, 0, 0]])
MASK = torch.tensor([[True] * 5, [True, True, True, False, False]])
every_architecture = pytest.mark.parametrize("kind", source.ENCODERS)
Encoder = Callable[..., Path]


@pytest.fixture
def checkpoint(tiny_encoder: Encoder, tmp_path: Path) -> Path:
    """One that may be spoilt."""
    return Path(shutil.copytree(tiny_encoder(), tmp_path / "mini"))


def change_weights(checkpoint: Path, change: Callable[[dict[str, Any]], None]) -> None:
    weights = load_file(checkpoint / "model.safetensors")
    change(weights)
    save_file(weights, checkpoint / "model.safetensors", {"format": "pt"})


@every_architecture
def test_it_answers_as_the_library_does(tiny_encoder: Encoder, kind: str) -> None:
    with quiet():
        model = transformers.AutoModel.from_pretrained(tiny_encoder(kind)).eval()
    backbone = load.load(tiny_encoder(kind)).eval()
    with torch.inference_mode():
        padding = model.config.pad_token_id
        filled = torch.where(MASK, IDS, padding)
        expected = model(input_ids=filled, attention_mask=MASK.long()).last_hidden_state
        found = backbone(IDS, MASK)
    torch.testing.assert_close(found[MASK], expected[MASK], atol=1e-6, rtol=0)
    assert (backbone.width, backbone.vocabulary) == (16, 128)


@every_architecture
def test_it_is_saved_and_read_again(tiny_encoder: Encoder, tmp_path: Path, kind: str) -> None:
    backbone = load.load(tiny_encoder(kind)).eval()
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.add_(0.01)
        expected = backbone(IDS, MASK)
    save.save(backbone, tmp_path / "tuned", tiny_encoder(kind))
    found = source.resolve("tuned", tmp_path)
    assert source.digest(found) != source.digest(tiny_encoder(kind))
    assert source.facts(found) == source.facts(tiny_encoder(kind))
    with torch.inference_mode():
        torch.testing.assert_close(load.load(found).eval()(IDS, MASK), expected, atol=0, rtol=0)
        torch.testing.assert_close(backbone(IDS, MASK), expected, atol=0, rtol=0)  # saving changed nothing
    with quiet():
        again, report = transformers.AutoModel.from_pretrained(found, output_loading_info=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(found)
    assert not report["missing_keys"]
    assert len(tokenizer("the cat")["input_ids"]) > 2
    assert type(again).__name__.lower().startswith(kind.replace("-", "")[:5])


def test_the_pooler_comes_along(tiny_encoder: Encoder, tmp_path: Path) -> None:
    save.save(load.load(tiny_encoder()), tmp_path / "tuned", tiny_encoder())
    before, after = (load_file(folder / "model.safetensors") for folder in (tiny_encoder(), tmp_path / "tuned"))
    assert before.keys() == after.keys()
    assert torch.equal(before["pooler.dense.weight"], after["pooler.dense.weight"])


def test_what_lies_beside_comes_along(checkpoint: Path, tmp_path: Path) -> None:
    (checkpoint / "1_Pooling").mkdir()
    (checkpoint / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', "utf-8")
    (checkpoint / "vocab.txt").write_text("a\nb", "utf-8")
    (checkpoint / "secret.txt").write_text("no part of it", "utf-8")
    save.save(load.load(checkpoint), tmp_path / "tuned", checkpoint)
    assert source.facts(tmp_path / "tuned").pooling == "cls"
    assert (tmp_path / "tuned" / "vocab.txt").exists()
    assert not (tmp_path / "tuned" / "secret.txt").exists()


def test_half_precision_becomes_full(checkpoint: Path) -> None:
    def half(weights: dict[str, Any]) -> None:
        weights |= {name: weight.half() for name, weight in weights.items()}

    change_weights(checkpoint, half)
    assert {parameter.dtype for parameter in load.load(checkpoint).parameters()} == {torch.float32}


def test_weights_of_a_head_are_left_alone(tiny_encoder: Encoder, tmp_path: Path) -> None:
    with quiet():
        transformers.AutoModelForMaskedLM.from_pretrained(tiny_encoder()).save_pretrained(tmp_path / "mlm")
    backbone = load.load(tmp_path / "mlm").eval()
    with torch.inference_mode():
        expected = load.load(tiny_encoder()).eval()(IDS, MASK)
        torch.testing.assert_close(backbone(IDS, MASK), expected, atol=0, rtol=0)
    (tmp_path / "mlm" / "tokenizer.json").write_bytes((tiny_encoder() / "tokenizer.json").read_bytes())
    save.save(backbone, tmp_path / "tuned", tmp_path / "mlm")  # without the pooler that it never had
    assert source.resolve("tuned", tmp_path)


def test_missing_weights_are_never_made_up(checkpoint: Path) -> None:
    change_weights(checkpoint, lambda weights: weights.pop("encoder.layer.1.output.dense.weight"))
    with pytest.raises(ProjectError, match=r"1 weights .* encoder\.layer\.1\.output\.dense\.weight"):
        load.load(checkpoint)


def test_weights_of_another_model(checkpoint: Path, tiny_encoder: Encoder) -> None:
    shutil.copyfile(tiny_encoder("distilbert") / "model.safetensors", checkpoint / "model.safetensors")
    with pytest.raises(ProjectError, match="are not in the checkpoint"):
        load.load(checkpoint)


def test_weights_of_another_shape(checkpoint: Path) -> None:
    path = checkpoint / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "hidden_size": 32}), "utf-8")
    with pytest.raises(ProjectError, match="weights that cannot be loaded") as caught:
        load.load(checkpoint)
    assert len(str(caught.value).splitlines()) <= 12


@pytest.mark.parametrize("size", ["16", -1, None, 15])
def test_configurations_that_make_no_sense(checkpoint: Path, size: Any) -> None:
    path = checkpoint / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "hidden_size": size}), "utf-8")
    with pytest.raises(ProjectError):
        load.load(checkpoint)


def test_code_of_its_own_runs_with_consent_alone(checkpoint: Path) -> None:
    path = checkpoint / "config.json"
    config = {**json.loads(path.read_text("utf-8")), "model_type": "own"}
    config["auto_map"] = {"AutoConfig": "own.OwnConfig", "AutoModel": "own.OwnModel"}
    path.write_text(json.dumps(config), "utf-8")
    (checkpoint / "own.py").write_text(
        "from transformers import BertConfig, BertModel\n"
        "class OwnConfig(BertConfig):\n    model_type = 'own'\n"
        "class OwnModel(BertModel):\n    config_class = OwnConfig\n",
        "utf-8",
    )
    with pytest.raises(ProjectError):
        load.load(checkpoint)
    source.resolve("mini", checkpoint.parent, None, "mini")
    backbone = load.load(checkpoint, "mini")
    assert type(backbone.model).__name__ == "OwnModel"
    save.save(backbone, checkpoint.parent / "tuned", checkpoint)
    assert (checkpoint.parent / "tuned" / "own.py").exists()


def test_nothing_is_said_and_nothing_is_drawn(tiny_encoder: Encoder, capfd: pytest.CaptureFixture[str]) -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled(), torch.get_rng_state()
    load.load(tiny_encoder())
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before[:2]
    assert torch.equal(torch.get_rng_state(), before[2])


def test_the_library_is_as_it_was_after_an_error() -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with pytest.raises(KeyError), quiet():
        assert not logging.is_progress_bar_enabled()
        raise KeyError
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
