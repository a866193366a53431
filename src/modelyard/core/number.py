"""A measured number, and how it is read by people: as many digits as its interval supports.

interval_words(Number(0.79124, 0.73812, 0.84533, 200))   -> "0.791 (0.738 to 0.845)"
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from modelyard.core.messages import text

TINY, HUGE = 1e-5, 1e15  # outside of these, digits after the point tell nothing


@dataclass(frozen=True)
class Number:
    """A measured number.

    Args:
        value: The estimate; None where it is not defined.
        low: Lower end of its interval; None where there is none.
        high: Upper end.
        n: Rows (or calls) that it rests on.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0

    @classmethod
    def of(cls, value: float, low: float = math.nan, high: float = math.nan, n: int = 0) -> Number:
        """From floats, of which NaN and infinities become None."""
        ends = [float(end) if math.isfinite(end) else None for end in (value, low, high)]
        return cls(ends[0], ends[1], ends[2], int(n))

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, or None when there is no interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def decimals(number: Number) -> int:
    """Digits after the point that its interval supports: two significant ones of the half width."""
    if number.value is None or number.interval is None or number.interval[0] == number.interval[1]:
        return _plain_decimals(number.value or 0.0)
    half = (number.interval[1] - number.interval[0]) / 2
    return min(9, max(0, 1 - math.floor(math.log10(half) + 1e-9)))


def figure(value: float | None, places: int | None = None) -> str:
    """A number as people read it: `0.791`, `12,345`, `1.2e-07`; undefined ones in words."""
    if value is None:
        return text("report.undefined")
    if value and not TINY <= abs(value) < HUGE:
        return "0" if places == 0 and abs(value) < TINY else f"{value:.3g}"
    return f"{value:z,.{_plain_decimals(value) if places is None else places}f}"


def interval_words(number: Number, signed: bool = False) -> str:
    """`0.791 (0.738 to 0.845)`; with `signed` the estimate carries a plus."""
    places = decimals(number)
    value = figure(number.value, None if number.value is None else places)
    if signed and number.value is not None and number.value > 0:
        value = f"+{value}"
    if number.interval is None:
        return value
    low, high = number.interval
    return text("report.interval", value=value, low=figure(low, places), high=figure(high, places))


def range_words(number: Number) -> str:
    """`0.738 to 0.845`: the interval alone; nothing when there is none."""
    if number.interval is None:
        return ""
    low, high = (figure(end, decimals(number)) for end in number.interval)
    return text("report.range", low=low, high=high)


def columns_wide(written: str) -> int:
    """Columns that a string takes in a terminal: Chinese, Japanese and Korean characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in written)


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as indented lines, columns under each other."""
    widths = [max(map(columns_wide, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (cell + " " * (width - columns_wide(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


def _plain_decimals(value: float) -> int:
    """Digits after the point for four significant ones; none for whole numbers."""
    if value == int(value) and value:
        return 0
    return 3 if not value else max(0, 3 - math.floor(math.log10(abs(value))))
