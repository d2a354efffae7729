"""Random schedules, and a brute force that walks real minutes and looks at the wall clock: cron as Debian has it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.delivery import Delivery

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = (
    *("Europe/Moscow", "Europe/Berlin", "Asia/Vladivostok", "America/New_York", "America/Sao_Paulo", "Africa/Cairo"),
    *("Australia/Lord_Howe", "Asia/Beirut", "America/Santiago", "Asia/Gaza", "Pacific/Apia", "Africa/Casablanca"),
    *("Antarctica/Troll", "Asia/Kathmandu", "America/Nuuk", "UTC", "Asia/Novosibirsk", "America/Caracas"),
)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def delivery(received_at: datetime, packet: int = 1) -> Delivery:
    moments: dict[str, Any] = dict.fromkeys(("created", "received_at", "accepted_at", "loaded_at"), received_at)
    counts: dict[str, Any] = dict.fromkeys(("documents", "rows", "rows_loaded", "rows_unmapped", "rows_quarantined"), 1)
    return Delivery(packet, "p", 1, 1, "shipments", "replace", **moments, first=None, last=None, **counts)


@dataclass(frozen=True)
class Drawn:
    """A schedule as text, and its meaning as plain sets; `weekdays` from Monday, 0. `strict`: both days must fit."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    times: frozenset[tuple[int, int]] | None
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    strict: bool = True
    follows: bool = False
    workdays: bool = False

    def fires(self, wall: datetime, free: frozenset[date]) -> bool:
        if self.times is not None and (wall.hour, wall.minute) not in self.times:
            return False
        fits = (wall.day in self.days, wall.weekday() in self.weekdays)
        day = all(fits) if self.strict else any(fits)
        is_time = wall.minute in self.minutes and wall.hour in self.hours and wall.month in self.months
        return is_time and day and not (self.workdays and (wall.weekday() > 4 or wall.date() in free))


ANY = {"minutes": frozenset(range(60)), "hours": frozenset(range(24)), "times": None, "days": frozenset(range(1, 32))}
ANY |= {"months": frozenset(range(1, 13)), "weekdays": frozenset(range(7))}


def words(luck: random.Random) -> Drawn:
    times = {(luck.choice((0, 1, 2, 3, luck.randrange(24))), luck.randrange(60)) for _ in range(luck.randint(1, 3))}
    kind = luck.choice(("daily", "workdays", "days"))
    weekdays = frozenset(luck.sample(range(7), luck.randint(1, 4)) if kind == "days" else range(7))
    named = ",".join(WEEK[day] for day in sorted(weekdays)) if kind == "days" else kind
    text = f"{named} at {', '.join(f'{hour:02}:{minute:02}' for hour, minute in times)}"
    meaning = ANY | {"times": frozenset(times), "weekdays": weekdays}
    return Drawn(text, workdays=kind == "workdays", **meaning)  # type: ignore[arg-type]


def field(luck: random.Random, low: int, high: int, star: float) -> tuple[str, frozenset[int]]:
    """A field of cron and the numbers that it stands for."""
    if luck.random() < star:
        return "*", frozenset(range(low, high + 1))
    kind = luck.randrange(4)
    if kind == 0:
        step = luck.randint(2, 7)
        return f"*/{step}", frozenset(range(low, high + 1, step))
    first = luck.randint(low, min(high, low + 4) if luck.random() < 0.5 else high)
    if kind == 1:
        last = luck.randint(first, high)
        return f"{first}-{last}", frozenset(range(first, last + 1))
    more = [luck.randint(low, high) for _ in range(luck.randint(0, 2))]
    return ",".join(map(str, [first, *more])), frozenset([first, *more])


def cron(luck: random.Random) -> Drawn:
    minute, minutes = field(luck, 0, 59, 0.1)
    hour, hours = field(luck, 0, 23, 0.2)
    day, days = field(luck, 1, 28, 0.7)
    month, months = field(luck, 1, 12, 0.8)
    weekday, numbers = field(luck, 0, 6, 0.6)
    meaning = {"minutes": minutes, "hours": hours, "times": None, "months": months}
    if day == "*":
        days = frozenset(range(1, 32))
    elif day.startswith("*/"):
        days = frozenset(range(1, 32, int(day[2:])))
    return Drawn(
        f"{minute} {hour} {day} {month} {weekday}",
        **meaning,  # type: ignore[arg-type]
        days=days,
        weekdays=frozenset((number - 1) % 7 for number in numbers),
        strict=day.startswith("*") or weekday.startswith("*"),
        follows=minute.startswith("*") or hour.startswith("*"),
    )


def brute_force(drawn: Drawn, zone: ZoneInfo, free: frozenset[date], since: datetime, upto: datetime) -> list[datetime]:
    """Minute by minute: what fires later than `since` and not later than `upto`."""
    found = []
    for instant, walls in _minutes(zone, since, upto):
        first_time = drawn.follows or not walls[-1].fold
        shown = [*([] if drawn.follows else walls[:-1]), *(walls[-1:] if first_time else [])]
        if any(drawn.fires(wall, free) for wall in shown):
            found.append(instant)
    return found


def _minutes(zone: ZoneInfo, since: datetime, upto: datetime) -> Iterator[tuple[datetime, list[datetime]]]:
    """Every real minute with the wall clock's: the ones that were skipped right before it, and its own."""
    instant, before = since, since.astimezone(zone).replace(tzinfo=None, fold=0)
    while instant < upto:
        instant += MINUTE
        own = instant.astimezone(zone)
        wall = own.replace(tzinfo=None)
        skipped = []
        missed = before + MINUTE
        before = wall.replace(fold=0)
        while missed < before:
            skipped.append(missed)
            missed += MINUTE
        yield instant, [*skipped, wall]


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """When the zone's clock is changed in a year: less than six hours before."""
    hour = timedelta(hours=1)
    begin = datetime(year, 1, 1, tzinfo=UTC)
    hours = [begin + hour * each for each in range(0, 366 * 24, 6)]
    offsets = [each.astimezone(zone).utcoffset() for each in (*hours, hours[-1] + 6 * hour)]
    return [each for each, before, after in zip(hours, offsets, offsets[1:], strict=False) if before != after]
