"""Fetching an encoder from a model hub: only files that hold no code, and the commit known."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from modelyard.backbones.refused import refuse
from modelyard.core.errors import InstallError, Mistake
from modelyard.core.messages import text
from modelyard.core.plugins import missing

ENDPOINT = "https://huggingface.co"
VOCABULARIES = ("vocab.txt", "merges.txt", "spm.model", "sentencepiece.bpe.model", "spiece.model")
_FILES = (
    "*config.json",
    "tokenizer.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "modules.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "model-*-of-*.safetensors",
    *VOCABULARIES,
)
_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def is_id(name: str) -> bool:
    """Whether a name may be a model's id: `name` or `owner/name`."""
    return _ID.fullmatch(name) is not None


def fetch(name: str, revision: str | None, code: bool) -> Path:
    """The folder of a model's snapshot in the cache of the hub's library, fetched where it is not there yet.

    Args:
        name: The model's id.
        revision: Branch, tag or commit; None for the main branch.
        code: Whether Python files come with it.

    Raises:
        InstallError: The hub's library is not installed.
        ProjectError: There is no such model, or the hub cannot be reached.
    """
    if missing(("huggingface_hub",)):
        expected, fix = text("backbones.expected_hub"), text("backbones.fix_hub")
        raise InstallError(Mistake(text("backbones.place", name=name), "huggingface_hub", expected, fix))
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import httpx
    from huggingface_hub import errors, snapshot_download

    endpoint = os.environ.get("HF_ENDPOINT") or ENDPOINT
    try:
        return Path(_download(snapshot_download, name, revision, endpoint, code))
    except errors.RevisionNotFoundError:
        raise refuse(
            name, text("backbones.got_no_revision", revision=revision), "expected_revision", "fix_source"
        ) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise refuse(name, text("backbones.got_no_model", endpoint=endpoint), "expected_source", "fix_source") from None
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, httpx.HTTPError, OSError) as error:
        got = text("backbones.got_unreachable", endpoint=endpoint, reason=_first_line(error))
        raise refuse(name, got, "expected_hub_answer", "fix_unreachable") from None


def _download(download: Any, name: str, revision: str | None, endpoint: str, code: bool) -> str:
    patterns = [*_FILES, *(["*.py"] if code else [])]
    found: str = download(
        name, revision=revision, endpoint=endpoint, allow_patterns=patterns, tqdm_class=None, library_name="modelyard"
    )
    return found


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
