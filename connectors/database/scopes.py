"""What a packet speaks for: which facts it withdraws, and which of its documents a newer packet has spoken for."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, exists, func, or_, select, update

from connectors.database.facts import FACTS, coverage, extension
from connectors.database.journal import Journalled
from connectors.database.parameters import THE, WINDOW, given
from connectors.database.prepared import Prepared, insertion
from connectors.database.staging import STAGINGS
from connectors.database.staging import code as staged_code
from gateway.domain.feed import Dating, Feed, Mode


@dataclass(frozen=True)
class Window:
    """Dates that a packet speaks for; of stock, in one warehouse: key and code of its distributor code."""

    first: date
    last: date
    warehouse: int | None = None
    code: str = ""


def find_facts(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Notes beside each staged document the key of the fact with its identity."""
    _same_identity(feed).run(connection, given(packet))


@cache
def _same_identity(feed: Feed) -> Prepared:
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    same = select(facts.c.key).where(facts.c.site == THE.site, facts.c.identity == staged.c.identity)
    return Prepared(update(staged).where(staged.c.claim == THE.claim).values(key=same.scalar_subquery()))


def mark_stale(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """Marks staged documents of which a newer packet has spoken, and as deleted those that one left out of its window.

    The latter stay on record without rows, so that nothing older comes back under their identity.
    """
    values = given(packet)
    for statement in _marks(feed):
        statement.run(connection, values)


@cache
def _marks(feed: Feed) -> tuple[Prepared, Prepared]:
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    brought = exists().where(facts.c.key == staged.c.key, _newer(facts, THE))
    dated = (coverage.c.first_date <= staged.c.date, coverage.c.last_date >= staged.c.date)
    left_out = exists().where(
        _newer_coverage(feed, THE),
        *(() if feed.dating is Dating.NONE else dated),
        *_same_warehouse(feed, staged),
    )
    mine = update(staged).where(staged.c.claim == THE.claim)
    return Prepared(mine.where(brought).values(stale=True)), Prepared(mine.where(left_out).values(deleted=True))


def windows(connection: Connection, feed: Feed, packet: Journalled) -> list[Window]:
    """What the packet speaks for. Stock without a window: each warehouse's own dates, lest one withdraw another's."""
    first, last = packet.first_date, packet.last_date
    if feed.dating is Dating.NONE:  # a register: its snapshot speaks for all of it
        return [Window(date.min, date.max)]
    if feed.warehouse_field is None:
        return [Window(first, last)] if first and last else []
    found = _warehouses(feed).rows(connection, given(packet))
    return [Window(first or each.first, last or each.last, each.key, each.code) for each in found]


@cache
def _warehouses(feed: Feed) -> Prepared:
    staged, code, field = STAGINGS[feed.name].document, staged_code, feed.warehouse_field
    assert field is not None
    named = and_(code.c.claim == staged.c.claim, code.c.ordinal == staged.c[field.column])
    columns = (code.c.key, code.c.code, func.min(staged.c.date).label("first"), func.max(staged.c.date).label("last"))
    statement = select(*columns).select_from(staged.join(code, named)).where(staged.c.claim == THE.claim)
    return Prepared(statement.group_by(code.c.key, code.c.code))


def is_superseded(connection: Connection, feed: Feed, packet: Journalled, spoken: list[Window]) -> bool:
    """Whether newer packets have spoken for all that this one speaks for."""
    counted = _covering(feed)
    return bool(spoken) and all(counted.value(connection, given(packet, window)) for window in spoken)


@cache
def _covering(feed: Feed) -> Prepared:
    newer = select(func.count()).select_from(coverage).where(_newer_coverage(feed, THE))
    return Prepared(newer.where(*_covers(WINDOW)))


def sent_again(feed: Feed, packet: Journalled) -> Select[tuple[int]]:
    """Keys of the facts that the packet brings anew."""
    staged = STAGINGS[feed.name].document
    return select(staged.c.key).where(staged.c.claim == packet.claim, ~staged.c.stale, staged.c.key.is_not(None))


def going(feed: Feed, packet: Journalled, window: Window) -> tuple[ColumnElement[bool], ...]:
    """What stands in the scope, and goes unless it is sent again."""
    facts = FACTS[feed.name].document
    return *_scope(feed, packet, window), ~_newer(facts, packet), ~facts.c.deleted


def withdraw(connection: Connection, feed: Feed, packet: Journalled, spoken: list[Window]) -> None:
    """Deletes the facts that this packet replaces; those in its scope that it no longer has stay without rows."""
    for statement in _replaced(feed):
        statement.run(connection, given(packet))
    for window in spoken if Mode(packet.mode) is not Mode.MERGE else ():
        for statement in _withdrawn(feed):
            statement.run(connection, given(packet, window))


@cache
def _replaced(feed: Feed) -> list[Prepared]:
    facts, again = FACTS[feed.name].document, sent_again(feed, THE)
    return [*_emptied(feed, again), Prepared(delete(facts).where(facts.c.key.in_(again)))]


@cache
def _withdrawn(feed: Feed) -> list[Prepared]:
    facts, gone = FACTS[feed.name].document, going(feed, THE, WINDOW)
    emptied = _emptied(feed, select(facts.c.key).where(*gone))
    return [*emptied, Prepared(update(facts).where(*gone).values(deleted=True))]


def remember(connection: Connection, feed: Feed, packet: Journalled, spoken: list[Window]) -> None:
    """Writes down what the packet has spoken for, so that nothing older comes back into it."""
    fixed = {"packet": packet.key, "site": packet.site, "feed": feed.name, "organization": packet.organization}
    rows = [
        {"warehouse": each.code, "first_date": each.first, "last_date": each.last, "created": packet.created} | fixed
        for each in spoken
    ]
    _COVERED.many(connection, rows)


_COVERED = insertion(coverage)


def _emptied(feed: Feed, doomed: Select[Any]) -> list[Prepared]:
    """Deletes what hangs on the documents whose keys are given."""
    row = FACTS[feed.name].row
    below = delete(extension).where(extension.c.feed == feed.name, extension.c.document.in_(doomed))
    rows = [] if row is None else [Prepared(delete(row).where(row.c.document.in_(doomed)))]
    return [*rows, Prepared(below)]


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
        staged_code.c.claim == staged.c.claim, staged_code.c.ordinal == staged.c[feed.warehouse_field.column]
    )
    return [coverage.c.warehouse == code.correlate(staged).scalar_subquery()]


def _covers(window: Window) -> list[ColumnElement[bool]]:
    return [
        coverage.c.warehouse == window.code,
        coverage.c.first_date <= window.first,
        coverage.c.last_date >= window.last,
    ]


def _scope(feed: Feed, packet: Journalled, window: Window) -> list[ColumnElement[bool]]:
    facts = FACTS[feed.name].document
    scope = [facts.c.site == packet.site, facts.c.organization == packet.organization]
    if feed.dating is not Dating.NONE:
        scope += [facts.c.date >= window.first, facts.c.date <= window.last]
    if feed.warehouse_field is not None:
        scope.append(facts.c[feed.warehouse_field.column] == window.warehouse)
    return scope
