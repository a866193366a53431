"""Label sets: cells -> float64 [rows, labels] of 0, 1 and NaN.

Either every label has a yes-or-no column of its own, or one column lists the labels of each row ("sport;finance", or
lists). An empty cell of a listing column is missing; a row without labels is an empty list.
`state` is {"labels": [...], "listed": whether one column lists them, "separator"}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, plugins
from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.protocols import Array, Doubles, Floats, Parsed, Preprocess, Sample, State, Target
from modelyard.tasks.multilabel.options import Options

MANY = 20
"""More labels than this, and than half of the rows: the column names its rows rather than labels."""
_UNKNOWN = frozenset({""})
_SHOWN = 5


def claim(samples: Sequence[Sample]) -> float:
    """High for several columns that all read as yes and no, and for one column of lists."""
    if len(samples) == 1:
        return 0.9 if len(samples[0].values) and all(_is_list(cell) for cell in samples[0].values) else 0.0
    return 0.9 if samples and not any(len(_flags(sample.values).bad) for sample in samples) else 0.0


def read(columns: Mapping[str, Array], options: Mapping[str, Any]) -> Target:
    """Cells -> 0, 1 and NaN [rows, labels].

    Raises:
        DataError: A cell that is neither yes nor no, a column without a known cell, labels that never vary, nearly as
            many labels as rows, or a separator beside several columns, which hold one label each.
    """
    separator = Options.model_validate(dict(options)).separator
    if len(columns) == 1:
        return _read_listed(*next(iter(columns.items())), separator)
    if separator != Options().separator:
        got, expected = text("tasks.got_separator", separator=separator), text("tasks.expected_no_separator")
        raise DataError(_mistake(", ".join(columns), got, expected, ""))
    state = {"labels": list(columns), "listed": False, "separator": separator}
    parsed = {name: _flags(values) for name, values in columns.items()}
    mistakes = [mistake for name in columns for mistake in _column_mistakes(name, columns[name], parsed[name])]
    if mistakes:
        raise DataError(mistakes)
    y = np.stack([flags.values for flags in parsed.values()], axis=1)
    _check_varies(", ".join(columns), y)
    return Target(y, state)


def reread(columns: Mapping[str, Array], state: State) -> Doubles:
    """Labels of a later file; labels never seen are left out, cells that cannot be read are NaN."""
    if state["listed"]:
        (values,) = columns.values()
        return _matrix(_sets(values, state["separator"]), state["labels"])
    return np.stack([_flags(columns[label]).values for label in state["labels"]], axis=1)


def fit(y: Array, state: State) -> State:
    """Nothing is learnt from the training rows."""
    return dict(state)


def encode(y: Array, state: State) -> Floats:
    """0, 1 and NaN, float32 [rows, labels]."""
    return y.astype(np.float32)


def known(y: Array, state: State | None = None) -> NDArray[np.bool_]:
    """Rows with at least one known label."""
    return np.asarray((~np.isnan(y)).any(axis=1))


def width(state: State) -> int:
    """One logit per label."""
    return len(state["labels"])


def _read_listed(name: str, values: Array, separator: str) -> Target:
    sets = _sets(values, separator)
    rows = [labels for labels in sets if labels is not _UNKNOWN]
    labels = sorted({label for row in rows for label in row})
    if not rows:
        raise DataError(_all_missing(name))
    if len(labels) > max(MANY, len(rows) / 2):
        got = text("tasks.many_labels", count=len(labels), rows=len(rows))
        raise DataError(_mistake(name, got, text("tasks.expected_few_labels"), text("tasks.fix_separator")))
    y = _matrix(sets, labels)
    _check_varies(name, y)
    return Target(y, {"labels": labels, "listed": True, "separator": separator})


def _sets(values: Array, separator: str) -> list[frozenset[str]]:
    """The labels of each row; `_UNKNOWN` for a missing cell."""

    def one(cell: Any) -> frozenset[str]:
        if isinstance(cell, str):
            return _labels(cell.split(separator) if separator else [cell])
        return _labels(cell if _is_list(cell) else [cell])

    return cells.read(values, cells.MISSING_WORDS, one, _UNKNOWN)[0]


def _labels(items: Iterable[Any]) -> frozenset[str]:
    return frozenset({cells.text_of(item) for item in items if not cells.is_nothing(item)} - {""})


def _is_list(cell: Any) -> bool:
    return isinstance(cell, list | tuple | set | frozenset | np.ndarray)


def _matrix(sets: Sequence[frozenset[str]], labels: Sequence[str]) -> Doubles:
    y = np.zeros((len(sets), len(labels)))
    codes = {label: code for code, label in enumerate(labels)}
    for row, present in enumerate(sets):
        if present is _UNKNOWN:
            y[row] = np.nan
        else:
            y[row, [codes[label] for label in present if label in codes]] = 1.0
    return y


def _flags(values: Array) -> Parsed:
    """A label is read as a yes-or-no input column is, so that both understand the same words."""
    preprocess: Preprocess = plugins.part("modalities", "boolean", "preprocess")
    return preprocess.parse(values, {})


def _column_mistakes(name: str, values: Array, parsed: Parsed) -> list[Mistake]:
    if len(parsed.bad):
        rows = ", ".join(str(row + 1) for row in parsed.bad[:_SHOWN]) + (", …" if len(parsed.bad) > _SHOWN else "")
        example = str(values[parsed.bad[0]])[:40]
        got = text("tasks.no_flag", count=len(parsed.bad), rows=rows, example=example)
        return [_mistake(name, got, text("tasks.expected_flag"), text("tasks.fix_flag"))]
    if np.isnan(parsed.values).all():
        return [_all_missing(name)]
    return []


def _check_varies(name: str, y: Doubles) -> None:
    if not ((y == 0).any(axis=0) & (y == 1).any(axis=0)).any():
        got = text("tasks.labels_constant")
        raise DataError(_mistake(name, got, text("tasks.expected_varying"), text("tasks.fix_one_class")))


def _all_missing(column: str) -> Mistake:
    got, expected = text("tasks.all_missing"), text("tasks.expected_known_cells")
    return _mistake(column, got, expected, text("tasks.fix_all_missing"))


def _mistake(column: str, got: str, expected: str, fix: str) -> Mistake:
    return Mistake(text("tasks.place_column", column=column), got, expected, fix)
