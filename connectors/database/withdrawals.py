"""What a packet would take away from the facts, asked before it is accepted."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, func, select

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
    document = FACTS[feed.name].document
    scope = [document.c.site == site, document.c.organization == organization, ~document.c.deleted]
    if feed.dating is not Dating.NONE:
        scope += [document.c.date >= window[0], document.c.date <= window[1]]
    if feed.per_warehouse or feed.dating is Dating.WINDOW:
        return _by_rows(connection, feed, scope, numbers, rows)
    found = connection.execute(select(document.c.identity, document.c.number).where(*scope)).all()
    gone = [number for identity, number in found if identity not in identities]
    return Withdrawal(len(found), len(gone), tuple(sorted(gone)[:EXAMPLES]))


def _by_rows(connection: Connection, feed: Feed, scope: list, numbers: Collection[str], rows: int) -> Withdrawal:  # type: ignore[type-arg]
    document, row = FACTS[feed.name].document, FACTS[feed.name].row
    assert row is not None
    counted = select(document.c.number, func.count()).select_from(row.join(document, document.c.key == row.c.document))
    found = connection.execute(counted.where(*scope).group_by(document.c.number))
    by_number = {number: count for number, count in found if number in numbers or not feed.per_warehouse}
    held = sum(by_number.values())
    return Withdrawal(held, max(0, held - rows), tuple(sorted(by_number)[:EXAMPLES]))
