"""Notices to people: written with the step that they tell of, then claimed, sent and marked, at least once.

A row is for one channel. What goes into a digest is claimed, sent and marked together. Claims expire; whoever sends
again after a crash sends under the same id. How a channel fares decides when its notices are tried again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, or_, select, update

from connectors.database.contacts import contact_of
from connectors.database.incident_tables import channel, contact, incident, outbox
from gateway.domain.contact import Contact
from gateway.domain.incident import Kind

WAITING, SENT, DROPPED = "waiting", "sent", "dropped"
SHARED = ("email", "telegram")
"""Kinds of channels that go through one server of ours."""


@dataclass(frozen=True)
class Addressed:
    """A notice for one channel, in its words; `digest_at` where it goes into a digest."""

    channel: int
    title: str
    text: str
    due_at: datetime
    digest_at: datetime | None = None


@dataclass(frozen=True)
class Claim:
    """Notices that are sent as one message, whose id stays the same however often it is sent."""

    claim: str
    id: str
    channel: int
    kind: str
    address: str
    contact: Contact
    digest_at: datetime | None
    rows: tuple[Row[Any], ...]


def add(connection: Connection, incident_key: int, step: int, kind: Kind, now: datetime, each: Addressed) -> None:
    values = {"incident": incident_key, "step": step, "kind": kind, "made_at": now, "state": WAITING, "tries": 0}
    words = {"title": each.title[:200], "text": each.text, "channel": each.channel}
    times = {"due_at": each.due_at, "digest_at": each.digest_at}
    connection.execute(insert(outbox).values(id=str(uuid4()), **values, **words, **times))


def channels_told(connection: Connection, incident_key: int) -> set[int]:
    """Channels by which people have learnt of an incident, or will."""
    told = select(outbox.c.channel).where(outbox.c.incident == incident_key, outbox.c.state != DROPPED)
    return set(connection.scalars(told.distinct()))


def claim(connection: Connection, now: datetime, lease: timedelta) -> Claim | None:
    """Takes what is due longest; None where nothing is. Whoever loses a race for it looks for another."""
    while (first := connection.execute(_due(now)).first()) is not None:
        token = str(uuid4())
        taken = update(outbox).where(outbox.c.key == first.key, *_is_due(now)).values(claim=token, due_at=now + lease)
        if connection.execute(taken).rowcount == 1:
            return _claimed(connection, first, token, now, lease)
    return None


def _claimed(connection: Connection, first: Row[Any], token: str, now: datetime, lease: timedelta) -> Claim:
    if first.digest_at is not None:
        its = (outbox.c.channel == first.channel, outbox.c.digest_at == first.digest_at)
        taken = update(outbox).where(*its, *_is_due(now), _in_order())
        connection.execute(taken.values(claim=token, due_at=now + lease))
    mine = select(outbox, incident.c.rule, incident.c.severity).join(incident, incident.c.key == outbox.c.incident)
    rows = connection.execute(mine.where(*_claimed_by(token)).order_by(outbox.c.key)).all()
    to = select(contact, channel.c.key.label("channel"), channel.c.kind, channel.c.address).join(channel)
    where = connection.execute(to.where(channel.c.key == first.channel)).one()
    place = (where.channel, where.kind, where.address, contact_of(where))
    return Claim(token, rows[0].id, *place, first.digest_at, tuple(rows))


def put_off(connection: Connection, claim: Claim, due_at: datetime) -> None:
    """They are sent later; nothing was tried."""
    connection.execute(update(outbox).where(*_claimed_by(claim.claim)).values(claim=None, due_at=due_at))


def sent(connection: Connection, done: Claim, now: datetime) -> bool:
    """They are sent: the channel lives, and the server that it shares with others; whether any of these was dead."""
    sent_now = {"state": SENT, "sent_at": now, "claim": None, "tries": outbox.c.tries + 1, "failure": None}
    connection.execute(update(outbox).where(*_claimed_by(done.claim)).values(sent_now))
    live = _failing_with(done)
    were_dead = select(channel.c.key).where(live, channel.c.dead_since.is_not(None)).limit(1)
    was_dead = connection.scalar(were_dead) is not None
    alive = {"failures": 0, "refused": False, "retry_at": None, "dead_since": None}
    connection.execute(update(channel).where(live, channel.c.failures > 0).values(alive))
    return was_dead


def failed(
    connection: Connection,
    claim: Claim,
    failure: str,
    refused: bool,
    now: datetime,
    retry_at: datetime,
    limit: int,
) -> bool:
    """They wait until the channel is tried again; whether one has died by it, having failed `limit` times on end.

    Where not the address was `refused`, it is the server that failed, and with it every channel of the kind.
    """
    again = {"claim": None, "due_at": now, "tries": outbox.c.tries + 1, "failure": failure[:500]}
    if connection.execute(update(outbox).where(*_claimed_by(claim.claim)).values(again)).rowcount == 0:
        return False
    failing = channel.c.key == claim.channel if refused else _failing_with(claim)
    values = {"failures": channel.c.failures + 1, "refused": refused, "retry_at": retry_at}
    connection.execute(update(channel).where(failing).values(values))
    dies = (failing, channel.c.failures >= limit, channel.c.dead_since.is_(None))
    return connection.execute(update(channel).where(*dies).values(dead_since=now)).rowcount > 0


def _failing_with(claim: Claim) -> ColumnElement[bool]:
    """The channel, and those whose failures have been their common server's."""
    shared = and_(channel.c.kind == claim.kind, channel.c.active, ~channel.c.refused)
    return or_(channel.c.key == claim.channel, shared) if claim.kind in SHARED else channel.c.key == claim.channel


