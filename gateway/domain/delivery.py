"""A slot through its life, and the loaded packets that meet it.

A slot is met by a packet that is loaded, tells of its day (and warehouse) and came when the slot was open. Of several,
the best counts: one within the limits of quality before one that is not, then the one that was received first. So it
makes no difference in what order they are judged.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.domain.feed import Dating, Feed
from gateway.domain.timetable import Planned

SETTLING = timedelta(seconds=30)
"""A packet counts from when its request was read, and is seen some moments later."""
LOOK_BACK = timedelta(days=31)
"""How far back a missing slot keeps its incident open."""


class SlotState(StrEnum):
    EXPECTED = "expected"
    ON_TIME = "on-time"
    LATE = "late"
    """Due, and it has not come, or came after that."""
    MISSING = "missing"
    BAD = "bad"
    """What came is beyond the limits of quality."""
    EXCUSED = "excused"


@dataclass(frozen=True)
class Coverage:
    """Days, and for stock the warehouse, that a packet tells of."""

    first: date
    last: date
    warehouse: str = ""


@dataclass(frozen=True)
class Delivery:
    """A packet that is loaded: what the journal says of it. `accepted_at` is later than its receipt if it was held."""

    packet: int
    packet_id: str
    party: int
    site: int
    feed: str
    mode: str
    created: datetime
    received_at: datetime
    accepted_at: datetime
    loaded_at: datetime
    first: date | None
    last: date | None
    documents: int
    rows: int
    rows_loaded: int
    rows_unmapped: int
    rows_quarantined: int
    controlled: bool = True
    again: bool = False
    """It was judged before, and something has changed since."""
    historic: bool = False
    """Imported by a person: it meets slots, and no limit is held against it."""


@dataclass(frozen=True)
class Slot:
    """One expected delivery. `warehouse` is empty where any will do; `look_at`: when time itself changes something."""

    party: int
    site: int
    feed: str
    warehouse: str
    day: date
    opens_at: datetime
    expected_at: datetime
    due_at: datetime
    missing_at: datetime
    state: SlotState = SlotState.EXPECTED
    met_at: datetime | None = None
    packet: int | None = None
    bad: bool = False
    excuse: int | None = None
    followed: bool = False
    """The next one of its kind is planned."""
    look_at: datetime | None = None
    key: int = 0

    @property
    def overdue(self) -> bool:
        return self.met_at is None and self.state in (SlotState.LATE, SlotState.MISSING)

    def late_by(self, now: datetime) -> timedelta:
        return max((self.met_at or now) - self.due_at, timedelta())


def opened(plan: Planned, party: int, site: int, feed: str, warehouse: str) -> Slot:
    """A new slot, which nothing has met yet."""
    return settled(Slot(party, site, feed, warehouse, **vars(plan)))


def settled(slot: Slot) -> Slot:
    """The slot with its state, where something has come or it is excused, and when to look at it next."""
    state = slot.state
    if slot.met_at is not None:
        on_time = slot.met_at <= slot.due_at
        state = SlotState.BAD if slot.bad else SlotState.ON_TIME if on_time else SlotState.LATE
    if slot.excuse is not None and state is not SlotState.ON_TIME:
        state = SlotState.EXCUSED
    waits = [] if slot.followed else [slot.expected_at]
    if slot.met_at is None and state is SlotState.EXPECTED:
        waits.append(slot.due_at + SETTLING)
    elif slot.met_at is None and state is SlotState.LATE:
        waits.append(slot.missing_at + SETTLING)
    return replace(slot, state=state, look_at=min(waits, default=None))


def last_of_kind(slot: Slot, ends: datetime) -> Slot:
    """The slot that none follows. When nothing is expected any more, it is looked at once again."""
    done = settled(replace(slot, followed=True))
    return replace(done, followed=False, look_at=min(filter(None, (done.look_at, ends))))


def met(slot: Slot, delivery: Delivery, bad: bool) -> Slot:
    """The slot after a packet that covers it; the same where that changes nothing."""
    if delivery.received_at < slot.opens_at:
        return slot
    better = slot.met_at is None or (bad, delivery.received_at) < (slot.bad, slot.met_at)
    if not better and slot.packet != delivery.packet:
        return slot
    return settled(replace(slot, met_at=delivery.received_at, packet=delivery.packet, bad=bad))


def passed(slot: Slot, at: datetime) -> Slot:
    """The slot when its moment has passed and nothing has met it."""
    state = slot.state
    if state is SlotState.EXPECTED and at >= slot.due_at + SETTLING:
        state = SlotState.LATE
    elif state is SlotState.LATE and at >= slot.missing_at + SETTLING:
        state = SlotState.MISSING
    return settled(replace(slot, state=state))


def excused(slot: Slot, excuse: int | None) -> Slot:
    """The slot under an excuse; or without the one it had: then it is looked at again as if it were new."""
    state = slot.state if excuse is not None or slot.state is not SlotState.EXCUSED else SlotState.EXPECTED
    return settled(replace(slot, excuse=excuse, state=state))


def covered(feed: Feed, delivery: Delivery, today: date, found: tuple[Coverage, ...]) -> tuple[Coverage, ...]:
    """What a packet tells of. `today` is the site's day of its making; `found` what stock said of its warehouses.

    A packet of stock covers the warehouses it lists, and where none is agreed on, the day of any of them.
    """
    if feed.dating is Dating.NONE:
        return (Coverage(date.min, date.max),)
    first, last = delivery.first, delivery.last
    if feed.per_warehouse:
        days = [day for each in found for day in (each.first, each.last)]
        days += [first or last, last] if last else []
        return (*found, *([Coverage(min(days), max(days))] if days else []))
    if feed.dating is Dating.WINDOW:
        last = last or today
        return (Coverage(min(first or last, last), last),)
    return (Coverage(first, last),) if first and last else ()
