"""Inputs that give the target away: copies of it, noisy ones, and columns that are filled in once it is known.

Only what makes every number of a report worthless blocks a run: an input that is the target, or all but while nothing
else comes near. The user accepts such a column by writing `role: input`, and then it is a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles
from modelyard.data.dataset import Level, Note
from modelyard.prepare.checks.coded import Coded, CodedColumn, Codes, known
from modelyard.prepare.checks.strength import folds_of, strength
from modelyard.prepare.checks.structure import as_groups, names_a_thing
from modelyard.prepare.checks.wording import pasted

FEWEST = 30  # rows; below, agreement may be chance
FEWEST_OF_CLASS = 5
ALL_BUT = 0.998  # strength of what is the target, or all but: AUC 0.999
OTHERS = 0.8  # where other inputs are as strong as this, the target is simply easy to tell
STRONG = 0.75  # strength that is worth a question
GAP = 0.4  # and what it leaves unexplained, against what the next best leaves
FEWEST_INPUTS = 3  # for each one that can stand out
_MOST = 3  # columns that stand out together
IMPURE = 0.02  # share of other classes where a column says something, against their share in all rows
COVERED = 0.9  # share of that class which these rows are, from where on the column is as good as the target
FEWEST_FILLED = 20
_ROUNDED = 0.6  # of a step: half of one, and what the line itself is off
_EXACT = 1e-6  # of the range, where nothing was rounded: float32
_BY_CHANCE = -20.0  # logarithm of the chance that so many rows are of one class


def findings(seen: Coded) -> Iterator[Note]:
    """All that gives a target away."""
    for target, y in seen.targets():
        rows = known(y)
        if rows.sum() < FEWEST or _rarest(y[rows]) < FEWEST_OF_CLASS:
            continue
        problem = _Problem(target, y[rows], rows, folds_of(seen.survey.units[seen.rows][rows]))
        told = list(_standing_out(seen, problem))
        yield from told
        named = {note.values["column"] for note in told}
        if problem.has_classes:
            others = (column for column in seen.columns if column.name not in named)
            yield from (note for column in others for note in _filled_later(seen, column, problem))


@dataclass(frozen=True, eq=False)
class _Problem:
    """One target, on the rows that have it."""

    target: str
    y: Array
    rows: NDArray[np.bool_]
    folds: NDArray[np.int64]

    @property
    def has_classes(self) -> bool:
        return self.y.dtype.kind != "f"


def _rarest(y: Array) -> float:
    """Rows of the second most frequent class: below some, there is nothing to be told apart; numbers have enough."""
    if y.dtype.kind == "f":
        return float(len(y)) if len(np.unique(y)) > 1 else 0.0
    counts = np.sort(np.unique(y, return_counts=True)[1])
    return float(counts[-2]) if len(counts) > 1 else 0.0


# ------------------------------------------------------------------------ copies
def _standing_out(seen: Coded, problem: _Problem) -> Iterator[Note]:
    """Columns that are the target, and columns far stronger than all others.

    What names things with several rows each is left to `structure`: of their other rows it says much, of new ones not.
    """
    columns = [column for column in seen.columns if not _names_things(column)]
    found = sorted(((_strength(column, problem), column) for column in columns), key=lambda pair: -pair[0])
    strengths = np.asarray([strong for strong, _ in found] + [0.0])
    copies = {column.name for strong, column in found if strong >= ALL_BUT and _is_copy(column, problem)}
    ahead = _ahead(strengths, min(_MOST, len(found) // FEWEST_INPUTS))
    rest = next((place for place, (_, column) in enumerate(found) if place >= ahead and column.name not in copies), -1)
    other = found[rest][1].name if rest >= 0 else "-"
    nears = [strong if column.name not in copies else 0.0 for strong, column in found] + [0.0]
    for place, (strong, column) in enumerate(found):
        copied = column.name in copies
        if not copied and place >= ahead:
            continue
        # Of numbers, two that are nearly the target may be its last two values, known in time.
        near = strengths[rest] if problem.has_classes else max(nears[:place] + nears[place + 1 :])
        worthless = copied or (strong >= ALL_BUT and near <= OTHERS)
        kind = "copy" if worthless else "strong"
        yield _note(seen, column, problem, kind, strong, other, float(strengths[rest]), worthless)


def _names_things(column: CodedColumn) -> bool:
    return as_groups(column) is not None and (not column.is_number or names_a_thing(column.name))


def _ahead(strengths: Doubles, most: int) -> int:
    """How many columns, at most so many, stand far above the next one; strengths fall, and end with 0."""
    found = 0
    for count in range(1, most + 1):
        last, following = strengths[count - 1], strengths[count]
        if last >= STRONG and 1 - last <= GAP * (1 - following):
            found = count
    return found


def _note(
    seen: Coded, column: CodedColumn, problem: _Problem, kind: str, strong: float, other: str, weak: float, block: bool
) -> Note:
    """AUC of classes, R2 of numbers: of the column alone, and of the next best."""
    measure = "auc" if problem.has_classes else "r2"
    found = [(1 + value) / 2 if problem.has_classes else value for value in (strong, weak)]
    values = {"column": column.name, "target": problem.target, "alone": round(found[0], 4), "other": other}
    return Note(
        f"checks.{kind}_{measure}",
        {**values, "next": round(found[1], 4), **_ways_out(column.name)},
        _level(seen, column, block),
    )


def _ways_out(column: str) -> dict[str, str]:
    """The two lines of which one is right."""
    return {
        "refuse": pasted({"columns": {column: {"role": "known_after_decision"}}}),
        "accept": pasted({"columns": {column: {"role": "input"}}}),
    }


def _level(seen: Coded, column: CodedColumn, block: bool) -> Level:
    if column.name in seen.survey.accepted:
        return "note"
    return "block" if block else "warn"


def _strength(column: CodedColumn, problem: _Problem) -> float:
    strong = strength(column.codes[problem.rows], column.size, problem.y, problem.folds)
    if problem.has_classes or not column.is_number:
        return strong
    return max(strong, _correlation(column.values[problem.rows], problem.y) ** 2)


def _is_copy(column: CodedColumn, problem: _Problem) -> bool:
    """Whether a column's values are names of the classes, or the numbers in another unit."""
    if not problem.has_classes:
        return column.is_number and _is_line(column.values[problem.rows], problem.y)
    codes = np.unique(column.codes[problem.rows] * (int(problem.y.max()) + 1) + problem.y)
    return len(codes) <= len(np.unique(problem.y)) + 1


