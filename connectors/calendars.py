"""Working calendars of countries, their transferred days included, from the library `holidays`."""

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from gateway.domain.working_days import RUSSIA, in_week

if TYPE_CHECKING:
    from holidays import HolidayBase


@cache
def is_working(base: str, day: date) -> bool:
    """Whether the day is worked by a calendar of `working_days.BASES`."""
    return _russia().is_working_day(day) if base == RUSSIA else in_week(day)


@cache
def _russia() -> "HolidayBase":
    import holidays  # slow to load, and of no use to who only loads packets

    return holidays.country_holidays("RU")
