"""Facts follow the crosswalk: each coded column's record of ours is the mapping's of the document's date."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)

from connectors.database import touching
from connectors.database.crosswalk import behind, change_rows, live, mapping
from connectors.database.facts import FACTS, distributor_code
from connectors.database.journal import Journalled
from connectors.database.parameters import THE, given
from connectors.database.prepared import Prepared
from connectors.database.staging import code as staged
from connectors.database.types import Key
from gateway.domain.crosswalk import BEGIN, END
from gateway.domain.feed import Feed, Field
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import first_document_key


def correct_dated(connection: Connection, feed: Feed, packet: Journalled) -> None:
    """A merged packet's rows have the last mapping of their code; those of dated codes get the one of their date."""
    if _dated_codes().first(connection, given(packet)) is None:
        return
    codes = _codes_with_dates(packet)
    for table, key, field in _coded(feed):
        mine = (key >= first_document_key(packet.key), key < first_document_key(packet.key + 1))
        _give(connection, table, field, feed, [*mine, table.c[field.column].in_(codes)])


def _codes_with_dates(packet: Journalled) -> Select[tuple[int]]:
    dated = exists().where(mapping.c.code == staged.c.key, live, _dated())
    return select(staged.c.key).where(staged.c.claim == packet.claim, dated)


@cache
def _dated_codes() -> Prepared:
    return Prepared(_codes_with_dates(THE).limit(1))


def attribute_waiting(connection: Connection, change: int) -> dict[str, int]:
    """Gives every fact that waits for a mapping what its code is mapped to by now; facts changed, by feed."""
    codes = select(distributor_code.c.key).where(distributor_code.c.target.is_not(None))
    changed = dict.fromkeys(FEEDS, 0)
    for feed, table, _, field in _all_coded():
        changed[feed.name] += _map_waiting(connection, change, feed, table, field, [table.c[field.column].in_(codes)])
    return changed


def attribute(connection: Connection, change: int, sites: list[int] | None) -> dict[str, int]:
    """Facts of the codes that a change touched; facts changed, by feed. `sites` of the codes' parties; None: any."""
    touched = union(*(select(mapping.c.code).where(each == change) for each in (mapping.c.begun, mapping.c.ended)))
    registers = _registers(connection, or_(mapping.c.begun == change, mapping.c.ended == change))
    corrected = _registers(connection, and_(mapping.c.ended == change, mapping.c.target.is_not(None)))
    days = _days(connection, change)
    changed = dict.fromkeys(FEEDS, 0)
    for feed, table, key, field in _all_coded():
        if field.register not in registers:
            continue
        mine = table.c[field.column].in_(select(touched.subquery().c.code))
        near = key.in_(_near(FACTS[feed.name].document, sites, days))
        indexed = table is FACTS[feed.name].row  # rows without a SKU have an index of their own
        which: list[ColumnElement[bool]] = [mine] if indexed else [near, mine]
        changed[feed.name] += _map_waiting(connection, change, feed, table, field, which)
        if field.register in corrected:
            changed[feed.name] += _correct(connection, change, feed, table, field, [near, mine])
    return changed


def note_rows(connection: Connection, change: int, changed: dict[str, int]) -> None:
    """Writes down beside a change how many facts it re-attributed."""
    rows = [{"change": change, "feed": feed, "rows": count} for feed, count in changed.items() if count]
    if rows:
        connection.execute(insert(change_rows), rows)


def packets_behind(connection: Connection) -> list[tuple[int, int]]:
    """(change, packet) of what the journal has still to be told."""
    found = connection.execute(select(behind.c.change, behind.c.packet).order_by(behind.c.packet, behind.c.change))
    return [(row.change, row.packet) for row in found]


def caught_up(connection: Connection, change: int, packet: int) -> None:
    connection.execute(delete(behind).where(behind.c.change == change, behind.c.packet == packet))


def _map_waiting(
    connection: Connection, change: int, feed: Feed, table: Table, field: Field, which: list[ColumnElement[bool]]
) -> int:
    """Of these facts, those that have no record of ours."""
    waiting = [table.c[field.target].is_(None), *which, _target(feed, table, field).is_not(None)]
    _note_behind(connection, change, feed, table, field, waiting)
    _note_days(connection, feed, table, field, waiting)
    return _give(connection, table, field, feed, waiting)


