"""What became of documents: a row for each time that a packet changed, deleted, withdrew or returned one that stood.

Who brought a document first is the `old_packet` of its first row, or the packet of the fact where it has none.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    type_coerce,
)

from connectors.database import scopes
from connectors.database.codes import find_codes
from connectors.database.facts import FACTS, history, quarantine
from connectors.database.journal import Journalled
from connectors.database.parameters import BESIDE, THE, WINDOW, given
from connectors.database.prepared import Prepared
from connectors.database.staging import STAGINGS
from gateway.domain.feed import Feed, Mode

_SIDES = ("packet", "number", "date", "rows", "quantity", "amount")


def note(connection: Connection, feed: Feed, packet: Journalled, spoken: list[scopes.Window], now: datetime) -> None:
    """Writes down what the packet is about to change. Runs before the facts are touched."""
    first, changed, withdrawn = _notes(feed)
    if first.first(connection, given(packet)) is not None:
        changed.run(connection, given(packet, now=now))
    if Mode(packet.mode) is not Mode.MERGE:
        for window in spoken:
            withdrawn.run(connection, given(packet, window, now=now))


@cache
def _notes(feed: Feed) -> tuple[Prepared, Prepared, Prepared]:
    """Whether anything that is sent again differs, what of it changes, and what is withdrawn."""
    return Prepared(_differing(feed).limit(1)), _written(feed, _changed(feed)), _written(feed, _withdrawn(feed))


def foreseen(connection: Connection, feed: Feed, packet: Journalled, party: int, limit: int) -> list[Row[Any]]:
    """What a staged packet would change if it were loaded now: rows like those of `history`, what goes first.

    Writes to staging alone.
    """
    find_codes(connection, given(packet, party=party))
    scopes.find_facts(connection, feed, packet)
    scopes.mark_stale(connection, feed, packet)
    changed, withdrawn = _listed(feed, limit)
    windows = scopes.windows(connection, feed, packet) if Mode(packet.mode) is not Mode.MERGE else ()
    found = [row for window in windows for row in withdrawn.rows(connection, given(packet, window))]
    return [*found, *changed.rows(connection, given(packet))][:limit]


@cache
def _listed(feed: Feed, limit: int) -> tuple[Prepared, Prepared]:
    """What changes and what is withdrawn, with the columns of `history` that either can tell."""
    document = FACTS[feed.name].document
    order = (document.c.date, document.c.number, document.c.key)
    sides = (f"{side}_{name}" for side in ("old", "new") for name in _SIDES)
    names = ["identity", "change", *(name for name in sides if name in history.c)]
    found = []
    for chosen in (_changed(feed), _withdrawn(feed)):
        told = {column.key: column for column in chosen.selected_columns}
        columns = [
            type_coerce(told.get(name, null()), history.c[name].type).label(name) for name in names if name in history.c
        ]
        found.append(Prepared(chosen.with_only_columns(*columns).order_by(*order).limit(limit)))
    return found[0], found[1]


def changes_by(connection: Connection, packet: int, limit: int) -> list[Row[Any]]:
    """What a packet changed: rows of `history`."""
    statement = select(history).where(history.c.packet == packet).order_by(history.c.key)
    return list(connection.execute(statement.limit(limit)))


def changes_of(connection: Connection, site: int, feed: str, identity: str) -> list[Row[Any]]:
    """What became of a document, the first change first: rows of `history`."""
    its = (history.c.site == site, history.c.feed == feed, history.c.identity == identity)
    return list(connection.execute(select(history).where(*its).order_by(history.c.key)))


def standing(connection: Connection, feed: Feed, site: int, identity: str) -> Row[Any] | None:
    """The document as the facts hold it, one that is deleted or withdrawn too."""
    facts = FACTS[feed.name].document
    its = (facts.c.site == site, facts.c.identity == identity)
    return connection.execute(select(facts).where(*its)).one_or_none()


def row_of(connection: Connection, feed: Feed, document: int, number: int) -> Row[Any] | None:
    """The fact that a packet's row became, by the key of its document."""
    row = FACTS[feed.name].row
    assert row is not None
    return connection.execute(select(row).where(row.c.document == document, row.c.row == number)).one_or_none()


def reason(connection: Connection, packet: int, number: int) -> str | None:
    """Why a packet's row is in quarantine."""
    its = (quarantine.c.packet == packet, quarantine.c.row == number)
    return connection.scalar(select(quarantine.c.reason).where(*its))


def _written(feed: Feed, chosen: Select[Any]) -> Prepared:
    feed_name = literal(feed.name, history.c.feed.type)
    fixed = {"site": THE.site, "feed": feed_name, "packet": THE.key, "at": BESIDE.now}
    names = [*(each.key or "" for each in chosen.selected_columns), *fixed]
    chosen = chosen.add_columns(*fixed.values())
    return Prepared(insert(history).from_select(names, chosen))


