"""How far the inputs and the scores of answered rows are from what the bundle was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from modelyard.core.store import write_text
from modelyard.measure.shift import LARGE, expected, shift
from modelyard.serve.tally import Reference, Tally

FEWEST_ROWS = 100
"""Rows from which on it can be said that nothing has moved: with fewer, chance alone makes a large index."""


@dataclass(frozen=True)
class Moved:
    """One input or score.

    Args:
        name: Of the column, or of the score.
        kind: What it is.
        psi: The population stability index.
        chance: What the index would stay below if nothing had moved; None where there are no rows to tell.
        band: `stable`, `moderate` or `large`.
    """

    name: str
    kind: Literal["input", "score"]
    psi: float
    chance: float | None
    band: str


def moved(reference: Reference, found: Tally) -> tuple[Moved, ...]:
    """Every score and input of these rows, the farthest from the reference first."""
    kinds: tuple[tuple[Literal["score", "input"], dict[str, Any], dict[str, list[int]]], ...] = (
        ("score", {name: score.profile for name, score in reference.scores.items()}, found.scores),
        ("input", dict(reference.inputs), found.inputs),
    )
    looked_at = len(reference.scores) + len(reference.inputs)
    all_of_them = [
        _moved(name, kind, shift(expected(profiles[name]), counts, looked_at))
        for kind, profiles, tallied in kinds
        for name, counts in tallied.items()
    ]
    return tuple(sorted(all_of_them, key=lambda one: -one.psi))


def can_tell(rows: int, found: Iterable[Moved]) -> bool:
    """Whether the rows are enough to say that nothing has moved: no index is large, if only by chance."""
    return rows >= FEWEST_ROWS and all(one.psi <= LARGE for one in found)


def write(path: Path, bundle: str, rows: int, found: Iterable[Moved]) -> None:
    """Write what moved as JSON.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    listed = [
        {"name": one.name, "kind": one.kind, "psi": one.psi, "chance": one.chance, "band": one.band} for one in found
    ]
    write_text(path, json.dumps({"bundle": bundle, "rows": rows, "shift": listed}, ensure_ascii=False, indent=1) + "\n")


def _moved(name: str, kind: Literal["input", "score"], found: Any) -> Moved:
    chance = found.chance if found.chance != float("inf") else None
    return Moved(name, kind, found.psi, chance, found.band)
