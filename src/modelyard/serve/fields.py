"""What a request's row has to hold, read off a bundle, and how `GET /v1/schema` describes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.protocols import State
from modelyard.core.schema import Column
from modelyard.serve.tally import DATETIME

PYTHON_TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "string": (str,), "boolean": (bool,)}


@dataclass(frozen=True)
class Field:
    """One input column as JSON holds it.

    Args:
        name: The column's name.
        modality: Name of the plug-in that reads it.
        types: JSON types that its cells may have, the usual one first; `null` is the last of them.
        kinds: The same as Python types.
        profile: What training saw: `levels` or `edges`; empty when the bundle does not say.
        invented: A cell that stands for those that no bundle holds; "" where the profile says what is usual.
    """

    name: str
    modality: str
    types: tuple[str, ...]
    kinds: frozenset[type]
    profile: State
    invented: str = ""

    def describe(self) -> dict[str, Any]:
        """Plain data: name, modality, types, and the most frequent levels or the middle 80 % in training.

        Of texts `usual` is how many characters they have.
        """
        facts: dict[str, Any] = {"name": self.name, "modality": self.modality, "types": self.types}
        if levels := self.profile.get("levels"):
            facts["levels"] = levels
        elif edges := self.profile.get("edges"):
            facts["usual"] = [self._as_sent(edges[0]), self._as_sent(edges[-1])]
        return facts

    def example(self) -> Any:
        """A value like those in training: the most frequent level, the median, an invented text; else None."""
        if self.invented:
            return self.invented
        if levels := self.profile.get("levels"):
            return levels[0]
        edges = self.profile.get("edges")
        return self._as_sent(edges[len(edges) // 2]) if edges else None

    def _as_sent(self, value: float) -> Any:
        """A parsed value the way JSON holds it: times are seconds since 1970 inside and text outside."""
        return str(np.datetime64(int(value), "s")) if self.profile["kind"] == DATETIME else value


def fields(bundle: Any) -> tuple[Field, ...]:
    """The fields of a row, in the order of the bundle's inputs."""
    profiles = _input_profiles(bundle.path)
    return tuple(_field(column, profiles.get(column.name, {})) for column in bundle.inputs)


def describe(bundle: Any, row: Sequence[Field]) -> dict[str, Any]:
    """What `GET /v1/schema` answers: inputs, targets, and a request that can be sent as it stands."""
    return {
        "name": bundle.name,
        "bundle": bundle.id,
        "inputs": [field.describe() for field in row],
        "targets": [{key: target[key] for key in ("name", "task")} for target in bundle.targets],
        "example": {"rows": [example(row)]},
    }


def example(row: Sequence[Field]) -> dict[str, Any]:
    """One row that the bundle can answer."""
    return {field.name: field.example() for field in row}


def _field(column: Column, profile: State) -> Field:
    """A column's field; one whose cells spell their numbers in the data (1.2万, 5 kg) takes texts as well."""
    preprocess = plugins.part("modalities", column.modality, "preprocess")
    types: tuple[str, ...] = getattr(preprocess, "JSON", tuple(PYTHON_TYPES))
    if column.options.get("text") and "string" not in types:
        types += ("string",)
    kinds = frozenset(kind for name in types for kind in PYTHON_TYPES[name])
    invented: tuple[str, ...] = getattr(preprocess, "EXAMPLES", ("",))
    return Field(column.name, column.modality, (*types, "null"), kinds | {type(None)}, profile, invented[0])


def _input_profiles(folder: Path) -> dict[str, State]:
    path = folder / "profile.json"
    profiles: dict[str, State] = json.loads(path.read_text("utf-8"))["inputs"] if path.is_file() else {}
    return profiles
