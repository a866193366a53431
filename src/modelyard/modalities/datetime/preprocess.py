"""Dates and times: text, datetimes, epoch seconds -> float64 seconds since 1970-01-01 UTC -> parts of the calendar.

Times without a zone are taken as UTC. `spelling` reads texts; whether 03/05/2024 is in March or May, and what plain
numbers count, is decided once for the whole column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State
from modelyard.modalities.datetime import spelling
from modelyard.modalities.datetime.spelling import DAY

VERSION = 1
JSON = ("string", "number")

PARTS = ("days", "year", "month", "day", "weekday", "yearday", "hour")
"""Days since 1970 (with the time of day as a fraction), year, month 1-12, day 1-31, weekday 0-6 from Monday, day of the
year 1-366, hour 0-24 (with minutes as a fraction): the raw view."""
CIRCLES = ("year_sin", "year_cos", "week_sin", "week_cos", "day_sin", "day_cos")
"""Places on the circles of year, week and day: with standardised days and year the dense view."""
WIDTH = len(PARTS) + len(CIRCLES)

_LIKELY_YEARS = (1700.0, 2300.0)
_READABLE = 0.95
_LOOK = 20  # cells that tell whether a closer look is worth its time


def claim(sample: Sample) -> float:
    """High when nearly all cells are dates and written as such, or numbers that by name or size can only be dates."""
    options = settle(sample, {})
    dated = bool(spelling.numbers_count(sample))
    some = sample.values[:: max(1, len(sample.values) // _LOOK)]
    if not dated and not any(map(_looks_like_date, parse(some, options).values, some)):
        return 0.0
    read = parse(sample.values, options)
    dates = sum(map(partial(_looks_like_date, dated=dated), read.values, sample.values))
    known = int((~np.isnan(read.values)).sum()) + len(read.bad)
    return 0.95 if dates >= _READABLE * known else 0.0


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides `day_first` and `numbers` for the whole column, so that later rows are read the same way."""
    chosen, numbers = options.get("day_first"), options.get("numbers")
    return {
        **options,
        "day_first": _day_first(sample.values) if chosen is None else chosen,
        "numbers": (spelling.numbers_count(sample) or "seconds") if numbers is None else numbers,
    }


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> float64 [rows], seconds since 1970-01-01 UTC; numbers are such seconds unless `numbers` says otherwise.

    What is no date, or lies outside the years 1 to 9999, is `bad`.
    """
    chosen, counting = options.get("day_first"), options.get("numbers") or "seconds"
    one = partial(spelling.seconds, day_first=_day_first(values) if chosen is None else chosen, numbers=counting)
    texts, gaps = cells.own_gaps(options, one)
    bad: list[int] = []
    if values.dtype.kind in "fiu" and counting == "seconds":
        numbers: Array = values.astype(np.float64)
    elif values.dtype.kind == "M":
        numbers = spelling.seconds_of_times(values)
    else:
        found, bad = cells.read(values, spelling.WORDS | texts, one, math.nan)
        numbers = np.asarray(found, np.float64)
    read = cells.parsed(numbers, (), gaps)
    outside = (read.values < spelling.FIRST) | (read.values >= spelling.END)
    read.values[outside] = np.nan
    return Parsed(read.values, np.union1d(bad, np.flatnonzero(outside)).astype(np.int64), read.notes)


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell, as in `Preprocess`."""
    if not isinstance(cell, str):
        plain = isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
        return options.get("numbers") or "seconds" if plain else ""
    bare = cell.strip()
    if bare in spelling.WORDS or bare in {str(word).strip() for word in options.get("missing") or ()}:
        return "missing"
    form = spelling.form(bare)
    if form == "digits":
        return options.get("numbers") or "seconds"
    if form == "order":
        return "day_first" if options.get("day_first") else "month_first"
    return form


def doubts(sample: Sample, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Whether the day or the month stands first: no cell tells, or cells contradict each other."""
    month_only, day_only = spelling.orders(sample.values)
    if month_only and day_only:
        return ("two_orders",)
    open_order = not month_only and not day_only and spelling.has_order(sample.values)
    return ("day_order",) if open_order and not options.get("day_first") else ()


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
    day = np.floor(time / DAY)
    dates = day.astype(np.int64).astype("datetime64[D]")
    months, years = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
    in_year = (dates - years).astype(np.int64)
    weekday, hour = np.mod(day + 3, 7), (time - day * DAY) / 3600  # 1970-01-01 was a Thursday
    parts = [
        time / DAY,
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


def _looks_like_date(seconds: float, cell: Any, dated: bool = False) -> bool:
    if isinstance(cell, str):
        year = 1970 + seconds / (365.2425 * DAY)
        return _LIKELY_YEARS[0] <= year < _LIKELY_YEARS[1] and (dated or cells.number(cell.strip()) is None)
    return not math.isnan(seconds) and (dated or cells.number(cell) is None)


def _day_first(values: Array) -> bool:
    """Whether the day stands first in 03/05/2024: only where that makes more cells readable."""
    if values.dtype.kind in "fiubmM":
        return False
    month_only, day_only = spelling.orders(cells.as_list(values))
    return day_only > month_only
