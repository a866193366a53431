"""Dates and times."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

from oddities.case import Case, chinese, column, full_width

Moment = Callable[[datetime], object]
SHANGHAI = timezone(timedelta(hours=8))
DIGITS = "〇一二三四五六七八九"
WEEK = "一二三四五六日"


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _days()
    yield from _orders()
    yield from _times()
    yield from _counted()
    yield from _with_gaps()


def _day(seeded: random.Random) -> datetime:
    return datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=seeded.randrange(1000))


def _time(seeded: random.Random) -> datetime:
    return _day(seeded) + timedelta(minutes=seeded.randrange(1440))


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _written(name: str, write: Moment, draw: Callable[[random.Random], datetime] = _day, **more: object) -> Case:
    return column(name, "datetime", draw, write, _seconds, **more)  # type: ignore[arg-type]


def _month(seeded: random.Random) -> datetime:
    return _day(seeded).replace(day=1)


def _days() -> Iterator[Case]:
    yield _written("2024年3月5日", lambda d: f"{d.year}年{d.month}月{d.day}日")
    yield _written("2024年03月05日, full-width", lambda d: full_width(f"{d:%Y年%m月%d日}"))
    yield _written("2024年3月5日 星期二", lambda d: f"{d.year}年{d.month}月{d.day}日 星期{WEEK[d.weekday()]}")
    yield _written("二〇二四年三月五日", _in_words)
    yield _written("2024年3月", lambda d: f"{d.year}年{d.month}月", _month)
    yield _written("2024-3", lambda d: f"{d.year}-{d.month}", _month)
    yield _written("2024.03", lambda d: f"{d:%Y.%m}", _month)
    yield _written("03/2024", lambda d: f"{d:%m/%Y}", _month)
    yield _written("202403 of a period", lambda d: f"{d:%Y%m}", _month, header="账期")
    yield _written("20240305", lambda d: f"{d:%Y%m%d}")
    yield _written("20240305 as numbers", lambda d: int(f"{d:%Y%m%d}"), header="交易日期", file="table.xlsx")
    yield _written("2024/3/5", lambda d: f"{d.year}/{d.month}/{d.day}")
    yield _written("2024.3.5", lambda d: f"{d.year}.{d.month}.{d.day}")
    yield _written("5-Mar-24", lambda d: f"{d.day}-{d:%b-%y}")
    yield _written("05-MAR-2024", lambda d: f"{d:%d-%b-%Y}".upper())
    yield _written("Mar 5, 2024", lambda d: f"{d:%b} {d.day}, {d.year}")
    yield _written("5 March 2024", lambda d: f"{d.day} {d:%B %Y}")
    yield _written("Mar-24", lambda d: f"{d:%b-%y}", _month)
    yield _written("Tue, 05 Mar 2024", lambda d: f"{d:%a, %d %b %Y}")
    yield _written("05.03.2024", lambda d: f"{d:%d.%m.%Y}")
    yield _written("5.3.24", lambda d: f"{d.day}.{d.month}.{d:%y}")
    yield _written("dates of a workbook", lambda d: d.replace(tzinfo=None), file="table.xlsx")
    yield _written(
        "dates of a workbook beside texts",
        lambda d: d.replace(tzinfo=None) if d.day % 2 else f"{d.year}/{d.month}/{d.day}",
        file="table.xlsx",
    )
    yield _written(
        "several ways to write a day",
        lambda d: (f"{d:%Y-%m-%d}", f"{d:%Y/%m/%d}", f"{d.year}年{d.month}月{d.day}日")[d.day % 3],
    )


def _in_words(day: datetime) -> str:
    year = "".join(DIGITS[int(digit)] for digit in str(day.year))
    month, in_month = (
        chinese(number).removeprefix("一") if 10 <= number < 20 else chinese(number) for number in (day.month, day.day)
    )
    return f"{year}年{month}月{in_month}日"


def _early(seeded: random.Random) -> datetime:
    return datetime(seeded.randrange(2020, 2025), seeded.randrange(1, 13), seeded.randrange(1, 13), tzinfo=UTC)


def _orders() -> Iterator[Case]:
    yield _written("31/12/2024", lambda d: f"{d:%d/%m/%Y}")
    yield _written("12/31/2024", lambda d: f"{d:%m/%d/%Y}")
    yield _written("31-12-2024", lambda d: f"{d:%d-%m-%Y}")
    yield _written("31/12/24", lambda d: f"{d:%d/%m/%y}")
    yield _written("12/31/24", lambda d: f"{d:%m/%d/%y}")
    yield _written("3/5/2024, nobody knows", lambda d: f"{d:%m/%d/%Y}", _early, reported=True)
    mixed = _written(
        "both orders in one column", lambda d: f"{d:%d/%m/%Y}" if d.day % 2 else f"{d:%m/%d/%Y}", reported=True
    )
    yield mixed


def _times() -> Iterator[Case]:
    yield _written("2024-03-05 14:30:00", lambda d: f"{d:%Y-%m-%d %H:%M:%S}", _time)
    yield _written("2024/3/5 9:30", lambda d: f"{d.year}/{d.month}/{d.day} {d.hour}:{d:%M}", _time)
    yield _written("2024年3月5日 下午2:30", _half_day, _time)
    yield _written(
        "2024/3/5 上午9:30", lambda d: _half_day(d).replace("年", "/").replace("月", "/").replace("日", ""), _time
    )
    yield _written("2024-03-05 2:30 PM", lambda d: f"{d:%Y-%m-%d %I:%M %p}", _time)
    yield _written("31/12/2024 14:30", lambda d: f"{d:%d/%m/%Y %H:%M}", _time)
    yield _written("Z", lambda d: f"{d:%Y-%m-%dT%H:%M:%SZ}", _time)
    yield _written("+08:00", lambda d: d.astimezone(SHANGHAI).isoformat(), _time)
    yield _written("zones side by side", lambda d: (d if d.day % 2 else d.astimezone(SHANGHAI)).isoformat(), _time)
    yield _written("20240305143000", lambda d: f"{d:%Y%m%d%H%M%S}", _time)


def _half_day(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{moment.year}年{moment.month}月{moment.day}日 {'下午' if moment.hour >= 12 else '上午'}{hour}:{moment:%M}"


def _serial(moment: datetime) -> float:
    return (moment - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1)


def _counted() -> Iterator[Case]:
    yield _written("serial days", lambda d: f"{_serial(d):.0f}", header="下单日期")
    yield _written("serial days as numbers", lambda d: int(_serial(d)), header="order_date", file="table.xlsx")
    yield _written(
        "serial days with hours",
        lambda d: f"{_serial(d):.10f}",
        lambda r: _day(r) + timedelta(hours=6 * r.randrange(4)),
        header="发货日期",
    )
    yield _written(
        "serial days beside texts", lambda d: f"{_serial(d):.0f}" if d.day % 4 == 0 else f"{d:%Y-%m-%d}", header="日期"
    )
    yield _written("seconds since 1970", lambda d: f"{d.timestamp():.0f}", _time, header="timestamp")
    yield _written("milliseconds since 1970", lambda d: f"{d.timestamp() * 1000:.0f}", _time, header="created_at")
    yield _written(
        "seconds since 1970 as numbers", lambda d: int(d.timestamp()), _time, header="时间戳", file="table.jsonl"
    )


def _with_gaps() -> Iterator[Case]:
    yield _written("dates with words for missing", lambda d: f"{d:%Y-%m-%d}", missing=("待定", "无", "—", "", "至今"))
    yield _written("dates with empty ones of a database", lambda d: f"{d:%Y-%m-%d}", missing=("0000-00-00", "NULL"))
    yield _written("the 30th of February", lambda d: f"{d:%Y-%m-%d}", others=[("2024-02-30", None)], reported=True)
