"""Rows to look at: answers that are wrong, answers that are right by a hair, and labels that may be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelyard.core.messages import text
from modelyard.core.protocols import Array, Outputs
from modelyard.core.report import Doubts
from modelyard.evaluate.target import Scored
from modelyard.measure.labels import suspicious

MOST = 50
"""Rows of each kind."""
SURE = 0.8
"""Probability from which on a wrong answer was sure of itself."""
MISLABELLED_SHARE = 0.05
"""Of the rows, from where on the doubt is rather in the model than in so many labels."""

Rows = dict[str, list[Any]]
"""Columns of errors.csv: what names a row, and `target`, `part`, `why`, `actual`, `answer`, `probability`, `loss`."""


@dataclass(frozen=True)
class Held:
    """Rows that training decided with, each answered by models that did not see it.

    Args:
        named: What names each row.
        y: The given codes [rows].
        outputs: What was said of them.
    """

    named: Mapping[str, Any]
    y: Array
    outputs: Outputs


@dataclass(frozen=True)
class _Kind:
    """Rows of one kind, the first ones the most worth a look."""

    why: str
    rows: Array


def doubts(data: Scored, held: Held | None) -> Doubts:
    """How many rows of each kind there are, of all that were looked at."""
    if not len(data.y):
        return Doubts()
    wrong = ~right(data) if data.labels else np.zeros(len(data.y), bool)
    sure = wrong & (_said(data) >= SURE) if data.labels else wrong
    found = _mislabelled(data, held)
    return Doubts(int(wrong.sum()), int(sure.sum()), 0 if found is None else int(found.estimated))


def rows_to_look_at(data: Scored, named: Mapping[str, Sequence[Any]], held: Held | None) -> Rows:
    """The rows of errors.csv for one target.

    Args:
        data: The target on the measured rows.
        named: What names every row of the table.
        held: Rows that training decided with, where labels are classes.
    """
    table: Rows = {}
    if len(data.y):
        for kind in _kinds(data):
            _add(table, _test_rows(data, named, kind))
    found = _mislabelled(data, held)
    if held is not None and found is not None:
        _add(table, _training_rows(data, held, found))
    return table


def merged(tables: Iterable[Rows]) -> Rows:
    """The rows of all targets under each other."""
    found: Rows = {}
    for table in tables:
        _add(found, table)
    return found


def right(data: Scored) -> Array:
    """Rows whose answer is right: the class, or every label that is known. Boolean [rows]."""
    called = data.called()
    if data.y.ndim == 1:
        return np.asarray(called == data.y)
    return np.asarray((np.isnan(data.y) | (called == (data.y > 0))).all(axis=1))


def _kinds(data: Scored) -> Iterator[_Kind]:
    """Wrong answers by falling loss; right ones by rising probability. Of numbers, those that are farthest off."""
    loss = np.nan_to_num(data.losses(), nan=-np.inf)
    if not data.labels:
        yield _Kind("far_off", np.argsort(-loss, kind="stable")[:MOST])
        return
    good, said = right(data), _said(data)
    wrong = np.flatnonzero(~good)
    wrong = wrong[np.argsort(-loss[wrong], kind="stable")]
    sure = said[wrong] >= SURE
    yield _Kind("wrong_and_sure", wrong[sure][:MOST])
    yield _Kind("wrong", wrong[~sure][:MOST])
    doubtful = np.flatnonzero(good & (said < SURE))
    yield _Kind("right_but_doubtful", doubtful[np.argsort(said[doubtful], kind="stable")][:MOST])


def _said(data: Scored) -> Array:
    """The probability of what is answered [rows]; of label sets, that of the least certain label."""
    probability, called = data.outputs["probability"], data.called()
    if data.y.ndim == 1:
        return np.asarray(probability[np.arange(len(probability)), called], np.float64)
    return np.asarray(np.where(called, probability, 1 - probability).min(axis=1), np.float64)


def _mislabelled(data: Scored, held: Held | None) -> Any:
    """Rows that training decided with whose class may be wrong.

    None where classes are not what is predicted, and where they would be too many to be believed.
    """
    if held is None or not data.labels or data.y.ndim != 1 or not len(held.y):
        return None
    found = suspicious(held.outputs["probability"], held.y)
    return found if found.estimated <= MISLABELLED_SHARE * (held.y >= 0).sum() else None


def _test_rows(data: Scored, named: Mapping[str, Sequence[Any]], kind: _Kind) -> Rows:
    answer = np.asarray(data.answer()["value"])[kind.rows].tolist()
    count = len(kind.rows)
    return {
        **{name: [cells[row] for row in data.rows[kind.rows]] for name, cells in named.items()},
        "target": [data.entry["name"]] * count,
        "part": [text("next.part_test")] * count,
        "why": [text(f"next.{kind.why}")] * count,
        "actual": _actual(data, data.y[kind.rows]),
        "answer": answer,
        "probability": _rounded(_said(data)[kind.rows]) if data.labels else [None] * count,
        "loss": _rounded(data.losses()[kind.rows]),
    }


def _training_rows(data: Scored, held: Held, found: Any) -> Rows:
    """Rows whose label may be wrong: `answer` is the class that they likely have."""
    rows = found.rows[: min(MOST, found.estimated)]
    likely = found.likely[: len(rows)]
    probability = held.outputs["probability"]
    given = np.clip(probability[rows, held.y[rows]].astype(np.float64), 1e-15, 1)
    return {
        **{name: [cells[row] for row in rows] for name, cells in held.named.items()},
        "target": [data.entry["name"]] * len(rows),
        "part": [text("next.part_train")] * len(rows),
        "why": [text("next.maybe_mislabelled")] * len(rows),
        "actual": [data.labels[code] for code in held.y[rows]],
        "answer": [data.labels[code] for code in likely],
        "probability": _rounded(probability[rows, likely]),
        "loss": _rounded(-np.log(given)),
    }


def _actual(data: Scored, y: Array) -> list[Any]:
    if not data.labels:
        return list(y.tolist())
    if y.ndim == 1:
        return [data.labels[code] for code in y]
    return [[label for label, there in zip(data.labels, row, strict=True) if there > 0] for row in y]


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]


def _add(table: Rows, more: Rows) -> None:
    for name, cells in more.items():
        table.setdefault(name, []).extend(cells)
