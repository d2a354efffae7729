"""Sums over facts that reconciliation compares: levels of stock and debt, and what changed them day by day.

An item is a SKU's key, or minus the key of a distributor code that has none. Values are signed by what they do to the
level, whatever the sign in the facts (returns negative).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, case, exists, func, or_, select

from connectors.database.facts import FACTS, coverage
from connectors.database.units import with_factor

_SHIPMENT, _SHIPPED = FACTS["shipments"].document, FACTS["shipments"].row
_MOVEMENT, _MOVED = FACTS["movements"].document, FACTS["movements"].row
_STOCK, _POSITION = FACTS["stock"].document, FACTS["stock"].row
_OUTLET, _OPEN_ITEM = FACTS["receivables"].document, FACTS["receivables"].row
_SETTLEMENT = FACTS["settlements"].document
assert _SHIPPED is not None
assert _MOVED is not None
assert _POSITION is not None
assert _OPEN_ITEM is not None


def in_our_unit(quantity: Decimal, numerator: int, denominator: int) -> Decimal | Fraction:
    """A sum in the SKU's unit: the one place where a quantity is turned. Exact: whoever adds up rounds at the end."""
    turned = quantity * numerator
    return turned if denominator == 1 else Fraction(turned) / denominator


def to_millionth(exact: Decimal | Fraction) -> Decimal:
    """As it is kept and shown; a fraction that never ends, to a millionth."""
    return Decimal(round(exact * 10**6)).scaleb(-6) if isinstance(exact, Fraction) else exact


@dataclass(frozen=True)
class Goods:
    """Rows of goods with the columns that say what they are and in which unit."""

    source: FromClause
    columns: tuple[ColumnElement[Any], ...]

    @classmethod
    def of(cls, row: Table, document: Table) -> Self:
        source, numerator, denominator = with_factor(row, document, unmapped=True)
        named = (numerator.label("numerator"), denominator.label("denominator"))
        return cls(source, (row.c.sku, row.c.product, *named))


def _item(sku: int | None, product: int, numerator: int | None) -> int:
    """Of a unit that nobody knows, a code is counted by itself."""
    return -product if sku is None or numerator is None else sku


