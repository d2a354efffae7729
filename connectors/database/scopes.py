"""What a packet speaks for: which facts it withdraws, and which of its documents a newer packet has spoken for."""

from datetime import date

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from connectors.database.facts import FACTS, coverage, extension
from connectors.database.journal import Journalled
from connectors.database.staging import STAGINGS
from connectors.database.staging import code as staged_code
from gateway.domain.feed import Dating, Feed, Mode


def find_facts(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Notes beside each staged document the key of the fact with its identity."""
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    same = select(facts.c.key).where(facts.c.site == packet.site, facts.c.identity == staged.c.identity)
    connection.execute(update(staged).where(staged.c.packet == packet.key).values(key=same.scalar_subquery()))


def mark_stale(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Marks staged documents that a newer packet brought, deleted, or left out of a window it replaced."""
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    brought = exists().where(facts.c.key == staged.c.key, _newer(facts, packet))
    dated = (coverage.c.first_date <= staged.c.date, coverage.c.last_date >= staged.c.date)
    left_out = exists().where(
        _newer_coverage(feed, packet),
        *(() if feed.dating is Dating.NONE else dated),
        *_same_warehouse(feed, staged),
    )
    statement = update(staged).where(staged.c.packet == packet.key, or_(brought, left_out))
    connection.execute(statement.values(stale=True))


def is_superseded(connection: Connection, feed: Feed, packet: Journalled) -> bool:
    """Whether newer packets leave nothing of this one: every document is stale, or its whole empty window covered."""
    staged = STAGINGS[feed.name].document
    mine = staged.c.packet == packet.key
    total = connection.scalar(select(func.count()).select_from(staged).where(mine)) or 0
    if total:
        return not connection.scalar(select(func.count()).select_from(staged).where(mine, ~staged.c.stale))
    window = _window(feed, packet)
    if window is None or feed.per_warehouse:
        return False
    whole = (coverage.c.first_date <= window[0], coverage.c.last_date >= window[1])
    return bool(connection.scalar(select(func.count()).where(_newer_coverage(feed, packet), *whole)))


def withdraw(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Deletes the facts that this packet replaces, and those in its scope that it no longer has."""
    facts, staged = FACTS[feed.name].document, STAGINGS[feed.name].document
    sent_again = select(staged.c.key).where(staged.c.packet == packet.key, ~staged.c.stale, staged.c.key.is_not(None))
    _delete(connection, feed, sent_again)
    speaks_for_dates = packet.first_date and packet.last_date  # an empty snapshot may name none
    if Mode(packet.mode) is not Mode.MERGE and speaks_for_dates:
        _delete(connection, feed, select(facts.c.key).where(*_scope(feed, packet), ~_newer(facts, packet)))


def remember(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Writes down the window that the packet has spoken for, so that nothing older comes back into it."""
    window = _window(feed, packet)
    if window is None:
        return
    columns = ["packet", "warehouse", "site", "feed", "organization", "first_date", "last_date", "created"]
    fixed = [
        literal(packet.site),
        literal(feed.name, coverage.c.feed.type),
        literal(packet.organization, coverage.c.organization.type),
        literal(window[0]),
        literal(window[1]),
        literal(packet.created, coverage.c.created.type),
    ]
    if feed.warehouse_field is None:
        empty = literal("", coverage.c.warehouse.type)
        connection.execute(insert(coverage).from_select(columns, select(literal(packet.key), empty, *fixed)))
        return
    listed = select(staged_code.c.packet, staged_code.c.code, *fixed).where(*_listed_warehouses(feed, packet))
    connection.execute(insert(coverage).from_select(columns, listed))


def _window(feed: Feed, packet: Journalled) -> tuple[date, date] | None:
    """The dates that the packet speaks for; a register has none, and its snapshot speaks for all time."""
    if feed.dating is Dating.NONE:
        return date.min, date.max
    return (packet.first_date, packet.last_date) if packet.first_date and packet.last_date else None


def _delete(connection: Connection, feed: Feed, doomed) -> None:  # type: ignore[no-untyped-def]
    facts, row = FACTS[feed.name].document, FACTS[feed.name].row
    if row is not None:
        connection.execute(delete(row).where(row.c.document.in_(doomed)))
    below = and_(extension.c.feed == feed.name, extension.c.document.in_(doomed))
    connection.execute(delete(extension).where(below))
    connection.execute(delete(facts).where(facts.c.key.in_(doomed)))


def _newer(facts: Table, packet: Journalled) -> ColumnElement[bool]:
    """Packets are ordered by `created`; of equals, the one received later is the newer."""
    return or_(facts.c.created > packet.created, and_(facts.c.created == packet.created, facts.c.packet > packet.key))


def _newer_coverage(feed: Feed, packet: Journalled) -> ColumnElement[bool]:
    return and_(
        coverage.c.site == packet.site,
        coverage.c.feed == feed.name,
        coverage.c.organization == packet.organization,
        _newer(coverage, packet),
    )


def _same_warehouse(feed: Feed, staged: Table) -> list[ColumnElement[bool]]:
    if feed.warehouse_field is None:
        return []
    code = select(staged_code.c.code).where(
        staged_code.c.packet == staged.c.packet, staged_code.c.ordinal == staged.c[feed.warehouse_field.column]
    )
    return [coverage.c.warehouse == code.scalar_subquery()]


def _scope(feed: Feed, packet: Journalled) -> list[ColumnElement[bool]]:
    facts = FACTS[feed.name].document
    scope = [facts.c.site == packet.site, facts.c.organization == packet.organization]
    if feed.dating is not Dating.NONE:
        scope += [facts.c.date >= packet.first_date, facts.c.date <= packet.last_date]
    if feed.warehouse_field is not None:
        listed = select(staged_code.c.key).where(*_listed_warehouses(feed, packet))
        scope.append(facts.c[feed.warehouse_field.column].in_(listed))
    return scope


def _listed_warehouses(feed: Feed, packet: Journalled) -> list[ColumnElement[bool]]:
    """Conditions on staged codes: the warehouses that the packet's documents name."""
    assert feed.warehouse_field
    staged = STAGINGS[feed.name].document
    named = select(staged.c[feed.warehouse_field.column]).where(staged.c.packet == packet.key)
    return [staged_code.c.packet == packet.key, staged_code.c.ordinal.in_(named)]
