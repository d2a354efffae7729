"""When deliveries are expected: a schedule in words or as cron, evaluated in a zone over a working calendar.

Pure time arithmetic. A schedule's days and times are wall clock time. Where clocks change it does what Debian's cron
does: a time that is skipped is made up for when the clock has jumped, one that comes twice counts the first time. Only
schedules that fire every minute or every hour by a star follow the clock as it goes.
"""

import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from cronsim import CronSim, CronSimError

IsWorking = Callable[[date], bool]
"""Whether a day is worked, by the calendar that is agreed."""
Expected = tuple[datetime, date]
"""An instant in UTC, and the day for which the schedule has it."""
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RUSSIAN_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_WORDS = re.compile(r"(?P<days>\S.*?)\s+(?:at|в|во)\s+(?P<times>\d{1,2}:\d{2}(?:\s*,\s*\d{1,2}:\d{2})*)")
_EVERY_DAY = ("daily", "every day", "ежедневно", "каждый день")
_WORKDAYS = ("workdays", "working days", "рабочие дни", "по рабочим дням", "в рабочие дни")


@dataclass(frozen=True)
class Schedule:
    """`text` is what was agreed, `crons` what it means; `workdays`: days that are not worked are left out."""

    text: str
    crons: tuple[str, ...]
    workdays: bool = False

    def after(self, instant: datetime, zone: tzinfo, is_working: IsWorking) -> Iterator[Expected]:
        """What is expected later than the instant, in order, without end."""
        streams = [_fires(cron, instant, zone) for cron in self.crons]
        last = instant
        for moment, day in streams[0] if len(streams) == 1 else heapq.merge(*streams):
            if moment > last and (not self.workdays or is_working(day)):
                last = moment
                yield moment, day


def schedule(text: str) -> Schedule:
    """Reads `workdays at 21:00`, `daily at 06:00, 18:00`, `mon,thu at 10:00` (also in Russian), or five fields of cron.

    Raises ValueError that says what is wrong.
    """
    words = " ".join(text.lower().split())
    if found := _WORDS.fullmatch(words):
        days = found["days"]
        workdays = days in _WORKDAYS
        cron_days = "*" if workdays or days in _EVERY_DAY else ",".join(map(str, _weekdays(days)))
        times = sorted({_time(each) for each in found["times"].split(",")})
        return Schedule(words, tuple(f"{minute} {hour} * * {cron_days}" for hour, minute in times), workdays)
    if len(words.split()) != 5:
        raise ValueError(f"{text!r} is no schedule: write 'workdays at 21:00', 'mon,thu at 10:00' or '30 23 * * 1-5'")
    try:
        next(CronSim(words, datetime(2000, 1, 1)), None)  # noqa: DTZ001
    except CronSimError as error:
        raise ValueError(f"{text!r} is no cron schedule: {error}") from error
    return Schedule(words, (words,))


def _weekdays(text: str) -> list[int]:
    """Cron's numbers of `mon,thu` or `mon-fri`."""
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        begin, end = _weekday(first), _weekday(last or first)
        found |= {1 + (begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return sorted(found)


def _weekday(text: str) -> int:
    for names in (_DAYS, _RUSSIAN_DAYS):
        if text in names:
            return names.index(text)
    raise ValueError(f"{text!r} is no day: daily, workdays, or some of {', '.join(_DAYS)}")


def _time(text: str) -> tuple[int, int]:
    hour, minute = (int(each) for each in text.split(":"))
    if hour > 23 or minute > 59:
        raise ValueError(f"{text.strip()} is no time of day")
    return hour, minute


def _fires(cron: str, after: datetime, zone: tzinfo) -> Iterator[Expected]:
    """cronsim counts wall clock minutes; what becomes of them where clocks change is decided here."""
    minute, hour = cron.split()[:2]
    begin = after.astimezone(zone).replace(tzinfo=None, fold=0)
    if minute.startswith("*") or hour.startswith("*"):
        return _following(CronSim(cron, begin - _DAY), zone)
    return _once(CronSim(cron, begin), zone)


def _once(walls: Iterable[datetime], zone: tzinfo) -> Iterator[Expected]:
    """Each wall clock time once: the first time where it comes twice, later where it is skipped."""
    for wall in walls:
        real = wall
        while _offset(real, zone, 0) < _offset(real, zone, 1):  # skipped: the first minute that exists
            real += _MINUTE
        yield _instant(real, zone, 0), wall.date()


def _following(walls: Iterable[datetime], zone: tzinfo) -> Iterator[Expected]:
    """Each wall clock time as often as it comes. What comes a second time is put off until its turn."""
    again: list[Expected] = []
    for wall in walls:
        first, second = _offset(wall, zone, 0), _offset(wall, zone, 1)
        if first < second:
            continue  # skipped
        moment = _instant(wall, zone, 0)
        while again and again[0][0] <= moment:
            yield again.pop(0)
        yield moment, wall.date()
        if first > second:
            again.append((_instant(wall, zone, 1), wall.date()))


def _offset(wall: datetime, zone: tzinfo, fold: int) -> timedelta:
    offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
    assert offset is not None
    return offset


def _instant(wall: datetime, zone: tzinfo, fold: int) -> datetime:
    return wall.replace(tzinfo=UTC) - _offset(wall, zone, fold)
