"""Plug-ins are found by name: a folder in a room, or an entry point `modelyard.<room>` of another package.

    names("methods")                     -> ("ensemble", "linear", "naive", "network", "trees")
    part("methods", "trees", "options")  -> the module modelyard.methods.trees.options

There is no list to edit. A plug-in's `options` part is light, so listing never loads torch.

A project may bring a plug-in of its own: one Python file that holds all parts, which runs because its user named it.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from modelyard.core.messages import text

_PACKAGE = Path(__file__).parents[1]
_LOCAL: dict[tuple[str, str], tuple[ModuleType, str]] = {}
"""(room, name) of a project's own plug-in -> its module, and sha256 of its file."""


@cache
def _locations(room: str) -> dict[str, str]:
    """Name of each plug-in of a room -> the dotted path of its package."""
    found = {entry.name: entry.value for entry in entry_points(group=f"modelyard.{room}")}
    for folder in sorted((_PACKAGE / room).glob("*/__init__.py")):
        found[folder.parent.name] = f"modelyard.{room}.{folder.parent.name}"
    return dict(sorted(found.items()))


def names(room: str) -> tuple[str, ...]:
    """The names of all plug-ins in a room, sorted."""
    return tuple(_locations(room))


def location(room: str, name: str) -> str:
    """The dotted path of a plug-in's package."""
    return _locations(room)[name]


def part(room: str, name: str, module: str) -> Any:
    """One module of a plug-in, typed by the caller through the protocols in `core.protocols`.

    Raises:
        KeyError: There is no such plug-in; what users write is checked before it comes here.
    """
    if (room, name) in _LOCAL:
        return _LOCAL[room, name][0]
    loaded: ModuleType = importlib.import_module(f"{_locations(room)[name]}.{module}")
    return loaded


def has_part(room: str, name: str, module: str) -> bool:
    """Whether a plug-in has a part that not all of its room have."""
    if (room, name) in _LOCAL:
        return hasattr(_LOCAL[room, name][0], module)
    return find_spec(f"{_locations(room)[name]}.{module}") is not None


def adopt(room: str, path: Path, needed: tuple[str, ...]) -> str:
    """Run a Python file and make it a plug-in; its name is that of the file.

    Args:
        room: The room it belongs to.
        path: The file.
        needed: What it must define.

    Raises:
        ValueError: It lacks some of that, or its name is taken.
        OSError, SyntaxError, ImportError: It cannot be read, or run.
    """
    name, content = path.stem, path.read_bytes()
    if name in _locations(room):
        raise ValueError(name)
    digest = hashlib.sha256(content).hexdigest()
    if digest != local_digest(room, name):
        spec = spec_from_file_location(f"modelyard_local_{digest[:16]}", path)
        if spec is None or spec.loader is None:
            raise ImportError(path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        lacking = [part for part in needed if not hasattr(module, part)]
        if lacking:
            raise ValueError(", ".join(lacking))
        _LOCAL[room, name] = (module, digest)
    return name


def local_digest(room: str, name: str) -> str:
    """sha256 of the file of a project's own plug-in; empty for any other."""
    return _LOCAL[room, name][1] if (room, name) in _LOCAL else ""


def nearest(word: str, valid: tuple[str, ...] | list[str]) -> str:
    """A sentence that offers the nearest valid names, or the empty string when none is near."""
    close = difflib.get_close_matches(word.lower(), [name.lower() for name in valid], n=2, cutoff=0.6)
    original = {name.lower(): name for name in valid}
    return text("errors.did_you_mean", names=" / ".join(original[name] for name in close)) if close else ""


def missing(modules: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the named Python modules that this installation lacks; nothing is imported."""
    return tuple(module for module in modules if find_spec(module.partition(".")[0]) is None)