def failures_of(connection: Connection, channel_key: int) -> int:
    """How often a channel has failed on end."""
    return int(connection.execute(select(channel.c.failures).where(channel.c.key == channel_key)).scalar_one())


def dead(connection: Connection, kind: str) -> list[tuple[str, str]]:
    """(contact, address) of the dead channels of a kind."""
    joined = select(contact.c.name, channel.c.address).select_from(channel.join(contact))
    dead_ones = (channel.c.active, channel.c.kind == kind, channel.c.dead_since.is_not(None))
    return [(name, address) for name, address in connection.execute(joined.where(*dead_ones))]


def drop_removed(connection: Connection) -> int:
    """What waits for channels that are no longer in the contact book is not sent; how much that was."""
    gone = select(channel.c.key).where(~channel.c.active)
    waits = (outbox.c.state == WAITING, outbox.c.channel.in_(gone))
    return connection.execute(update(outbox).where(*waits).values(state=DROPPED, claim=None)).rowcount


def of_incident(connection: Connection, incident_key: int) -> Sequence[Row[Any]]:
    """What was told of an incident, to whom and when."""
    names = (contact.c.name.label("contact"), channel.c.kind.label("channel_kind"), channel.c.address)
    joined = outbox.join(channel, channel.c.key == outbox.c.channel).join(contact)
    statement = select(outbox, *names).select_from(joined).where(outbox.c.incident == incident_key)
    return connection.execute(statement.order_by(outbox.c.key)).all()


def depth(connection: Connection, now: datetime) -> tuple[int, int]:
    """How many notices wait, and how many of them might have been sent by now."""
    waiting = select(func.count()).select_from(outbox).where(outbox.c.state == WAITING)
    overdue = waiting.where(outbox.c.due_at <= now)
    return int(connection.scalar(waiting) or 0), int(connection.scalar(overdue) or 0)


def _due(now: datetime) -> Select[Any]:
    """The notice that is due longest of those whose channel rests no more."""
    rested = or_(channel.c.retry_at.is_(None), channel.c.retry_at <= now)
    statement = select(outbox.c.key, outbox.c.channel, outbox.c.digest_at).join(channel)
    statement = statement.where(*_is_due(now), channel.c.active, rested, _in_order())
    return statement.order_by(outbox.c.due_at, outbox.c.key).limit(1)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.state == WAITING, outbox.c.due_at <= now


def _in_order() -> ColumnElement[bool]:
    """No recovery goes before what it ends, unless they go together."""
    earlier = outbox.alias("earlier")
    same = (earlier.c.incident == outbox.c.incident, earlier.c.channel == outbox.c.channel)
    apart = or_(outbox.c.digest_at.is_(None), earlier.c.digest_at.is_(None), earlier.c.digest_at != outbox.c.digest_at)
    waits = exists().where(*same, earlier.c.key < outbox.c.key, earlier.c.state == WAITING, apart)
    return or_(outbox.c.kind != Kind.RECOVERED, ~waits)


def _claimed_by(token: str) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.claim == token, outbox.c.state == WAITING
