"""Dates and times: text, datetimes, epoch seconds -> float64 seconds since 1970-01-01 UTC -> parts of the calendar.

Times without a zone are taken as UTC. Text may be ISO 8601, 2024/3/5, 2024年3月5日, 20240305, 05.03.2024 (day first)
or 03/05/2024 (see the option `day_first`), each with or without a time of day.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State

VERSION = 1
JSON = ("string", "number")

PARTS = ("days", "year", "month", "day", "weekday", "yearday", "hour")
"""Days since 1970 (with the time of day as a fraction), year, month 1-12, day 1-31, weekday 0-6 from Monday, day of the
year 1-366, hour 0-24 (with minutes as a fraction): the raw view."""
CIRCLES = ("year_sin", "year_cos", "week_sin", "week_cos", "day_sin", "day_cos")
"""Places on the circles of year, week and day: with standardised days and year the dense view."""
WIDTH = len(PARTS) + len(CIRCLES)

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _END = -62_135_596_800.0, 253_402_300_800.0  # years 1 to 9999
_WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS
_TIME = (
    r"(?:[T\s]*(?P<half>上午|下午)?\s*(?P<hour>[0-9]{1,2})[:时点](?P<minute>[0-9]{1,2})?"
    r"(?:[:分](?P<second>[0-9]{1,2}(?:\.[0-9]+)?))?[分秒]?\s*(?P<noon>[AaPp])?(?(noon)\.?[Mm]\.?))?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?"
)
_FORMS = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>[0-9]{4})[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?",
        r"(?P<year>[0-9]{4})[-/年](?P<month>[0-9]{1,2})月?",
        r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})",
    )
)
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:[T ]?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z)?)?"
)
_MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})[-/](?P<year>[0-9]{4})" + _TIME)
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})[-/](?P<month>[0-9]{1,2})[-/](?P<year>[0-9]{4})" + _TIME)
_COUNTED = re.compile(r"[0-9]{9,10}(?:\.[0-9]+)?|[0-9]{13}")  # seconds or milliseconds since 1970, as text
_STARTS = (("year", 1), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0))
_LIKELY_YEARS = (1700.0, 2300.0)
_READABLE = 0.95
_LOOK = 20  # cells that tell whether a closer look is worth its time


def claim(sample: Sample) -> float:
    """High when nearly all cells are dates and written as such: neither a number nor plain digits."""
    options = settle(sample, {})
    some = sample.values[:: max(1, len(sample.values) // _LOOK)]
    if not any(map(_looks_like_date, parse(some, options).values, some)):
        return 0.0
    read = parse(sample.values, options)
    dates = sum(map(_looks_like_date, read.values, sample.values))
    known = int((~np.isnan(read.values)).sum()) + len(read.bad)
    return 0.95 if dates >= _READABLE * known else 0.0


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides `day_first` for the whole column, so that later rows are read the same way."""
    chosen = options.get("day_first")
    return {**options, "day_first": _day_first(sample.values) if chosen is None else chosen}


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> float64 [rows], seconds since 1970-01-01 UTC; numbers are such seconds already.

    What is no date, or lies outside the years 1 to 9999, is `bad`.
    """
    chosen = options.get("day_first")
    one = partial(_seconds, day_first=_day_first(values) if chosen is None else chosen)
    texts, gaps = cells.own_gaps(options, one)
    bad: list[int] = []
    if values.dtype.kind in "fiu":
        numbers: Array = values.astype(np.float64)
    elif values.dtype.kind == "M":
        numbers = _seconds_of_times(values)
    else:
        found, bad = cells.read(values, _WORDS | texts, one, math.nan)
        numbers = np.asarray(found, np.float64)
    read = cells.parsed(numbers, (), gaps)
    outside = (read.values < _FIRST) | (read.values >= _END)
    read.values[outside] = np.nan
    return Parsed(read.values, np.union1d(bad, np.flatnonzero(outside)).astype(np.int64), read.notes)


def summarise(values: Array) -> State:
    """Moments of the days and of the years."""
    parts = _parts(values)
    return {name: scaling.moments(parts[:, PARTS.index(name)]) for name in ("days", "year")}


def merge(one: State, other: State) -> State:
    """Moments of two chunks."""
    return {name: scaling.merge_moments(one[name], other[name]) for name in one}


def finish(summary: State, options: Mapping[str, Any]) -> State:
    """{"days" and "year": [mean, scale], "missing": whether a cell was}."""
    scales = {name: list(scaling.standard(summary[name])) for name in ("days", "year")}
    return {**scales, "missing": summary["days"]["missing"] > 0}


def block(parsed: Sequence[Array], states: Sequence[State]) -> Doubles:
    """float64 [rows, columns * WIDTH]: column by column its `PARTS`, then its `CIRCLES`."""
    return np.hstack([_parts(values) for values in parsed])


def view(name: str, block: Array, states: Sequence[State]) -> Floats:
    """raw: `PARTS`. dense: standardised days and year, `CIRCLES`, an indicator for columns that had missing cells."""
    if name == "raw":
        return scaling.as_float32(block[:, raw_columns(len(states))])
    return scaling.standardise(block, plan(states))


def raw_columns(count: int) -> NDArray[np.int64]:
    """The block's columns that are the raw view of `count` columns."""
    return _places(count, range(len(PARTS)))


