"""Which days are worked: the state's calendar of a country, or the plain week, with a company's own days over it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

WEEK, RUSSIA = "week", "russia"
BASES = (WEEK, RUSSIA)


@dataclass(frozen=True)
class OwnDays:
    """A company's calendar: what it is based on, and the days that it keeps otherwise."""

    base: str = RUSSIA
    free: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def over(self, base: Callable[[date], bool]) -> Callable[[date], bool]:
        def is_working(day: date) -> bool:
            return day in self.worked or (day not in self.free and base(day))

        return is_working


def in_week(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5
