"""The tokenizer of an encoder, as the one file that `tokenizers` reads."""

from __future__ import annotations

import json
from pathlib import Path

from modelyard.backbones.refused import refuse
from modelyard.backbones.source import TOKENIZER
from modelyard.core.messages import text


def of_folder(folder: Path) -> bytes:
    """tokenizer.json of a checkpoint; an older form of tokenizer is converted.

    Raises:
        ProjectError: It cannot be read.
    """
    try:
        content = (folder / TOKENIZER).read_bytes()
    except FileNotFoundError:
        content = _converted(folder)
    try:
        json.loads(content)["model"]["type"]
    except (ValueError, KeyError, TypeError) as error:
        got = text("backbones.got_bad_tokenizer", reason=" ".join(str(error).split())[:200])
        raise refuse(str(folder), got, "expected_tokenizer", "fix_tokenizer") from None
    return content


def _converted(folder: Path) -> bytes:
    """Through the library's own conversion."""
    from transformers import AutoTokenizer

    from modelyard.backbones.quiet import quiet

    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return str(tokenizer.backend_tokenizer.to_str()).encode()
