"""What a run may take, told before anything is measured: rough, from the sizes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.core import plugins
from modelyard.core.project import Project
from modelyard.train.budget import SHARE
from modelyard.train.ladder import Rung, rungs

STAGE_SECONDS, STAGE_BYTES = 4.0, 200e6  # starting, packaging and measuring, whatever the data
CELL_BYTES = 120  # a cell as it was read, parsed, and in the views; measured on 15,000 to 3.6 million cells
ROW_SECONDS = 8e-5  # reading, splitting and measuring a row
COLUMN_SECONDS = 5e-3  # inferring and fitting a column, and asking the bundle with it again and again


@dataclass(frozen=True)
class Estimate:
    """One rung.

    Args:
        rung: The rung; `rung.skipped` says why it is left out.
        seconds: What it may take for all targets, before the plan cuts it to the budget.
        memory: Bytes at its peak.
    """

    rung: Rung
    seconds: float
    memory: float


def estimates(project: Project, rows: int, columns: int, targets: int) -> list[Estimate]:
    """An estimate for each rung of the ladder.

    Args:
        project: The validated project.
        rows: Training rows.
        columns: Input columns.
        targets: Number of targets.
    """
    found = []
    for rung in rungs(project):
        seconds, memory = plugins.part("methods", rung.method, "options").cost(rows, columns, rung.options)
        found.append(Estimate(rung, seconds * targets, memory))
    return found


def totals(project: Project, found: Sequence[Estimate], rows: int, columns: int) -> tuple[float, float, float]:
    """Seconds, bytes of memory and bytes of disk of a whole run; the plan holds training to its share of the budget."""
    climbed = [estimate for estimate in found if not estimate.rung.lacks]
    cells = rows * max(columns, 1)
    training = min(sum(estimate.seconds for estimate in climbed), project.train.time_budget * SHARE)
    memory = STAGE_BYTES + cells * CELL_BYTES + max((estimate.memory for estimate in climbed), default=0.0)
    seconds = STAGE_SECONDS + rows * ROW_SECONDS + columns * COLUMN_SECONDS + training
    return seconds, memory, 2e6 + cells * 8