@dataclass(frozen=True)
class Turnover:
    """Facts that change a level: where they come from, what they are grouped by, and their signed value."""

    document: Table
    source: FromClause | Goods
    by: Mapping[str, ColumnElement[Any]]
    value: ColumnElement[Any]
    conditions: tuple[ColumnElement[bool], ...] = ()

    def sums(self, connection: Connection, sites: Sequence[int], first: date, last: date) -> list[tuple[Any, ...]]:
        """(organization, day, … `by`, value); of goods the item comes before the value, which is in its unit."""
        document = self.document.c
        return self._summed(connection, (document.organization, document.date), sites, first, last, ())

    def documents(
        self, connection: Connection, sites: Sequence[int], first: date, last: date, wanted: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """(day, kind, number, packet, value) of each document in the group that `wanted` names, day by day."""
        document = self.document.c
        head = (document.date, document.kind, document.number, document.packet, document.key)
        known = {"organization": document.organization, **self.by}
        chosen = [_is(known[name], name, value) for name, value in wanted.items() if name in known]
        found = self._summed(connection, head, sites, first, last, chosen)
        item = wanted.get("item")
        mine = [row for row in found if not isinstance(self.source, Goods) or item in (None, row[-2])]
        each: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
        for row in mine:
            each[row[:5]] += Fraction(row[-1] or 0)
        return [(*place[:4], to_millionth(value)) for place, value in sorted(each.items(), key=lambda pair: pair[0][0])]

    def _summed(
        self,
        connection: Connection,
        head: Sequence[ColumnElement[Any]],
        sites: Sequence[int],
        first: date,
        last: date,
        more: Sequence[ColumnElement[bool]],
    ) -> list[tuple[Any, ...]]:
        """Sums by `head`, `by` and item. Within a subquery, since T-SQL groups by no expression with a parameter."""
        goods, source = (self.source, self.source.source) if isinstance(self.source, Goods) else (None, self.source)
        columns = [*head, *(column.label(f"by_{name}") for name, column in self.by.items())]
        columns += goods.columns if goods else ()
        document = self.document.c
        mine = (document.site.in_(sites), document.date.between(first, last), ~document.deleted)
        rows = select(*columns, self.value.label("value")).select_from(source)
        each = rows.where(*mine, *self.conditions, *more).subquery()
        *grouped, value = each.c
        found = connection.execute(select(*grouped, func.sum(value)).group_by(*grouped)).all()
        return [_of_goods(row) for row in found] if goods else [tuple(row) for row in found]


def _of_goods(row: Any) -> tuple[Any, ...]:
    *head, sku, product, numerator, denominator, value = row
    item = _item(sku, product, numerator)
    return (*head, item, in_our_unit(value, numerator, denominator) if item > 0 and value is not None else value)


def _is(column: ColumnElement[Any], name: str, value: Any) -> ColumnElement[bool]:
    """Documents that name no warehouse may be of any, those without a currency are in roubles."""
    same: ColumnElement[bool] = column == value
    return or_(same, column.is_(None)) if name == "warehouse" or value == "RUB" else same


_shipped, _moved = Goods.of(_SHIPPED, _SHIPMENT), Goods.of(_MOVED, _MOVEMENT)
_billed = _SHIPPED.join(_SHIPMENT, _SHIPMENT.c.key == _SHIPPED.c.document)
_has_quantity = _SHIPPED.c.quantity.is_not(None)  # a correction may be of the amount alone
_leaves = _MOVEMENT.c.kind.in_(("write-off", "transfer"))
_quantity = _MOVED.c.quantity

SHIPMENTS = Turnover(_SHIPMENT, _shipped, {"warehouse": _SHIPMENT.c.warehouse}, -_SHIPPED.c.quantity, (_has_quantity,))
MOVEMENTS = Turnover(
    _MOVEMENT, _moved, {"warehouse": _MOVEMENT.c.warehouse}, case((_leaves, -_quantity), else_=_quantity)
)
TRANSFERS_IN = Turnover(
    _MOVEMENT, _moved, {"warehouse": _MOVEMENT.c.to_warehouse}, _quantity, (_MOVEMENT.c.kind == "transfer",)
)
GOODS = (SHIPMENTS, MOVEMENTS, TRANSFERS_IN)

_debt = {"outlet": _SETTLEMENT.c.outlet, "currency": _SETTLEMENT.c.currency}
_has_outlet = _SETTLEMENT.c.outlet.is_not(None)
_lowers = _SETTLEMENT.c.kind.in_(("payment", "offset"))
DEBTS = Turnover(
    _SETTLEMENT,
    _SETTLEMENT,
    _debt,
    case((_lowers, -_SETTLEMENT.c.amount), else_=_SETTLEMENT.c.amount),
    (_has_outlet, _SETTLEMENT.c.kind != "packaging"),
)
INVOICES = Turnover(
    _SETTLEMENT, _SETTLEMENT, _debt, _SETTLEMENT.c.amount, (_has_outlet, _SETTLEMENT.c.kind.in_(("invoice", "return")))
)
BILLED = Turnover(
    _SHIPMENT,
    _billed,
    {"outlet": _SHIPMENT.c.outlet, "currency": _SHIPMENT.c.currency},
    _SHIPPED.c.amount,
    (_SHIPMENT.c.outlet.is_not(None),),
)
"""Counter sales, which name no outlet, are paid at once and nobody's debt."""

PURCHASES = Turnover(
    _MOVEMENT,
    _moved,
    {"document": _MOVEMENT.c.supplier_document, "kind": _MOVEMENT.c.kind},
    _quantity,
    (_MOVEMENT.c.kind.in_(("purchase", "purchase-return")), _MOVED.c.sku.is_not(None)),
)
ORDERED = Turnover(
    _SHIPMENT,
    _shipped,
    {"document": _SHIPMENT.c.order},
    _SHIPPED.c.quantity,
    (_SHIPMENT.c.order.is_not(None), _SHIPPED.c.sku.is_not(None), _has_quantity),
)
SOLD = Turnover(_SHIPMENT, _shipped, {"outlet": _SHIPMENT.c.outlet}, _SHIPPED.c.quantity, (_has_quantity,))
REVENUE = Turnover(_SHIPMENT, _billed, {"sku": _SHIPPED.c.sku}, _SHIPPED.c.amount, (_SHIPPED.c.sku.is_not(None),))

_later = _STOCK.alias("later")
_last_of_the_day = ~exists().where(
    _later.c.site == _STOCK.c.site,
    _later.c.organization == _STOCK.c.organization,
    _later.c.date == _STOCK.c.date,
    _later.c.code == _STOCK.c.code,
    _later.c.as_of > _STOCK.c.as_of,
    ~_later.c.deleted,
)
STOCK = Turnover(
    _STOCK,
    Goods.of(_POSITION, _STOCK),
    {"warehouse": _STOCK.c.code},
    _POSITION.c.quantity,
    (_last_of_the_day,),
)
OPEN_ITEMS = Turnover(
    _OUTLET,
    _OPEN_ITEM.join(_OUTLET, _OUTLET.c.key == _OPEN_ITEM.c.document),
    {"outlet": _OUTLET.c.code, "currency": _OPEN_ITEM.c.currency},
    _OPEN_ITEM.c.open_amount,
)
OPEN_ITEMS_BY_DUE = Turnover(
    OPEN_ITEMS.document,
    OPEN_ITEMS.source,
    {**OPEN_ITEMS.by, "due": func.coalesce(_OPEN_ITEM.c.due, _OPEN_ITEM.c.date)},
    OPEN_ITEMS.value,
)


def stock_days(connection: Connection, site: int) -> Sequence[Any]:
    """(organization, warehouse, day) of every snapshot of stock, of empty warehouses too."""
    by = (_STOCK.c.organization, _STOCK.c.code, _STOCK.c.date)
    return connection.execute(select(*by).where(_STOCK.c.site == site, ~_STOCK.c.deleted).distinct()).all()


def debt_days(connection: Connection, site: int) -> Sequence[Any]:
    """(organization, day) of every snapshot of receivables that stands, of one without any debt too.

    A snapshot is gone when the window of a newer one with another date spans its day.
    """
    newer = coverage.alias("newer")
    gone = exists().where(
        newer.c.site == coverage.c.site,
        newer.c.feed == coverage.c.feed,
        newer.c.organization == coverage.c.organization,
        newer.c.first_date <= coverage.c.last_date,
        newer.c.last_date > coverage.c.last_date,
        (newer.c.created > coverage.c.created)
        | and_(newer.c.created == coverage.c.created, newer.c.packet > coverage.c.packet),
    )
    mine = (coverage.c.site == site, coverage.c.feed == "receivables", ~gone)
    return connection.execute(select(coverage.c.organization, coverage.c.last_date).where(*mine).distinct()).all()


def windows(connection: Connection, site: int, feed: str, since: date) -> Sequence[Any]:
    """(organization, first, last) of the windows spoken for in a feed that reach beyond `since`."""
    mine = (coverage.c.site == site, coverage.c.feed == feed, coverage.c.last_date >= since)
    columns = (coverage.c.organization, coverage.c.first_date, coverage.c.last_date)
    return connection.execute(select(*columns).where(*mine).distinct()).all()


def last_days(connection: Connection, site: int, feed: str) -> dict[str, tuple[date | None, date | None]]:
    """By organisation: the last day of any document of a feed, and of any window."""
    document = FACTS[feed].document
    told = select(document.c.organization, func.max(document.c.date)).where(document.c.site == site)
    spoken = select(coverage.c.organization, func.max(coverage.c.last_date))
    spoken = spoken.where(coverage.c.site == site, coverage.c.feed == feed).group_by(coverage.c.organization)
    documents = {each[0]: each[1] for each in connection.execute(told.group_by(document.c.organization))}
    ends = {each[0]: each[1] for each in connection.execute(spoken)}
    return {name: (documents.get(name), ends.get(name)) for name in documents | ends}


def document_days(connection: Connection, site: int, feed: str, first: date, last: date) -> Sequence[Any]:
    """(organization, day) of a feed's documents."""
    document = FACTS[feed].document
    mine = (document.c.site == site, document.c.date.between(first, last), ~document.c.deleted)
    return connection.execute(select(document.c.organization, document.c.date).where(*mine).distinct()).all()
