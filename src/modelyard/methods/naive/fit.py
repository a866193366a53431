"""The shares of the classes, or the mean of the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelyard.core.protocols import Problem, State, Watch
from modelyard.methods.naive import load
from modelyard.models import targets
from modelyard.models.pace import seconds_per_call


def probe(problem: Problem, options: Any) -> float:
    """Seconds that the fit takes."""
    return seconds_per_call(lambda: targets.prior(problem))


def fit(problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
    """Learn the prior; see `core.protocols.MethodFit`."""
    for problem, folder in zip(problems, folders, strict=True):
        load.save(folder, targets.prior(problem))
    watch.step(1, 1)
    return {"done": 1, "best": 1, "curves": [], "notes": []}
