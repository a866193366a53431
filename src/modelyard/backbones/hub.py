"""Fetching an encoder from a model hub: only files that hold no code, and the commit known."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

from modelyard.backbones.refused import refuse
from modelyard.core.errors import InstallError, Mistake
from modelyard.core.messages import text
from modelyard.core.plugins import missing
from modelyard.core.store import storage_error

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
        StorageError: The disk is full, or the cache cannot be written.
        ProjectError: There is no such model, or the hub cannot be reached.
    """
    if missing(("huggingface_hub",)):
        expected, fix = text("backbones.expected_hub"), text("backbones.fix_hub")
        raise InstallError(Mistake(text("backbones.place", name=name), "huggingface_hub", expected, fix))
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import errors

    endpoint = os.environ.get("HF_ENDPOINT") or ENDPOINT
    transport: Any = errors.HfHubHTTPError.__bases__[0]  # of the HTTP library that the hub's library uses
    unanswered = (transport, errors.LocalEntryNotFoundError, ConnectionError, TimeoutError)
    try:
        return _fetched(name, revision, endpoint, code)
    except errors.RevisionNotFoundError:
        got = text("backbones.got_no_revision", revision=revision)
        raise refuse(name, got, "expected_revision", "fix_hub_revision") from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        got = text("backbones.got_no_model", endpoint=endpoint)
        raise refuse(name, got, "expected_source", "fix_source") from None
    except unanswered as error:
        got = text("backbones.got_unreachable", endpoint=endpoint, reason=_first_line(error))
        raise refuse(name, got, "expected_hub_answer", "fix_unreachable") from None
    except OSError as error:
        raise storage_error(error, Path(error.filename or name)) from None


def _fetched(name: str, revision: str | None, endpoint: str, code: bool) -> Path:
    """The library's own work, without its bars and its advice."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    logger, silent = logging.getLogger("huggingface_hub"), are_progress_bars_disabled()
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    disable_progress_bars()
    try:
        patterns = [*_FILES, *(["*.py"] if code else [])]
        return Path(snapshot_download(name, revision=revision, endpoint=endpoint, allow_patterns=patterns))
    finally:
        logger.setLevel(level)
        if not silent:
            enable_progress_bars()


def _first_line(error: Exception) -> str:
    lines = (line.strip().removeprefix("Got: ") for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
