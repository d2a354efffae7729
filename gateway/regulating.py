"""Use case: holds what was loaded, and what was not, against the regulation. Slots, incidents and notices follow.

Nothing is looked for in history: a slot stands under the instant when time changes it, and a packet is put on a list as
its load is journalled. Both are taken off in the commit that changes slots and incidents; killed before it, nothing has
happened, and run again, it happens once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from gateway import incidents
from gateway.domain.delivery import Coverage, Delivery, Slot, covered, opened
from gateway.domain.feeds import FEEDS
from gateway.domain.incident import Breach, Subject
from gateway.domain.quality import density, like_days
from gateway.domain.terms import Terms
from gateway.domain.timetable import ends_at, planned, terms_on
from gateway.regulating_clauses import Calendars, periods_of, periods_of_kind, settle_new
from gateway.regulating_events import Done, take
from gateway.repeating import repeated
from gateway.scoring import touch

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

AT_ONCE = 100
"""Events of one commit: intake's own commits wait for no more than these."""
LOOK_AGAIN = timedelta(minutes=1)


def check(hub: "Hub") -> Done:
    """Takes all that is due by now, in the order in which it fell due; what it did."""
    done = Done()
    while (more := check_next(hub)) is not None:
        done += more
    return done


@repeated
def check_next(hub: "Hub") -> Done | None:
    """One commit's worth of it; None where nothing is due.

    1. What is due is read, and of packets of stock which warehouses they list: the facts know.
    2. Slots, incidents, notices, and that the packets are judged, are one commit. Who comes second finds it done.
    """
    now = hub.clock()
    with hub.exchange.reading() as connection:
        slots = hub.slots.to_look_at(connection, now, AT_ONCE)
        packets = hub.slots.unjudged_packets(connection, now, AT_ONCE)
        sites = hub.clauses.to_settle(connection, now, AT_ONCE)
    if not slots and not packets:
        settle_new(hub, sites)
        return Done() if sites else None
    stock = [each.packet for each in packets if FEEDS[each.feed].per_warehouse]
    with hub.warehouse.reading() as connection:
        listed = hub.slots.stock_coverage(connection, stock)
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        return _taken(hub, connection, packets, listed)


def _taken(
    hub: "Hub", connection: "Connection", packets: Sequence[Delivery], listed: Mapping[int, tuple[Coverage, ...]]
) -> Done:
    upto = hub.clock()
    slots = hub.slots.to_look_at(connection, upto, AT_ONCE)
    for found in (slots, [(each.loaded_at, each.packet) for each in packets]):
        if len(found) == AT_ONCE:
            upto = min(upto, found[-1][0])  # what comes after these is not known yet
    mine = [each for each in packets if each.loaded_at <= upto and hub.slots.judged(connection, each.packet)]
    for each in mine:
        touch(hub, connection, each.party, each.received_at)
    return take(StoreShelf(hub, connection, listed), slots, mine, upto)


class StoreShelf:
    """Slots in the store, within an open transaction."""

    def __init__(self, hub: "Hub", connection: "Connection", listed: Mapping[int, tuple[Coverage, ...]]) -> None:
        self._hub, self._connection, self._listed = hub, connection, listed
        self._periods = cache(partial(hub.clauses.periods, connection))
        self._sites = cache(lambda site: hub.parties.sender(connection, site))

    @cached_property
    def _calendars(self) -> Calendars:
        return Calendars(self._hub, self._hub.clauses.calendars(self._connection))

    def slot(self, key: int) -> Slot:
        return self._hub.slots.slot_of(self._connection, key)

    def put(self, slot: Slot) -> Slot:
        return self._hub.slots.put(self._connection, slot)

    def following(self, slot: Slot) -> Slot | None:
        periods = self._periods(slot.site).get(slot.feed)
        if not periods:
            return None
        zone = self._sites(slot.site).time_zone
        plans = planned(periods_of_kind(periods, slot.warehouse), slot.expected_at, zone, self._calendars)
        plan = next(plans, None)
        return None if plan is None else opened(plan, slot.party, slot.site, slot.feed, slot.warehouse)

    def ends(self, slot: Slot) -> datetime | None:
        periods = self._periods(slot.site).get(slot.feed, {})
        return ends_at(periods_of_kind(periods, slot.warehouse), self._sites(slot.site).time_zone)

    def covered_by(self, delivery: Delivery) -> Sequence[Slot]:
        day = delivery.created.astimezone(self._sites(delivery.site).zone).date()
        told = covered(FEEDS[delivery.feed], delivery, day, self._listed.get(delivery.packet, ()))
        return self._hub.slots.covered_by(self._connection, delivery, told)

    def overdue(self, slot: Slot) -> Sequence[Slot]:
        return self._hub.slots.overdue(self._connection, slot)

    def excuse_for(self, slot: Slot) -> int | None:
        return self._hub.slots.excuse_for(self._connection, slot)

    def put_off(self, slot: Slot, at: datetime) -> datetime | None:
        loading, judged_at = self._hub.slots.pending(self._connection, slot.site, slot.feed, slot.due_at)
        if loading:
            return max(at, self._hub.clock()) + LOOK_AGAIN
        return judged_at and max(at, judged_at)

    def terms(self, site: int, feed: str, at: datetime) -> Terms:
        periods = self._periods(site).get(feed)
        return terms_on(periods_of(periods), self.local(site, at).date()) if periods else Terms()

    def local(self, site: int, at: datetime) -> datetime:
        return at.astimezone(self._sites(site).zone)

    def on_like_days(self, delivery: Delivery) -> Sequence[float]:
        days = like_days(self.local(delivery.site, delivery.received_at))
        sent = self._hub.slots.sent_on(self._connection, delivery.site, delivery.feed, days)
        return [density(*each) for each in sent]

    def is_newest(self, delivery: Delivery) -> bool:
        last = self._hub.regulations.last_received(self._connection, delivery.site, delivery.feed)
        return last is None or last <= delivery.received_at

    def breached(self, breach: Breach) -> None:
        incidents.breached(self._hub, self._connection, [breach])

    def recovered(self, rule: str, subject: Subject, at: datetime, params: Mapping[str, str]) -> None:
        incidents.recovered(self._hub, self._connection, rule, subject, at, params)
