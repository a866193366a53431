"""Plug-ins are found by name: a folder in a room, or an entry point `modelyard.<room>` of another package.

    names("methods")                     -> ("ensemble", "linear", "naive", "network", "trees")
    part("methods", "trees", "options")  -> the module modelyard.methods.trees.options

There is no list to edit. A plug-in's `options` part is light, so listing never loads torch.
"""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from modelyard.core.messages import text

_PACKAGE = Path(__file__).parents[1]


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
    loaded: ModuleType = importlib.import_module(f"{_locations(room)[name]}.{module}")
    return loaded


def nearest(word: str, valid: tuple[str, ...] | list[str]) -> str:
    """A sentence that offers the nearest valid names, or the empty string when none is near."""
    close = difflib.get_close_matches(word.lower(), [name.lower() for name in valid], n=2, cutoff=0.6)
    original = {name.lower(): name for name in valid}
    return text("errors.did_you_mean", names=" / ".join(original[name] for name in close)) if close else ""


def missing(modules: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the named Python modules that this installation lacks; nothing is imported."""
    return tuple(module for module in modules if find_spec(module.partition(".")[0]) is None)
