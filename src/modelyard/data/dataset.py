"""The prepared rows: what `prepare` leaves behind, and training, packaging and evaluation read.

rows.arrow     parsed columns, keys and targets as texts, y arrays, part and number of each row; memory-mapped when read
dataset.json   columns with their roles and reasons, states, targets, notes, fingerprints

Both are the same bytes whenever the same rows are prepared in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from modelyard.core import plugins
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Columns, Feature, Floats, Preprocess, State, Texts
from modelyard.core.schema import Column
from modelyard.data.content import chunks
from modelyard.data.formats import arrow_cells
from modelyard.data.sources import refuse, require

TRAIN, VALID, TEST = 0, 1, 2
Part = Literal["train", "valid", "test"]
PARTS: tuple[Part, ...] = ("train", "valid", "test")

_SIGNS: dict[str, Literal[-1, 0, 1]] = {"": 0, "up": 1, "down": -1}
Level = Literal["note", "warn", "block"]
MeasuredOn = Literal["test", "folds", "training", "none"]

TEXT = "text"
"""The modality whose values methods may read as they are."""
ROWS, MANIFEST, FORMAT = "rows.arrow", "dataset.json", 2


@dataclass(frozen=True)
class Note:
    """Something worth knowing about the data, in any language.

    Args:
        key: Message, e.g. `prepare.note_constant`.
        values: What it is filled with.
        level: `note`; `warn`: it may spoil the results, and is printed first; `block`: every number would be worthless,
            and a run refuses it.
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    level: Level = "note"

    @property
    def loud(self) -> bool:
        """Whether it may spoil the results."""
        return self.level != "note"

    def __str__(self) -> str:
        return text(self.key, **self.values)


@dataclass(frozen=True)
class DatasetTarget:
    """What is predicted.

    Args:
        name: The column, or the columns joined by "+".
        columns: The target columns.
        task: Name of the plug-in.
        options: Its options, every default filled in.
        state: What reading the target left behind.
    """

    name: str
    columns: tuple[str, ...]
    task: str
    options: dict[str, Any]
    state: State


