"""What a run may take, told before anything is measured: rough, from the sizes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.core import plugins
from modelyard.core.project import Project
from modelyard.core.schema import Column
from modelyard.train.budget import seconds_for_ladder, seconds_for_training
from modelyard.train.ladder import Rung, rungs
from modelyard.train.ways import Way

START_SECONDS, CLOSING_SECONDS, STAGE_BYTES = 1.5, 1.5, 200e6  # whatever the data
CELL_BYTES = 120  # a cell as it was read, parsed, and in the views; measured on 15,000 to 3.6 million cells
ROW_SECONDS = 6e-5  # reading, inferring, checking and splitting a row
MEASURE_SECONDS = 4e-5  # asking the bundle for a row of the test, in the end and with each column shuffled
COLUMN_SECONDS = 5e-3  # inferring and fitting a column, and asking the bundle with it again and again
RESAMPLING_SECONDS, RESAMPLED_ROWS = 1.5, 8_000  # intervals; above so many rows there are fewer resamples


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


def estimates(
    project: Project, rows: int, columns: int, targets: int, fits: int = 1, inputs: Sequence[Column] = ()
) -> list[Estimate]:
    """An estimate for each rung of the ladder.

    Args:
        project: The validated project.
        rows: Training rows; 0 where no label is learnt from.
        columns: Input columns.
        targets: Number of targets.
        fits: Models that each method learns.
        inputs: The input columns, where they are known.
    """
    found = []
    for rung in rungs(project, inputs, labelled=rows > 0):
        seconds, memory = plugins.part("methods", rung.method, "options").cost(rows, columns, rung.options)
        found.append(Estimate(rung, seconds * targets * (1 if rung.info.view == "scores" else fits), memory))
    return found


def affordable(
    project: Project, rows: int, columns: int, targets: int, open_ways: Sequence[Way], inputs: Sequence[Column] = ()
) -> Way:
    """The way that the plan will probably take: the first of those that the budget seems to bear, else the last."""
    for folds, repeats in open_ways:
        found = estimates(project, rows, columns, targets, folds * repeats, inputs)
        asked = sum(one.seconds for one in found if not one.rung.hindered)
        if asked <= seconds_for_ladder(_left(project, rows, columns), project.train.search.trials):
            break
    return folds, repeats


def after(test_rows: int, columns: int, targets: int) -> float:
    """Seconds that packaging and measuring take when training is over: they are set aside before it begins.

    Args:
        test_rows: Rows that the report is measured on.
        columns: Input columns.
        targets: Number of targets.
    """
    resampled = RESAMPLING_SECONDS * min(1.0, test_rows / RESAMPLED_ROWS)
    return CLOSING_SECONDS + columns * COLUMN_SECONDS + targets * (resampled + test_rows * MEASURE_SECONDS)


def totals(project: Project, found: Sequence[Estimate], rows: int, columns: int) -> tuple[float, float, float]:
    """Seconds, bytes of memory and bytes of disk of a whole run; the plan holds training to what the budget leaves."""
    climbed = [estimate for estimate in found if not estimate.rung.hindered]
    cells = rows * max(columns, 1)
    training = min(sum(estimate.seconds for estimate in climbed), _left(project, rows, columns))
    memory = STAGE_BYTES + cells * CELL_BYTES + max((estimate.memory for estimate in climbed), default=0.0)
    return _others(project, rows, columns) + training, memory, 2e6 + cells * 8


def _others(project: Project, rows: int, columns: int) -> float:
    """Seconds of all stages but training."""
    closing = after(round(rows * project.data.split.test_share), columns, len(project.predict))
    return START_SECONDS + rows * ROW_SECONDS + closing


def _left(project: Project, rows: int, columns: int) -> float:
    """Seconds that may be planned for training."""
    return seconds_for_training(project.train.time_budget, _others(project, rows, columns))
