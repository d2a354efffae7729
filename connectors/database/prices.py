"""The manufacturer's prices: of a SKU's own unit, from a day on, for one party or for all."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, Date, String, Table, bindparam, delete, insert, or_, select

from connectors.database.codes import AT_ONCE
from connectors.database.facts import WAREHOUSE, sku
from connectors.database.tables import metadata
from connectors.database.types import Exact, Instant, Key
from gateway.domain.credit import plain

ALL = 0
"""In place of a party: a price for all that have none of their own."""

price = Table(
    "price",
    metadata,
    Column("party", Key, primary_key=True, autoincrement=False, comment="0: all"),
    Column("sku", Key, primary_key=True, autoincrement=False),
    Column("valid_from", Date, primary_key=True),
    Column("price", Exact, nullable=False, comment="of the SKU's own unit, VAT included"),
    Column("currency", String(3), nullable=False),
    Column("changed_at", Instant, nullable=False),
    schema=WAREHOUSE,
)
Listed = dict[tuple[int, int], list[tuple[date, Decimal, str]]]
"""(valid from, price, currency) by party and SKU, the newest first."""


def put(connection: Connection, records: list[dict[str, Any]], now: datetime) -> None:
    """Puts prices in place of those of the same party, SKU and day."""
    names = ("party", "sku", "valid_from")
    same = [price.c[name] == bindparam(f"its_{name}") for name in names]
    connection.execute(delete(price).where(*same), [{f"its_{name}": each[name] for name in names} for each in records])
    connection.execute(insert(price), [{**each, "changed_at": now} for each in records])


def of_skus(connection: Connection, skus: Sequence[int]) -> Listed:
    """Every price of these SKUs."""
    found: Listed = {}
    for start in range(0, len(skus), AT_ONCE):
        which = price.c.sku.in_(skus[start : start + AT_ONCE])
        for row in connection.execute(select(price).where(which).order_by(price.c.valid_from.desc())):
            found.setdefault((row.party, row.sku), []).append((row.valid_from, row.price, row.currency))
    return found


def published(connection: Connection, party: int, since: datetime | None) -> list[dict[str, Any]]:
    """What a party is told: its own prices and those for all, of its own first."""
    columns = (sku.c.code, sku.c.unit, price.c.price, price.c.currency, price.c.valid_from)
    statement = (
        select(*columns).join(sku, sku.c.key == price.c.sku).where(or_(price.c.party == party, price.c.party == ALL))
    )
    if since is not None:
        statement = statement.where(price.c.changed_at >= since)
    ordered = statement.order_by(sku.c.code, price.c.party.desc(), price.c.valid_from)
    return [{**row, "price": plain(row["price"])} for row in connection.execute(ordered).mappings()]
