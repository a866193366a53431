"""Methods of the project's own: Python files that `train: {method: ./mine.py}` names.

Such a file has what the modules of a method have, all in one: `INFO`, `fit`, `load` and `export`, see `core.protocols`.
`Options`, `work`, `cost` and `probe` may be left out: no options, one unit of work, a guess, nothing measured. It runs
with the user's rights, as the user named it; a bundle that it made does not carry it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from modelyard.core import plugins
from modelyard.core.errors import Mistake
from modelyard.core.messages import text
from modelyard.core.source import Found, Keys, Source

if TYPE_CHECKING:
    from modelyard.core.project import Train

ENDING, ZERO_SHOT = ".py", "zero_shot"
NEEDED = ("INFO", "fit", "load", "export")
CONFIG = "config.json"
"""What a checkpoint's folder has."""


class NoOptions(BaseModel, extra="forbid", frozen=True):
    """There is nothing to set."""


def is_file(method: str) -> bool:
    """Whether a method is named by its file."""
    return method.endswith(ENDING)


def name(method: str) -> str:
    """What a method is called: a file by its name without the ending."""
    return Path(method).stem if is_file(method) else method


def doubts(train: Train, source: Source, folder: Path) -> Iterator[Found]:
    """Make plug-ins of the files among the methods, and tell of files that are not there or no methods.

    Args:
        train: Names the methods, and perhaps a model to import.
        source: The project's file.
        folder: Where relative paths start.
    """
    listed = isinstance(train.method, list)
    for number, method in enumerate(train.method if isinstance(train.method, list) else [train.method]):
        reason = _adopted(folder / method) if is_file(method) else ""
        if reason:
            keys: Keys = ("train", "method", number) if listed else ("train", "method")
            expected = text("project.expected_local", needed=", ".join(NEEDED))
            yield keys, Mistake(source.place(*keys), method, expected, reason)
    if train.model is not None and not _is_model(folder / train.model):
        expected = text("project.expected_model_file", folder=folder)
        yield ("train", "model"), Mistake(source.place("train", "model"), train.model, expected)


def _is_model(path: Path) -> bool:
    """Whether a path is a file, or the folder of a checkpoint."""
    return path.is_file() or (path / CONFIG).is_file()


def digests(train: Train, folder: Path) -> dict[str, str]:
    """What training reads besides the data -> sha256: models to import or to ask, methods of the project's own."""
    named = [train.method] if isinstance(train.method, str) else train.method
    asked = train.of(ZERO_SHOT).entailment
    folders = [asked] if asked and (folder / asked).is_dir() else []  # of the hub, its name is what is known
    files = [*filter(is_file, named), *([train.model] if train.model else []), *folders]
    return {file: _digest(folder / file) for file in files}


def _digest(path: Path) -> str:
    """sha256 of a file; of a folder, over the names and contents of its files."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for file in sorted(one for one in path.iterdir() if one.is_file()):
        for part in (file.name.encode(), file.read_bytes()):
            total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def _adopted(path: Path) -> str:
    """Why a file is no method; empty where it is one."""
    try:
        called = plugins.adopt("methods", path, NEEDED)
    except Exception as error:  # noqa: BLE001  whatever a user's own file raises is told, not hidden
        return " ".join(f"{type(error).__name__}: {error}".split())[:300]
    module = plugins.part("methods", called, "options")
    for missing, default in _DEFAULTS.items():
        if not hasattr(module, missing):
            setattr(module, missing, default)
    return ""


def _work(options: Any) -> int:
    return 1


def _cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    return 1.0, 8 * rows * features


def _probe(problem: Any, options: Any) -> float:
    return 0.0


_DEFAULTS = {"Options": NoOptions, "work": _work, "cost": _cost, "probe": _probe}