def plan(states: Sequence[State]) -> scaling.Scaling:
    """How the dense view is made."""
    circle = [(0.0, 1.0)] * len(CIRCLES)
    scales = np.asarray([[state["days"], state["year"], *circle] for state in states], np.float64).reshape(-1, 2)
    columns = _places(len(states), [PARTS.index("days"), PARTS.index("year"), *range(len(PARTS), WIDTH)])
    return scaling.Scaling(scales[:, 0], scales[:, 1], scaling.flagged(states) * WIDTH, columns)


def features(name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
    """`column[part]`; in the dense view also `column[missing]`."""
    parts = PARTS if name == "raw" else ("days", "year", *CIRCLES)
    known = [Feature(f"{column}[{part}]", column, "number") for column in columns for part in parts]
    if name == "raw":
        return known
    flags = [columns[number] for number in scaling.flagged(states)]
    return known + [Feature(f"{column}[missing]", column, "number") for column in flags]


def profile(values: Array) -> State:
    """Counts between deciles, in seconds since 1970."""
    return {"kind": "datetime", **scaling.bins(values)}


def odd(values: Array, state: State) -> NDArray[np.bool_]:
    """Later dates are what is expected."""
    return np.zeros(len(values), bool)


def _places(count: int, parts: Iterable[int]) -> NDArray[np.int64]:
    places: NDArray[np.int64] = np.arange(count)[:, None] * WIDTH + np.asarray([*parts])
    return places.ravel()


def _parts(seconds: Array) -> Doubles:
    """float64 [rows, WIDTH], NaN where there is no date. Days count in the proleptic Gregorian calendar."""
    known = ~np.isnan(seconds)
    time = np.where(known, seconds, 0.0)
    day = np.floor(time / _DAY)
    dates = day.astype(np.int64).astype("datetime64[D]")
    months, years = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
    in_year = (dates - years).astype(np.int64)
    weekday, hour = np.mod(day + 3, 7), (time - day * _DAY) / 3600  # 1970-01-01 was a Thursday
    parts = [
        time / _DAY,
        years.astype(np.int64) + 1970,
        months.astype(np.int64) % 12 + 1,
        (dates - months).astype(np.int64) + 1,
        weekday,
        in_year + 1,
        hour,
    ]
    for share in (in_year / 365.25, weekday / 7, hour / 24):
        parts += [np.sin(2 * np.pi * share), np.cos(2 * np.pi * share)]
    block: Doubles = np.stack(parts, axis=1).astype(np.float64)
    block[~known] = np.nan
    return block


def _seconds_of_times(values: Array) -> Doubles:
    """datetime64 [rows] -> seconds, NaN for NaT; far outside the calendar where microseconds cannot count them."""
    days = values.astype("datetime64[D]")
    near = (days >= np.datetime64("0001-01-01")) & (days <= np.datetime64("9999-12-31"))
    seconds = np.where(np.isnat(values), np.nan, _END)
    seconds[near] = values[near].astype("datetime64[us]").astype(np.int64) / 1e6
    return seconds


def _looks_like_date(seconds: float, cell: Any) -> bool:
    if isinstance(cell, str):
        year = 1970 + seconds / (365.2425 * _DAY)
        return _LIKELY_YEARS[0] <= year < _LIKELY_YEARS[1] and cells.number(cell.strip()) is None
    return not math.isnan(seconds) and cells.number(cell) is None


def _day_first(values: Array) -> bool:
    """Whether the day stands first in 03/05/2024: only where that makes more cells readable."""
    if values.dtype.kind in "fiubmM":
        return False
    texts = {_plain(cell) for cell in cells.as_list(values) if isinstance(cell, str)}
    found = [(int(match["month"]), int(match["day"])) for match in map(_MONTH_FIRST.fullmatch, texts) if match]
    return sum(second <= 12 for _, second in found) > sum(first <= 12 for first, _ in found)


def _seconds(cell: Any, day_first: bool) -> float | None:
    """Seconds since 1970 of a cell that is not missing, or None."""
    if isinstance(cell, str):
        text = _plain(cell)
        if _COUNTED.fullmatch(text):
            return float(text) / (1000 if len(text) == 13 and text.isdigit() else 1)
        moment = _moment(text, day_first)
    elif isinstance(cell, np.datetime64):
        return float(_seconds_of_times(np.asarray([cell]))[0])
    elif isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
    else:
        return None if isinstance(cell, bool | np.bool_) else cells.number(cell)
    if moment is None:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _plain(text: str) -> str:
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _moment(text: str, day_first: bool) -> datetime | None:
    try:
        if text[4:5] == "-" and text[7:8] == "-" and text[10:11] in "T t":  # the usual case, and the fastest
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in (*_FORMS, _DAY_FIRST if day_first else _MONTH_FIRST, _COMPACT):
        match = form.fullmatch(text)
        if match:
            return _moment_of(match.groupdict())
    return None


def _moment_of(found: Mapping[str, str | None]) -> datetime | None:
    """The moment that the named parts of a text mean; None when the calendar or the clock has no such place."""
    year, month, day, hour, minute = (int(found.get(part) or start) for part, start in _STARTS)
    second = float(found.get("second") or 0)
    noon = {"下午": "p", "上午": "a"}.get(found.get("half") or "", (found.get("noon") or "").lower())
    if (noon == "p" and hour < 12) or (noon == "a" and hour == 12):
        hour = (hour + 12) % 24
    try:
        moment = datetime(year, month, day, hour, minute, int(second), tzinfo=_zone(found.get("zone") or ""))
        return moment + timedelta(seconds=second % 1)
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    if text[:1] not in ("+", "-"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
