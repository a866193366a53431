"""One planted defect: what was done to which table, and what has to be said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planted.tables import CLEAN, Table, clean

Random = np.random.Generator


@dataclass(frozen=True)
class Planted:
    """A table with a defect in it.

    Args:
        table: Every cell a text.
        says: Keys of the notes of which one must be told.
        names: What one of these notes has to name: a column, mostly; empty when rows are meant.
        test: A file of its own for the test rows.
        project: What else the project says.
    """

    table: Table
    says: tuple[str, ...]
    names: str = ""
    test: Table | None = None
    project: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A defect of one kind, of one severity, in one table.

    Args:
        defect: One of the fifteen.
        how: How it was planted, and how much of it.
        data: Which table.
        plant: (the table, whose lists may be changed; its target; random numbers) -> the table with the defect.
    """

    defect: str
    how: str
    data: str
    plant: Callable[[Table, str, Random], Planted]

    def planted(self, seed: int) -> Planted:
        """The table with the defect."""
        table = {name: list(cells) for name, cells in clean(self.data).items()}
        return self.plant(table, CLEAN[self.data].target, np.random.default_rng(seed))


def numbers(cells: list[str]) -> np.ndarray:
    """Cells as float64, NaN where one is none."""
    return np.asarray([float(cell) if _is_number(cell) else np.nan for cell in cells])


def texts(values: Any) -> list[str]:
    """Numbers as people write them, whole ones without a point."""
    return [f"{value:.10g}" for value in values]


def taken(table: Table, rows: Any) -> Table:
    """Some rows, in that order, repeated where they are asked for again."""
    return {name: [cells[row] for row in rows] for name, cells in table.items()}


def below(table: Table, more: Table) -> Table:
    """Two tables under each other."""
    return {name: [*cells, *more[name]] for name, cells in table.items()}


def some(random: Random, count: int, share: float) -> list[int]:
    """Numbers of a share of the rows."""
    return sorted(random.choice(count, round(share * count), replace=False).tolist())


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
