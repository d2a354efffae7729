"""What the distributor's latest snapshots say of an order: what its outlet owes, what is left of its goods."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from connectors.database.facts import FACTS, coverage, distributor_code, outlet
from connectors.database.order_tables import order_head, order_revision, order_translated
from connectors.database.turnovers import in_our_unit, to_millionth
from connectors.database.units import with_factor
from gateway.domain.order import UNDER_WAY, Kind

ROUBLES = "RUB"
_DEBTOR, _ITEM = FACTS["receivables"].document, cast(Table, FACTS["receivables"].row)
_STOCK, _POSITION = FACTS["stock"].document, cast(Table, FACTS["stock"].row)
_WAREHOUSE = distributor_code.alias("warehouse_code")
_CURRENT = and_(order_revision.c.order == order_head.c.key, order_revision.c.revision == order_head.c.revision)


def last_receivables(connection: Connection, sites: Sequence[int]) -> dict[tuple[int, str], date]:
    """By site and organisation: the day of the newest snapshot of receivables."""
    mine = (coverage.c.site.in_(sites), coverage.c.feed == "receivables")
    by = (coverage.c.site, coverage.c.organization)
    found = connection.execute(select(*by, func.max(coverage.c.last_date).label("day")).where(*mine).group_by(*by))
    return {(row.site, row.organization): row.day for row in found}


def open_items(connection: Connection, keys: Sequence[int]) -> Sequence[Any]:
    """(order, due, amount): what the orders' outlets owe by the newest snapshots, in the order's currency."""
    by = (coverage.c.site, coverage.c.organization)
    newest = select(*by, func.max(coverage.c.last_date).label("day")).where(coverage.c.feed == "receivables")
    last = newest.group_by(*by).subquery("newest")
    its = and_(
        _DEBTOR.c.site == last.c.site,
        _DEBTOR.c.organization == last.c.organization,
        _DEBTOR.c.date == last.c.day,
        _DEBTOR.c.our_outlet == outlet.c.key,
        ~_DEBTOR.c.deleted,
    )
    same_money = func.coalesce(_ITEM.c.currency, ROUBLES) == func.coalesce(order_revision.c.currency, ROUBLES)
    source = order_head.join(order_revision, _CURRENT).join(outlet, outlet.c.code == order_revision.c.outlet)
    source = source.join(last, last.c.site == order_head.c.site).join(_DEBTOR, its)
    source = source.join(_ITEM, and_(_ITEM.c.document == _DEBTOR.c.key, same_money))
    mine = or_(order_head.c.organization.is_(None), order_head.c.organization == last.c.organization)
    due = func.coalesce(_ITEM.c.due, _ITEM.c.date).label("due")
    grouped = (order_head.c.key.label("order"), due)
    statement = select(*grouped, func.sum(_ITEM.c.open_amount).label("amount")).select_from(source)
    return connection.execute(statement.where(order_head.c.key.in_(keys), mine).group_by(order_head.c.key, due)).all()


def promised(connection: Connection, sites: Sequence[int], skus: Sequence[int]) -> Sequence[Any]:
    """(site, sku, order, ours): what orders under way were promised since the site's newest snapshot of stock.

    What a distributor had acknowledged before it took its stock, it reserves in its own books or does not.
    """
    done = order_translated.c
    newest = select(_STOCK.c.site, func.max(_STOCK.c.as_of).label("as_of"))
    last = newest.where(_STOCK.c.site.in_(sites), ~_STOCK.c.deleted).group_by(_STOCK.c.site).subquery("newest")
    translated = and_(done.order == order_head.c.key, done.revision == order_head.c.revision)
    source = order_head.join(order_revision, _CURRENT).join(order_translated, translated)
    source = source.join(last, last.c.site == order_head.c.site)
    open_now = (order_head.c.kind == Kind.TRANSFER, order_head.c.state.in_(UNDER_WAY), ~order_revision.c.cancels)
    unbooked = or_(order_revision.c.answered_at.is_(None), order_revision.c.answered_at > last.c.as_of)
    columns = (order_head.c.site, done.sku, done.order)
    statement = select(*columns, func.sum(done.ours).label("ours")).select_from(source)
    statement = statement.where(*open_now, unbooked, order_head.c.site.in_(sites)).group_by(*columns)
    wanted = set(skus)
    return [row for row in connection.execute(statement) if row.sku in wanted]


def on_hand(connection: Connection, sites: Sequence[int], skus: Sequence[int]) -> dict[tuple[int, int], Decimal]:
    """By site and SKU, in its own unit: what is not reserved in the newest snapshots of the site's warehouses."""
    found: dict[tuple[int, int], Decimal] = {}
    for site, sku, held in _free(connection, sites, skus, _STOCK.c.site):
        found[site, sku] = found.get((site, sku), Decimal(0)) + held
    return found


def on_hand_by_warehouse(connection: Connection, site: int, skus: Sequence[int]) -> dict[int, dict[str, Decimal]]:
    """The same by SKU and the site's own code of the warehouse."""
    found: dict[int, dict[str, Decimal]] = {}
    for code, sku, held in _free(connection, [site], skus, _WAREHOUSE.c.code):
        of_sku = found.setdefault(sku, {})
        of_sku[code] = of_sku.get(code, Decimal(0)) + held
    return found


def _free(
    connection: Connection, sites: Sequence[int], skus: Sequence[int], place: ColumnElement[Any]
) -> Iterator[tuple[Any, int, Decimal]]:
    """(place, SKU, quantity), several where units differ."""
    by = (_STOCK.c.site, _STOCK.c.organization, _STOCK.c.code)
    newest = select(*by, func.max(_STOCK.c.as_of).label("as_of")).where(_STOCK.c.site.in_(sites), ~_STOCK.c.deleted)
    last = newest.group_by(*by).subquery("newest")
    source, numerator, denominator = with_factor(_POSITION, _STOCK)
    same = [_STOCK.c[name] == last.c[name] for name in ("site", "organization", "code", "as_of")]
    source = source.join(last, and_(*same)).join(_WAREHOUSE, _WAREHOUSE.c.key == _STOCK.c.code)
    free = (_POSITION.c.quantity - func.coalesce(_POSITION.c.reserved, 0)).label("free")
    columns = (place.label("place"), _POSITION.c.sku, numerator.label("numerator"), denominator.label("denominator"))
    for start in range(0, len(skus), 1000):
        which = and_(_POSITION.c.sku.in_(skus[start : start + 1000]), ~_STOCK.c.deleted)
        rows = select(*columns, free).select_from(source).where(which).subquery()
        grouped = (rows.c.place, rows.c.sku, rows.c.numerator, rows.c.denominator)
        for row in connection.execute(select(*grouped, func.sum(rows.c.free).label("free")).group_by(*grouped)):
            if row.numerator is not None:
                ours = in_our_unit(row.free or Decimal(0), row.numerator, row.denominator)
                yield row.place, row.sku, to_millionth(ours)
