"""Structure that a random split tears apart: rows of one customer or device, and rows in the order of time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles
from modelyard.data.dataset import Note
from modelyard.prepare.checks.coded import Coded, CodedColumn, Codes, bins, known
from modelyard.prepare.checks.strength import folds_of, noise, strength
from modelyard.prepare.checks.wording import listed, pasted
from modelyard.prepare.identity import says_identity

FEWEST_ROWS = 100
FEWEST_GROUPS = 20
ROWS_PER_GROUP = (1.3, 200.0)  # on average; beyond, it is a number like any other, or a kind rather than a thing
LARGEST = 0.05  # share of the rows that one group may have
ALIKE = 0.15  # intraclass correlation of the target
SURE = 6.0  # standard errors
SHARED = 0.7  # agreement (Cohen's kappa) of rows of one group in another column
MOST_COLUMNS = 60  # that are asked; of thousands, some do
SHARED_COLUMNS = 0.2  # of the other columns, at least two
DRIFT = 0.1  # strength of time on classes
DRIFT_NUMBER = 0.02  # on numbers
LOUD = 0.4  # of the place in the file, which may be the order of anything
SORTED = 0.9
_PIECES = 10  # of time
_THINGS = {
    "account", "card", "client", "company", "customer", "device", "driver", "employee", "engine", "household",
    "machine", "member", "merchant", "patient", "person", "player", "session", "shop", "store", "student", "subject",
    "supplier", "unit", "user", "vehicle",
}  # fmt: skip
_ENDINGS = (
    "客户", "用户", "患者", "病人", "设备", "机器", "门店", "商户", "员工", "学生", "车辆", "账户", "公司", "家庭",
)  # fmt: skip
_DIVIDING = ("time", "group", "split")


def findings(seen: Coded) -> Iterator[Note]:
    """Groups and time that a random split does not respect."""
    readings = seen.survey.readings
    if len(seen.rows) < FEWEST_ROWS or seen.survey.by not in ("random", "group"):
        return
    if seen.survey.by == "random":
        yield from _groups(seen)
    if not any(one.column.role in _DIVIDING for one in readings):
        yield from _dates(seen)
        yield from _order(seen)


# ------------------------------------------------------------------------ groups
def _groups(seen: Coded) -> Iterator[Note]:
    """Columns whose values name a thing that has several rows: of these, the one whose rows are most alike."""
    found = []
    others = min(len(seen.columns), MOST_COLUMNS) - 1
    for column, groups in _candidates(seen):
        rest = _coarse(column) if column.is_number else np.zeros(len(groups), np.int32)
        alike = max((_alike(groups, rest, y) for _, y in seen.targets()), default=0.0)
        shared = _shared(seen, column, groups, rest)
        names_things = not column.is_number or names_a_thing(column.name)
        if (alike >= ALIKE and names_things) or shared >= max(2, SHARED_COLUMNS * others):
            found.append((alike, shared, column, groups))
    if found:
        alike, shared, column, groups = max(found, key=lambda one: (one[1], one[0]))
        values = {"column": column.name, "groups": len(np.unique(groups[groups >= 0])), "rows": len(groups)}
        values |= {"alike": round(alike, 2), "shared": shared, "others": others}
        line = pasted({"data": {"split": {"by": "group", "column": column.name}}})
        yield Note("checks.group", {**values, "line": line}, "warn")


def _candidates(seen: Coded) -> list[tuple[CodedColumn, NDArray[np.int64]]]:
    """The columns whose values may name things, with the groups; of very many the ones that are called so."""
    found = [(column, groups) for column in seen.columns if (groups := as_groups(column)) is not None]
    return sorted(found, key=lambda one: not names_a_thing(one[0].name))[:MOST_COLUMNS]


def as_groups(column: CodedColumn) -> NDArray[np.int64] | None:
    """Number of each row's group [rows], -1 where it has none; None where the values name no things."""
    if column.reading.column.modality in ("datetime", "text"):
        return None
    values = column.values if column.is_number else column.codes.astype(np.float64)
    there = np.isfinite(values) if column.is_number else column.codes > 0
    if not there.any() or (column.is_number and (values[there] % 1 != 0).any()):
        return None
    _, codes, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    small = counts <= max(2, LARGEST * len(values))
    mean = counts[small].mean() if small.any() else 0.0
    if small.sum() < FEWEST_GROUPS or not ROWS_PER_GROUP[0] <= mean <= ROWS_PER_GROUP[1]:
        return None
    groups = np.full(len(values), -1, np.int64)
    groups[there] = np.where(small[codes], codes, -1)
    return groups


def _coarse(column: CodedColumn) -> Codes:
    """Numbers in few bins: what is alike among neighbours is no sign of groups."""
    there = np.isfinite(column.values)
    edges = np.unique(np.quantile(column.values[there], np.linspace(0, 1, _PIECES + 1)[1:-1]))
    return np.where(there, 1 + np.searchsorted(edges, column.values, "left"), 0).astype(np.int32)


def _alike(groups: NDArray[np.int64], rest: Codes, y: Array) -> float:
    """Intraclass correlation of a target beyond what the bins of the column explain; 0 where it may be chance."""
    levels = np.unique(y[known(y)])
    numbers = y.dtype.kind == "f"
    asked = [y] if numbers else [(y == level).astype(np.float64) for level in levels[-min(len(levels), 8) :]]
    rows = (groups >= 0) & known(y)
    return max((_intraclass(groups[rows], rest[rows], one[rows]) for one in asked), default=0.0)