@dataclass(frozen=True, eq=False)
class Dataset:
    """One table, read, split and fitted.

    Args:
        columns: All columns of the table, with roles and reasons.
        states: Input column -> what its modality learnt from the training rows.
        targets: What is predicted.
        notes: What was found and done.
        measured_on: Where the numbers of a report come from: `test`, rows that are kept apart until the end; `folds`,
            all rows, each by models that were trained without it; `training`, where all rows are trained on, so that
            nothing can be measured; or `none`, where labels are too few even for that.
        taught: Whether there are labels to learn from; without, classes are described in words.
        fingerprint: Identity of rows, columns, split and states, whatever file format the rows came from.
        test_fingerprint: Identity of the test rows, whatever their order.
        values: Column -> parsed values of inputs and protected columns; texts of keys and targets [rows].
        ys: Target -> y, as its task reads it [rows] or [rows, labels].
        parts: Part of each row, int8 [rows]: `TRAIN`, `VALID` or `TEST`; all `TRAIN` when no test part is kept.
        units: Rows of one unit have the same number, int64 [rows]: they never stand on both sides of a fold.
        weights: How much each row counts, float64 [rows], 1 on average over the training rows.
        numbers: Number of each row in what was read, counted from 0, int64 [rows], rising; some may have been left out.
    """

    columns: tuple[Column, ...]
    states: dict[str, State]
    targets: tuple[DatasetTarget, ...]
    notes: tuple[Note, ...]
    measured_on: MeasuredOn
    taught: bool
    fingerprint: str
    test_fingerprint: str
    values: Mapping[str, Array]
    ys: Mapping[str, Array]
    parts: NDArray[np.int8]
    units: NDArray[np.int64]
    weights: NDArray[np.float64]
    numbers: NDArray[np.int64]

    @property
    def held_out(self) -> bool:
        """Whether test rows are kept apart; if not, every part is all rows."""
        return self.measured_on == "test"

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that a model looks at, in the order of the table."""
        return tuple(column for column in self.columns if column.role == "input")

    @property
    def text_columns(self) -> tuple[Column, ...]:
        """The inputs that are texts."""
        return tuple(column for column in self.inputs if column.modality == TEXT)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that say which row it is."""
        return tuple(column.name for column in self.columns if column.role == "key")

    @property
    def protected(self) -> tuple[str, ...]:
        """Names of the columns that are never an input and always a slice."""
        return tuple(column.name for column in self.columns if column.role == "protected")

    @property
    def modalities(self) -> dict[str, tuple[Column, ...]]:
        """Modality -> its input columns; modalities in the order in which they first appear: the order of blocks."""
        grouped: dict[str, tuple[Column, ...]] = {}
        for column in self.inputs:
            grouped[column.modality] = (*grouped.get(column.modality, ()), column)
        return grouped

    def rows(self, part: Part) -> NDArray[np.int64]:
        """Row numbers of a part, rising."""
        if not self.held_out:
            return np.arange(len(self.parts))
        return np.flatnonzero(self.parts == PARTS.index(part))

    def y(self, target: str, rows: Array) -> Array:
        """The target of some rows, as its task reads it."""
        return self.ys[target][rows]

    def cells(self, rows: Array) -> Columns:
        """Every input, key, protected and target column of some rows, as a user would send them."""
        return {
            column.name: _as_sent(self.values[column.name][rows], column.modality)
            for column in self.columns
            if column.name in self.values
        }

    def blocks(self, rows: Array) -> dict[str, Array]:
        """Modality -> its block of some rows: what the graph takes as the input of that name."""
        return self._blocks({column.name: self.values[column.name][rows] for column in self.inputs})

    def texts(self, rows: Array) -> Texts:
        """The texts of some rows."""
        return {column.name: self.values[column.name][rows] for column in self.text_columns}

    def parsed(self, table: Columns) -> Columns:
        """The inputs of rows as a user sends them, parsed."""
        return {
            column.name: _preprocess(column.modality).parse(table[column.name], column.options).values
            for column in self.inputs
        }

    def blocks_of(self, parsed: Columns) -> dict[str, Array]:
        """Modality -> block of parsed rows."""
        return self._blocks(parsed)

    def texts_of(self, parsed: Columns) -> Texts:
        """The texts of parsed rows."""
        return {column.name: parsed[column.name] for column in self.text_columns}

    def features(self, view: str) -> tuple[Feature, ...]:
        """What the columns of a view are, and which way the answer may go with each."""
        ways = {column.name: _SIGNS[column.monotone] for column in self.inputs if column.monotone}
        return tuple(
            _following(feature, ways.get(feature.column, 0))
            for modality, columns in self.modalities.items()
            for feature in _preprocess(modality).features(
                view, [column.name for column in columns], self._states(columns)
            )
        )

    def view(self, name: str, rows: Array) -> tuple[Floats, tuple[Feature, ...]]:
        """A view of some rows, float32 [rows, features], and what its columns are; blocks are made piece by piece."""
        features = self.features(name)
        filled = np.empty((len(rows), len(features)), np.float32)
        values = {column.name: self.values[column.name] for column in self.inputs}
        for chunk in chunks(len(rows), len(features)):
            blocks = self._blocks({column: cells[rows[chunk]] for column, cells in values.items()})
            filled[chunk] = self.view_of(name, blocks)
        return filled, features

    def view_of(self, name: str, blocks: Mapping[str, Array]) -> Floats:
        """Blocks -> a view, float32 [rows, features], contiguous."""
        pieces = [
            _preprocess(modality).view(name, blocks[modality], self._states(columns))
            for modality, columns in self.modalities.items()
        ]
        return np.concatenate(pieces, axis=1, dtype=np.float32)

    def write(self, folder: Path) -> None:
        """Write `rows.arrow` and `dataset.json`."""
        arrow = require("pyarrow", str(folder))
        columns = {f"cell:{name}": _to_arrow(arrow, values) for name, values in self.values.items()}
        columns |= {f"y:{target.name}": _to_arrow(arrow, self.ys[target.name]) for target in self.targets}
        rows = {name: _to_arrow(arrow, getattr(self, f"{name}s")) for name in ("part", "unit", "weight", "number")}
        batch = arrow.record_batch({**columns, **rows})
        with arrow.OSFile(str(folder / ROWS), "wb") as sink, arrow.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        described = {
            "format": FORMAT,
            "columns": [column.to_json() for column in self.columns],
            "states": self.states,
            "targets": [asdict(target) for target in self.targets],
            "notes": [asdict(note) for note in self.notes],
            "measured_on": self.measured_on,
            "taught": self.taught,
            "fingerprint": self.fingerprint,
            "test_fingerprint": self.test_fingerprint,
        }
        (folder / MANIFEST).write_text(json.dumps(described, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Read what `write` wrote; columns are taken from the file when they are used.

        Raises:
            DataError: There is none, or one of another version.
        """
        if not (folder / MANIFEST).is_file():
            refuse(str(folder), "data.got_no_dataset", "data.expected_dataset")
        described = json.loads((folder / MANIFEST).read_text("utf-8"))
        if described.get("format") != FORMAT:
            refuse(str(folder), "data.got_other_dataset", "data.expected_dataset", format=described.get("format"))
        arrow = require("pyarrow", str(folder))
        table = arrow.ipc.open_file(arrow.memory_map(str(folder / ROWS))).read_all()
        stored = _Stored(table, "")
        targets = (DatasetTarget(**{**target, "columns": tuple(target["columns"])}) for target in described["targets"])
        return cls(
            columns=tuple(Column.from_json(column) for column in described["columns"]),
            states=described["states"],
            targets=tuple(targets),
            notes=tuple(Note(**note) for note in described["notes"]),
            measured_on=described["measured_on"],
            taught=described["taught"],
            fingerprint=described["fingerprint"],
            test_fingerprint=described["test_fingerprint"],
            values=_Stored(table, "cell:"),
            ys=_Stored(table, "y:"),
            parts=stored["part"],
            units=stored["unit"],
            weights=stored["weight"],
            numbers=stored.get("number", np.arange(table.num_rows)),
        )

    def _blocks(self, parsed: Columns) -> dict[str, Array]:
        return {
            modality: _preprocess(modality).block([parsed[column.name] for column in columns], self._states(columns))
            for modality, columns in self.modalities.items()
        }

    def _states(self, columns: tuple[Column, ...]) -> list[State]:
        return [self.states[column.name] for column in columns]


def pretrained(columns: Sequence[Column]) -> list[Column]:
    """The text columns that name a pre-trained encoder: a checkpoint, not a small network of our own."""
    own = set(plugins.names("backbones"))
    return [column for column in columns if column.options.get("encoder") not in {None, *own}]


class _Stored(Mapping[str, Array]):
    """The columns of an Arrow table whose names begin with `prefix`: numbers without a copy, texts when asked for."""

    def __init__(self, table: Any, prefix: str) -> None:
        self._table = table
        self._prefix = prefix
        names = (name.removeprefix(prefix) for name in table.column_names if name.startswith(prefix))
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        column = self._table.column(self._prefix + name).chunk(0)
        width = getattr(column.type, "list_size", 0)
        return arrow_cells(column.flatten()).reshape(-1, width) if width else arrow_cells(column)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _following(feature: Feature, way: Literal[-1, 0, 1]) -> Feature:
    """A feature with the way that the answer may go with its column; whether the cell is missing has none."""
    return feature if not way or feature.name == f"{feature.column}[missing]" else replace(feature, monotone=way)


def _preprocess(modality: str) -> Preprocess:
    module: Preprocess = plugins.part("modalities", modality, "preprocess")
    return module


def _to_arrow(arrow: Any, values: Array) -> Any:
    """An array as Arrow: texts as a dictionary in order of appearance, [rows, labels] as lists of fixed size."""
    if values.ndim == 2:
        return arrow.FixedSizeListArray.from_arrays(arrow.array(values.ravel()), values.shape[1])
    if values.dtype != object:
        return arrow.array(values)
    words: dict[str, int] = {}
    codes = np.fromiter((words.setdefault(cell, len(words)) for cell in values), np.int32, len(values))
    return arrow.DictionaryArray.from_arrays(arrow.array(codes), arrow.array(list(words), arrow.large_string()))


def _as_sent(values: Array, modality: str) -> Array:
    """Parsed values as cells; a bare number of seconds would not be recognised as a time."""
    if modality != "datetime" or values.dtype.kind != "f":
        return values
    sent = np.full(len(values), "NaT", "datetime64[ms]")
    known = np.isfinite(values)
    sent[known] = np.round(values[known] * 1000).astype(np.int64).astype("datetime64[ms]")
    return sent
