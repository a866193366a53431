"""What sections of the report are made of: words, tables and drawings, whatever they are rendered to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Args:
        words: What it says.
        note: Said smaller below.
        drawing: SVG markup after the words.
        kind: Style class.
        shade: Strength of the background in a heat table, 0 to 1.
    """

    words: str
    note: str = ""
    drawing: str = ""
    kind: str = ""
    shade: float = 0.0


@dataclass(frozen=True)
class Table:
    """Rows under a head; the first cell of a row names it. `kind` is a style class: "", "facts", "heat", "half"
    (with small type, beside a drawing) or "spare" (the page leaves it out, as a drawing there says the same)."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: str = ""


@dataclass(frozen=True)
class Words:
    """A paragraph; `kind` is a style class: "note" or "strong"."""

    words: str
    kind: str = ""


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Commands:
    """Commands that can be pasted, each with what it is good for."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drawing:
    """SVG markup; what it shows stands in a table too, or is beyond words. The next `beside` blocks go at its side."""

    svg: str
    beside: int = 0


Block = Words | Items | Table | Commands | Drawing
