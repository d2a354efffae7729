"""Slots ahead: what a regulation expects, when it is due and from when on it may come."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.slot import IsWorking
from gateway.domain.terms import Covers, Terms

Calendars = Callable[[str], IsWorking]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Terms, and from what day to what day they hold, both included; None: without end."""

    first: date | None
    last: date | None
    terms: Terms


@dataclass(frozen=True)
class Planned:
    """One delivery that is expected, `day` being the one it has to tell of. Instants in UTC."""

    day: date
    opens_at: datetime
    expected_at: datetime
    due_at: datetime
    missing_at: datetime


def planned(periods: Sequence[Period], since: datetime, zone: str, calendars: Calendars) -> Iterator[Planned]:
    """What is expected later than an instant, in order; `zone` is the site's, and counts where none is agreed."""
    last = since
    for period in periods:
        terms = period.terms
        if terms.schedule is None:
            continue
        own, is_working = ZoneInfo(terms.zone or zone), calendars(terms.calendar)
        for moment, day in terms.schedule.after(max(last, _begin(period, own)), own, is_working):
            if period.last and day > period.last:
                break
            if period.first is None or day >= period.first:
                yield _slot(terms, moment, _told_of(terms.covers, day, is_working), last)
                last = moment


def terms_on(periods: Sequence[Period], day: date) -> Terms:
    """What holds on a day; before the first period, what holds in it."""
    found = (each for each in reversed(periods) if each.first is None or each.first <= day)
    return next(found, periods[0] if periods else Period(None, None, Terms())).terms


def ends_at(periods: Sequence[Period], zone: str) -> datetime | None:
    """From when on nothing is expected any more; None: that is not agreed."""
    last = next((each for each in reversed(periods) if each.terms.schedule), None)
    if last is None:
        return datetime.min.replace(tzinfo=UTC)
    if last.last is None:
        return None
    return datetime.combine(last.last + _DAY, time(), ZoneInfo(last.terms.zone or zone)).astimezone(UTC)


def _begin(period: Period, zone: ZoneInfo) -> datetime:
    """Early enough for what is expected in the period, as some zones skip a whole day."""
    if period.first is None:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(period.first, time(), zone).astimezone(UTC) - _DAY


def _slot(terms: Terms, moment: datetime, day: date, before: datetime) -> Planned:
    opens = before if terms.reception is None else max(before, moment - terms.reception)
    due = moment + terms.grace
    return Planned(day, opens, moment, due, due + terms.missing_after)


def _told_of(covers: Covers, day: date, is_working: IsWorking) -> date:
    if covers is Covers.SAME_DAY:
        return day
    before = day - _DAY
    while covers is Covers.PREVIOUS_WORKDAY and not is_working(before):
        before -= _DAY
    return before
