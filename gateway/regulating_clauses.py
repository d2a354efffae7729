"""What the regulation's clauses come to for each site: what intake asks of a packet, and the slots ahead."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.domain.clause import Clause, Level, Place, Span, spans
from gateway.domain.delivery import Slot, last_of_kind, opened, settled
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.domain.incident import NOT_AGREED
from gateway.domain.quality import agreed_limits
from gateway.domain.slot import IsWorking
from gateway.domain.terms import QUALITY, RULES, Terms, terms
from gateway.domain.timetable import Period, Planned, ends_at, planned, terms_on
from gateway.domain.working_days import BASES, OwnDays
from gateway.incidents import recovered
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.clauses import Located, Periods
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

LOOK_BACK = timedelta(days=8)
"""A new regulation's first slot is open from its last expected moment before, looked for so far back."""


class Calendars:
    """Working calendars by name: of the state, and a company's own over them."""

    def __init__(self, hub: "Hub", own: Mapping[str, OwnDays]) -> None:
        self._hub, self._own = hub, own

    def __contains__(self, name: str) -> bool:
        return name in BASES or name in self._own

    def __call__(self, name: str) -> IsWorking:
        own = self._own.get(name)
        if own is None:
            return lambda day: bool(self._hub.calendars.is_working(name, day))
        return own.over(self(own.base))


class Book:
    """All clauses, by whom they are for."""

    def __init__(self, clauses: Iterable[Clause], groups: Mapping[str, Sequence[str]]) -> None:
        self._clauses: dict[tuple[Level, str], list[Clause]] = defaultdict(list)
        for clause in clauses:
            self._clauses[clause.level, clause.name].append(clause)
        self._groups: dict[str, set[str]] = defaultdict(set)
        for group, parties in groups.items():
            for party in parties:
                self._groups[party].add(group)

    def periods(self, located: "Located", today: date) -> dict[str, "Periods"]:
        """What holds for each feed of a site from today on; a feed about which nothing is said is left out."""
        if located.closed_at:
            return {}
        place = Place(located.party_code, located.site_code, frozenset(self._groups.get(located.party_code, ())))
        mine = [each for level in Level for name in place.names(level) for each in self._clauses[level, name]]
        found = {feed.name: _of_feed(mine, place, feed, today) for feed in FEEDS.values()} if mine else {}
        return {feed: periods for feed, periods in found.items() if any(span.body for span in periods[""])}


def book_of(hub: "Hub", connection: "Connection") -> Book:
    return Book(hub.clauses.in_force(connection), hub.clauses.members(connection))


def _of_feed(clauses: Sequence[Clause], place: Place, feed: Feed, today: date) -> "Periods":
    whole = spans(clauses, place, feed.name, "", today)
    warehouses = {name for span in whole for name in terms(span.body).warehouses} if feed.per_warehouse else set()
    return {"": whole} | {name: spans(clauses, place, feed.name, name, today) for name in sorted(warehouses)}


def periods_of(periods: "Periods") -> list[Period]:
    """The terms of a feed as a whole."""
    return [Period(span.first, span.last, terms(span.body)) for span in periods[""]]


def periods_of_kind(periods: "Periods", kind: str) -> list[Period]:
    """The terms by which a kind of slots is planned: for each agreed warehouse, or for any where none is agreed."""
    found = (Period(span.first, span.last, terms(span.body)) for span in periods.get(kind) or periods.get("", []))
    return [replace(each, terms=_asked(each.terms, kind)) for each in found]


def _asked(agreed: Terms, kind: str) -> Terms:
    is_asked = kind in agreed.warehouses if agreed.warehouses else not kind
    return agreed if is_asked else replace(agreed, schedule=None)


def settle_new(hub: "Hub", sites: Sequence[int]) -> None:
    """Settles sites that are new, and those for which other clauses begin to hold."""
    for site in sites:
        _settle_alone(hub, site)


@repeated
def _settle_alone(hub: "Hub", site: int) -> None:
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        settle(hub, connection, hub.clauses.located(connection, site))


def settle(hub: "Hub", connection: "Connection", sites: Iterable["Located"], everything: bool = False) -> None:
    """Brings intake's rules and the slots ahead to what the clauses say now. Slots that were due already stay.

    `everything`: even where the words are the same, as when a calendar has changed that they name.
    """
    book, now = book_of(hub, connection), hub.clock()
    calendars = Calendars(hub, hub.clauses.calendars(connection))
    for located in sites:
        today = now.astimezone(ZoneInfo(located.zone)).date()
        old, new = hub.clauses.periods(connection, located.site), book.periods(located, today)
        for feed in old.keys() | new.keys():
            was, is_now = old.get(feed, {}), new.get(feed, {})
            if everything or _from(was, today) != is_now:
                Planner(hub, connection, located, feed, calendars, now).settle(was, is_now)
            if was != is_now:
                hub.clauses.keep_periods(connection, located.site, feed, is_now)
                hub.regulations.replace(connection, located.site, feed, _for_intake(is_now))
                _end_unagreed(hub, connection, located, feed, is_now)
        hub.clauses.settle_at(connection, located.site, _next_change(new, ZoneInfo(located.zone)))


