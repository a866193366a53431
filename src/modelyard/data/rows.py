"""The rows of a table, once it is known where it lies: what is no row is left out and told, none is lost silently."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

from modelyard.data import shape
from modelyard.data.layout import Hints, Layout, excerpt
from modelyard.data.shape import Cells, Line, Shape

_HELD = 12  # lines that are held back: below the last row of a table stand totals and remarks
_SHOWN = 3

Fit = Callable[[int, Cells], Cells]
"""Line number and its cells -> as many cells as the table is wide; raises when it cannot be told which."""


@dataclass
class _Lines:
    """Lines that wait, as two lists: a hundred thousand pairs would keep Python's garbage collector busy."""

    numbers: list[int] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)

    def add(self, lines: Iterator[Line]) -> None:
        """Wait for these as well."""
        for number, cells in lines:
            self.numbers.append(number)
            self.cells.append(cells)

    def take(self, count: int) -> _Lines:
        """The first lines, which wait no longer: two batches at once would take twice the memory."""
        taken = _Lines(self.numbers[:count], self.cells[:count])
        del self.numbers[:count], self.cells[:count]
        return taken


@dataclass
class _LeftOut:
    """What was left out, to be told when the reading ends."""

    sums: list[Line] = field(default_factory=list)
    ending: list[Line] = field(default_factory=list)
    others: list[Line] = field(default_factory=list)
    headers: int = 0

    def tell(self, layout: Layout) -> None:
        if self.sums:
            layout.say("data.note_sums", loud=True, **_described(self.sums))
        if self.headers:
            layout.say("data.note_headers", count=self.headers)
        if self.others:
            layout.say("data.note_other_table", loud=True, **_described(self.others))
        if self.ending:
            layout.say("data.note_ending", loud=True, **_described(self.ending))


def batches(
    lines: Iterator[Line], size: int, found: Shape, fit: Fit, hints: Hints, layout: Layout
) -> Iterator[list[Cells]]:
    """The rows, up to so many at a time.

    Args:
        lines: Those below the names; blank ones are left out already.
        size: The most rows of one batch.
        found: Where the table lies.
        fit: Makes a line as wide as the table.
        hints: What somebody says of it.
        layout: Is told what was left out.
    """
    left, waiting, first = _LeftOut(), _Lines(), True
    try:
        while True:
            waiting.add(islice(lines, size + _HELD - len(waiting.cells)))
            if len(waiting.cells) < size + _HELD:
                break
            yield _rows(waiting.take(size), found, fit, hints, left)
            first = False
        if not hints.totals:
            _cut_ending(waiting, found, left, keep=first)
        while waiting.cells:
            yield _rows(waiting.take(size), found, fit, hints, left)
    finally:
        left.tell(layout)


def _rows(lines: _Lines, found: Shape, fit: Fit, hints: Hints, left: _LeftOut) -> list[Cells]:
    """Lines as rows of one width, without those that are none."""
    firsts = {cells[0] for cells in lines.cells}
    if (found.head and found.head[0] in firsts) or any(map(shape.may_sum_up, firsts)):
        lines = _without_others(lines, found, hints, left)
    left.others += _names_again(lines, found)
    if {*map(len, lines.cells)} <= {found.width}:
        return lines.cells
    pairs = zip(lines.numbers, lines.cells, strict=True)
    return [cells if len(cells) == found.width else fit(number, cells) for number, cells in pairs]


def _without_others(lines: _Lines, found: Shape, hints: Hints, left: _LeftOut) -> _Lines:
    """Lines without those that repeat the names or only sum up others."""
    kept = _Lines()
    for line in zip(lines.numbers, lines.cells, strict=True):
        if found.head and tuple(line[1][: len(found.head)]) == found.head:
            left.headers += 1
        elif not hints.totals and shape.sums_up(line[1]):
            left.sums.append(line)
        else:
            kept.add(iter([line]))
    return kept


def _names_again(lines: _Lines, found: Shape) -> list[Line]:
    """Lines that look like the names of another table: below a gap, texts over most columns of numbers and dates."""
    if not lines.numbers or lines.numbers[-1] - lines.numbers[0] < len(lines.numbers):
        return []
    typed = [place for place, kind in zip(found.places, found.kinds, strict=True) if kind in shape.TYPED]
    others: list[Line] = []
    for before, line in pairwise(zip(lines.numbers, lines.cells, strict=True)):
        if line[0] - before[0] > 1 + _breaks(before[1]):
            texts = sum(shape.kind(line[1][place]) == "text" for place in typed if place < len(line[1]))
            others += [line] if texts > 1 and 2 * texts >= len(typed) else []
    return others


def _cut_ending(lines: _Lines, found: Shape, left: _LeftOut, keep: bool) -> None:
    """Take away the last lines that explain or sum up the table; one row stays in any case."""
    while len(lines.cells) > keep:
        number, cells = lines.numbers[-1], lines.cells[-1]
        gap = len(lines.cells) > 1 and number - lines.numbers[-2] > 1 + _breaks(lines.cells[-2])
        if not shape.explains(cells, len(found.places), gap):
            break
        left.ending.insert(0, (lines.numbers.pop(), lines.cells.pop()))


def _breaks(cells: Cells) -> int:
    """Line ends inside the cells of a record."""
    return sum(cell.count("\n") for cell in cells if isinstance(cell, str))


def _described(lines: Sequence[Line]) -> dict[str, Any]:
    numbers = ", ".join(str(number) for number, _ in lines[:_SHOWN]) + (" …" if lines[_SHOWN:] else "")
    texts = " | ".join(excerpt(cells) for _, cells in lines[:_SHOWN])
    return {"count": len(lines), "lines": numbers, "shown": texts}
