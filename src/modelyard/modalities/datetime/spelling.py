"""Moments as people write them: 2024年3月5日 下午2:30, 5-Mar-24, 05.03.2024, 20240305, 45356 in a spreadsheet."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np

from modelyard.core import cells
from modelyard.core.amounts import cleaned, numeral
from modelyard.core.protocols import Array, Doubles, Sample

WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS | {"0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "至今"}
"""Texts that mean a missing moment."""

DAY = 86_400
FIRST, END = -62_135_596_800.0, 253_402_300_800.0  # years 1 to 9999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPREADSHEET = 25_569  # 1970-01-01 in days of a spreadsheet
_READABLE = 0.95
_LOOK = 20  # cells that tell whether a closer look is worth its time
_FEWEST = 20  # numbers that tell 8 digits of a date from others

_TIME = (
    r"(?:[T\s]*(?P<half>凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*(?P<hour>[0-9]{1,2})[:时点](?P<minute>[0-9]{1,2})?"
    r"(?:[:分](?P<second>[0-9]{1,2}(?:\.[0-9]+)?))?[分秒]?\s*(?P<noon>[AaPp])?(?(noon)\.?[Mm]\.?))?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR = "(?P<year>[0-9]{4}|[0-9]{2})"
_NAMED = r"(?P<word>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_FORMS = {
    "": r"(?P<year>[0-9]{4})[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?",
    "month": r"(?P<year>[0-9]{4})[-/年](?P<month>[0-9]{1,2})月?",
    "dotted": rf"(?P<day>[0-9]{{1,2}})\.(?P<month>[0-9]{{1,2}})\.{_YEAR}",
    "named": rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[-/ .]*{_NAMED}[-/ ,.]*{_YEAR}",
    "named_first": rf"{_NAMED}\s*(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{{4}})",
    "named_month": rf"{_NAMED}[-/ ,']+{_YEAR}",
    "month_year": r"(?P<month>[0-9]{1,2})[-/](?P<year>[0-9]{4})",
}
_ORDERS = {
    True: rf"(?P<day>[0-9]{{1,2}})[-/](?P<month>[0-9]{{1,2}})[-/]{_YEAR}",
    False: rf"(?P<month>[0-9]{{1,2}})[-/](?P<day>[0-9]{{1,2}})[-/]{_YEAR}",
}
_COMPILED = {form: re.compile(pattern + _TIME, re.IGNORECASE) for form, pattern in _FORMS.items()}
_ORDERED = {first: re.compile(pattern + _TIME, re.IGNORECASE) for first, pattern in _ORDERS.items()}
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:[T ]?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z)?)?"
)
_COMPACT_MONTH = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})")
_DOTTED_MONTH = re.compile(r"(?P<year>(?:19|20)[0-9]{2})\.(?P<month>0?[1-9]|1[0-2])")
_COUNTED = re.compile(r"[0-9]{9,10}(?:\.[0-9]+)?|[0-9]{13}")  # seconds or milliseconds since 1970, as text
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+|\s*[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?", re.IGNORECASE
)
_SPELT = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月(?:([一二三四五六七八九十]{1,3})[日号])?"
)
_STARTS = (("year", 1), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0))

_DATED = (
    "日期",
    "日",
    "生日",
    "时间",
    "期",
    "月份",
    "月",
    "date",
    "dates",
    "dt",
    "birthdate",
    "dob",
    "month",
    "period",
    "ym",
)
_CLOCKED = (
    "时间",
    "时间戳",
    "日期",
    "date",
    "time",
    "timestamp",
    "ts",
    "epoch",
    "datetime",
    "at",
    "created",
    "updated",
)
_RANGES = {  # what numbers count -> the years 1970 to 2100, or a little before
    "days": (7_306.0, 73_050.0),
    "seconds": (1e8, 4.2e9),
    "milliseconds": (1e11, 4.2e12),
}


def seconds(cell: Any, day_first: bool, numbers: str) -> float | None:
    """Seconds since 1970 of a cell that is not missing, or None."""
    if isinstance(cell, str):
        return _seconds_of_text(cleaned(cell), day_first, numbers)
    if isinstance(cell, np.datetime64):
        return float(seconds_of_times(np.asarray([cell]))[0])
    if isinstance(cell, date):
        return _since(cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day))
    number = None if isinstance(cell, bool | np.bool_) else cells.number(cell)
    return None if number is None else counted(number, numbers)


def counted(number: float, numbers: str) -> float | None:
    """A plain number as seconds since 1970."""
    if numbers == "days":
        return (number - _SPREADSHEET) * DAY if abs(number) < 1e7 else None
    if numbers == "digits":
        return _of_digits(str(int(number))) if number == number and abs(number) < 1e15 else None
    return number / 1000 if numbers == "milliseconds" else number


def seconds_of_times(values: Array) -> Doubles:
    """datetime64 [rows] -> seconds, NaN for NaT; far outside the calendar where microseconds cannot count them."""
    days = values.astype("datetime64[D]")
    near = (days >= np.datetime64("0001-01-01")) & (days <= np.datetime64("9999-12-31"))
    found = np.where(np.isnat(values), np.nan, END)
    found[near] = values[near].astype("datetime64[us]").astype(np.int64) / 1e6
    return found


def numbers_count(sample: Sample) -> str:
    """What plain numbers count in this column, as most of them can be read; empty where they are just numbers."""
    step = len(sample.values) // _LOOK
    if step > 1 and not _counting(sample.name, sample.values[::step], 1):
        return ""
    return _counting(sample.name, sample.values, _FEWEST)


def orders(values: Iterable[Any]) -> tuple[int, int]:
    """Of the texts such as 03/05/2024, how many cannot be day first, and how many cannot be month first; 03/05 neither.

    Returns:
        (cells in which only the month can stand first, cells in which only the day can).
    """
    texts = {cleaned(cell) for cell in values if isinstance(cell, str) and _may_have_order(cell)}
    found = [(int(match["month"]), int(match["day"])) for match in map(_ORDERED[False].fullmatch, texts) if match]
    return sum(second > 12 >= first for first, second in found), sum(first > 12 >= second for first, second in found)


def has_order(values: Iterable[Any]) -> bool:
    """Whether there are texts of which one must know whether the day or the month stands first."""
    return any(
        isinstance(cell, str) and _may_have_order(cell) and _ORDERED[True].fullmatch(cleaned(cell)) for cell in values
    )


def form(text: str) -> str:
    """How a text that is a moment spells it; empty for ISO 8601."""
    bare = cleaned(text)
    if _DIGITS.fullmatch(bare):
        return "digits"
    if _COMPACT.fullmatch(bare):
        return "compact"
    if any(match.fullmatch(bare) for match in _ORDERED.values()):
        return "order"
    if any(_COMPILED[name].fullmatch(bare) for name in ("month", "month_year", "named_month")):
        return "month"
    iso = bare[4:5] == "-" and bare[7:8] == "-"
    zoned = iso and (bare.endswith("Z") or re.search(r"[+-][0-9]{2}:?[0-9]{2}$", bare[10:]) is not None)
    return ("zone" if zoned else "") if iso else "date"


def _may_have_order(text: str) -> bool:
    """Cheap to ask before the rest: two dashes or strokes, and no year in front."""
    return text.count("/") == 2 or (text.count("-") == 2 and text[4:5] != "-") or not text.isascii()


def _counting(name: str, values: Array, fewest: int) -> str:
    """What plain numbers among some cells count; 8 digits are dates where at least `fewest` cells are."""
    numbers = [number for number in map(_digits, values) if number is not None]
    if not numbers:
        return ""
    dotted = sum(isinstance(cell, str) and _DOTTED_MONTH.fullmatch(cell.strip()) is not None for cell in values)
    if dotted >= max(fewest, _READABLE * len(values)):
        return "digits"
    dated = _is_named(name, _DATED)
    if (_all(numbers, _is_day) and (len(numbers) >= fewest or dated)) or (dated and _all(numbers, _is_month)):
        return "digits"
    beside = len(numbers) < len(values) and not any(isinstance(cell, float) for cell in values)
    if _within(numbers, "days") and (dated or beside):
        return "days"
    named = [way for way in ("seconds", "milliseconds") if _within(numbers, way) and _is_named(name, _CLOCKED)]
    return named[0] if named else ""


def _seconds_of_text(text: str, day_first: bool, numbers: str) -> float | None:
    if _DIGITS.fullmatch(text):
        if numbers in ("days", "milliseconds"):
            return counted(float(text), numbers)
        if numbers == "digits":
            return _of_digits(text)
        if _COUNTED.fullmatch(text):
            return float(text) / (1000 if len(text) == 13 and text.isdigit() else 1)
    return _since(_moment(text, day_first))


def _of_digits(text: str) -> float | None:
    """20240305, 20240305143000, 202403 or 2024.03."""
    match = _COMPACT.fullmatch(text) or _COMPACT_MONTH.fullmatch(text) or _DOTTED_MONTH.fullmatch(text)
    return _since(_moment_of(match.groupdict())) if match else None


def _since(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _moment(text: str, day_first: bool) -> datetime | None:
    try:
        if text[4:5] == "-" and text[7:8] == "-" and text[10:11] in "T t":  # the usual case, and the fastest
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    text = _in_digits(_WEEKDAY.sub(" ", text).strip() if not text[:4].isdigit() or not text.isascii() else text)
    for pattern in (*_COMPILED.values(), _ORDERED[day_first], _COMPACT):
        match = pattern.fullmatch(text)
        if match:
            return _moment_of(match.groupdict())
    return None


def _in_digits(text: str) -> str:
    """二〇二四年三月五日 with the digits that other dates have."""
    found = None if text.isascii() else _SPELT.match(text)
    if found is None:
        return text
    year, month, day = (None if part is None else numeral(part) for part in found.groups())
    return f"{year}年{month}月" + ("" if day is None else f"{day}日") + text[found.end() :]


def _moment_of(found: Mapping[str, str | None]) -> datetime | None:
    """The moment that the named parts of a text mean; None when the calendar or the clock has no such place."""
    year, month, day, hour, minute = (int(found.get(part) or start) for part, start in _STARTS)
    if len(found.get("year") or "") == 2:
        year += 1900 if year >= 69 else 2000
    if word := found.get("word"):
        month = _MONTHS.index(word.lower()) + 1
    second = float(found.get("second") or 0)
    hour = _of_the_day(hour, found.get("half") or (found.get("noon") or "").lower())
    try:
        moment = datetime(year, month, day, hour, minute, int(second), tzinfo=_zone(found.get("zone") or ""))
        return moment + timedelta(seconds=second % 1)
    except (ValueError, OverflowError):
        return None


def _of_the_day(hour: int, half: str) -> int:
    """The hour of a clock of twelve hours."""
    late = half in ("下午", "傍晚", "晚上", "p") or (half == "中午" and hour < 11)
    early = half in ("上午", "凌晨", "早上", "a")
    return (hour + 12) % 24 if (late and hour < 12) or (early and hour == 12) else hour


def _zone(text: str) -> timezone:
    if text[:1] not in ("+", "-"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _digits(cell: Any) -> float | None:
    """A cell that is a plain number."""
    if isinstance(cell, str):
        return float(cell) if _DIGITS.fullmatch(cell.strip()) else None
    number = None if isinstance(cell, bool | np.bool_ | date | np.datetime64) else cells.number(cell)
    return number if number is not None and math.isfinite(number) else None


def _all(numbers: list[float], test: Callable[[float], bool]) -> bool:
    return sum(map(test, numbers)) >= _READABLE * len(numbers)


def _is_day(number: float) -> bool:
    return (
        19_000_101 <= number < 21_000_000_000_000
        and (number < 21_000_000 or number >= 190_001_010_000)
        and (number == int(number) and _of_digits(str(int(number))) is not None)
    )


def _is_month(number: float) -> bool:
    return 190_001 <= number <= 210_012 and number == int(number) and _of_digits(str(int(number))) is not None


def _within(numbers: list[float], way: str) -> bool:
    low, high = _RANGES[way]
    return _all(numbers, lambda number: low <= number < high)


def _is_named(name: str, words: tuple[str, ...]) -> bool:
    bare = name.strip()
    return not {*words}.isdisjoint(cells.words_of(bare)) or bare.endswith(
        tuple(word for word in words if not word.isascii())
    )
