"""One oddity: how it is written down, and what a person reads."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

ROWS = 120
GAP_EVERY = 9  # rows between two missing words

Draw = Callable[[random.Random], Any]
Write = Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """One oddity.

    Args:
        name: What it is called in the results.
        file: Name of the file that it is written to.
        columns: Header -> cells as written; the target `y` is added by whoever writes the file.
        kinds: Header -> what a person takes the column for: one or several of number, category, boolean, datetime, and
            `id` for a column that only names its rows.
        values: Header -> what a person reads in each row: a number, a level, True or False, seconds since 1970 UTC, or
            None for a missing cell; None for the whole column where only its kind counts.
        content: The bytes of the file where its layout is the oddity; else it is written from `columns`.
        reported: A person would ask back: right only if the notes name the column as well.
        target: The column that is predicted.
    """

    name: str
    file: str
    columns: dict[str, list[Any]]
    kinds: dict[str, tuple[str, ...]]
    values: dict[str, list[Any] | None]
    content: bytes | None = None
    reported: bool = False
    target: str = "y"


def column(  # noqa: PLR0913 - a case is one line of a table
    name: str,
    kinds: str | tuple[str, ...],
    draw: Draw,
    write: Write = str,
    read: Write | None = None,
    *,
    header: str = "取值",
    missing: Sequence[Any] = (),
    others: Sequence[tuple[Any, Any]] = (),
    file: str = "table.csv",
    reported: bool = False,
    exact: bool = True,
) -> Case:
    """A case of one column, drawn with the case's name as the seed.

    Args:
        draw: Draws what a person means.
        write: Spells it.
        read: What a person reads of it; what was drawn by default.
        header: The column's name.
        missing: Words that stand in every ninth row and mean nothing.
        others: Cells, with what they are read as, that stand in the last rows.
        file: Decides the format.
        reported: See `Case`.
        exact: What is read of each cell counts, not the kind alone.
    """
    seeded = random.Random(name)
    meant = [draw(seeded) for _ in range(ROWS)]
    cells = [write(value) for value in meant]
    values = [value if read is None else read(value) for value in meant]
    for number, row in enumerate(range(0, ROWS - len(others), GAP_EVERY)):
        if missing:
            cells[row], values[row] = missing[number % len(missing)], None
    for row, (cell, value) in enumerate(others, ROWS - len(others)):
        cells[row], values[row] = cell, value
    wanted = (kinds,) if isinstance(kinds, str) else kinds
    read_of_it = values if exact and wanted != ("id",) else None
    return Case(name, file, {header: cells}, {header: wanted}, {header: read_of_it}, reported=reported)


def whole(low: int, high: int, step: int = 1) -> Draw:
    """A whole number."""
    return lambda seeded: seeded.randrange(low, high, step)


def money(low: float, high: float) -> Draw:
    """An amount with two digits after the point."""
    return lambda seeded: round(seeded.uniform(low, high), 2)


def one_of(*choices: Any) -> Draw:
    """One of some levels."""
    return lambda seeded: seeded.choice(choices)


def swapped(written: str) -> str:
    """1,234.5 -> 1.234,5"""
    return written.translate(str.maketrans(",.", ".,"))


def full_width(written: Any) -> str:
    """12.5% -> １２．５％"""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in str(written))


def indian(amount: int) -> str:
    """1234567 -> 12,34,567"""
    head, tail = divmod(amount, 1000)
    groups = [f"{tail:03}"] if head else [str(tail)]
    while head:
        head, group = divmod(head, 100)
        groups.insert(0, f"{group:02}" if head else str(group))
    return ",".join(groups)


def chinese(number: int, digits: str = "零一二三四五六七八九", places: str = "十百千", wan: str = "万") -> str:
    """3500 -> 三千五百, as people write it, up to 99,999,999."""
    if number >= 10_000:
        head, rest = divmod(number, 10_000)
        between = digits[0] if 0 < rest < 1000 else ""
        return chinese(head, digits, places, wan) + wan + (between + chinese(rest, digits, places, wan) if rest else "")
    written, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            written += (digits[0] if gap and written else "") + digits[digit] + (places[place - 1] if place else "")
        gap = not digit
    return written or digits[0]
