"""Numbers, dates and instants as people of each language write them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal


@dataclass(frozen=True)
class Dates:
    """Patterns of a day, and of a window's first day when its year, or month too, is the last day's."""

    day: str
    same_year: str
    same_month: str
    dash: str


DATES = {
    "ru": Dates("dd.MM.yyyy", "dd.MM", "dd", "–"),
    "en": Dates("d MMM yyyy", "d MMM", "d", "\N{THIN SPACE}–\N{THIN SPACE}"),
}


class Formatting:
    """The filters of one language; instants are shown in the zone of the settings."""

    def __init__(self, language: str, time_zone: str) -> None:
        self._locale = Locale(language)
        self._dates = DATES[language]
        self._zone = ZoneInfo(time_zone)

    def filters(self) -> dict[str, Callable[..., Any]]:
        named = (self.number, self.moment, self.exact_moment, self.local_day, self.clock, self.window)
        return {each.__name__: each for each in named}

    def number(self, value: int | Decimal) -> str:
        """Exact, without zeros that say nothing."""
        return format_decimal(value, locale=self._locale, decimal_quantization=False)

    def moment(self, value: datetime) -> str:
        return self._instant(value, f"{self._dates.day} HH:mm")

    def exact_moment(self, value: datetime) -> str:
        return self._instant(value, f"{self._dates.day} HH:mm:ss ZZZZ")

    def local_day(self, value: datetime) -> str:
        return self._instant(value, self._dates.day)

    def clock(self, value: datetime) -> str:
        return self._instant(value, "HH:mm:ss")

    def window(self, first: date | None, last: date | None) -> str:
        """The dates a packet replaces, as short as it stays plain; of what gives no more than one end, that and `…`."""
        if first is None or last is None:
            ends = ("…" if each is None else self._day(each, self._dates.day) for each in (first, last))
            return self._dates.dash.join(ends) if first or last else ""
        if first == last:
            return self._day(last, self._dates.day)
        pattern = self._dates.day
        if first.year == last.year:
            pattern = self._dates.same_month if first.month == last.month else self._dates.same_year
        return self._day(first, pattern) + self._dates.dash + self._day(last, self._dates.day)

    def _day(self, value: date, pattern: str) -> str:
        return format_date(value, pattern, locale=self._locale)

    def _instant(self, value: datetime, pattern: str) -> str:
        return format_datetime(value, pattern, tzinfo=self._zone, locale=self._locale)
