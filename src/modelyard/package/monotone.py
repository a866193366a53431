"""Proof on the bundle that its answers rise and fall with their columns as the project wants.

Each such column is moved over its range in real rows, everything else held as it is, and the bundle's own answers are
compared from step to step. Methods keep the promise by how they are built; this looks at what ships.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from modelyard.core.columns import take
from modelyard.core.errors import BundleError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns, Outputs
from modelyard.core.schema import Column
from modelyard.data.dataset import Dataset
from modelyard.runtime.bundle import Bundle

ROWS, STEPS = 100, 50
BEYOND = 0.1
"""How far behind both ends of the training rows it looks, as a share of their range."""
ROUNDING = 1e-6
"""Of a probability, or of the answers' range."""


@dataclass(frozen=True)
class Sweep:
    """What was seen of one column and one target.

    Args:
        target: Name of the target.
        column: The column that was moved.
        way: `up` or `down`.
        rows: Rows in which it was moved.
        steps: Values in each of them.
        worst: The greatest step the wrong way, 0 or more, as a share of what rounding may do.
    """

    target: str
    column: str
    way: str
    rows: int
    steps: int
    worst: float

    def __str__(self) -> str:
        """A sentence for the report."""
        names = {"target": self.target, "column": self.column, "rows": self.rows, "steps": self.steps}
        return text(f"package.held_{self.way}", **names)


def sweeps(bundle: Bundle, dataset: Dataset) -> list[Sweep]:
    """Move every monotone column over its range.

    Args:
        bundle: What answers.
        dataset: Names the columns, and has the rows.
    """
    return [sweep for column in dataset.inputs if column.monotone for sweep in _sweeps(bundle, dataset, column)]


def refuse_violations(bundle: Bundle, dataset: Dataset) -> None:
    """Hold a bundle to what the project asks of its columns.

    Raises:
        BundleError: Answers that move the wrong way, column by column.
    """
    wrong = [sweep for sweep in sweeps(bundle, dataset) if sweep.worst > 1]
    if wrong:
        raise BundleError([_mistake(sweep) for sweep in wrong])


def _sweeps(bundle: Bundle, dataset: Dataset, column: Column) -> Iterator[Sweep]:
    rows = dataset.rows("valid")
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), ROWS)).astype(np.int64))]
    values = dataset.values[column.name]
    grid = _grid(values[dataset.rows("train")])
    if not len(grid) or not len(chosen):
        return
    outputs = bundle.outputs(_moved(dataset.cells(chosen), column.name, grid))
    sign = 1 if column.monotone == "up" else -1
    for target, parts in outputs.items():
        answers = _answers(parts).reshape(len(chosen), len(grid))
        allowed = ROUNDING * (1.0 if "probability" in parts else max(float(np.ptp(answers)), 1e-300))
        worst = float(-(sign * np.diff(answers, axis=1)).min(initial=0.0)) / allowed
        yield Sweep(target, column.name, column.monotone, len(chosen), len(grid), worst)


def _grid(values: Array) -> Array:
    """Values over a column's range and a little beyond [steps]; of few distinct ones, those."""
    known = np.unique(values[np.isfinite(values.astype(np.float64))])
    if len(known) <= 2:  # yes and no, or hardly anything
        return known
    low, high = float(known[0]), float(known[-1])
    margin = BEYOND * (high - low)
    quantiles = np.quantile(known, np.linspace(0, 1, STEPS // 2))
    return np.unique(np.concatenate([np.linspace(low - margin, high + margin, STEPS - len(quantiles)), quantiles]))


def _moved(cells: Columns, name: str, grid: Array) -> Columns:
    """Each row once for each value of the column, one row after another."""
    count = len(cells[name])
    found = take(cells, np.repeat(np.arange(count), len(grid)))
    return {**found, name: np.tile(grid, count)}


def _answers(parts: Outputs) -> Array:
    """The probability of the positive class, or the number [rows]."""
    return parts["probability"][:, -1].astype(np.float64) if "probability" in parts else parts["value"][:, 0]


def _mistake(sweep: Sweep) -> Mistake:
    names: Mapping[str, str] = {"target": sweep.target, "column": sweep.column}
    got, expected = (text(f"package.{word}_{sweep.way}", **names) for word in ("not", "expect"))
    return Mistake(f"columns.{sweep.column}.monotone", got, expected, text("package.fix_monotone"))
