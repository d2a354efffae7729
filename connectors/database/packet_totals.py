"""The sender's sums of each packet beside ours, for packets of which every document still stands."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from connectors.database.facts import FACTS, quarantine
from connectors.database.reconciliation_tables import sent
from gateway.domain.feeds import FEEDS


def last_day(connection: Connection, site: int, first: date, last: date) -> date | None:
    """The last day of packets that spoke of any of these days."""
    mine = (sent.c.site == site, sent.c.first_date <= last, sent.c.last_date >= first)
    found: date | None = connection.scalar(select(func.max(sent.c.last_date)).where(*mine))
    return found


def theirs(connection: Connection, site: int, first: date, last: date) -> Sequence[Any]:
    """What was sent in packets whose last day lies between."""
    statement = select(sent).where(sent.c.site == site, sent.c.last_date.between(first, last))
    return connection.execute(statement.order_by(sent.c.packet)).all()


def ours(connection: Connection, feed: str, site: int, first: date, last: date) -> dict[int, Row[Any]]:
    """By packet: (packet, documents, rows, quantity and amount as far as the feed has them)."""
    document, row = FACTS[feed].document, FACTS[feed].row
    numbers = document if row is None else row
    sums = [func.sum(numbers.c[name]).label(name) for name in FEEDS[feed].totals]
    rows = func.count() if row is None else func.count(row.c.n)
    source = document if row is None else document.outerjoin(row, row.c.document == document.c.key)
    packets = select(sent.c.packet).where(
        sent.c.site == site, sent.c.feed == feed, sent.c.last_date.between(first, last)
    )
    statement = select(
        document.c.packet, func.count(document.c.key.distinct()).label("documents"), rows.label("rows"), *sums
    )
    statement = statement.select_from(source).where(document.c.packet.in_(packets), ~document.c.deleted)
    return {each.packet: each for each in connection.execute(statement.group_by(document.c.packet))}


def held_back(connection: Connection, packet: int) -> Sequence[Any]:
    """(document, line, reason) of the packet's rows in quarantine."""
    columns = (quarantine.c.document, quarantine.c.n, quarantine.c.reason)
    statement = select(*columns).where(quarantine.c.packet == packet).order_by(quarantine.c.row)
    return connection.execute(statement).all()
