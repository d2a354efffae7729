"""What happens to slots, event after event: a moment passes, a loaded packet is judged. Nothing here waits or stores.

Events are taken in the order of their instants, which the journal keeps. So a check that was away for days comes to the
same breaches as one that runs all the time.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.domain.delivery import SETTLING, Delivery, Slot, SlotState, excused, last_of_kind, met, passed
from gateway.domain.incident import NOT_AGREED, Breach, Subject
from gateway.domain.quality import findings, is_whole, limits
from gateway.domain.terms import SLOT_LATE, SLOT_MISSING, Terms


class Shelf(Protocol):
    """Where slots stand: the store, or memory where a draft is tried. Reads see what was put before."""

    def slot(self, key: int) -> Slot: ...
    def put(self, slot: Slot) -> Slot: ...
    def following(self, slot: Slot) -> Slot | None:
        """The next of its kind, as the regulation has it."""

    def ends(self, slot: Slot) -> datetime | None:
        """From when on nothing of its kind is expected any more; None: that is not agreed."""

    def covered_by(self, delivery: Delivery) -> Sequence[Slot]: ...
    def overdue(self, slot: Slot) -> Sequence[Slot]: ...
    def excuse_for(self, slot: Slot) -> int | None: ...
    def put_off(self, slot: Slot, at: datetime) -> datetime | None:
        """Until when a slot that is due must wait, as packets that came in time are not loaded or judged yet."""

    def terms(self, site: int, feed: str, at: datetime) -> Terms: ...
    def local(self, site: int, at: datetime) -> datetime: ...
    def on_like_days(self, delivery: Delivery) -> Sequence[float]:
        """Rows a day of earlier packets of its weekday."""

    def is_newest(self, delivery: Delivery) -> bool: ...
    def breached(self, breach: Breach) -> None: ...
    def recovered(self, rule: str, subject: Subject, at: datetime, params: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Done:
    """What was done: slots that time changed, packets judged."""

    slots: int = 0
    packets: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(self.slots + other.slots, self.packets + other.packets)


def take(shelf: Shelf, due: Iterable[tuple[datetime, int]], deliveries: Iterable[Delivery], upto: datetime) -> Done:
    """Takes all events up to an instant. `due`: (instant, slot); slots that come of them have their turn too."""
    events: list[tuple[datetime, int, int, Delivery | None]] = [(at, 1, key, None) for at, key in due]
    events += [(each.loaded_at, 0, each.packet, each) for each in deliveries]
    heapq.heapify(events)
    done = Done()
    while events and events[0][0] <= upto:
        at, _, key, delivery = heapq.heappop(events)
        if delivery:
            judge(shelf, delivery)
            done += Done(packets=1)
            continue
        slot = shelf.slot(key)
        if slot.look_at is None or slot.look_at > at:
            continue  # a packet has met it meanwhile
        for each in look(shelf, slot, at):
            if each.look_at and each.look_at > at:
                heapq.heappush(events, (each.look_at, 1, each.key, None))
        done += Done(slots=1)
    return done


def look(shelf: Shelf, slot: Slot, at: datetime) -> list[Slot]:
    """What an instant changes: the next slot is planned, this one is late or missing. The slots that have changed."""
    changed, ends = [], None
    if not slot.followed and slot.expected_at <= at:
        if following := shelf.following(slot):
            changed.append(shelf.put(following))
        elif (ends := shelf.ends(slot)) is not None and ends <= at:
            _end(shelf, slot, at)
        slot = replace(slot, followed=True)
    new = passed(slot, at)
    if new.state is SlotState.LATE and slot.state is SlotState.EXPECTED:
        if (excuse := shelf.excuse_for(slot)) is not None:
            new = excused(slot, excuse)
        elif later := shelf.put_off(slot, at):
            new = replace(slot, look_at=later)
    if new.state is not slot.state and new.overdue:
        _breach(shelf, new, at)
    return [*changed, shelf.put(last_of_kind(new, ends) if ends and ends > at else new)]


def _breach(shelf: Shelf, slot: Slot, at: datetime) -> None:
    """Late is told in any case; nobody is asked for what is missing once it is no longer agreed."""
    if slot.state is SlotState.MISSING and (ends := shelf.ends(slot)) is not None and ends <= at:
        _end(shelf, slot, at)
    else:
        shelf.breached(_overdue(shelf, slot))


def _end(shelf: Shelf, slot: Slot, at: datetime) -> None:
    for rule in (SLOT_LATE, SLOT_MISSING):
        shelf.recovered(rule, subject_of(slot), at, NOT_AGREED)


def judge(shelf: Shelf, delivery: Delivery) -> None:
    """Holds a loaded packet against the limits of quality, unless it is history, and against slots that wait for it."""
    is_bad = not delivery.historic and _is_bad(shelf, delivery)
    changed = list(_meet(shelf, delivery, is_bad))
    recover(shelf, changed, delivery.loaded_at, _by(delivery))


def _is_bad(shelf: Shelf, delivery: Delivery) -> bool:
    agreed = shelf.terms(delivery.site, delivery.feed, delivery.received_at)
    measured = agreed.small is not None and is_whole(delivery)
    found = findings(agreed, delivery, shelf.on_like_days(delivery) if measured else ())
    subject = Subject(delivery.party, delivery.site, delivery.feed)
    if not delivery.again:
        for rule, values in found.items():
            params = {"packet": delivery.packet_id, **values}
            given = (rule, subject, agreed.weight(rule), delivery.loaded_at, params)
            shelf.breached(_told(Breach(*given, packet_id=delivery.packet_id), agreed))
    if not delivery.again or shelf.is_newest(delivery):
        for rule in limits(agreed, delivery):
            if rule not in found:
                shelf.recovered(rule, subject, delivery.loaded_at, _by(delivery))
    return bool(found)


def _by(delivery: Delivery) -> Mapping[str, str]:
    """What ended an incident; the packet that opened it stays in its words."""
    return {"ended_by": delivery.packet_id}


def recover(shelf: Shelf, changed: Collection[tuple[Slot, Slot]], at: datetime, params: Mapping[str, str]) -> None:
    """Ends what slots were overdue for, kind by kind; `changed`: each slot as it was and as it is, the oldest first.

    A feed is late no more once nothing newer than what came is overdue. Days are missing as long as any of them is.
    """
    kinds = {new.warehouse: (old, new) for old, new in changed}
    for warehouse, (_, newest) in kinds.items():
        was_overdue = any(old.overdue for old, new in changed if new.warehouse == warehouse)
        left = shelf.overdue(newest)
        if not was_overdue and not left:
            continue
        subject = subject_of(newest)
        if all(each.expected_at < newest.expected_at for each in left):
            shelf.recovered(SLOT_LATE, subject, at, params)
        if all(each.state is not SlotState.MISSING for each in left):
            shelf.recovered(SLOT_MISSING, subject, at, params)


def subject_of(slot: Slot) -> Subject:
    return Subject(slot.party, slot.site, slot.feed, slot.warehouse or None)


def _meet(shelf: Shelf, delivery: Delivery, bad: bool) -> Iterator[tuple[Slot, Slot]]:
    for found in shelf.covered_by(delivery):
        unseen = found.state is SlotState.EXPECTED and delivery.received_at > found.due_at
        slot = _late_unseen(shelf, found) if unseen else found
        new = met(slot, delivery, bad)
        if new != slot:
            yield slot, shelf.put(new)


def _late_unseen(shelf: Shelf, slot: Slot) -> Slot:
    """A slot as it would have been looked at, had the packet not come in the moments between: late is late."""
    if (excuse := shelf.excuse_for(slot)) is not None:
        return excused(slot, excuse)
    late = passed(slot, slot.due_at + SETTLING)
    shelf.breached(_overdue(shelf, late))
    return late


def _overdue(shelf: Shelf, slot: Slot) -> Breach:
    """`at` is when it was due, or was given up; not when somebody looked."""
    is_late = slot.state is SlotState.LATE
    rule, at = (SLOT_LATE, slot.due_at) if is_late else (SLOT_MISSING, slot.missing_at)
    due = shelf.local(slot.site, slot.due_at)
    params = {"day": slot.day.isoformat(), "due": f"{due:%Y-%m-%d %H:%M} ({due.tzinfo})"}
    agreed = shelf.terms(slot.site, slot.feed, slot.expected_at)
    return _told(Breach(rule, subject_of(slot), agreed.weight(rule), at, params, slot=slot.key), agreed)


def _told(breach: Breach, agreed: Terms) -> Breach:
    return replace(breach, tell=agreed.tell, escalation=agreed.escalation)
