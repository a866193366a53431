"""Rows of different lengths, one after the other in memory: token ids, hashed n-grams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array

EMPTY = -1
"""Stands where a padded row has no value; a graph tells by it what is there."""


@dataclass(frozen=True, eq=False)
class Ragged:
    """Whole numbers of each row.

    Args:
        values: Those of all rows, row by row, int32 [values], each >= 0.
        starts: Where each row begins, and where the last one ends, int64 [rows + 1].
    """

    values: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Ragged:
        """From lists of numbers."""
        listed = list(rows)
        starts = np.cumsum([0, *map(len, listed)], dtype=np.int64)
        values = np.fromiter((value for row in listed for value in row), np.int32, int(starts[-1]))
        return cls(values, starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Values of each row [rows]."""
        return np.diff(self.starts)

    def __getitem__(self, rows: Array | slice) -> Ragged:
        """Some rows, by number, mask or slice."""
        numbers = np.arange(len(self))[rows]
        lengths = self.lengths[numbers]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(starts[-1]) + np.repeat(self.starts[numbers] - starts[:-1], lengths)
        return Ragged(self.values[places], starts)

    def padded(self, width: int = 0) -> NDArray[np.int64]:
        """As a matrix [rows, longest], or [rows, width] where that is more, filled up with `EMPTY`."""
        lengths = self.lengths
        longest = max(int(lengths.max(initial=0)), width, 1)
        filled = np.full((len(self), longest), EMPTY, np.int64)
        filled[np.arange(longest) < lengths[:, None]] = self.values
        return filled

    def windows(self, size: int) -> NDArray[np.int64]:
        """As windows [rows, most windows, longest window], filled up with `EMPTY`.

        Args:
            size: Values in every window of a row but the last, which may be shorter.
        """
        longest = int(self.lengths.max(initial=0))
        if longest <= size:
            return self.padded()[:, None, :]
        count = -(-longest // size)
        return self.padded(count * size).reshape(len(self), count, size)
