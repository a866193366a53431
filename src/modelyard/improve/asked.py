"""What people are asked for: the target columns, the labels that are known, and which cells mean one of them.

A target is known by its state, however its task is called: it lists classes of which one is true (`labels`), label
sets in one column (`labels`, `listed`), one yes-or-no column per label (`labels`, several columns), or it is a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from modelyard.core import plugins
from modelyard.core.cells import text_of
from modelyard.core.errors import DataError
from modelyard.core.project import Predict, Project
from modelyard.core.protocols import Columns, State, TaskTarget
from modelyard.data.content import as_texts
from modelyard.prepare.described import with_target
from modelyard.prepare.targets import read_targets

Kind = Literal["class", "set", "flag", "number", "any"]
"""Of a cell: one label, labels in a row, yes or no, a number, or anything as long as no label is known."""
_MOST_WORDS = 100
_YES_NO = ("1", "0")


@dataclass(frozen=True)
class Asked:
    """One target column that people fill in.

    Args:
        column: Its name.
        target: Name of the target that it belongs to.
        kind: What its cells are.
        labels: Those that are known, to choose from.
        task: Who reads it; empty where nobody can yet.
        columns: All columns of the target.
        state: What reading the target left behind.
        new: Labels that the data do not have and that are welcome.
    """

    column: str
    target: str
    kind: Kind = "any"
    labels: tuple[str, ...] = ()
    task: str = ""
    columns: tuple[str, ...] = ()
    state: State = field(default_factory=dict)
    new: tuple[str, ...] = ()

    @property
    def choice(self) -> tuple[str, ...]:
        """The labels to choose from."""
        return (*self.labels, *(word for word in self.new if word not in self.labels))

    @property
    def several(self) -> bool:
        """Whether one cell may hold several labels."""
        return self.kind == "set"

    def read(self, cells: Sequence[Any]) -> list[str | None]:
        """Cells, none of them missing -> what the data will hold: labels as they spell them; None: no known label."""
        if self.kind == "any":
            return [text_of(cell) for cell in cells]
        new = {word.casefold(): word for word in self.new}
        if self.kind == "set":
            words = {word.casefold(): word for word in self.labels} | new
            return [self._set(cell, words) for cell in cells]
        return [new.get(text_of(cell).casefold(), one) for cell, one in zip(cells, self._one(cells), strict=True)]

    def _set(self, cell: Any, words: Mapping[str, str]) -> str | None:
        separator = self.state["separator"]
        found = [words.get(item.casefold()) for item in self.items(cell)]
        return separator.join(word for word in found if word is not None) if None not in found else None

    def items(self, cell: Any) -> list[str]:
        """The labels that a cell names, as it spells them."""
        if not self.several:
            return [text_of(cell)]
        separator = self.state["separator"]
        if not isinstance(cell, list | tuple | np.ndarray):
            cell = str(cell).split(separator) if separator else [cell]
        return [text_of(part) for part in cell if text_of(part)]

    def _one(self, cells: Sequence[Any]) -> list[str | None]:
        """Cells that hold one thing, read by the task."""
        target: TaskTarget = plugins.part("tasks", self.task, "target")
        given = np.fromiter(cells, object, len(cells))
        y = target.reread(dict.fromkeys(self.columns, given), self.state)
        if self.kind == "class":
            return [self.state["labels"][code] if code >= 0 else None for code in y.tolist()]
        known = ~np.isnan(y[:, self.columns.index(self.column)] if self.kind == "flag" else y)
        return [text_of(cell) if sure else None for cell, sure in zip(cells, known.tolist(), strict=True)]


def asked_of(
    project: Project, tables: Sequence[Columns], targets: Sequence[Mapping[str, Any]], new: Sequence[str] = ()
) -> tuple[Asked, ...]:
    """What a project asks people for.

    Args:
        project: The validated project.
        tables: Where labels may be known from: the first one from which every target can be read counts.
        targets: What a bundle's manifest says of each target, where there is one: counts where no table can be read.
        new: Labels that the data do not have and that are welcome.
    """
    known = {target["name"]: target for target in targets}
    for table in reversed(tables):
        known |= {target["name"]: target for target in _read(project, table)}
    columns = [
        _asked(entry, column, known.get(entry.name), tables) for entry in project.predict for column in entry.targets
    ]
    return tuple(replace(one, new=tuple(new)) for one in columns)


def _read(project: Project, table: Columns) -> list[dict[str, Any]]:
    """The targets as this table has them; none where they cannot be read from it."""
    table = with_target(project, table)
    if not all(column in table for entry in project.predict for column in entry.targets):
        return []
    try:
        targets, _ = read_targets(project, table)
    except DataError:  # no label at all yet, or one only
        return []
    return [{"name": one.name, "columns": one.columns, "task": one.task, "state": one.state} for one in targets]


def _asked(entry: Predict, column: str, known: Mapping[str, Any] | None, tables: Sequence[Columns]) -> Asked:
    if known is None:
        return Asked(column, entry.name, labels=_words(column, tables))
    state, columns = known["state"], tuple(known["columns"])
    kind, labels = _kind(state, columns), tuple(state.get("labels", ()))
    if kind == "flag":
        labels = _words(column, tables) or _YES_NO
    return Asked(column, entry.name, kind, labels, known["task"], columns, state)


def _kind(state: State, columns: tuple[str, ...]) -> Kind:
    if "labels" not in state:
        return "number"
    return "set" if state.get("listed") else "flag" if len(columns) > 1 else "class"


def _words(column: str, tables: Sequence[Columns]) -> tuple[str, ...]:
    """The distinct cells of a column, the most frequent first."""
    cells = [cell for table in tables if column in table for cell in as_texts(table[column]) if cell]
    return tuple(word for word, _ in Counter(cells).most_common(_MOST_WORDS))
