"""Working days: weekends, holidays, make-up days, own days; numbers and dates of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import plugins
from modelyard.core.errors import InstallError, ProjectError
from modelyard.plan.schedule import calendar as calendars
from modelyard.plan.schedule.calendar import WorkingDays
from modelyard.plan.schedule.work import Calendar

MONDAY = date(2027, 1, 4)
calm = settings(max_examples=40, deadline=None, derandomize=True)


def days_of(calendar: Calendar, start: date, count: int) -> list[date]:
    working = WorkingDays(calendar, start)
    found = [working.day(number) for number in range(count)]
    return [day for day in found if day is not None]


def test_weekends_are_free_without_a_country() -> None:
    assert days_of(Calendar(), date(2027, 1, 8), 3) == [date(2027, 1, 8), date(2027, 1, 11), date(2027, 1, 12)]


def test_a_plan_that_starts_on_a_free_day_starts_on_the_next_working_one() -> None:
    working = WorkingDays(Calendar(), date(2027, 1, 9))
    assert working.day(0) == date(2027, 1, 11)
    assert working.number(date(2027, 1, 9)) == 0


def test_a_weekend_of_ones_own() -> None:
    assert days_of(Calendar(weekend=(4,)), date(2027, 1, 7), 3) == [
        date(2027, 1, 7), date(2027, 1, 9), date(2027, 1, 10),
    ]  # fmt: skip


def test_no_weekend_at_all() -> None:
    assert days_of(Calendar(weekend=()), date(2027, 1, 8), 3) == [date(2027, 1, 8) + timedelta(n) for n in range(3)]


def test_own_closed_and_opened_days_come_before_everything_else() -> None:
    calendar = Calendar(closed=(date(2027, 1, 5),), opened=(date(2027, 1, 9),))
    found = days_of(calendar, MONDAY, 5)
    assert date(2027, 1, 5) not in found
    assert date(2027, 1, 9) in found


def test_months_split_the_days_where_the_calendar_does() -> None:
    working = WorkingDays(Calendar(), MONDAY)
    assert working.months(30) == [(0, 20), (20, 30)]
    assert working.months(20) == [(0, 20)]
    assert working.months(0) == []
    assert working.months(1) == [(0, 1)]


def test_months_of_two_years_are_different_months() -> None:
    calendar = Calendar(closed=tuple(date(2027, 1, 5) + timedelta(n) for n in range(364)))
    assert WorkingDays(calendar, MONDAY).months(2) == [(0, 1), (1, 2)]


def test_the_evening_on_which_work_is_over() -> None:
    working = WorkingDays(Calendar(), MONDAY)
    assert working.last(5) == date(2027, 1, 8)
    assert working.last(5.01) == date(2027, 1, 11)
    assert working.last(5 + 1e-12) == date(2027, 1, 8)
    assert working.last(0) == MONDAY
    assert working.last(float("inf")) is None
    assert working.last(1e18) is None


def test_days_beyond_all_plans_have_no_date() -> None:
    working = WorkingDays(Calendar(), MONDAY)
    assert working.day(400 * calendars.MOST_YEARS) is None
    assert working.number(date(2999, 1, 1)) > 200 * calendars.MOST_YEARS


@calm
@given(st.integers(0, 2000), st.sets(st.integers(0, 6), max_size=6), st.integers(0, 400))
def test_numbers_and_dates_are_each_others_inverse(number: int, weekend: set[int], later: int) -> None:
    working = WorkingDays(Calendar(weekend=tuple(weekend)), MONDAY + timedelta(later))
    day = working.day(number)
    assert day is not None
    assert working.number(day) == number
    assert working.number(day + timedelta(1)) == number + 1


# what is wrong with a calendar


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        (Calendar(weekend=tuple(range(7))), "working day"),
        (Calendar(weekend=(7,)), "0 (Monday) to 6 (Sunday)"),
        (Calendar(weekend=(-1,)), "0 (Monday) to 6 (Sunday)"),
        (Calendar(region="BY"), "without a country"),
        (Calendar(closed=(MONDAY,), opened=(MONDAY,)), "both closed and open"),
    ],
)
def test_a_calendar_that_cannot_be(calendar: Calendar, said: str) -> None:
    with pytest.raises(ProjectError, match="plan: calendar") as raised:
        WorkingDays(calendar, MONDAY)
    assert said in str(raised.value)


def test_a_year_that_is_closed_has_no_working_day() -> None:
    closed = tuple(MONDAY + timedelta(n) for n in range(400))
    with pytest.raises(ProjectError, match="no working day within 366 days from 2027-01-04"):
        WorkingDays(Calendar(closed=closed), MONDAY)


def test_one_opened_day_is_not_enough_for_a_second() -> None:
    working = WorkingDays(Calendar(weekend=tuple(range(7)), opened=(MONDAY,)), MONDAY)
    assert working.day(0) == MONDAY
    with pytest.raises(ProjectError, match="working day"):
        working.day(1)


def test_without_the_library_a_country_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    with pytest.raises(InstallError, match=r"modelyard\[plan\]"):
        WorkingDays(Calendar("CN"), MONDAY)
    assert WorkingDays(Calendar(), MONDAY).day(0) == MONDAY


# public holidays; the dates below are facts of past years


@pytest.fixture
def _holidays() -> None:
    pytest.importorskip("holidays")


@pytest.mark.usefixtures("_holidays")
def test_chinese_holidays_are_free_and_their_make_up_days_are_worked() -> None:
    found = days_of(Calendar("CN"), date(2024, 9, 27), 8)
    assert found[:3] == [date(2024, 9, 27), date(2024, 9, 29), date(2024, 9, 30)]  # Sunday the 29th is worked
    assert found[3] == date(2024, 10, 8)
    assert date(2024, 10, 12) in found  # a Saturday


@pytest.mark.usefixtures("_holidays")
@pytest.mark.parametrize("year", range(2015, 2027))
def test_every_chinese_year_has_its_make_up_days(year: int) -> None:
    working = WorkingDays(Calendar("CN"), date(year, 1, 1))
    found = [working.day(number) for number in range(working.number(date(year + 1, 1, 1)))]
    weekends = [day for day in found if day is not None and day.weekday() > 4]
    assert 4 <= len(weekends) <= 9
    assert 240 <= len(found) <= 255
    assert (working.known_through or 0) >= 2026


@pytest.mark.usefixtures("_holidays")
def test_a_far_start_still_knows_how_far_official_days_reach() -> None:
    through = WorkingDays(Calendar("CN"), date(2030, 1, 1)).known_through
    assert through is not None
    assert 2026 <= through < 2030


@pytest.mark.usefixtures("_holidays")
def test_own_weekends_go_with_a_countrys_holidays() -> None:
    six_days = days_of(Calendar("CN", weekend=(6,)), date(2024, 9, 27), 6)
    assert six_days[:4] == [date(2024, 9, day) for day in (27, 28, 29, 30)]
    # The library counts a Saturday within a break as a weekend: who works on Saturdays closes it.
    assert six_days[4:] == [date(2024, 10, 5), date(2024, 10, 8)]


@pytest.mark.usefixtures("_holidays")
def test_a_country_brings_its_weekend() -> None:
    found = days_of(Calendar("SA"), date(2024, 1, 4), 2)
    assert found == [date(2024, 1, 4), date(2024, 1, 7)]  # Friday and Saturday are free


@pytest.mark.usefixtures("_holidays")
def test_a_region_has_holidays_of_its_own() -> None:
    epiphany = date(2026, 1, 6)
    assert epiphany not in days_of(Calendar("DE", "BY"), date(2026, 1, 5), 3)
    assert epiphany in days_of(Calendar("DE", "HH"), date(2026, 1, 5), 3)
    assert WorkingDays(Calendar("DE", "BY"), MONDAY).known_through is None


@pytest.mark.usefixtures("_holidays")
def test_small_letters_are_the_same_country() -> None:
    assert days_of(Calendar("cn"), date(2024, 9, 27), 9) == days_of(Calendar("CN"), date(2024, 9, 27), 9)


@pytest.mark.usefixtures("_holidays")
@pytest.mark.parametrize(("country", "region"), [("C", ""), ("中国", ""), ("XX", ""), ("DE", "XY"), ("CN", "BJ")])
def test_a_country_or_region_that_is_not_there(country: str, region: str) -> None:
    with pytest.raises(ProjectError, match=r"calendar\.region" if region else r"calendar\.country"):
        WorkingDays(Calendar(country, region), MONDAY)


@pytest.mark.usefixtures("_holidays")
def test_a_region_offers_the_nearest() -> None:
    with pytest.raises(ProjectError, match="did you mean"):
        WorkingDays(Calendar("DE", "BYY"), MONDAY)
