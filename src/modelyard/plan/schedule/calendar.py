"""Working days and their dates, with the public holidays and make-up days that the library `holidays` knows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from modelyard.core import plugins
from modelyard.core.errors import InstallError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.schedule.work import Calendar

LONGEST_BREAK = 366  # days without a working one, after which there are none
MOST_YEARS = 50
"""How far a plan can reach."""
_WEEKEND = (5, 6)
_YEARS_BACK = 10  # in which a country that has make-up days had some


class WorkingDays:
    """Numbers of working days <-> dates; day 0 is the first working day on or after the start.

    Args:
        calendar: Which days are working days.
        start: Where counting starts.

    Attributes:
        known_through: The last year whose make-up days are known; None where the country has none. Later years have
            the holidays that follow from rules, with the weekends as they come.

    Raises:
        ProjectError: The calendar names no country or region there is, or has no working days.
        InstallError: It names a country, and the library `holidays` is not installed.
    """

    def __init__(self, calendar: Calendar, start: date) -> None:
        _refuse_contradictions(calendar)
        self._is_open, self.known_through = _rule(calendar, start)
        self._start = start
        self._end = date(start.year + MOST_YEARS, 1, 1)
        self._coming = self._walk()
        self._dates = [next(self._coming)]

    def day(self, number: int) -> date | None:
        """The date of a working day; None where it is further away than `MOST_YEARS`."""
        while len(self._dates) <= number:
            day = next(self._coming, None)
            if day is None:
                return None
            self._dates.append(day)
        return self._dates[number]

    def last(self, end: float) -> date | None:
        """The date on which work ends that is over after `end` working days, at 0 the first; None: see `day`."""
        return self.day(max(0, -int(-(end - 1e-9) // 1) - 1)) if end < 400 * MOST_YEARS else None

    def number(self, day: date) -> int:
        """How many working days lie before a date."""
        while self._dates[-1] < day:
            following = next(self._coming, None)
            if following is None:
                return len(self._dates)
            self._dates.append(following)
        return bisect_left(self._dates, day)

    def months(self, days: int) -> list[tuple[int, int]]:
        """The first `days` working days by calendar month: each month's first number, and that after its last."""
        starts = [0]
        for number in range(1, days):
            before, after = self.day(number - 1), self.day(number)
            if before is None or after is None:
                break
            if before.month != after.month or before.year != after.year:
                starts.append(number)
        return list(zip(starts, [*starts[1:], days], strict=True)) if days else []

    def _walk(self) -> Iterator[date]:
        day, since = self._start, 0
        while day < self._end:
            if self._is_open(day):
                since = 0
                yield day
            since += 1
            if since > LONGEST_BREAK:
                got = text("plan_schedule.got_never_open", days=LONGEST_BREAK, start=day - timedelta(LONGEST_BREAK))
                raise ProjectError(Mistake("plan: calendar", got, text("plan_schedule.expected_open")))
            day += timedelta(1)


def _refuse_contradictions(calendar: Calendar) -> None:
    mistakes = [
        Mistake("plan: calendar", text("plan_schedule.got_both", day=day), text("plan_schedule.expected_one"))
        for day in sorted(set(calendar.closed) & set(calendar.opened))
    ]
    if any(day not in range(7) for day in calendar.weekend or ()):
        got = ", ".join(map(str, calendar.weekend or ()))
        mistakes.append(Mistake("plan: calendar.weekend", got, text("plan_schedule.expected_weekday")))
    if calendar.region and not calendar.country:
        got, expected = text("plan_schedule.got_region_alone"), text("plan_schedule.expected_country")
        mistakes.append(Mistake("plan: calendar.region", got, expected))
    if mistakes:
        raise ProjectError(mistakes)


def _rule(calendar: Calendar, start: date) -> tuple[Callable[[date], bool], int | None]:
    """Whether a day is worked, and the last year with known make-up days."""
    closed, opened = set(calendar.closed), set(calendar.opened)
    official = _official(calendar.country, calendar.region, start.year) if calendar.country else None
    weekend = _WEEKEND if calendar.weekend is None and official is None else calendar.weekend

    def is_open(day: date) -> bool:
        if day in opened or day in closed:
            return day in opened
        if official is None:
            return day.weekday() not in (weekend or ())
        if day in official.weekend_workdays:
            return True
        is_weekend = official.is_weekend(day) if weekend is None else day.weekday() in weekend
        return not is_weekend and day not in official

    worked = official.weekend_workdays if official is not None else ()
    return is_open, max((day.year for day in worked), default=None)


def _official(country: str, region: str, year: int) -> Any:
    """A country's calendar, from the library.

    Raises:
        ProjectError: There is no such country or region.
        InstallError: The library is not installed.
    """
    if plugins.missing(("holidays",)):
        got = text("plan_schedule.got_no_holidays", country=country)
        fix = text("errors.install", extra="plan")
        raise InstallError(Mistake("plan: calendar", got, text("plan_schedule.expected_holidays"), fix))
    import holidays

    countries, code = holidays.list_supported_countries(), country.upper()
    if code not in countries:
        fix = plugins.nearest(code, [name for name in countries if len(name) == len("CN")])
        expected = text("plan_schedule.expected_country")
        raise ProjectError(Mistake("plan: calendar.country", country, expected, fix))
    regions = countries[code]
    if region and region not in regions:
        names = ", ".join(regions) or text("plan_schedule.no_names")
        expected = text("plan_schedule.expected_region", country=code, regions=names)
        fix = plugins.nearest(region, regions)
        raise ProjectError(Mistake("plan: calendar.region", region, expected, fix))
    return _filled(code, region, year)


@cache
def _filled(country: str, region: str, year: int) -> Any:
    """A country's calendar around all that a plan from this year on can reach; not to be changed."""
    import holidays

    # A year's notice may move a day of the December before, so one year more is needed.
    years = range(year - _YEARS_BACK, year + MOST_YEARS + 2)
    return holidays.country_holidays(country, subdiv=region or None, years=years)
