"""What a packet would take away from the facts, and from packets before it, asked before it is accepted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from connectors.database.facts import FACTS
from connectors.database.prepared import Prepared
from connectors.database.tables import packet, work
from gateway.domain.feed import Dating, Feed
from gateway.domain.receipt import State
from gateway.domain.regulation import EXAMPLES, Waiting, Withdrawal

IDENTITIES_AT_ONCE = 500


@dataclass(frozen=True)
class WaitingUnread:
    """A packet that waits, by its payload: what it speaks for has to be read there; its window may be none."""

    payload: int
    first: date | None
    last: date | None
    rows: int


def withdrawal(
    connection: Connection,
    feed: Feed,
    site: int,
    organization: str,
    window: tuple[date | None, date | None],
    identities: Collection[str],
    numbers: Collection[str],
    rows: int,
) -> Withdrawal:
    """For a replace or snapshot packet: by documents, or by rows where its documents are whole warehouses or outlets.

    `identities` and `numbers` are those of the packet's documents, `rows` the count of its rows.
    """
    scope = {"site": site, "organization": organization, "first": window[0], "last": window[1]}
    found = _in_scope(feed).rows(connection, scope)
    if counts_rows(feed):
        return _by_rows(feed, found, numbers, rows)
    gone = [number for identity, number in found if identity not in identities]
    return Withdrawal(len(found), len(gone), tuple(sorted(gone)[:EXAMPLES]))


def waiting(
    connection: Connection,
    feed: Feed,
    site: int,
    organization: str,
    window: tuple[date | None, date | None],
    created: datetime,
) -> list[Waiting]:
    """Accepted packets older than `created` that lie in the window and are not loaded yet, the newest first.

    Not of a feed with a scope for each warehouse: the journal does not know which ones a packet lists.
    """
    values = {"site": site, "organization": organization, "before": created}
    values |= {"first": window[0] or date.min, "last": window[1] or date.max}
    return [Waiting(*each) for each in _not_loaded(feed).rows(connection, values)]


def waiting_unread(
    connection: Connection, feed: Feed, site: int, organization: str, created: datetime, limit: int
) -> list[WaitingUnread]:
    """The newest of the packets older than `created` that are not loaded yet, whatever they speak of."""
    values = {"site": site, "organization": organization, "before": created, "limit": limit}
    return [WaitingUnread(*each) for each in _unread(feed).rows(connection, values)]


@cache
def _unread(feed: Feed) -> Prepared:
    statement = select(packet.c.payload, packet.c.first_date, packet.c.last_date, packet.c.rows)
    return Prepared(_in_queue(feed, statement).limit(bindparam("limit", type_=packet.c.rows.type)))


@cache
def _not_loaded(feed: Feed) -> Prepared:
    """Found by way of the queue: it is short however long the journal grows."""
    measure = packet.c.rows if counts_rows(feed) else packet.c.documents
    first, last = func.coalesce(packet.c.first_date, date.min), func.coalesce(packet.c.last_date, date.max)
    within = (first >= bindparam("first"), last <= bindparam("last"))
    return Prepared(_in_queue(feed, select(first, last, measure)).where(*within))


def _in_queue(feed: Feed, of_packet: Select[Any]) -> Select[Any]:
    """A scope's packets that were accepted before and are not loaded yet, the newest first."""
    statement = of_packet.join(work, work.c.packet == packet.c.key)
    statement = statement.where(
        work.c.site == bindparam("site"),
        work.c.feed == feed.name,
        work.c.organization == bindparam("organization"),
        work.c.created <= bindparam("before"),
        packet.c.state.in_([State.ACCEPTED, State.LOADING]),
    )
    return statement.order_by(work.c.created.desc(), work.c.packet.desc())


def earliest(connection: Connection, feed: Feed, site: int, identities: Collection[str]) -> date | None:
    """The earliest date under which documents of these identities stand in the facts: sent again, they leave it."""
    document = FACTS[feed.name].document
    first = select(func.min(document.c.date)).where(document.c.site == site, ~document.c.deleted)
    every, found = sorted(identities), []
    for start in range(0, len(every), IDENTITIES_AT_ONCE):  # MS SQL takes 2,100 parameters
        some = every[start : start + IDENTITIES_AT_ONCE]
        found.append(connection.scalar(first.where(document.c.identity.in_(some))))
    return min((each for each in found if each is not None), default=None)


def counts_rows(feed: Feed) -> bool:
    """Whether rows are the measure: documents of such feeds are whole warehouses or outlets."""
    return feed.per_warehouse or feed.dating is Dating.WINDOW


@cache
def _in_scope(feed: Feed) -> Prepared:
    """The documents in the scope, identity and number; or numbers, each with its rows."""
    document, row = FACTS[feed.name].document, FACTS[feed.name].row
    scope = [document.c.site == bindparam("site"), document.c.organization == bindparam("organization")]
    if feed.dating is not Dating.NONE:
        scope += [document.c.date >= bindparam("first"), document.c.date <= bindparam("last")]
    if not counts_rows(feed):
        return Prepared(select(document.c.identity, document.c.number).where(*scope, ~document.c.deleted))
    assert row is not None
    source = row.join(document, document.c.key == row.c.document)
    counted = select(document.c.number, func.count().label("rows")).select_from(source)
    return Prepared(counted.where(*scope, ~document.c.deleted).group_by(document.c.number))


def _by_rows(feed: Feed, found: Sequence[Row[Any]], numbers: Collection[str], rows: int) -> Withdrawal:
    by_number = {each.number: each.rows for each in found if each.number in numbers or not feed.per_warehouse}
    held = sum(by_number.values())
    return Withdrawal(held, max(0, held - rows), tuple(sorted(by_number)[:EXAMPLES]))
