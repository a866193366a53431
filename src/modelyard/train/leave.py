"""What a training leaves in the run's folder beside the checkpoint: learning curves, and models in other formats."""

from __future__ import annotations

from pathlib import Path

from modelyard.core import plugins
from modelyard.models import events
from modelyard.models.checkpoint import Checkpoint, features

LEAVE = "leave"
"""The part that writes a method's models for other programs; few methods have it."""


def leave(checkpoint: Checkpoint, folder: Path) -> None:
    """Write `events` and `models`; targets by number: a name may be too long, or a path.

    Args:
        checkpoint: What was trained.
        folder: The run's.
    """
    for number, target in enumerate(checkpoint.targets):
        for step in target.ladder:  # as TensorBoard events
            if step.get("curves"):
                events.write(step["curves"], folder / "events" / str(number) / step["method"])
        for candidate in target.candidates:  # in the format of the library that made it, where a method knows how
            if plugins.has_part("methods", candidate.method, LEAVE):
                known = features(checkpoint.dataset, checkpoint.encoders, candidate.view)
                to = folder / "models" / str(number) / candidate.method
                plugins.part("methods", candidate.method, LEAVE).leave(candidate.folders, known, to)
