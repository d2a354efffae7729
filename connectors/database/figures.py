"""What a monitor asks of the store. No statement here costs more for a longer history: a day of it at most is read."""

from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import BigInteger, Connection, cast, distinct, func, select

from connectors.database.reconciliation_tables import touched
from connectors.database.tables import packet, work
from gateway.domain.feeds import FEEDS
from gateway.domain.receipt import State

Figures = dict[str, dict[tuple[str, ...], float]]
DAY = timedelta(hours=24)
_WAITING = (State.ACCEPTED, State.LOADING, State.FAILED, State.HELD)
_FATES = ("loaded", "unmapped", "quarantined")


def of_exchange(connection: Connection, now: datetime) -> Figures:
    """By gauge and labels. What can be counted is 0 where there is none, so that its line goes on."""
    return {
        "obmen_queue_packets": {**_nothing(_WAITING), **_queue(connection), **_held(connection)},
        "obmen_loading_lag_seconds": {(): _since(_longest_due(connection, now), now)},
        "obmen_oldest_packet_seconds": {(): _since(_oldest(connection), now)},
        **_day(connection, now - DAY),
    }


def of_warehouse(connection: Connection) -> Figures:
    waiting = connection.scalar(select(func.count(distinct(touched.c.party))))
    return {"obmen_parties_to_reconcile": {(): float(waiting or 0)}}


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


def _day(connection: Connection, since: datetime) -> Figures:
    rows = (func.sum(cast(packet.c[f"rows_{fate}"], BigInteger)) for fate in _FATES)
    statement = select(packet.c.feed, packet.c.state, func.count(), *rows).where(packet.c.received_at >= since)
    packets, fates = _nothing(tuple(State)), _nothing(_FATES)
    for feed, state, count, *sums in connection.execute(statement.group_by(packet.c.feed, packet.c.state)):
        packets[feed, state] = count
        for fate, each in zip(_FATES, sums, strict=True):
            fates[feed, fate] += each
    return {"obmen_day_packets": packets, "obmen_day_rows": fates}
