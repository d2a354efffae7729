"""Use case: tries a draft of the regulation against what the journal has, and keeps nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.domain.delivery import LOOK_BACK, Coverage, Delivery, Slot, covered, opened
from gateway.domain.feeds import FEEDS
from gateway.domain.incident import Breach, Subject
from gateway.domain.quality import WEEKS, is_whole, like_days, rows_per_day
from gateway.domain.terms import Terms
from gateway.domain.timetable import Planned, ends_at, planned, terms_on
from gateway.regulating_clauses import Book, Calendars, periods_of, periods_of_kind
from gateway.regulating_events import take
from gateway.regulating_rules import Agreed, verify

if TYPE_CHECKING:
    from connectors.database.clauses import Located, Periods
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

Opened = Counter[tuple[str, str]]
"""How many incidents, by rule and site."""


def tried(hub: "Hub", draft: Agreed, days: int) -> Opened:
    """The incidents that would have opened in the last days, had the draft been agreed before. Raises Misuse."""
    found: Opened = Counter()
    since = hub.clock() - timedelta(days=days)
    with hub.exchange.reading() as connection:
        verify(hub, connection, draft)
        book = _book(hub, connection, draft)
        calendars = Calendars(hub, {**hub.clauses.calendars(connection), **draft.calendars})
        for located in hub.clauses.located(connection):
            today = since.astimezone(ZoneInfo(located.zone)).date()
            periods = book.periods(located, today)
            if not periods:
                continue
            received = hub.slots.received(connection, located.site, since - timedelta(weeks=WEEKS, days=1), hub.clock())
            for feed, of_feed in periods.items():
                mine = [_as_sent(each) for each in received if each.feed == feed]
                shelf = TrialShelf(hub, connection, located, of_feed, calendars, mine)
                shelf.open(feed, since)
                take(shelf, shelf.due(), [each for each in mine if each.loaded_at >= since], hub.clock())
                name = f"{located.party_code}/{located.site_code}"
                found.update({(rule, name): times for rule, times in shelf.openings.items()})
    return found


def _as_sent(delivery: Delivery) -> Delivery:
    """What was imported is taken as received when it was made: else nothing would ever have come in time."""
    made = min(delivery.created, delivery.received_at)
    sent = replace(delivery, historic=False, received_at=made, accepted_at=made, loaded_at=made)
    return sent if delivery.historic else delivery


def _book(hub: "Hub", connection: "Connection", draft: Agreed) -> Book:
    clauses = {each.identity: each for each in [*hub.clauses.in_force(connection), *draft.clauses]}
    return Book(clauses.values(), {**hub.clauses.members(connection), **draft.groups})


class TrialShelf:
    """Slots of one feed of a site in memory; breaches are counted as incidents would open."""

    def __init__(
        self,
        hub: "Hub",
        connection: "Connection",
        located: "Located",
        periods: "Periods",
        calendars: Calendars,
        received: Sequence[Delivery],
    ) -> None:
        self._hub, self._connection, self._located = hub, connection, located
        self._periods, self._calendars, self._received = periods, calendars, received
        self._slots: dict[int, Slot] = {}
        self._ahead: dict[str, Iterator[Planned]] = {}
        self._keys = count(1)
        self._open: set[tuple[str, Subject]] = set()
        self.openings: Counter[str] = Counter()

    def open(self, feed: str, since: datetime) -> None:
        """The first slot of each kind."""
        for kind in self._periods:
            plans = planned(periods_of_kind(self._periods, kind), since, self._located.zone, self._calendars)
            self._ahead[kind] = plans
            if first := next(plans, None):
                self.put(opened(first, self._located.party, self._located.site, feed, kind))

    def due(self) -> list[tuple[datetime, int]]:
        return [(each.look_at, each.key) for each in self._slots.values() if each.look_at]

    def slot(self, key: int) -> Slot:
        return self._slots[key]

    def put(self, slot: Slot) -> Slot:
        kept = slot if slot.key else replace(slot, key=next(self._keys))
        self._slots[kept.key] = kept
        return kept

    def following(self, slot: Slot) -> Slot | None:
        plan = next(self._ahead[slot.warehouse], None)
        return None if plan is None else opened(plan, slot.party, slot.site, slot.feed, slot.warehouse)

    def ends(self, slot: Slot) -> datetime | None:
        return ends_at(periods_of_kind(self._periods, slot.warehouse), self._located.zone)

    def covered_by(self, delivery: Delivery) -> Sequence[Slot]:
        feed = FEEDS[delivery.feed]
        listed: Mapping[int, tuple[Coverage, ...]] = {}
        if feed.per_warehouse:
            with self._hub.warehouse.reading() as facts:
                listed = self._hub.slots.stock_coverage(facts, [delivery.packet])
        day = self.local(delivery.site, delivery.created).date()
        told = covered(feed, delivery, day, listed.get(delivery.packet, ()))
        return [
            slot
            for slot in self._slots.values()
            if any(each.warehouse == slot.warehouse and each.first <= slot.day <= each.last for each in told)
        ]

    def overdue(self, slot: Slot) -> Sequence[Slot]:
        since = slot.expected_at - LOOK_BACK
        same = (each for each in self._slots.values() if each.warehouse == slot.warehouse)
        return [each for each in same if each.overdue and each.expected_at >= since]

    def excuse_for(self, slot: Slot) -> int | None:
        return self._hub.slots.excuse_for(self._connection, slot)

    def put_off(self, slot: Slot, at: datetime) -> datetime | None:
        later = (each.loaded_at for each in self._received if each.accepted_at <= slot.due_at and each.loaded_at > at)
        return max(later, default=None)

    def terms(self, site: int, feed: str, at: datetime) -> Terms:
        return terms_on(periods_of(self._periods), self.local(site, at).date())

    def local(self, site: int, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self._located.zone))

    def on_like_days(self, delivery: Delivery) -> Sequence[float]:
        days = like_days(self.local(delivery.site, delivery.received_at))
        whole = (each for each in self._received if is_whole(each))
        return [rows_per_day(each) for each in whole if any(begin <= each.received_at < end for begin, end in days)]

    def is_newest(self, delivery: Delivery) -> bool:
        return True

    def breached(self, breach: Breach) -> None:
        if (breach.rule, breach.subject) not in self._open:
            self._open.add((breach.rule, breach.subject))
            self.openings[breach.rule] += 1

    def recovered(self, rule: str, subject: Subject, at: datetime, params: Mapping[str, str]) -> None:
        self._open.discard((rule, subject))
