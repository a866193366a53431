"""Dates and times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core.protocols import Sample
from modelyard.modalities.datetime import preprocess
from modelyard.modalities.datetime.options import Options

DEFAULTS = Options().model_dump()
MARCH_5 = 1_709_596_800.0  # 2024-03-05, a Tuesday, day 65 of the year
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))
law = settings(max_examples=100, deadline=None, derandomize=True)


def objects_of(*items: Any) -> Any:
    column = np.empty(len(items), object)
    column[:] = items
    return column


def sample_of(*items: Any) -> Sample:
    return Sample("x", objects_of(*items), len(set(map(str, items))), len(items))


def seconds_of(*items: Any, **options: Any) -> list[float]:
    values: list[float] = preprocess.parse(objects_of(*items), Options(**options).model_dump()).values.tolist()
    return values


def state_of(*values: float) -> dict[str, Any]:
    return preprocess.finish(preprocess.summarise(np.asarray(values, np.float64)), DEFAULTS)


def part_of(name: str, values: Any) -> Any:
    return preprocess.block([np.asarray(values, np.float64)], [{}])[
        :, (preprocess.PARTS + preprocess.CIRCLES).index(name)
    ]


# --------------------------------------------------------------------- parse
@pytest.mark.parametrize(
    "text",
    [
        *("2024-03-05", "2024-3-5", "2024/3/5", "2024/03/05", "2024.3.5", "20240305", "05.03.2024", "5.3.2024"),
        *("5-Mar-24", "05-MAR-2024", "5 March 2024", "Mar 5, 2024", "March 5th, 2024", "Tue, 5 Mar 2024", "5.3.24"),
        *("2024年3月5日 星期二", "2024-03-05 (周二)", "二〇二四年三月五日", "03/05/24"),
        *("2024年3月5日", "2024年03月05日", "２０２４／３／５", " 2024-03-05 ", "03/05/2024", "3-5-2024"),
        *("2024-03-05T00:00:00Z", "2024-03-05 00:00", "20240305000000", "2024-03-05T08:00:00+08:00"),
    ],
)
def test_spellings_of_a_day(text: str) -> None:
    assert seconds_of(text) == [MARCH_5]


@pytest.mark.parametrize(
    ("text", "hour", "minute", "second"),
    [
        ("2024-03-05T14:30", 14, 30, 0),
        ("2024-03-05 14:30:15.25", 14, 30, 15.25),
        ("2024-03-05T16:30:00+02:00", 14, 30, 0),
        ("2024-03-05 09:30-0500", 14, 30, 0),
        ("2024/3/5 2:30 PM", 14, 30, 0),
        ("2024/3/5 12:05 am", 0, 5, 0),
        ("2024/3/5 14:30:15 Z", 14, 30, 15),
        ("2024/3/5 16:30+02:00", 14, 30, 0),
        ("2024/3/5 09:30 -0500", 14, 30, 0),
        ("2024年3月5日 下午2:30", 14, 30, 0),
        ("2024年3月5日 上午12:05", 0, 5, 0),
        ("2024年3月5日 中午12:05", 12, 5, 0),
        ("2024/3/5 中午1:30", 13, 30, 0),
        ("2024/3/5 晚上9:30", 21, 30, 0),
        ("2024/3/5 凌晨2:30", 2, 30, 0),
        ("5-Mar-24 14:30", 14, 30, 0),
        ("2024年3月5日14时30分15秒", 14, 30, 15),
        ("2024年3月5日14点", 14, 0, 0),
        ("20240305T143015Z", 14, 30, 15),
        ("202403051430", 14, 30, 0),
        ("05.03.2024 14:30", 14, 30, 0),
        ("03/05/2024 14:30:15", 14, 30, 15),
    ],
)
def test_spellings_of_a_time(text: str, hour: int, minute: int, second: float) -> None:
    assert seconds_of(text) == [MARCH_5 + hour * 3600 + minute * 60 + second]


@pytest.mark.parametrize(
    "text", ["2024-03", "2024/3", "2024年3月", "二〇二四年三月", "03/2024", "3-2024", "Mar-24", "March 2024"]
)
def test_a_month_begins_on_its_first_day(text: str) -> None:
    assert seconds_of(text) == [MARCH_5 - 4 * 86_400]


def test_counted_seconds_and_milliseconds_as_text() -> None:
    assert seconds_of("1709596800", "1709596800.5", "1709596800250") == [MARCH_5, MARCH_5 + 0.5, MARCH_5 + 0.25]


def test_objects_of_other_libraries() -> None:
    beijing = timezone(timedelta(hours=8))
    cells = (
        date(2024, 3, 5),
        datetime(2024, 3, 5),
        datetime(2024, 3, 5, 8, tzinfo=beijing),
        pandas.Timestamp("2024-03-05"),
        pandas.Timestamp("2024-03-05 08:00", tz="Asia/Shanghai"),
        np.datetime64("2024-03-05"),
        np.datetime64("2024-03-05T00:00:00.000000000"),
        MARCH_5,
        int(MARCH_5),
    )
    assert seconds_of(*cells) == [MARCH_5] * len(cells)


@pytest.mark.parametrize("unit", ["D", "h", "s", "ms", "us", "ns"])
def test_arrays_of_times(unit: str) -> None:
    parsed = preprocess.parse(np.array(["2024-03-05", "NaT"], f"datetime64[{unit}]"), DEFAULTS)
    assert_array_equal(parsed.values, [MARCH_5, np.nan])
    assert not len(parsed.bad)


def test_what_is_no_date_is_bad() -> None:
    cells = ["2024-02-30", "2024-13-01", "13:45", "soon", True, "2024-03-05 25:00", "2024-03-05 10:61", "32.01.2024"]
    parsed = preprocess.parse(objects_of(*cells, "12345", "13/2024", [1], np.timedelta64(5, "s")), DEFAULTS)
    assert parsed.bad.tolist() == list(range(len(parsed.values)))


@pytest.mark.parametrize(
    "cell", [1e18, -1e18, np.datetime64("20000-01-01"), np.datetime64(10**9, "Y"), "0001-01-01T00:00:00+14:00"], ids=str
)
def test_far_outside_the_calendar_is_bad(cell: Any) -> None:
    assert preprocess.parse(objects_of(cell, MARCH_5), DEFAULTS).bad.tolist() == [0]


def test_milliseconds_as_numbers_are_refused_rather_than_misread() -> None:
    assert preprocess.parse(np.array([1_709_596_800_000]), DEFAULTS).bad.tolist() == [0]


def test_infinities_are_missing_and_counted() -> None:
    parsed = preprocess.parse(np.array([np.inf, MARCH_5]), DEFAULTS)
    assert np.isnan(parsed.values[0]) and parsed.notes == {"infinite": 1} and not len(parsed.bad)


@law
@given(moments)
def test_every_moment_reads_back(moment: datetime) -> None:
    expected = (moment - datetime(1970, 1, 1)).total_seconds()
    assert seconds_of(moment.isoformat(), moment) == [expected] * 2
    assert_allclose(seconds_of(np.datetime64(moment)), [expected], rtol=0, atol=1e-4)
    slow = moment.replace(microsecond=0)
    text = f"{slow.year:04}/{slow.month}/{slow.day} {slow.hour}:{slow.minute}:{slow.second}"
    assert seconds_of(text) == [(slow - datetime(1970, 1, 1)).total_seconds()]


def test_two_digits_of_a_year_are_near_today() -> None:
    assert seconds_of("5-Mar-69", "5-Mar-68") == seconds_of("1969-03-05", "2068-03-05")


@pytest.mark.parametrize("word", ["待定", "至今", "0000-00-00", "无", "—", "N/A"])
def test_words_for_no_date(word: str) -> None:
    parsed = preprocess.parse(objects_of(word, "2024-03-05"), DEFAULTS)
    assert_array_equal(parsed.values, [np.nan, MARCH_5])
    assert not len(parsed.bad)


# ------------------------------------------------------------- what numbers count
NUMBERS = {
    "seconds": (MARCH_5, "1709596800"),
    "milliseconds": (MARCH_5 * 1000, "1709596800000"),
    "days": (45_356, "45356"),
    "digits": (20_240_305, "20240305"),
}


@pytest.mark.parametrize("numbers", NUMBERS)
def test_option_numbers(numbers: str) -> None:
    cell, text = NUMBERS[numbers]
    assert seconds_of(cell, text, "2024-03-05", date(2024, 3, 5), numbers=numbers) == [MARCH_5] * 4
    assert seconds_of(np.int64(cell), float(cell), numbers=numbers) == [MARCH_5] * 2
    parsed = preprocess.parse(np.array([cell]), Options(numbers=numbers).model_dump())
    assert parsed.values.tolist() == [MARCH_5]


def test_halves_of_days_and_months_in_digits() -> None:
    assert seconds_of("45356.5", numbers="days") == [MARCH_5 + 43_200]
    assert seconds_of("202403", "2024.3", "20240305143000", numbers="digits") == [
        *(MARCH_5 - 4 * 86_400, MARCH_5 - 4 * 86_400, MARCH_5 + 14.5 * 3600)
    ]
    bad = preprocess.parse(objects_of(20_241_305, 1e18, -1e9), Options(numbers="digits").model_dump()).bad
    assert bad.tolist() == [0, 1, 2]
    assert preprocess.parse(objects_of(1e300), Options(numbers="days").model_dump()).bad.tolist() == [0]


@pytest.mark.parametrize(
    ("name", "cells", "numbers"),
    [
        ("x", [20_240_301 + n for n in range(25)], "digits"),
        ("x", [f"202403{n:02}" for n in range(1, 26)], "digits"),
        ("x", [f"2024.{n:02}" for n in range(1, 13)] * 2, "digits"),
        ("日期", [20_240_305], "digits"),
        ("账期", ["202403", "202404"], "digits"),
        ("下单日期", [45_356, 45_357], "days"),
        ("birth_date", ["25569.25"], "days"),
        ("x", ["2024-03-05", "45357"], "days"),
        ("timestamp", [1_709_596_800], "seconds"),
        ("createdAt", ["1709596800000"], "milliseconds"),
        ("x", [1_709_596_800], ""),
        ("time", [12, 285], ""),
        ("days", [45_356], ""),
        ("date", [0.1, 0.9], ""),
        ("x", [20_240_305] * 5, ""),
        ("x", [10_000_000 + 7919 * n for n in range(30)], ""),
        ("日期", ["2024-03-05"], ""),
        ("日期", [True, None], ""),
    ],
)
def test_what_numbers_count_by_size_and_name(name: str, cells: list[Any], numbers: str) -> None:
    sample = Sample(name, objects_of(*cells), len(set(cells)), len(cells))
    assert preprocess.settle(sample, DEFAULTS)["numbers"] == (numbers or "seconds")
    assert (preprocess.claim(sample) > 0.9) == (bool(numbers) or cells == ["2024-03-05"])
    assert preprocess.settle(sample, {**DEFAULTS, "numbers": "days"})["numbers"] == "days"


# ------------------------------------------------------------------------- told
def test_what_is_told() -> None:
    options = {**DEFAULTS, "day_first": True, "numbers": "days", "missing": ["nie"]}
    hows = {
        **{
            "2024-03-05": "",
            "2024-03-05 10:00": "",
            "2024年3月5日": "date",
            "5-Mar-24": "date",
            "05/03/2024": "day_first",
        },
        **{"2024-03": "month", "2024-03-05T10:00:00Z": "zone", "45356": "days", "待定": "missing", "nie": "missing"},
        **{"20240305T1000": "compact"},
    }
    assert {cell: preprocess.how(cell, options) for cell in hows} == hows
    assert preprocess.how("05/03/2024", DEFAULTS) == "month_first"
    assert [preprocess.how(cell, options) for cell in (45_356, date(2024, 3, 5), None, True)] == ["days", "", "", ""]


@pytest.mark.parametrize(
    ("cells", "doubts"),
    [
        (("03/05/2024", "04/06/2024"), ("day_order",)),
        (("13/05/2024", "04/06/2024"), ()),
        (("13/05/2024", "04/26/2024"), ("two_orders",)),
        (("2024-03-05", "red"), ()),
        ((), ()),
    ],
)
def test_doubts(cells: tuple[str, ...], doubts: tuple[str, ...]) -> None:
    sample = sample_of(*cells)
    assert preprocess.doubts(sample, preprocess.settle(sample, DEFAULTS)) == doubts
    if doubts == ("day_order",):
        assert preprocess.doubts(sample, {**DEFAULTS, "day_first": True}) == ()


# ------------------------------------------------------------------- options
def test_option_day_first() -> None:
    april, may = seconds_of("2024-04-05", "2024-05-04")
    assert seconds_of("04/05/2024", day_first=True) == [may]
    assert seconds_of("04/05/2024", day_first=False) == [april]
    assert np.isnan(seconds_of("13/05/2024", day_first=False)[0])


@pytest.mark.parametrize(
    ("cells", "day_first"),
    [
        (("03/05/2024", "13/05/2024"), True),
        (("03/05/2024", "05/13/2024"), False),
        (("03/05/2024",), False),
        (("13-05-2024 10:00", "01-02-2024"), True),
        (("１３／０５／２０２４",), True),
        (("2024-05-13",), False),
        ((), False),
        ((1.0, None), False),
    ],
)
def test_the_column_decides_what_stands_first(cells: tuple[Any, ...], day_first: bool) -> None:
    settled = preprocess.settle(sample_of(*cells), DEFAULTS)
    assert settled["day_first"] is day_first
    assert_array_equal(preprocess.parse(objects_of(*cells), DEFAULTS).values, seconds_of(*cells, day_first=day_first))
    assert preprocess.settle(sample_of(*cells), {**DEFAULTS, "day_first": True})["day_first"] is True


def test_option_missing() -> None:
    cells = ("1900-01-01", date(1900, 1, 1), "never", "2024-03-05")
    values = seconds_of(*cells, missing=["1900-01-01", "never"])
    assert_array_equal(values, [np.nan, np.nan, np.nan, MARCH_5])
    assert not np.isnan(seconds_of(*cells)[0])


# --------------------------------------------------------------------- claim
@pytest.mark.parametrize(
    "cells",
    [
        ("2024-01-01", "?"),
        ("2024/1/1", "2024/2/3"),
        ("2024年3月5日",),
        ("13/05/2024", "03/05/2024"),
        ("01.02.2024",),
        (date(2024, 1, 1), None),
        (np.datetime64("2024-01-01"),),
        (*(f"2024-01-{day:02}" for day in range(1, 31)), "soon"),
    ],
    ids=str,
)
def test_claims_dates(cells: tuple[Any, ...]) -> None:
    assert preprocess.claim(sample_of(*cells)) > 0.9


@pytest.mark.parametrize(
    "cells",
    [
        ("20240305", "20240306"),
        (20240305, 20240306),
        ("2024.03", "1999.12"),
        ("1709596800",),
        (1.7e9, 1.8e9),
        ("1.2.3", "1.2.4"),
        ("12:30", "13:45"),
        ("2024-01-01", "red", "blue"),
        ("0203-04-05",),
        ("a", "b"),
        ("?",),
        (),
        (True, False),
    ],
    ids=str,
)
def test_leaves_numbers_and_names_alone(cells: tuple[Any, ...]) -> None:
    assert preprocess.claim(sample_of(*cells)) < 0.5


# --------------------------------------------------------------------- views
@law
@given(moments)
def test_parts_are_those_of_the_calendar(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    row = preprocess.block([np.array(seconds_of(moment))], [{}])[0]
    days = (moment - datetime(1970, 1, 1)) / timedelta(days=1)
    hour = moment.hour + moment.minute / 60 + moment.second / 3600
    expected = [days, moment.year, moment.month, moment.day, moment.weekday(), moment.timetuple().tm_yday, hour]
    assert_allclose(row[: len(expected)], expected, rtol=1e-12, atol=1e-9)


def test_circles_close() -> None:
    day = 86_400.0
    assert_allclose(part_of("week_sin", [0, 7 * day]), np.sin(2 * np.pi * 3 / 7) * np.ones(2))
    night = [
        part_of(name, [datetime(2024, 1, 1, 23, 59, tzinfo=UTC).timestamp(), 0.0]) for name in ("day_sin", "day_cos")
    ]
    assert np.abs(np.diff(night)).max() < 0.01
    winter = [seconds_of("2023-12-31")[0], seconds_of("2024-01-01")[0]]
    assert np.abs(np.diff([part_of("year_sin", winter), part_of("year_cos", winter)])).max() < 0.03


def test_before_1970() -> None:
    assert part_of("year", seconds_of("1969-12-31 18:00")).tolist() == [1969]
    assert part_of("hour", seconds_of("1969-12-31 18:00")).tolist() == [18]
    assert part_of("weekday", seconds_of("1969-12-31")).tolist() == [2]


def test_missing_dates_have_no_parts() -> None:
    assert np.isnan(preprocess.block([np.array([np.nan])], [{}])).all()


def test_raw_view_is_the_parts() -> None:
    block = preprocess.block([np.array([MARCH_5, np.nan]), np.array([0.0, 0.0])], [{}, {}])
    raw = preprocess.view("raw", block, [{}, {}])
    assert raw[0].tolist() == [19787, 2024, 3, 5, 1, 65, 0, 0, 1970, 1, 1, 3, 1, 0]
    assert np.isnan(raw[1, :7]).all()
    assert [f.name for f in preprocess.features("raw", ["日期"], [{}])] == [
        f"日期[{part}]" for part in preprocess.PARTS
    ]


def test_dense_view_is_scaled_with_gaps_in_the_middle() -> None:
    states = [state_of(0.0, 2 * 365 * 86_400.0, np.nan)]
    block = preprocess.block([np.array([0.0, 2 * 365 * 86_400.0, np.nan, 1e12])], states)
    dense = preprocess.view("dense", block, states)
    names = [feature.name for feature in preprocess.features("dense", ["t"], states)]
    assert names[:2] == ["t[days]", "t[year]"] and names[-1] == "t[missing]"
    assert dense[:2, :2].tolist() == [[-1, -1], [1, 1]]
    assert dense[2].tolist() == [0] * 8 + [1]
    assert dense[3, :2].tolist() == [10, 10]


def test_state_of_one_day_and_of_none() -> None:
    assert state_of(MARCH_5, MARCH_5) == {"days": [MARCH_5 / 86_400, 1.0], "year": [2024.0, 1.0], "missing": False}
    assert state_of(np.nan) == {"days": [0.0, 1.0], "year": [0.0, 1.0], "missing": True}


def test_profile() -> None:
    profile = preprocess.profile(np.array([MARCH_5, np.nan]))
    assert profile == {"kind": "datetime", "edges": [MARCH_5], "counts": [0, 1], "missing": 1}