def _changed(feed: Feed) -> Select[Any]:
    """Documents that are sent again and differ, with what they add up to before and after."""
    staged, facts, rows = STAGINGS[feed.name].document, FACTS[feed.name].document, STAGINGS[feed.name].row
    source, old, new = staged.join(facts, facts.c.key == staged.c.key), None, None
    if rows is not None:
        old, new = _old_sums(feed, _differing(feed)), _new_sums(feed)
        source = source.outerjoin(old, old.c.document == facts.c.key)
        source = source.outerjoin(new, new.c.document == staged.c.ordinal)
    change = case((staged.c.deleted, "deleted"), (facts.c.deleted, "returned"), else_="changed").label("change")
    before, after = _totals(feed, facts, old), _totals(feed, staged, new)
    columns = [facts.c.identity, change, *_side("old", facts, before), *_side("new", staged, after)]
    seen = (_other(facts.c[name], staged.c[name]) for name in ("number", "date"))
    told = or_(
        facts.c.fingerprint.is_not(None),
        facts.c.deleted != staged.c.deleted,
        *seen,
        *(_other(before[name], after[name]) for name in before),
    )
    return select(*columns).select_from(source).where(*_differs(feed), told)


def _differing(feed: Feed) -> Select[Any]:
    """Keys of the facts that are sent again and are not the same; most of what is sent again is."""
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    return select(facts.c.key).select_from(staged.join(facts, facts.c.key == staged.c.key)).where(*_differs(feed))


def _differs(feed: Feed) -> tuple[ColumnElement[bool], ...]:
    """Of a staged document and its fact; one that was loaded before there were fingerprints may be the same."""
    staged, facts = STAGINGS[feed.name].document, FACTS[feed.name].document
    both_gone = and_(staged.c.deleted, facts.c.deleted)
    other = or_(staged.c.deleted != facts.c.deleted, _other(facts.c.fingerprint, staged.c.fingerprint))
    return staged.c.claim == THE.claim, ~staged.c.stale, ~both_gone, other


def _withdrawn(feed: Feed) -> Select[Any]:
    """Documents in the packet's scope that it no longer has."""
    facts = FACTS[feed.name].document
    gone = (*scopes.going(feed, THE, WINDOW), facts.c.key.not_in(scopes.sent_again(feed, THE)))
    source, old = facts, None
    if FACTS[feed.name].row is not None:
        old = _old_sums(feed, select(facts.c.key).where(*gone))
        source = facts.outerjoin(old, old.c.document == facts.c.key)  # type: ignore[assignment]
    change = literal("withdrawn", history.c.change.type).label("change")
    return (
        select(facts.c.identity, change, *_side("old", facts, _totals(feed, facts, old)))
        .select_from(source)
        .where(*gone)
    )


def _old_sums(feed: Feed, keys: Select[Any]) -> Subquery:
    row = FACTS[feed.name].row
    assert row is not None
    sums = [func.sum(row.c[name]).label(name) for name in feed.totals]
    grouped = select(row.c.document, func.count().label("rows"), *sums).where(row.c.document.in_(keys))
    return grouped.group_by(row.c.document).subquery("old")


def _new_sums(feed: Feed) -> Subquery:
    staged, facts, row = STAGINGS[feed.name].document, FACTS[feed.name].document, STAGINGS[feed.name].row
    assert row is not None
    sums = [func.sum(row.c[name]).label(name) for name in feed.totals]
    both = staged.join(facts, facts.c.key == staged.c.key)
    wanted = select(staged.c.ordinal).select_from(both).where(*_differs(feed))
    usable = (row.c.claim == THE.claim, row.c.quarantine.is_(None), row.c.document.in_(wanted))
    return (
        select(row.c.document, func.count().label("rows"), *sums)
        .where(*usable)
        .group_by(row.c.document)
        .subquery("new")
    )


def _totals(feed: Feed, document: Any, sums: Subquery | None) -> dict[str, ColumnElement[Any]]:
    """Rows, and what the feed adds up; a document without rows has its own figures, one that is deleted has none."""
    if sums is None:
        return {name: document.c[name] for name in feed.totals}
    names = ("rows", *feed.totals)
    return {name: case((document.c.deleted, 0), else_=func.coalesce(sums.c[name], 0)) for name in names}


def _side(side: str, document: Any, totals: dict[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    columns = {"number": document.c.number, "date": document.c.date, **totals}
    if side == "old":
        columns["packet"] = document.c.packet
    return [columns[name].label(f"{side}_{name}") for name in _SIDES if name in columns]


def _other(one: ColumnElement[Any], another: ColumnElement[Any]) -> ColumnElement[bool]:
    """Unequal, or only one of them there."""
    appeared = or_(and_(one.is_(None), another.is_not(None)), and_(one.is_not(None), another.is_(None)))
    return or_(one != another, appeared)