def _is_line(x: Doubles, y: Doubles) -> bool:
    """Whether y is a line of x in every row, but for what the rounding of one of them takes away.

    R2 alone does not say it: yesterday's price is 0.999 of today's, and yet known in time.
    """
    there = np.isfinite(x)
    x, y = x[there], y[there]
    with np.errstate(all="ignore"):  # constants, and numbers that leave the range of float64: nothing holds of NaN
        x, y = x - x.mean(), y - y.mean()
        slope = float(x @ y / (x @ x))
        rounded = max(_step(y), abs(slope) * _step(x))
        return bool(np.abs(y - slope * x).max(initial=0.0) <= max(_ROUNDED * rounded, _EXACT * np.ptp(y)))


def _step(values: Doubles) -> float:
    """The least distance of two different numbers."""
    return float(np.diff(np.unique(values)).min(initial=np.inf))


def _correlation(one: Doubles, other: Doubles) -> float:
    there = np.isfinite(one)
    one, other = one[there], other[there]
    if len(one) < FEWEST or len(one) < len(there) / 2:
        return 0.0
    with np.errstate(all="ignore"):  # a constant has no correlation, and huge numbers leave the range of float64
        found = float(np.corrcoef(one, other)[0, 1])
    return found if np.isfinite(found) else 0.0


# ------------------------------------------------------------------ filled in later
def _filled_later(seen: Coded, column: CodedColumn, problem: _Problem) -> Iterator[Note]:
    """A column that says something in the rows of one class only: a reason for leaving, a date of collection."""
    for says, rows in _said(column.codes[problem.rows]):
        levels, counts = np.unique(problem.y[rows], return_counts=True)
        level, count = levels[counts.argmax()], int(counts.max())
        base, share = float((problem.y == level).mean()), count / len(problem.y[rows])
        if base == 1 or 1 - share > IMPURE * (1 - base) or len(problem.y[rows]) * np.log(base) > _BY_CHANCE:
            continue
        covered = count / float((problem.y == level).sum())
        values: dict[str, Any] = {
            "column": column.name,
            "target": problem.target,
            "label": _label(seen, problem.target, int(level)),
        }
        values |= {"count": len(problem.y[rows]), "share": share, "base": base, **_ways_out(column.name)}
        key = "checks.filled_later" if says else "checks.empty_later"
        yield Note(key, values, _level(seen, column, covered >= COVERED))
        return


def _said(codes: Codes) -> Iterator[tuple[bool, NDArray[np.bool_]]]:
    """The rows in which a column says something, in which it says nothing, and in which not what it usually does."""
    usual = int(np.bincount(codes).argmax())
    unusual = (codes != usual) & (2 * np.sum(codes == usual) >= len(codes))
    for says, rows in ((True, codes > 0), (False, codes == 0), (True, unusual)):
        if FEWEST_FILLED <= rows.sum() < len(rows):
            yield says, rows


def _label(seen: Coded, target: str, code: int) -> str:
    labels = next((one.state.get("labels", ()) for one in seen.survey.targets if one.name == target), ())
    return str(labels[code]) if code < len(labels) else str(code)
