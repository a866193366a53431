"""Curves -> TensorBoard events.

Events name the host and the time, so they are never part of a checkpoint: whoever wants them writes them from the
curves into a folder of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tensorboardX import SummaryWriter


def write(curves: Iterable[Mapping[str, float]], folder: Path) -> None:
    """Write one event file.

    Args:
        curves: Per step {"step", name: value, ...}; a step may lack some of the names.
        folder: Made if it is not there; its name is how TensorBoard calls the run.
    """
    with SummaryWriter(str(folder)) as writer:
        for point in curves:
            for name, value in point.items():
                if name != "step":
                    writer.add_scalar(name, value, int(point["step"]))
