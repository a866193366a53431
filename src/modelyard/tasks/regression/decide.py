"""There is nothing to decide about a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.core.goals import Goal
from modelyard.core.protocols import Array, Outputs, State


def check(options: Mapping[str, Any], state: State, goals: Sequence[Goal], place: str) -> None:
    """Nothing can contradict itself."""


def choose(
    outputs: Outputs, y: Array, state: State, goals: Sequence[Goal], options: Mapping[str, Any], confidence: float
) -> State | None:
    """No rule."""
    return None


def decided(outputs: Outputs, decision: State | None) -> Outputs:
    """Nothing."""
    return {}
