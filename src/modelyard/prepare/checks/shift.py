"""Whether the test rows come from the same world as the training rows; asked where they were not drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles
from modelyard.data.dataset import TEST, Note
from modelyard.prepare.checks.coded import Coded, CodedColumn, Codes, bins
from modelyard.prepare.checks.strength import folds_of, strength
from modelyard.prepare.checks.wording import listed

FEWEST_ROWS = 50
MOVED = 0.25
"""Population stability index from where on a column has moved: the usual reading is 0.1 some, 0.25 much."""
TOLD = 0.65  # AUC with which test and training rows are told apart by all inputs together
_BINS = 10
_LEVELS = 20
_NAMED = 3


def findings(seen: Coded) -> Iterator[Note]:
    """Columns whose values moved between training and test, and how well all of them tell the two apart."""
    tested = seen.parts == TEST
    if seen.survey.by in ("random", "group") or not seen.survey.held_out:
        return
    if min(tested.sum(), (~tested).sum()) < FEWEST_ROWS:
        return
    moved = [_moved(column, tested) for column in seen.columns]
    targets = [_Moved(name, *stability(_few(y), tested)) for name, y in seen.targets() if seen.survey.taught]
    far = sorted((one for one in [*moved, *targets] if one.index - one.noise >= MOVED), key=lambda one: -one.index)
    told = _told_apart(seen, tested)
    if far or told >= TOLD:
        far = far or sorted(moved, key=lambda one: -one.index)[:_NAMED]
        named = [f"{one.name} ({one.index:.2f})" for one in far]
        yield Note("checks.shift", {"columns": listed(named), "told": round(told, 3)}, "warn")


@dataclass(frozen=True)
class _Moved:
    name: str
    index: float
    noise: float


def stability(codes: Codes, tested: NDArray[np.bool_]) -> tuple[float, float]:
    """Population stability index of codes between two groups of rows, and what chance alone makes of it.

    Args:
        codes: Few different ones, int [rows].
        tested: Boolean [rows].
    """
    size = int(codes.max(initial=0)) + 1
    sides = [np.bincount(codes[rows], minlength=size) + 0.5 for rows in (~tested, tested)]
    before, after = (side / side.sum() for side in sides)
    used = int(((sides[0] > 1) | (sides[1] > 1)).sum())
    noise = 2 * max(0, used - 1) * (1 / max(1, int((~tested).sum())) + 1 / max(1, int(tested.sum())))
    return float(((after - before) * np.log(after / before)).sum()), noise


def _moved(column: CodedColumn, tested: NDArray[np.bool_]) -> _Moved:
    numbers = column.numbers
    codes = _frequent(column.codes, column.size, tested) if numbers is None else _few(numbers)
    return _Moved(column.name, *stability(codes, tested))


def _few(values: Array) -> Codes:
    return bins(values, _BINS)[0] if values.dtype.kind == "f" else (values + 1).astype(np.int32)


def _frequent(codes: Codes, size: int, tested: NDArray[np.bool_]) -> Codes:
    """The most frequent categories of the training rows apart, all others as one, those it never saw as another."""
    counts = np.bincount(codes[~tested], minlength=size)
    ranks = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    few = np.where(counts == 0, _LEVELS + 1, np.minimum(ranks, _LEVELS))
    return few[codes].astype(np.int32)


def _told_apart(seen: Coded, tested: NDArray[np.bool_]) -> float:
    """AUC of a classifier between test and training rows, out of fold: the sum of each column's weight of evidence."""
    folds = folds_of(np.arange(len(tested)))
    scores: Doubles = np.zeros(len(tested))
    for column in seen.columns:
        numbers = column.numbers
        codes = _frequent(column.codes, column.size, tested) if numbers is None else bins(numbers)[0]
        scores += _evidence(codes, tested, folds)
    ranked, size = bins(scores, 100)
    gini = strength(ranked, max(size, 200), tested.astype(np.int64), folds)
    return (1 + gini) / 2


def _evidence(codes: Codes, tested: NDArray[np.bool_], folds: NDArray[np.int64]) -> Doubles:
    """log p(code | test) / p(code | training) of each row, from the other folds."""
    size, count = int(codes.max(initial=0)) + 1, int(folds.max()) + 1
    sides = [
        np.bincount(folds[rows] * size + codes[rows], minlength=count * size).reshape(count, size)
        for rows in (tested, ~tested)
    ]
    others = [(side.sum(0) - side + 0.5) / (side.sum() - side.sum(1, keepdims=True) + 0.5 * size) for side in sides]
    found: Doubles = np.log(others[0] / others[1])[folds, codes]
    return found
