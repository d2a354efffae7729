"""What a monitor asks of the store. No statement here costs more for a longer history: a day of it at most is read."""

from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import BigInteger, Connection, Select, cast, distinct, func, select

from connectors.database.incident_tables import channel, incident, outbox
from connectors.database.outbox import WAITING
from connectors.database.reconciliation_tables import touched
from connectors.database.regulation_tables import slot, unjudged
from connectors.database.tables import packet, work
from gateway.domain.delivery import SlotState
from gateway.domain.feeds import FEEDS
from gateway.domain.incident import Severity
from gateway.domain.receipt import State

Figures = dict[str, dict[tuple[str, ...], float]]
DAY = timedelta(hours=24)
_WAITING = (State.ACCEPTED, State.LOADING, State.FAILED, State.HELD)
_DEAD = (channel.c.active, channel.c.dead_since.is_not(None))
_FATES = ("loaded", "unmapped", "quarantined")


def of_exchange(connection: Connection, now: datetime) -> Figures:
    """By gauge and labels. What can be counted is 0 where there is none, so that its line goes on."""
    return {
        "obmen_queue_packets": {**_nothing(_WAITING), **_queue(connection), **_held(connection)},
        "obmen_loading_lag_seconds": {(): _since(_longest_due(connection, now), now)},
        "obmen_oldest_packet_seconds": {(): _since(_oldest(connection), now)},
        "obmen_day_slots": _day_slots(connection, now),
        "obmen_regulation_lag_seconds": {(): _since(_check_due(connection, now), now)},
        "obmen_incidents_open": _incidents(connection),
        "obmen_outbox_notices": {(): _number(connection, select(func.count()).where(outbox.c.state == WAITING))},
        "obmen_outbox_lag_seconds": {(): _since(_notice_due(connection, now), now)},
        "obmen_channels_dead": {(): _number(connection, select(func.count()).where(*_DEAD))},
        **_day(connection, now - DAY),
    }


def of_warehouse(connection: Connection) -> Figures:
    return {"obmen_parties_to_reconcile": {(): _number(connection, select(func.count(distinct(touched.c.party))))}}


def _nothing(words: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    return dict.fromkeys(product(FEEDS, words), 0.0)


def _since(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _queue(connection: Connection) -> dict[tuple[str, ...], float]:
    """The queue is as long as what is not loaded; a claim has a token."""
    counts = (func.count(), func.count(work.c.token))
    statement = select(work.c.feed, work.c.failed, *counts).group_by(work.c.feed, work.c.failed)
    found: dict[tuple[str, ...], float] = {}
    for feed, failed, packets, claimed in connection.execute(statement):
        if failed:
            found[feed, State.FAILED] = packets
        else:
            found[feed, State.ACCEPTED], found[feed, State.LOADING] = packets - claimed, claimed
    return found


def _held(connection: Connection) -> dict[tuple[str, ...], float]:
    held = select(packet.c.feed, func.count()).where(packet.c.state == State.HELD).group_by(packet.c.feed)
    return {(feed, State.HELD): packets for feed, packets in connection.execute(held)}


def _longest_due(connection: Connection, now: datetime) -> datetime | None:
    due = (~work.c.failed, work.c.due_at <= now, work.c.token.is_(None))
    return connection.scalar(select(work.c.due_at).where(*due).order_by(work.c.due_at).limit(1))


def _oldest(connection: Connection) -> datetime | None:
    """Keys rise with time, so that the first of the queue is enough."""
    statement = select(packet.c.received_at).join(work, work.c.packet == packet.c.key).where(~work.c.failed)
    return connection.scalar(statement.order_by(work.c.packet).limit(1))


def _day_slots(connection: Connection, now: datetime) -> dict[tuple[str, ...], float]:
    of = (slot.c.feed, slot.c.state)
    statement = select(*of, func.count()).where(slot.c.due_at > now - DAY, slot.c.due_at <= now).group_by(*of)
    found = {(feed, state): count for feed, state, count in connection.execute(statement)}
    return {**_nothing(tuple(SlotState)), **found}


def _check_due(connection: Connection, now: datetime) -> datetime | None:
    """When the first slot was to be looked at, or the first packet to be judged."""
    slots = select(func.min(slot.c.look_at)).where(slot.c.look_at <= now)
    found = [connection.scalar(statement) for statement in (slots, select(func.min(unjudged.c.loaded_at)))]
    return min((each for each in found if each), default=None)


def _incidents(connection: Connection) -> dict[tuple[str, ...], float]:
    are_open = select(incident.c.severity, func.count()).where(incident.c.ended == 0).group_by(incident.c.severity)
    found: dict[tuple[str, ...], float] = {(severity,): 0.0 for severity in Severity}
    return found | {(severity,): count for severity, count in connection.execute(are_open)}


def _notice_due(connection: Connection, now: datetime) -> datetime | None:
    waits = (outbox.c.state == WAITING, outbox.c.due_at <= now)
    moment: datetime | None = connection.scalar(select(func.min(outbox.c.due_at)).where(*waits))
    return moment


def _number(connection: Connection, statement: Select[int]) -> float:
    return float(connection.scalar(statement) or 0)


def _day(connection: Connection, since: datetime) -> Figures:
    rows = (func.sum(cast(packet.c[f"rows_{fate}"], BigInteger)) for fate in _FATES)
    statement = select(packet.c.feed, packet.c.state, func.count(), *rows).where(packet.c.received_at >= since)
    packets, fates = _nothing(tuple(State)), _nothing(_FATES)
    for feed, state, count, *sums in connection.execute(statement.group_by(packet.c.feed, packet.c.state)):
        packets[feed, state] = count
        for fate, each in zip(_FATES, sums, strict=True):
            fates[feed, fate] += each
    return {"obmen_day_packets": packets, "obmen_day_rows": fates}