def _intraclass(groups: NDArray[np.int64], rest: Codes, y: Doubles) -> float:
    if not len(y):
        return 0.0
    count = np.bincount(rest)
    y = y - (np.bincount(rest, y) / np.maximum(1, count))[rest]
    codes = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(codes)
    pairs, spread = float((sizes * (sizes - 1)).sum()), float((y**2).mean())
    if not pairs or not spread:
        return 0.0
    found = float((np.bincount(codes, y) ** 2).sum() - (y**2).sum()) / pairs / spread
    return found if found * np.sqrt(pairs / 2) > SURE else 0.0


def _shared(seen: Coded, column: CodedColumn, groups: NDArray[np.int64], rest: Codes) -> int:
    """In how many other columns rows of one group agree far more than other rows."""
    rows = groups >= 0
    found = 0
    for other in seen.columns[:MOST_COLUMNS]:
        if other is not column:
            agreed = _kappa(groups[rows], other.codes[rows])
            explained = _kappa(rest[rows].astype(np.int64), other.codes[rows]) if column.is_number else 0.0
            found += agreed >= SHARED and explained < SHARED / 2
    return found


def _kappa(groups: NDArray[np.int64], codes: Codes) -> float:
    """Agreement of pairs of rows of one group, corrected for chance."""
    rows = float(len(codes))
    sizes = np.unique(groups, return_counts=True)[1].astype(np.float64)
    cells = np.unique(groups * (int(codes.max(initial=0)) + 1) + codes, return_counts=True)[1].astype(np.float64)
    by_chance = float((np.bincount(codes) / max(1.0, rows)) @ (np.bincount(codes) / max(1.0, rows)))
    pairs = float((sizes * (sizes - 1)).sum())
    agreed = float((cells * (cells - 1)).sum()) / pairs if pairs else 0.0
    return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0


def names_a_thing(name: str) -> bool:
    """Whether a column's name says that its values name people or things."""
    words = re.findall(r"[a-z]+", name.lower())
    return says_identity(name) or not _THINGS.isdisjoint(words) or name.strip().endswith(_ENDINGS)


# -------------------------------------------------------------------------- time
def _dates(seen: Coded) -> Iterator[Note]:
    """Rows that have dates and are divided at random: loud where the target changes with the date."""
    dates = [column for column in seen.columns if column.reading.column.modality == "datetime"]
    if not dates:
        return
    drifts = [(_drift(seen, column.values), column.name) for column in dates]
    (_, drift, before, after, target), name = max(drifts)
    line = pasted({"data": {"split": {"by": "time", "column": name}}})
    if drift:
        values = {"column": name, "target": target, "drift": round(drift, 2), "before": before, "after": after}
        yield Note("checks.drift", {**values, "line": line}, "warn")
    else:
        yield Note("checks.dates", {"columns": listed([column.name for column in dates]), "line": line})


def _order(seen: Coded) -> Iterator[Note]:
    """Rows whose target changes with their place in the file, though they are sorted by nothing that is known."""
    place = np.arange(len(seen.rows), dtype=np.float64)
    strong, drift, before, after, target = _drift(seen, place)
    if not drift or strong > SORTED or any(_is_sorted(column) for column in seen.columns):
        return
    values = {"target": target, "drift": round(drift, 2), "before": before, "after": after}
    yield Note("checks.order", values, "warn" if drift >= LOUD else "note")


def _is_sorted(column: CodedColumn) -> bool:
    if column.reading.column.modality == "text":
        return False
    values = column.values if column.is_number else column.codes.astype(np.float64)
    steps = np.diff(values[np.isfinite(values)])
    steps = steps[steps != 0]
    return len(steps) > 0 and abs(float(np.sign(steps).mean())) > SORTED


def _drift(seen: Coded, moments: Doubles) -> tuple[float, float, float, float, str]:
    """How much a moment says of a target: (largest strength, the same where it counts else 0, first and last tenth)."""
    found = [(0.0, 0.0, 0.0, 0.0, "")]
    for target, y in seen.targets():
        rows = known(y) & np.isfinite(moments)
        if rows.sum() < FEWEST_ROWS:
            continue
        codes, size = bins(moments[rows], _PIECES)
        codes = np.minimum(codes, _PIECES + 1)
        strong = strength(codes, max(size, _PIECES + 2), y[rows], folds_of(seen.survey.units[seen.rows][rows]))
        least = DRIFT_NUMBER if y.dtype.kind == "f" else DRIFT
        counts = strong if strong >= least and strong > 2 * noise(y[rows]) else 0.0
        found.append((strong, counts, *_ends(codes, y[rows]), target))
    return max(found)


def _ends(codes: Codes, y: Array) -> tuple[float, float]:
    """Mean of the target at the two ends of time: of a class, the share of the last one."""
    value = y if y.dtype.kind == "f" else (y == y.max()).astype(np.float64)
    first, last = codes == codes.min(), codes == codes.max()
    return round(float(value[first].mean()), 4), round(float(value[last].mean()), 4)
