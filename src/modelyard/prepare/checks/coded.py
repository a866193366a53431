"""What the checks look at: a sample of rows, every column of them as small whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles
from modelyard.prepare.infer import Reading
from modelyard.prepare.survey import Survey

LOOKED = 50_000
"""Rows that are looked at; of more, as many at random, in the order of the table."""
BINS = 32
DISTINCT = 64
"""A column of numbers with no more values than this has a code per value; others have `BINS` of about equal size."""

Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class CodedColumn:
    """One column of the rows that are looked at.

    Args:
        reading: The whole column.
        values: Parsed values [looked].
        codes: int32 [looked]: 0 for a missing cell, then a code per category, per number or per bin of numbers.
        size: Codes there are, 0 included.
    """

    reading: Reading
    values: Array
    codes: Codes
    size: int

    @property
    def name(self) -> str:
        """The column's name."""
        return self.reading.column.name

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers: amounts, dates, yes or no."""
        return self.values.dtype.kind == "f"

    @property
    def numbers(self) -> Doubles | None:
        """What of the column can be counted, float64 [looked]: its numbers, or how long its texts are."""
        if self.reading.column.modality != "text":
            return self.values if self.is_number else None
        lengths = np.fromiter(map(len, self.values), np.float64, len(self.values))
        return np.where(lengths > 0, lengths, np.nan)


@dataclass(frozen=True, eq=False)
class Coded:
    """The rows that are looked at.

    Args:
        survey: What is known of the whole table.
        rows: Their numbers, rising, int64 [looked].
        columns: The inputs.
    """

    survey: Survey
    rows: NDArray[np.int64]
    columns: tuple[CodedColumn, ...]

    @property
    def parts(self) -> NDArray[np.int8]:
        """Part of each row that is looked at."""
        return self.survey.parts[self.rows]

    def targets(self) -> Iterator[tuple[str, Array]]:
        """Name and y [looked] of each target, label by label: int codes (-1: missing or outside) or float64 (NaN)."""
        for target in self.survey.targets:
            y = self.survey.ys[target.name][self.rows]
            if y.ndim == 1:
                yield target.name, np.maximum(y, -1) if y.dtype.kind == "i" else y
            else:
                known = np.isfinite(y)
                codes = np.where(known, y, -1).astype(np.int64)
                yield from ((name, codes[:, number]) for number, name in enumerate(target.state["labels"]))


def look(survey: Survey, seed: int = 0) -> Coded:
    """The rows that are looked at, with every input as codes.

    Args:
        survey: What is known of the table.
        seed: For the sample.
    """
    count = len(survey.parts)
    rows = np.arange(count)
    if count > LOOKED:
        rows = np.sort(np.random.default_rng(seed).choice(count, LOOKED, replace=False))
    inputs = [one for one in survey.readings if one.column.role == "input" and one.values is not None]
    return Coded(survey, rows, tuple(_column(one, rows) for one in inputs))


def known(y: Array) -> NDArray[np.bool_]:
    """Boolean [rows]: where a target has a value."""
    return np.isfinite(y) if y.dtype.kind == "f" else y >= 0


def bins(values: Doubles, count: int = BINS) -> tuple[Codes, int]:
    """Numbers as codes: 0 for NaN, then 1, 2, ... in their order, and how many codes there are."""
    codes = np.zeros(len(values), np.int32)
    there = np.isfinite(values)
    finite = values[there]
    if not len(finite):
        return codes, 1
    levels = np.unique(finite)
    if len(levels) > DISTINCT:
        levels = np.unique(np.quantile(finite, np.linspace(0, 1, count + 1)[1:-1], method="lower"))
    codes[there] = 1 + np.searchsorted(levels, finite, "left")
    return codes, int(codes.max()) + 1


def _column(reading: Reading, rows: NDArray[np.int64]) -> CodedColumn:
    values = reading.values[rows] if reading.values is not None else np.empty(0)
    if values.dtype.kind in "fiub":
        values = values.astype(np.float64)
        return CodedColumn(reading, values, *bins(values))
    numbers: dict[str, int] = {"": 0}
    codes = np.fromiter((numbers.setdefault(str(cell), len(numbers)) for cell in values), np.int32, len(values))
    return CodedColumn(reading, values, codes, len(numbers))
