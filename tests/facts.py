"""Looks into the facts, for tests."""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from connectors.database.facts import FACTS, distributor_code
from gateway.domain.feeds import FEEDS
from gateway.wiring import Hub


def totals(hub: Hub, feed: str = "shipments") -> tuple[int, Decimal, Decimal | None]:
    """Rows, quantity and amount of a feed's facts, signed."""
    row = FACTS[feed].row
    assert row is not None
    amount = func.sum(row.c.amount) if "amount" in row.c else func.sum(None)
    with hub.warehouse.reading() as connection:
        count, quantity, money = connection.execute(select(func.count(), func.sum(row.c.quantity), amount)).one()
    return count, quantity or Decimal(0), money


def lines(hub: Hub, feed: str = "shipments") -> list[tuple[Any, ...]]:
    """(document number, date, n, distributor code, quantity) of every fact row, in a fixed order."""
    document, row = FACTS[feed].document, FACTS[feed].row
    assert row is not None
    source = row.join(document, document.c.key == row.c.document).join(
        distributor_code, distributor_code.c.key == row.c.product
    )
    statement = select(document.c.number, document.c.date, row.c.n, distributor_code.c.code, row.c.quantity)
    with hub.warehouse.reading() as connection:
        return sorted(tuple(found) for found in connection.execute(statement.select_from(source)))


def numbers(hub: Hub, feed: str = "shipments") -> list[str]:
    """Numbers of the documents that stand in the facts, deleted ones left out."""
    document = FACTS[feed].document
    with hub.warehouse.reading() as connection:
        return sorted(connection.scalars(select(document.c.number).where(~document.c.deleted)))


def everything(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """The documents of all feeds, and the rows of those with goods, to compare one state with another."""
    goods = [name for name, feed in FEEDS.items() if feed.has_products]
    return {**{name: lines(hub, name) for name in goods}, **{f"{name}!": documents(hub, name) for name in FEEDS}}


def documents(hub: Hub, feed: str) -> list[tuple[Any, ...]]:
    """(identity, number, date, deleted) of every document, in a fixed order."""
    document = FACTS[feed].document
    statement = select(document.c.identity, document.c.number, document.c.date, document.c.deleted)
    with hub.warehouse.reading() as connection:
        return [tuple(found) for found in connection.execute(statement.order_by(document.c.identity))]
