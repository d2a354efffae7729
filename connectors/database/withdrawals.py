"""What a packet would take away from the facts, asked before it is accepted."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from connectors.database.facts import FACTS
from gateway.domain.feed import Dating, Feed
from gateway.domain.regulation import EXAMPLES, Withdrawal


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
    found = connection.execute(_in_scope(feed), scope).all()
    if _of_rows(feed):
        return _by_rows(feed, found, numbers, rows)
    gone = [number for identity, number in found if identity not in identities]
    return Withdrawal(len(found), len(gone), tuple(sorted(gone)[:EXAMPLES]))


def _of_rows(feed: Feed) -> bool:
    return feed.per_warehouse or feed.dating is Dating.WINDOW


@cache
def _in_scope(feed: Feed) -> Select[Any]:
    """The documents in the scope, identity and number; or numbers, each with its rows."""
    document, row = FACTS[feed.name].document, FACTS[feed.name].row
    scope = [document.c.site == bindparam("site"), document.c.organization == bindparam("organization")]
    if feed.dating is not Dating.NONE:
        scope += [document.c.date >= bindparam("first"), document.c.date <= bindparam("last")]
    if not _of_rows(feed):
        return select(document.c.identity, document.c.number).where(*scope, ~document.c.deleted)
    assert row is not None
    source = row.join(document, document.c.key == row.c.document)
    counted = select(document.c.number, func.count().label("rows")).select_from(source)
    return counted.where(*scope, ~document.c.deleted).group_by(document.c.number)


def _by_rows(feed: Feed, found: Sequence[Row[Any]], numbers: Collection[str], rows: int) -> Withdrawal:
    by_number = {each.number: each.rows for each in found if each.number in numbers or not feed.per_warehouse}
    held = sum(by_number.values())
    return Withdrawal(held, max(0, held - rows), tuple(sorted(by_number)[:EXAMPLES]))