def _end_unagreed(hub: "Hub", connection: "Connection", located: "Located", feed: str, is_now: "Periods") -> None:
    """Nothing would ever end incidents of what is no longer agreed."""
    now = hub.clock()
    agreed = terms_on(periods_of(is_now), now.astimezone(ZoneInfo(located.zone)).date()) if is_now else Terms()
    for rule, subject in hub.incidents.open_of_site(connection, tuple(RULES), located.site, feed):
        ends = ends_at(periods_of_kind(is_now, subject.warehouse or ""), located.zone) if is_now else now
        holds = rule in agreed_limits(agreed) if rule in QUALITY else ends is None or ends > now
        if not holds:
            recovered(hub, connection, rule, subject, now, NOT_AGREED)


class Planner:
    """Slots ahead of one feed of a site."""

    def __init__(
        self,
        hub: "Hub",
        connection: "Connection",
        located: "Located",
        feed: str,
        calendars: Calendars,
        now: datetime,
    ) -> None:
        self._hub, self._connection, self._located = hub, connection, located
        self._feed, self._calendars, self._now = feed, calendars, now

    def settle(self, was: "Periods", is_now: "Periods") -> None:
        """What is due later goes and is planned anew; packets that may have met it are judged again."""
        kinds = {*was, *is_now, *self._hub.slots.kinds(self._connection, self._located.site, self._feed)}
        begins = [begin for kind in sorted(kinds) if (begin := self._settle(kind, was, is_now))]
        if begins:
            self._hub.slots.judge_again(self._connection, self._located.site, self._feed, min(begins))

    def _settle(self, kind: str, was: "Periods", is_now: "Periods") -> datetime | None:
        """The instant from which on packets may meet the new slots; None: there are none."""
        place = (self._connection, self._located.site, self._feed, kind)
        if (last := self._hub.slots.newest(*place)) and was:
            for plan in self._planned(was, kind, last.expected_at):
                if plan.due_at > self._now:
                    break
                last = self._put(plan, kind, last)
        self._hub.slots.withdraw(*place, self._now)
        last = self._hub.slots.newest(*place)
        begin = last.expected_at if last else self._now - LOOK_BACK
        opens = None
        for plan in self._planned(is_now, kind, begin) if is_now else ():
            if plan.due_at <= self._now or (last is None and plan.expected_at <= self._now):
                continue
            last = self._put(plan, kind, last)
            opens = opens or plan.opens_at
            if plan.expected_at > self._now:
                return opens
        if last:
            ends = ends_at(periods_of_kind(is_now, kind), self._located.zone) if is_now else self._now
            waits = ends is not None and ends > self._now
            self._hub.slots.put(self._connection, last_of_kind(last, ends) if ends and waits else _followed(last))
        return opens

    def _planned(self, periods: "Periods", kind: str, since: datetime) -> Iterator[Planned]:
        return planned(periods_of_kind(periods, kind), since, self._located.zone, self._calendars)

    def _put(self, plan: Planned, kind: str, before: Slot | None) -> Slot:
        if before and not before.followed:
            self._hub.slots.put(self._connection, _followed(before))
        new = opened(plan, self._located.party, self._located.site, self._feed, kind)
        return self._hub.slots.put(self._connection, new)


def _followed(slot: Slot) -> Slot:
    return settled(replace(slot, followed=True))


def _from(periods: "Periods", today: date) -> "Periods":
    """What of them still holds today or will; nothing where that says nothing."""
    found = {}
    for kind, each in periods.items():
        left = [span for span in each if span.last is None or span.last >= today]
        found[kind] = [Span(None, left[0].last, left[0].body), *left[1:]]
    return found if any(span.body for span in found.get("", ())) else {}


def _for_intake(periods: "Periods") -> dict[str, Any] | None:
    """What intake asks of a packet today; None where nothing is agreed."""
    agreed = terms(periods[""][0].body) if periods else Terms()
    interval, history = agreed.minimum_interval, agreed.history
    found = {
        "minimum_interval": None if interval is None else int(interval.total_seconds()),
        "history_days": None if history is None else history.days,
        "closed_through": agreed.closed_through,
        "shrink_percent": agreed.shrink,
        "modes": " ".join(agreed.modes) or None,
        "resend_from": agreed.resend_from,
        "resend_to": agreed.resend_to,
    }
    return found if any(value is not None for value in found.values()) else None


def _next_change(periods: Mapping[str, "Periods"], zone: ZoneInfo) -> datetime | None:
    """The midnight at which other clauses begin to hold for a site."""
    lasts = [each[0].last for of_feed in periods.values() for each in of_feed.values() if each[0].last]
    if not lasts:
        return None
    return datetime.combine(min(lasts) + timedelta(days=1), time(), zone).astimezone(UTC)
