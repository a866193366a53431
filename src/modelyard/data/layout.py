"""How a file is laid out: what somebody says of it, and what was found out and done while it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Remark = tuple[str, dict[str, Any], bool]
"""Message key, what it is filled with, and whether it may spoil the results."""

_PLAIN_TEXT = ("UTF-8", "UTF-8 (BOM)")
_SHOWN = 80  # characters of a line that was left out


@dataclass(frozen=True)
class Hints:
    """What somebody says of a file; what is None is found out.

    Args:
        encoding: Of a text file, as Python names it.
        separator: Between the cells of a text file: one character.
        quote: Around cells that hold a separator; "none" where quotes are part of the text.
        header: Line of the names, several lines, or "none".
        sheet: Sheet of an Excel file.
        query: SELECT, or name of a table, of a database.
        totals: Keep the lines that only sum up or explain the others.
        names: Columns that are expected: the line of names, and the sheet, are where they stand.
        usual: What was said of earlier files of the kind, by the names above: holds where a file does not show of
            itself that it is laid out otherwise.
    """

    encoding: str | None = None
    separator: str | None = None
    quote: Literal['"', "'", "none"] | None = None
    header: int | Sequence[int] | Literal["none"] | None = None
    sheet: str | None = None
    query: str | None = None
    totals: bool = False
    names: tuple[str, ...] = ()
    usual: Mapping[str, Any] = field(default_factory=dict)


PLAIN = Hints()
"""Nothing is said: everything is found out."""


@dataclass
class Layout:
    """How one file was read; it grows while the file is read.

    Args:
        file: How messages call it.
        encoding: Of a text file, as people call it.
        separator: Between the cells of a text file.
        sheet: Of an Excel file.
        sheets: The other visible sheets.
        header: Lines of the names, counted from 1; none when the names were made up.
        remarks: What was left out, filled in or guessed.
    """

    file: str
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header: tuple[int, ...] = ()
    remarks: list[Remark] = field(default_factory=list)

    def say(self, key: str, /, loud: bool = False, **values: Any) -> None:
        """Add a remark; its message may speak of the `file`."""
        self.remarks.append((key, values, loud))

    def notes(self) -> Iterator[Remark]:
        """Everything worth telling; nothing of a file that is as plain as files should be."""
        header = ", ".join(map(str, self.header)) or "-"
        told = bool(self.remarks) or self.header != (1,)
        if self.encoding and (told or self.encoding not in _PLAIN_TEXT or self.separator not in (",", "\t")):
            values = {"encoding": self.encoding, "separator": shown(self.separator), "header": header}
            yield "data.note_text", values, False
        if self.sheet and (told or self.sheets):
            values = {"sheet": self.sheet, "header": header, "others": ", ".join(self.sheets) or "-"}
            yield "data.note_sheet", values, False
        yield from self.remarks


def notes(layouts: Sequence[Layout]) -> list[Remark]:
    """What is worth telling about files; what is the same in several of them is told once, the loud remarks first."""
    told: dict[str, tuple[Remark, list[str]]] = {}
    for layout in layouts:
        for key, values, loud in layout.notes():
            told.setdefault(f"{key} {values}", ((key, values, loud), []))[1].append(layout.file)
    found = [
        (key, {"file": files[0] + (f" … ({len(files)})" if len(files) > 1 else ""), **values}, loud)
        for (key, values, loud), files in told.values()
    ]
    return sorted(found, key=lambda remark: not remark[2])


def excerpt(cells: Sequence[Any]) -> str:
    """What a line says, shortened."""
    said = " ".join(" ".join(str(cell).split()) for cell in cells if cell is not None and str(cell).strip())
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"


def shown(separator: str) -> str:
    """A separator that can be seen."""
    return {"\t": "tab", " ": "space", "": "-"}.get(separator, separator)
