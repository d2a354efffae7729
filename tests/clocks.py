"""Clocks of the tests' own: the packets are of November 2026, and the machine may have any date."""

from datetime import UTC, datetime, timedelta
from time import monotonic

_BEGIN, _BEGAN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC), monotonic()


def running() -> datetime:
    """The machine's clock; where that stands before the packets' day, it goes on from there."""
    return max(datetime.now(UTC), _BEGIN + timedelta(seconds=monotonic() - _BEGAN))


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)
