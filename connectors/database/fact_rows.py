"""Facts row by row for the ERP: the columns of the analysts' views, but exact in every store, and in pages.

Pages are ordered by the document's key and the row's number. A document that is sent again gets a later key: whoever
reads a window meanwhile sees it twice rather than never.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, and_, case, func, or_, select

from connectors.database.facts import FACTS, distributor_code, outlet, sender, sku, warehouse
from connectors.database.types import SCALE
from connectors.database.units import with_factor

Columns = dict[str, ColumnElement[Any]]


@dataclass(frozen=True)
class FactRow:
    """`place` is where the next page goes on."""

    place: tuple[int, int]
    values: dict[str, Any]


def rows(
    connection: Connection,
    feed: str,
    sites: Sequence[int] | None,
    first: date,
    last: date,
    after: tuple[int, int],
    limit: int,
) -> list[FactRow]:
    """A feed's rows of documents dated from `first` to `last`, of these sites or of all, after a place."""
    document, row = FACTS[feed].document, FACTS[feed].row
    assert row is not None
    key, n = document.c.key, row.c.n
    wanted = [document.c.date.between(first, last), ~document.c.deleted]
    wanted.append(or_(key > after[0], and_(key == after[0], n > after[1])))
    if sites is not None:
        wanted.append(document.c.site.in_(sites))
    statement = _statement(feed).where(*wanted).order_by(key, n).limit(limit)
    return [
        FactRow((found["_key"], found["_n"]), _turned({name: found[name] for name in found if name[0] != "_"}))
        for found in connection.execute(statement).mappings()
    ]


def _turned(values: dict[str, Any]) -> dict[str, Any]:
    """The quantity in the SKU's unit, to a millionth: exact arithmetic is Python's, whatever the store does."""
    if "sku_quantity" in values:
        known = values["quantity"] is not None and values["numerator"] is not None
        turned = values["quantity"] * values["numerator"] / values["denominator"] if known else None
        values["sku_quantity"] = None if turned is None else round(turned, SCALE)
    return values


@cache
def _statement(feed: str) -> Select[Any]:
    document, row = FACTS[feed].document, FACTS[feed].row
    assert row is not None
    source, goods = _goods(document, row) if "sku" in row.c else (_plain(document, row), {})
    source = source.outerjoin(sender, sender.c.site == document.c.site)
    columns: Columns = {name: sender.c[name] for name in ("party_code", "party_name", "site_code")}
    columns["organization"] = document.c.organization
    shown = {"shipments": _shipments, "stock": _stock, "receivables": _receivables}[feed]
    source, own = shown(source, document, row, goods)
    columns |= own | {"packet": document.c.packet, "packet_created": document.c.created}
    columns |= {"_key": document.c.key, "_n": row.c.n}
    return select(*(column.label(name) for name, column in columns.items())).select_from(source)


def _shipments(source: FromClause, document: Table, row: Table, goods: Columns) -> tuple[FromClause, Columns]:
    d, r = document.c, row.c
    source, outlets = _coded(source, "outlet", outlet, d.outlet, d.our_outlet)
    source, warehouses = _coded(source, "warehouse", warehouse, d.warehouse, d.our_warehouse)
    named = {"document_id": d.identity, "number": d.number, "date": d.date, "kind": func.coalesce(d.kind, "sale")}
    of_order = {"order_id": d.order, "agreement": d.agreement, "currency": func.coalesce(d.currency, "RUB")}
    return source, {
        **named,
        **outlets,
        **warehouses,
        **of_order,
        "line": r.n,
        **goods,
        **{name: r[name] for name in ("price", "discount", "amount", "vat", "vat_rate")},
        **{name: r[name] for name in ("batch", "produced", "expiry", "gtin")},
    }


def _stock(source: FromClause, document: Table, row: Table, goods: Columns) -> tuple[FromClause, Columns]:
    d, r = document.c, row.c
    source, warehouses = _coded(source, "warehouse", warehouse, d.code, d.our_warehouse)
    figures = {name: r[name] for name in ("reserved", "in_transit", "batch", "produced", "expiry")}
    return source, {"date": d.date, "as_of": d.as_of, **warehouses, "line": r.n, **goods, **figures}


def _receivables(source: FromClause, document: Table, row: Table, _: Columns) -> tuple[FromClause, Columns]:
    d, r = document.c, row.c
    source, outlets = _coded(source, "outlet", outlet, d.code, d.our_outlet)
    item = {"agreement": r.agreement, "invoice_number": r.number, "invoice_date": r.date, "due": r.due}
    figures = {"amount": r.amount, "open_amount": r.open_amount, "currency": func.coalesce(r.currency, "RUB")}
    return source, {"date": d.date, **outlets, **item, **figures}


def _plain(document: Table, row: Table) -> FromClause:
    return row.join(document, document.c.key == row.c.document)


def _goods(document: Table, row: Table) -> tuple[FromClause, Columns]:
    """Rows with their product's code, SKU, and the fraction that turns their quantity into the SKU's unit."""
    source, *fraction = with_factor(row, document, unmapped=True)
    numerator, denominator = (case((sku.c.key.is_not(None), each)) for each in fraction)
    theirs = distributor_code.alias("product_code")
    return source.outerjoin(theirs, theirs.c.key == row.c.product), {
        "product_code": theirs.c.code,
        "sku_code": sku.c.code,
        "sku_name": sku.c.name,
        "unit": row.c.unit,
        "quantity": row.c.quantity,
        "sku_unit": sku.c.unit,
        "numerator": numerator,
        "denominator": denominator,
        "sku_quantity": row.c.quantity,
    }


def _coded(
    source: FromClause, name: str, register: Table, code: ColumnElement[Any], ours: ColumnElement[Any]
) -> tuple[FromClause, Columns]:
    theirs, record = distributor_code.alias(f"{name}_code"), register.alias(f"its_{name}")
    joined = source.outerjoin(theirs, theirs.c.key == code).outerjoin(record, record.c.key == ours)
    columns: Columns = {
        f"{name}_code": theirs.c.code,
        f"our_{name}_code": record.c.code,
        f"our_{name}_name": record.c.name,
    }
    return joined, columns
