"""Where a pre-trained encoder lies, and whether it is one: a local folder, or a snapshot from a model hub.

Torch is not needed to find that out: it is read before anything is trained.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from modelyard.backbones import hub
from modelyard.backbones.refused import refuse
from modelyard.core.messages import text
from modelyard.core.plugins import nearest

Pooling = Literal["mean", "cls", "max"]

CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZERS = (TOKENIZER, "vocab.txt", "vocab.json", "spm.model", "sentencepiece.bpe.model", "spiece.model")
"""Files that hold a vocabulary; one of them is enough."""
LARGEST = 2_000_000_000
"""Bytes of weights that an ONNX file holds."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
ENCODERS = (
    "albert",
    "bert",
    "camembert",
    "deberta",
    "deberta-v2",
    "distilbert",
    "electra",
    "ernie",
    "modernbert",
    "mpnet",
    "roberta",
    "xlm-roberta",
)
"""Architectures that read a text in both directions, as `config.json` calls them, each proven by a test."""
_COUNTED_POSITIONS = ("camembert", "mpnet", "roberta", "xlm-roberta")
"""Architectures that count positions from behind the number of the padding token."""
_POOLINGS: dict[str, Pooling] = {"pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max"}


@dataclass(frozen=True)
class Facts:
    """What `config.json` says of an encoder.

    Args:
        model_type: Its architecture.
        width: Of its hidden states.
        limit: The most tokens of a piece, special ones included.
        pooling: How its makers made one vector of a text: mean, cls or max; mean where they do not say.
    """

    model_type: str
    width: int
    limit: int
    pooling: Pooling


def resolve(name: str, folder: Path, revision: str | None = None, remote_code: str | None = None) -> Path:
    """The folder of an encoder on this machine, fetched from the hub where it is no local one.

    Args:
        name: A folder, or a model's id at the hub.
        folder: Where relative paths start.
        revision: Branch, tag or commit at the hub; by default the main branch as it is now.
        remote_code: The same name again, where code that comes with the checkpoint may run.

    Returns:
        The folder; for a model of the hub, its name is the commit.

    Raises:
        ProjectError: Nothing of that name, or something else than a text encoder with a tokenizer and safe weights.
    """
    path = (folder / Path(name).expanduser()).resolve()
    if path.is_dir():
        if revision is not None:
            raise refuse(
                name, text("backbones.got_revision", revision=revision), "expected_no_revision", "fix_revision"
            )
    elif hub.is_id(name):
        path = hub.fetch(name, revision, code=remote_code == name)
    else:
        raise refuse(name, text("backbones.got_no_folder", path=path), "expected_source", "fix_source")
    inspect(path, name, remote_code)
    return path


def commit(path: Path) -> str | None:
    """The commit of a snapshot that came from the hub; None for any other folder."""
    return path.name if path.parent.name == "snapshots" else None


def digest(path: Path) -> str:
    """sha256 over what makes an encoder: its configuration, tokenizer and weights."""
    total = hashlib.sha256()
    for file in sorted(path.iterdir()):
        if file.is_file() and (file.suffix in (".json", ".safetensors", ".py") or file.name in hub.VOCABULARIES):
            with file.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").digest()
            total.update(hashlib.sha256(file.name.encode()).digest() + found)
    return total.hexdigest()


def facts(path: Path) -> Facts:
    """What is to be known of an encoder that `resolve` found."""
    config = _json(path / CONFIG)
    kind = str(config.get("model_type", ""))
    return Facts(kind, _width(config), _limit(config, kind), _pooling(path))


def vocabulary(path: Path) -> int:
    """How many ids an encoder knows."""
    return int(_json(path / CONFIG)["vocab_size"])


def parameters(path: Path) -> int:
    """How many weights an encoder has, as its files say."""
    total = 0
    for file in weights(path):
        with safe_open(file, framework="numpy") as tensors:
            total += sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
    return total


def inspect(path: Path, name: str, remote_code: str | None = None) -> None:
    """Look whether a folder is a text encoder.

    Args:
        path: The folder.
        name: What the user calls it.
        remote_code: See `resolve`.

    Raises:
        ProjectError: It is not.
    """
    try:
        config = _json(path / CONFIG)
    except OSError:
        raise refuse(name, text("backbones.got_no_config", path=path), "expected_config", "fix_source") from None
    except ValueError:
        raise refuse(name, text("backbones.got_bad_config"), "expected_config", "fix_again") from None
    _check_architecture(config, name, remote_code)
    if not any((path / file).is_file() for file in TOKENIZERS):
        raise refuse(name, text("backbones.got_no_tokenizer", path=path), "expected_tokenizer", "fix_tokenizer")
    _check_weights(path, name)


def _check_architecture(config: dict[str, Any], name: str, remote_code: str | None) -> None:
    kind = str(config.get("model_type", ""))
    if kind in ENCODERS:
        if config.get("is_decoder") or config.get("is_encoder_decoder"):
            raise refuse(
                name, text("backbones.got_decoder", kind=kind), "expected_encoder", "fix_source", known=_known()
            )
        return
    if "AutoModel" not in (config.get("auto_map") or {}):
        got = text("backbones.got_architecture", kind=kind or "?", near=nearest(kind, ENCODERS)).strip()
        raise refuse(name, got, "expected_encoder", "fix_source", known=_known())
    if remote_code != name:
        got = text("backbones.got_remote_code", kind=kind or "?", code=config["auto_map"]["AutoModel"])
        raise refuse(name, got, "expected_no_code", "fix_remote_code", known=_known())


def _known() -> str:
    return ", ".join(ENCODERS)


def _check_weights(path: Path, name: str) -> None:
    files = weights(path)
    if not files:
        pickles = sorted(file.name for pattern in PICKLES for file in path.glob(pattern))
        if pickles:
            raise refuse(name, text("backbones.got_pickle", file=pickles[0]), "expected_safetensors", "fix_pickle")
        raise refuse(name, text("backbones.got_no_weights", path=path), "expected_safetensors", "fix_pickle")
    for file in files:
        try:
            with safe_open(file, framework="numpy") as tensors:
                tensors.keys()
        except (SafetensorError, OSError) as error:
            got = text("backbones.got_damaged", file=file.name, reason=" ".join(str(error).split()))
            raise refuse(name, got, "expected_whole", "fix_again") from None


def weights(path: Path) -> list[Path]:
    """The files of an encoder's weights, whether they are there or not; none where none are named."""
    if (path / WEIGHTS).is_file():
        return [path / WEIGHTS]
    if (path / INDEX).is_file():
        return [path / file for file in sorted(set(_json(path / INDEX).get("weight_map", {}).values()))]
    return []


def _width(config: dict[str, Any]) -> int:
    return int(config.get("hidden_size") or config.get("dim") or config.get("d_model") or 0)


def _limit(config: dict[str, Any], kind: str) -> int:
    positions = int(config.get("max_position_embeddings") or 512)
    if kind in _COUNTED_POSITIONS:
        positions -= int(config.get("pad_token_id", 1)) + 1
    return positions


def _pooling(path: Path) -> Pooling:
    """What the checkpoint's makers chose, as sentence-transformers writes it."""
    try:
        said = _json(path / "1_Pooling" / CONFIG)
    except (OSError, ValueError):
        return "mean"
    return next((pooling for key, pooling in _POOLINGS.items() if said.get(key)), "mean")


def _json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        OSError: It cannot be read.
        ValueError: It is none.
    """
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict):
        raise ValueError(path)
    return found
