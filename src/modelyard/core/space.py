"""Where search looks for better options of a method."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Where search looks for a number among a method's options.

    Args:
        name: Of the option.
        low: The smallest.
        high: The largest.
        log: Whether it is looked for by orders of magnitude.
    """

    name: str
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """A few values of an option, which search tries."""

    name: str
    values: tuple[bool | int | float | str, ...]


Space = tuple[Range | Choice, ...]
"""Where search looks for better options; a range whose ends are whole numbers holds whole numbers."""
