"""How the cells of a column were read, as a person can check it: 1.2万 -> 12000."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelyard.core.cells import MISSING_WORDS, UNKNOWN_WORDS, VAGUE_WORDS, text_of
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Preprocess

SHOWN = 3
_LONGEST = 30
_WORDS = MISSING_WORDS | UNKNOWN_WORDS | VAGUE_WORDS
_EVERY_CELL = 1.0


@dataclass(frozen=True)
class Told:
    """One thing that reading did to cells of a column beyond taking them as they stand.

    Args:
        how: What; the end of a message `cells.how_<how>`.
        cells: How many cells of the column; about so many where `about`.
        pairs: Up to three of them, as written and as read; "" for missing.
        about: The count was taken from a sample.
    """

    how: str
    cells: int
    pairs: tuple[tuple[str, str], ...]
    about: bool = False

    def __str__(self) -> str:
        shown = ", ".join(
            written if written == read else f"{written} -> {read or text('cells.missing')}"
            for written, read in self.pairs
        )
        count = text("cells.about" if self.about else "cells.count", count=self.cells)
        return f"{shown} ({text(f'cells.how_{self.how}')}; {count})"


def tell(
    preprocess: Preprocess,
    options: Mapping[str, Any],
    cells: Array,
    counts: Mapping[Any, int],
    share: float = _EVERY_CELL,
) -> tuple[Told, ...]:
    """What reading did to the cells of a column, the most frequent first.

    Args:
        preprocess: The modality's plug-in.
        options: The column's, settled.
        cells: The whole column as given [rows].
        counts: Its sampled cells, and how often each occurs among them.
        share: Which share of the column the sample is.
    """
    sizes: defaultdict[str, float] = defaultdict(float)
    picks: dict[str, list[Any]] = {}
    words = _words(cells)
    for cell, count in (
        *((cell, count / share) for cell, count in counts.items() if cell not in words),
        *words.items(),
    ):
        how = preprocess.how(cell, options)
        if how:
            sizes[how] += count
            picks.setdefault(how, []).append(cell)
    return tuple(
        Told(how, round(size), _pairs(preprocess, options, picks[how]), share < _EVERY_CELL and how != "missing")
        for how, size in sorted(sizes.items(), key=lambda item: -item[1])
    )


def _words(cells: Array) -> Counter[str]:
    """The words for missing in a whole column: rare ones, too, are told."""
    if cells.dtype != object:
        return Counter()
    try:
        found = {
            cell for cell in {*cells.tolist()} if isinstance(cell, str) and cell.strip() in _WORDS and cell.strip()
        }
    except TypeError:  # lists cannot be members of a set
        return Counter()
    return Counter(cell for cell in cells.tolist() if cell in found) if found else Counter()


def _pairs(preprocess: Preprocess, options: Mapping[str, Any], cells: list[Any]) -> tuple[tuple[str, str], ...]:
    """The first cells with what is read of them; of cells that say the same only one."""
    shown = list({str(cell).strip(): cell for cell in cells[: 10 * SHOWN]}.values())[:SHOWN]
    column = np.empty(len(shown), object)
    column[:] = shown
    read = preprocess.parse(column, options).values
    kind = preprocess.__name__.split(".")[-2]  # type: ignore[attr-defined]
    return tuple((cut(str(cell).strip()), cut(said(value, kind))) for cell, value in zip(shown, read, strict=True))


def said(value: Any, modality: str) -> str:
    """A parsed value as a person writes it; "" for a missing one."""
    if isinstance(value, str):
        return value
    if value != value:
        return ""
    if modality == "boolean":
        return text("cells.yes" if value else "cells.no")
    if modality == "datetime":
        moment = str(np.datetime64(round(value * 1000), "ms"))
        return moment.removesuffix(".000").removesuffix("T00:00:00").replace("T", " ")
    return text_of(float(f"{value:.12g}"))


def cut(written: str) -> str:
    """A cell that fits into a line."""
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"
