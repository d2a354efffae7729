"""Looks into the store, for tests: facts as values without the keys that the store gives."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from connectors.database.facts import FACTS, distributor_code, extension, loaded, quarantine, sku
from connectors.database.staging import staging_metadata
from connectors.database.tables import attempt, packet, problem, work
from gateway.domain.feeds import FEEDS
from gateway.wiring import Hub

Rows = list[tuple[Any, ...]]


def contents(hub: Hub, feed: str, sites: Collection[int]) -> Rows:
    """(site, organisation, number, date, first attribute, ((n, code, quantity, first mark), …)) of each document.

    The last is empty where rows are not of goods.
    """
    document = FACTS[feed].document
    with hub.warehouse.reading() as connection:
        rows = _rows(connection, feed, sites) if FEEDS[feed].has_products else {}
        notes = _extensions(connection, feed, sites)
        standing = select(document).where(document.c.site.in_(sites), ~document.c.deleted)
        found = [
            (*_heading(each), notes.get((each.key, 0)), _marked(each.key, rows, notes))
            for each in connection.execute(standing)
        ]
    return sorted(found, key=repr)


def documents(hub: Hub, feed: str = "shipments") -> Rows:
    """(organisation, number, date) of every document that stands in the facts."""
    document = FACTS[feed].document
    columns = (document.c.organization, document.c.number, document.c.date)
    with hub.warehouse.reading() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns).where(~document.c.deleted)))


def extensions(hub: Hub, feed: str = "shipments") -> Rows:
    """(document number, line or 0, name, value) of every attribute and mark; those of no document show as None."""
    document = FACTS[feed].document
    source = extension.outerjoin(document, document.c.key == extension.c.document)
    statement = select(document.c.number, extension.c.n, extension.c.name, extension.c.value).select_from(source)
    ordered = statement.order_by(extension.c.document, extension.c.n, extension.c.number)
    with hub.warehouse.reading() as connection:
        return [tuple(row) for row in connection.execute(ordered)]


def skus(hub: Hub, feed: str = "shipments") -> dict[str, str]:
    """The SKU that each distributor code has in the fact rows; codes without one are left out."""
    row = _goods(feed)
    source = row.join(distributor_code, distributor_code.c.key == row.c.product).join(sku, sku.c.key == row.c.sku)
    statement = select(distributor_code.c.code, sku.c.code).select_from(source).distinct()
    with hub.warehouse.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}


def quarantined(hub: Hub) -> Rows:
    """(row, document number, n, reason) of every row that could not be used."""
    columns = (quarantine.c.row, quarantine.c.document, quarantine.c.n, quarantine.c.reason)
    with hub.warehouse.reading() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns)))


def orphans(hub: Hub) -> int:
    """Rows and extensions that hang on no standing document: there must be none."""
    count = 0
    with hub.warehouse.reading() as connection:
        for feed, facts in FACTS.items():
            known = select(facts.document.c.key).where(~facts.document.c.deleted)
            hanging = select(func.count()).select_from(extension)
            hanging = hanging.where(extension.c.feed == feed, extension.c.document.not_in(known))
            count += connection.scalar(hanging) or 0
            if facts.row is not None:
                lost = select(func.count()).select_from(facts.row).where(facts.row.c.document.not_in(known))
                count += connection.scalar(lost) or 0
    return count


def journal(hub: Hub) -> dict[str, Rows]:
    """Everything the journal and the queue hold but for times, to compare one state with another."""
    columns = {
        "packet": (packet.c.packet_id, packet.c.state, packet.c.rows_loaded, packet.c.rows_unmapped, packet.c.sha256),
        "attempt": (attempt.c.packet_id, attempt.c.status, attempt.c.problems_total, attempt.c.sha256),
        "problem": (problem.c.attempt, problem.c.number, problem.c.code, problem.c.row, problem.c.params),
        "work": (work.c.packet, work.c.failed),
    }
    with hub.exchange.reading() as connection:
        return {name: sorted(map(tuple, connection.execute(select(*each))), key=repr) for name, each in columns.items()}


def staged(hub: Hub) -> list[str]:
    """What loads have left in staging: files, or tables that are not empty."""
    if hub.warehouse.folder:
        return [path.name for path in hub.warehouse.folder.glob("staging-*")]
    with hub.warehouse.reading() as connection:
        tables = staging_metadata.sorted_tables
        return [each.name for each in tables if connection.scalar(select(func.count()).select_from(each))]


def loads(hub: Hub) -> Rows:
    """What the facts say of each packet's load, in the order of packets."""
    with hub.warehouse.reading() as connection:
        return [tuple(row) for row in connection.execute(select(loaded).order_by(loaded.c.packet))]


def _goods(feed: str) -> Table:
    """The rows of a feed that has products."""
    row = FACTS[feed].row
    assert row is not None
    return row


def _heading(document: Row[Any]) -> tuple[Any, ...]:
    return document.site, document.organization, document.number, document.date


def _rows(connection: Connection, feed: str, sites: Collection[int]) -> dict[int, Rows]:
    document, row, found = FACTS[feed].document, _goods(feed), defaultdict(list)
    source = row.join(distributor_code, distributor_code.c.key == row.c.product)
    source = source.join(document, document.c.key == row.c.document)
    statement = select(row.c.document, row.c.n, distributor_code.c.code, row.c.quantity).select_from(source)
    for key, *values in connection.execute(statement.where(document.c.site.in_(sites)).order_by(row.c.n)):
        found[key].append(tuple(values))
    return found


def _extensions(connection: Connection, feed: str, sites: Collection[int]) -> dict[tuple[int, int], str]:
    """The first of each document and line."""
    document = FACTS[feed].document
    source = extension.join(document, document.c.key == extension.c.document)
    statement = select(extension).select_from(source).where(extension.c.feed == feed, document.c.site.in_(sites))
    return {
        (each.document, each.n): each.value
        for each in connection.execute(statement.order_by(extension.c.number.desc()))
    }


def _marked(document: int, rows: dict[int, Rows], notes: dict[tuple[int, int], str]) -> tuple[Any, ...]:
    return tuple((*row, notes.get((document, row[0]))) for row in rows.get(document, []))
