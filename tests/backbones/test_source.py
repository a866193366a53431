"""Where an encoder lies, and whether it is one: folders that are right, and every way to be wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.backbones import source
from modelyard.backbones.source import ENCODERS, Facts
from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, ProjectError

pytestmark = pytest.mark.torch
Encoder = Callable[..., Path]


@pytest.fixture
def checkpoint(tiny_encoder: Encoder, tmp_path: Path) -> Path:
    """A tiny checkpoint that may be spoilt, the folder `mini` of a project."""
    return Path(shutil.copytree(tiny_encoder(), tmp_path / "mini"))


def told(checkpoint: Path, remote_code: str | None = None) -> str:
    """The error that a spoilt checkpoint makes."""
    with pytest.raises(ProjectError) as caught:
        source.resolve("mini", checkpoint.parent, None, remote_code)
    lines = str(caught.value).splitlines()
    assert len(lines) <= MAX_LINES
    assert [line.split(":")[0] for line in lines if line.startswith(("Where", "Got", "Expected", "Fix"))] == [
        "Where",
        "Got",
        "Expected",
        "Fix",
    ]
    assert "encoder mini" in lines[0]
    return str(caught.value)


def change(checkpoint: Path, **values: Any) -> None:
    path = checkpoint / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


# ---------------------------------------------------------------- found
@pytest.mark.parametrize("name", ["mini", "./mini", "../{}/mini"])
def test_folders_are_relative_to_the_project(checkpoint: Path, name: str) -> None:
    found = source.resolve(name.format(checkpoint.parent.name), checkpoint.parent)
    assert found == checkpoint.resolve()
    assert source.commit(found) is None


def test_absolute_folders_and_folders_at_home(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(checkpoint.parent))
    monkeypatch.setenv("USERPROFILE", str(checkpoint.parent))
    assert source.resolve(str(checkpoint), Path("/nowhere")) == checkpoint.resolve()
    assert source.resolve("~/mini", Path("/nowhere")) == checkpoint.resolve()


def test_a_folder_goes_before_a_model_of_that_name(tiny_encoder: Encoder, tmp_path: Path) -> None:
    shutil.copytree(tiny_encoder(), tmp_path / "owner" / "model")
    assert source.resolve("owner/model", tmp_path) == (tmp_path / "owner" / "model").resolve()


def test_names_in_any_script(tiny_encoder: Encoder, tmp_path: Path) -> None:
    shutil.copytree(tiny_encoder(), tmp_path / "编码器 é 🙂")
    assert source.resolve("编码器 é 🙂", tmp_path).name == "编码器 é 🙂"


@pytest.mark.parametrize("kind", ENCODERS)
def test_all_architectures(tiny_encoder: Encoder, kind: str) -> None:
    folder = tiny_encoder(kind)
    source.inspect(folder, kind)
    facts = source.facts(folder)
    counted = kind in ("camembert", "mpnet", "roberta", "xlm-roberta")  # their positions begin after that of padding
    assert facts == Facts(kind, width=16, limit=63 if counted else 64, pooling="mean")
    assert source.vocabulary(folder) == 128


def test_facts_of_a_real_checkpoint(mini_lm: Path) -> None:
    assert source.facts(mini_lm) == Facts("bert", width=384, limit=512, pooling="mean")


@pytest.mark.parametrize(
    ("said", "pooling"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode_max_tokens": True}, "max"),
        ({}, "mean"),
        ([], "mean"),
    ],
)
def test_pooling_is_what_the_makers_say(checkpoint: Path, said: Any, pooling: str) -> None:
    (checkpoint / "1_Pooling").mkdir()
    (checkpoint / "1_Pooling" / "config.json").write_text(json.dumps(said), "utf-8")
    assert source.facts(checkpoint).pooling == pooling


def test_old_tokenizers_are_enough(checkpoint: Path) -> None:
    (checkpoint / "tokenizer.json").rename(checkpoint / "vocab.txt")
    assert source.resolve("mini", checkpoint.parent) == checkpoint.resolve()


def test_sharded_weights(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").rename(checkpoint / "model-00001-of-00001.safetensors")
    index = {"weight_map": {"embeddings.word_embeddings.weight": "model-00001-of-00001.safetensors"}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    assert source.resolve("mini", checkpoint.parent) == checkpoint.resolve()
    (checkpoint / "model-00001-of-00001.safetensors").unlink()
    assert "model-00001-of-00001.safetensors" in told(checkpoint)


def test_torch_is_not_needed_to_look(tiny_encoder: Encoder) -> None:
    code = (
        "import sys; from pathlib import Path; from modelyard.backbones import source, tokenizers; "
        "found = source.resolve(sys.argv[1], Path()); source.facts(found); source.digest(found); "
        "tokenizers.of_folder(found); "
        "print(sorted({'torch', 'transformers', 'huggingface_hub', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny_encoder())], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------- digests
def test_the_digest_is_that_of_the_content(checkpoint: Path, tmp_path: Path) -> None:
    before = source.digest(checkpoint)
    assert source.digest(Path(shutil.copytree(checkpoint, tmp_path / "elsewhere"))) == before
    (checkpoint / "README.md").write_text("as it was", "utf-8")
    assert source.digest(checkpoint) == before


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors", "vocab.txt"])
def test_the_digest_changes_with_each_part(checkpoint: Path, file: str) -> None:
    before = source.digest(checkpoint)
    with (checkpoint / file).open("ab") as content:
        content.write(b" ")
    assert source.digest(checkpoint) != before


def test_the_digest_tells_files_apart(tmp_path: Path) -> None:
    digests = set()
    for number, files in enumerate(
        [{"a.json": "12", "b.json": "3"}, {"a.json": "1", "b.json": "23"}, {"a.json": "123"}]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(content, "utf-8")
        digests.add(source.digest(folder))
    assert len(digests) == 3


# ---------------------------------------------------------------- wrong
@pytest.mark.parametrize("name", ["./nothing", "../nothing", "/nothing/at/all", "a/b/c", "bert base", "房间"])
def test_what_can_be_no_model_of_a_hub_is_a_missing_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match="there is no folder"):
        source.resolve(name, tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(ProjectError, match="there is no folder"):
        source.resolve("./model.onnx", tmp_path)


def test_a_revision_of_a_folder(checkpoint: Path) -> None:
    with pytest.raises(ProjectError, match="revision v1 of a folder"):
        source.resolve("mini", checkpoint.parent, "v1")


def test_without_configuration(checkpoint: Path) -> None:
    (checkpoint / "config.json").unlink()
    assert "no config.json" in told(checkpoint)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"bert"', "\ufeff{}"])
def test_with_a_configuration_that_is_none(checkpoint: Path, content: str) -> None:
    (checkpoint / "config.json").write_text(content, "utf-8")
    assert "no JSON object" in told(checkpoint)


def test_with_a_configuration_in_another_encoding(checkpoint: Path) -> None:
    (checkpoint / "config.json").write_bytes(b"\xff\xfe{\x00}\x00")
    assert "no JSON object" in told(checkpoint)


def test_without_tokenizer(checkpoint: Path) -> None:
    (checkpoint / "tokenizer.json").unlink()
    assert "has no tokenizer" in told(checkpoint)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "vit", "clip", "whisper", "t5", "", "brt"])
def test_of_another_architecture(checkpoint: Path, kind: str) -> None:
    change(checkpoint, model_type=kind)
    message = told(checkpoint)
    assert f"architecture {kind or '?'}" in message
    assert "modernbert" in message


def test_near_architectures_are_offered(checkpoint: Path) -> None:
    change(checkpoint, model_type="robertta")
    assert "roberta" in told(checkpoint).split("Expected")[0]


def test_without_any_architecture(checkpoint: Path) -> None:
    (checkpoint / "config.json").write_text("{}", "utf-8")
    assert "architecture ?" in told(checkpoint)


@pytest.mark.parametrize("key", ["is_decoder", "is_encoder_decoder"])
def test_an_encoder_that_is_set_up_to_generate(checkpoint: Path, key: str) -> None:
    change(checkpoint, **{key: True})
    assert "generate text" in told(checkpoint)


def test_weights_as_pickle(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")
    message = told(checkpoint)
    assert "pickle, pytorch_model.bin" in message
    assert "save_pretrained" in message


def test_pickle_beside_safe_weights_is_left_alone(checkpoint: Path) -> None:
    (checkpoint / "pytorch_model.bin").write_bytes(b"never read")
    assert source.resolve("mini", checkpoint.parent) == checkpoint.resolve()


def test_without_weights(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    assert "has no weights" in told(checkpoint)


@pytest.mark.parametrize("keep", [0, 4, 8, 100, -1])
def test_damaged_weights(checkpoint: Path, keep: int) -> None:
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert "model.safetensors:" in told(checkpoint)


def test_weights_that_are_a_pointer_to_them(checkpoint: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90868376\n"
    (checkpoint / "model.safetensors").write_text(pointer, "utf-8")
    assert "model.safetensors:" in told(checkpoint)


# ---------------------------------------------------------------- code of its own
def test_code_needs_consent_by_name(checkpoint: Path) -> None:
    change(checkpoint, model_type="new", auto_map={"AutoModel": "modeling_new.NewModel"})
    for consent in (None, "other", "MINI"):
        message = told(checkpoint, consent)
        assert "modeling_new.NewModel" in message
        assert "remote_code: mini" in message
    assert source.resolve("mini", checkpoint.parent, None, "mini") == checkpoint.resolve()


def test_code_that_is_not_needed_needs_no_consent(checkpoint: Path) -> None:
    change(checkpoint, auto_map={"AutoModel": "modeling_new.NewModel"})
    assert source.resolve("mini", checkpoint.parent) == checkpoint.resolve()


def test_code_for_something_else_makes_no_encoder(checkpoint: Path) -> None:
    change(checkpoint, model_type="new", auto_map={"AutoModelForCausalLM": "modeling_new.NewModel"})
    assert "architecture new" in told(checkpoint, "mini")


def test_in_chinese(checkpoint: Path) -> None:
    (checkpoint / "tokenizer.json").unlink()
    messages.use("zh")
    with pytest.raises(ProjectError, match="没有分词器"):
        source.resolve("mini", checkpoint.parent)
