"""The plan's ledger: every forecast is kept as it was made, and scored when its data arrive.

.modelyard/forecasts/<digest>.json      one file per forecast; its name is the digest of what it says

A file appears whole or not at all, and the same forecast made again is the same file: runs that go on at the same
time, or are killed, leave a ledger that is right. What was changed afterwards no longer fits its name, and is told.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from modelyard.core.number import Number
from modelyard.core.store import KEY, digest, storage_error, write_text
from modelyard.measure.intervals import wilson
from modelyard.plan.costs import at_least
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.forecast import REFUSED, Forecast

FOLDER = "forecasts"
VERSION = 1
TOLERANCE = 0.1
"""How far a measured size may lie from one that was forecast, as a share of it."""


@dataclass(frozen=True)
class Subject:
    """What a forecast, and a measurement, is about; only where all of it is the same may one score the other.

    Args:
        predicted: The target of the project.
        metric: Its metric.
        test_rows: Fingerprint of the test rows.
        way: What was trained, apart from the rows: the digest of a recipe, or its name.
    """

    predicted: str
    metric: str
    test_rows: str
    way: str


@dataclass(frozen=True)
class Kept:
    """A forecast as it was made; see `Forecast` for what its numbers mean.

    Args:
        subject: What it is about.
        made: When, in UTC: 2026-11-22T23:50:00Z. The same forecast made again keeps its first time.
        inputs: Name -> digest of what it was made from: rows, code, settings.
        model: Version of the quantile model.
        flags: Of the curve.
        refused: Why nothing should be concluded; then nothing is scored.
        anchors: (training rows, error) as measured.
        sizes: That were forecast and might be shown.
        levels: Of the quantiles.
        quantiles: [sizes, levels] of the error.
        low: [sizes] lower end of the 80 % band.
        high: [sizes] its upper end.
        goal: The error that a goal asks for; None without one.
        chances: [sizes] probability that the error is the goal or less; empty without one.
    """

    subject: Subject
    made: str
    inputs: Mapping[str, str]
    model: str
    flags: tuple[str, ...]
    refused: str
    anchors: tuple[tuple[float, float], ...]
    sizes: tuple[float, ...]
    levels: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    goal: float | None = None
    chances: tuple[float, ...] = ()


@dataclass(frozen=True)
class Arrived:
    """A measurement: what the error came to at a number of training rows.

    Args:
        subject: What it is about.
        size: Training rows.
        error: Mean over the repeats; several measurements at one size are averaged.
    """

    subject: Subject
    size: int
    error: float


class Scored(NamedTuple):
    """A forecast beside what came.

    Attributes:
        made: When it was made.
        subject: What it is about.
        size: Training rows that were measured.
        error: What was measured.
        median: What was forecast.
        low: Lower end of the 80 % band.
        high: Its upper end.
        inside: Whether the error is within the band.
        brier: (P(goal) - whether it was reached)^2; None without a goal.
        pinball: Mean over the quantiles.
    """

    made: str
    subject: Subject
    size: int
    error: float
    median: float
    low: float
    high: float
    inside: bool
    brier: float | None
    pinball: float


@dataclass(frozen=True)
class Record:
    """How the planner's forecasts did.

    Args:
        forecasts: Kept in all.
        measurements: That scored at least one; each counts once, however many forecasts were made of it.
        coverage: Share of them within the 80 % band, with its interval; they are taken as independent.
        brier: Mean of (P(goal) - whether it was reached)^2; None where no goal was scored.
        pinball: Mean loss of the quantiles, in errors; None where nothing was scored.
        scored: Every forecast beside what came, by time.
        unscored: Why -> how many forecasts could not be scored: `refused`, `no_data` (nothing of its target and metric
            arrived), `other_rows` (measured on other test rows), `other_way` (something else was trained), or
            `other_size`.
        damaged: Files that cannot be read, were changed, or are of a newer version.
    """

    forecasts: int
    measurements: int
    coverage: Number
    brier: float | None
    pinball: float | None
    scored: tuple[Scored, ...]
    unscored: Mapping[str, int]
    damaged: tuple[str, ...]


# -------------------------------------------------------------------- keeping
def of(
    forecast: Forecast, subject: Subject, *, made: str, inputs: Mapping[str, str], goal: float | None = None
) -> Kept:
    """A forecast as the ledger keeps it: without the sizes that are never shown.

    Args:
        forecast: As made.
        subject: What it is about.
        made: When, in UTC.
        inputs: Name -> digest of what it was made from.
        goal: The error that a goal asks for.
    """
    shown = np.asarray([zone != REFUSED for zone in forecast.zones], bool)
    chances = () if goal is None else tuple(forecast.probability(goal)[shown].tolist())
    return Kept(
        subject=subject,
        made=made,
        inputs=dict(inputs),
        model=forecast.model,
        flags=forecast.flags,
        refused=forecast.refused,
        anchors=tuple(zip(forecast.curve.sizes.tolist(), forecast.curve.errors.tolist(), strict=True)),
        sizes=tuple(forecast.sizes[shown].tolist()),
        levels=tuple(forecast.levels),
        quantiles=tuple(map(tuple, forecast.quantiles[shown].tolist())),
        low=tuple(forecast.low[shown].tolist()),
        high=tuple(forecast.high[shown].tolist()),
        goal=goal,
        chances=chances,
    )


def keep(workspace: Path, kept: Kept) -> Path:
    """Write a forecast down.

    Args:
        workspace: The `.modelyard` folder.
        kept: The forecast.

    Returns:
        Its file; one that is there already stays as it is, unless it is damaged.

    Raises:
        StorageError: The workspace cannot be written.
    """
    written = {"version": VERSION, **asdict(kept)}
    path = workspace / FOLDER / f"{_name(written)}.json"
    if _read(path) is None:
        write_text(path, json.dumps(written, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n")
    return path


def read(workspace: Path) -> tuple[tuple[Kept, ...], tuple[str, ...]]:
    """All forecasts by time, and the names of the files that are damaged.

    Raises:
        StorageError: The workspace cannot be read.
    """
    folder = workspace / FOLDER
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json") if folder.exists() else []
    except OSError as error:
        raise storage_error(error, folder) from error
    found = {path.name: _read(path) for path in paths}
    whole = [(kept.made, name, kept) for name, kept in found.items() if kept is not None]
    return tuple(kept for *_, kept in sorted(whole, key=lambda one: one[:2])), tuple(
        name for name, kept in found.items() if kept is None
    )


# -------------------------------------------------------------------- scoring
def score(workspace: Path, arrived: Iterable[Arrived], tolerance: float = TOLERANCE) -> Record:
    """Score the forecasts whose data arrived.

    A measurement scores a forecast of the same subject when a size within the tolerance of its own was forecast;
    between two such sizes the forecast is straight on ln rows.

    Args:
        workspace: The `.modelyard` folder.
        arrived: Measurements, in any order.
        tolerance: See `TOLERANCE`.

    Raises:
        StorageError: The workspace cannot be read.
        ProjectError: A tolerance or a measurement that is no number.
    """
    at_least("tolerance", tolerance, 0)
    kept, damaged = read(workspace)
    measured = _measured(arrived)
    scored: list[Scored] = []
    unscored: Counter[str] = Counter()
    for one in kept:
        found = [_scored(one, *each) for each in _matching(one, measured, tolerance)]
        scored += found
        if not found:
            unscored[_why_not(one, measured)] += 1
    return _record(len(kept), scored, unscored, damaged)


def _measured(arrived: Iterable[Arrived]) -> dict[Subject, dict[int, float]]:
    """Subject -> size -> mean error."""
    errors: dict[Subject, dict[int, list[float]]] = {}
    for one in arrived:
        at_least("size", one.size, 1)
        at_least("error", one.error, 0)
        errors.setdefault(one.subject, {}).setdefault(one.size, []).append(one.error)
    return {
        subject: {size: math.fsum(each) / len(each) for size, each in sorted(sizes.items())}
        for subject, sizes in errors.items()
    }


def _matching(kept: Kept, measured: Mapping[Subject, Mapping[int, float]], tolerance: float) -> list[tuple[int, float]]:
    """Sizes and errors that score a forecast."""
    if kept.refused or not kept.sizes:
        return []
    last, sizes = kept.anchors[-1][0], np.asarray(kept.sizes)
    return [
        (size, error)
        for size, error in measured.get(kept.subject, {}).items()
        if size > last and (np.abs(size / sizes - 1) <= tolerance + 1e-9).any()
    ]


def _scored(kept: Kept, size: int, error: float) -> Scored:
    quantiles = np.asarray([_at(kept, column, size) for column in np.asarray(kept.quantiles).T])
    low, high = _at(kept, kept.low, size), _at(kept, kept.high, size)
    brier = None
    if kept.goal is not None:
        brier = (_at(kept, kept.chances, size) - (error <= kept.goal)) ** 2
    over, levels = error - quantiles, np.asarray(kept.levels)
    return Scored(
        made=kept.made,
        subject=kept.subject,
        size=size,
        error=error,
        median=float(np.interp(0.5, levels, quantiles)),
        low=low,
        high=high,
        inside=low <= error <= high,
        brier=brier,
        pinball=float(np.maximum(levels * over, (levels - 1) * over).mean()),
    )


def _at(kept: Kept, values: Sequence[float] | Floats, size: int) -> float:
    return float(np.interp(math.log(size), np.log(kept.sizes), values))


def _why_not(kept: Kept, measured: Mapping[Subject, Mapping[int, float]]) -> str:
    if kept.refused:
        return "refused"
    asked = kept.subject
    near = [one for one in measured if (one.predicted, one.metric) == (asked.predicted, asked.metric)]
    if not near:
        return "no_data"
    if all(one.test_rows != asked.test_rows for one in near):
        return "other_rows"
    return "other_size" if asked in measured else "other_way"


def _record(forecasts: int, scored: Sequence[Scored], unscored: Mapping[str, int], damaged: tuple[str, ...]) -> Record:
    """The means over the measurements, in each of which its forecasts count the same together."""
    inside = _means((one, float(one.inside)) for one in scored)
    brier = _means((one, one.brier) for one in scored if one.brier is not None)
    pinball = _means((one, one.pinball) for one in scored)
    share = _mean(inside)
    coverage = Number(None) if share is None else Number.of(*wilson(share, len(inside)), len(inside))
    by_time = tuple(sorted(scored, key=lambda one: (one.made, str(one.subject), one.size)))
    reasons = dict(sorted(unscored.items()))
    return Record(forecasts, len(inside), coverage, _mean(brier), _mean(pinball), by_time, reasons, damaged)


def _means(values: Iterable[tuple[Scored, float]]) -> list[float]:
    groups: dict[tuple[Subject, int], list[float]] = {}
    for one, value in values:
        groups.setdefault((one.subject, one.size), []).append(value)
    return [math.fsum(each) / len(each) for each in groups.values()]


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


# -------------------------------------------------------------------- files
def _name(written: Mapping[str, Any]) -> str:
    """The digest of what a forecast says; not of when."""
    return digest({name: value for name, value in written.items() if name != "made"})[:KEY]


def _read(path: Path) -> Kept | None:
    """A forecast that is whole, of this version, and as its name says."""
    try:
        written = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    names = {"version", *(field.name for field in fields(Kept))}
    if not isinstance(written, dict) or written.keys() != names or written["version"] != VERSION:
        return None
    if _name(written) != path.stem or not isinstance(written["made"], str):
        return None
    del written["version"]
    written["subject"] = Subject(**written["subject"])
    return Kept(**{name: _tuples(value) for name, value in written.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