def _correct(
    connection: Connection, change: int, feed: Feed, table: Table, field: Field, which: list[ColumnElement[bool]]
) -> int:
    """Of these facts, those whose record of ours is no longer the one."""
    target, found = table.c[field.target], _target(feed, table, field)
    has = [*which, target.is_not(None)]
    _note_behind(connection, change, feed, table, field, [*has, found.is_(None)])
    differs = [*has, or_(found.is_(None), found != target)]
    _note_days(connection, feed, table, field, differs)
    return _give(connection, table, field, feed, differs)


def _near(document: Table, sites: list[int] | None, days: tuple[date, date]) -> Select[Any]:
    """Documents that a change may touch, by their index; an index of all rows by code would double a load."""
    dated = or_(document.c.date.is_(None), document.c.date.between(*days))
    return select(document.c.key).where(*([] if sites is None else [document.c.site.in_(sites)]), dated)


def _give(connection: Connection, table: Table, field: Field, feed: Feed, which: list[ColumnElement[bool]]) -> int:
    statement = update(table).where(*which).values({field.target: _target(feed, table, field)})
    return int(connection.execute(statement).rowcount)


def _note_behind(
    connection: Connection, change: int, feed: Feed, table: Table, field: Field, which: list[ColumnElement[bool]]
) -> None:
    """Packets of rows of goods that are about to be mapped or unmapped: their receipts count them."""
    facts = FACTS[feed.name]
    if table is not facts.row or field.target != "sku":
        return
    source = table.join(facts.document, facts.document.c.key == table.c.document)
    packets = select(literal(change, Key), facts.document.c.packet).select_from(source).where(*which).distinct()
    known = exists().where(behind.c.change == change, behind.c.packet == facts.document.c.packet)
    connection.execute(insert(behind).from_select(["change", "packet"], packets.where(~known)))


def _note_days(
    connection: Connection, feed: Feed, table: Table, field: Field, which: list[ColumnElement[bool]]
) -> None:
    """Days of rows that are about to get another SKU are reconciled again."""
    if table is FACTS[feed.name].row and field.target == "sku":
        touching.note_attributed(connection, feed, table, and_(*which))


def _target(feed: Feed, table: Table, field: Field) -> ColumnElement[Any]:
    """The record of ours that a fact's code stands for on its document's date; a register's is the open mapping's."""
    document = FACTS[feed.name].document
    of_code = and_(mapping.c.code == table.c[field.column], live)
    if table is document:
        day = func.coalesce(document.c.date, literal(END, document.c.date.type))
        found = select(mapping.c.target).where(of_code, mapping.c.valid_from <= day, mapping.c.valid_to >= day)
        return found.correlate(document).scalar_subquery()
    its = document.alias("its")
    day = func.coalesce(its.c.date, literal(END, its.c.date.type))
    source = mapping.join(its, and_(mapping.c.valid_from <= day, mapping.c.valid_to >= day))
    found = select(mapping.c.target).select_from(source).where(of_code, its.c.key == table.c.document)
    return found.correlate(table).scalar_subquery()


def _dated() -> ColumnElement[bool]:
    return or_(mapping.c.valid_from > BEGIN, mapping.c.valid_to < END)


def _days(connection: Connection, change: int) -> tuple[date, date]:
    """From the first to the last day of which a change said anything."""
    touched = or_(mapping.c.begun == change, mapping.c.ended == change)
    columns = (func.min(mapping.c.valid_from), func.max(mapping.c.valid_to))
    first, last = connection.execute(select(*columns).where(touched)).one()
    return first or BEGIN, last or END


def _registers(connection: Connection, which: ColumnElement[bool]) -> set[str]:
    """Of which kinds the codes of these mappings are."""
    source = mapping.join(distributor_code, distributor_code.c.key == mapping.c.code)
    return set(connection.scalars(select(distributor_code.c.register).select_from(source).where(which).distinct()))


def _coded(feed: Feed) -> Iterator[tuple[Table, ColumnElement[int], Field]]:
    """(table, its column with the document's key, coded field) of a feed's facts."""
    facts = FACTS[feed.name]
    for field in feed.own_document_fields:
        if field.register:
            yield facts.document, facts.document.c.key, field
    if facts.row is not None:
        for field in feed.own_row_fields:
            if field.register:
                yield facts.row, facts.row.c.document, field


def _all_coded() -> Iterator[tuple[Feed, Table, ColumnElement[int], Field]]:
    for feed in FEEDS.values():
        for table, key, field in _coded(feed):
            yield feed, table, key, field
