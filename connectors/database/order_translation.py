"""The joins that translate orders: due ones with who serves their outlets, their lines beside crosswalk and units.

They are read from both schemas at once, for some hundred orders in a statement.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)

from connectors.database.crosswalk import live, mapping, unit
from connectors.database.facts import distributor_code, outlet, sku
from connectors.database.order_tables import order_head, order_line, order_revision, serves
from gateway.domain.feed import Register
from gateway.domain.order import UNDER_WAY, State

CODES_AT_ONCE = 1000
_CURRENT = and_(order_revision.c.order == order_head.c.key, order_revision.c.revision == order_head.c.revision)
_ITS_LINES = and_(order_line.c.order == order_head.c.key, order_line.c.revision == order_head.c.revision)
_DAY = order_revision.c.date
_ON_THE_DAY = and_(live, mapping.c.valid_from <= _DAY, mapping.c.valid_to >= _DAY)
_NAMED = ("number", "date", "named_party", "outlet", "wanted", "agreement", "comment", "currency", "cancels")
_RELEASED = ("their_outlet", "released_by", "offer")


def due_keys(connection: Connection, last_change: int, now: datetime, limit: int) -> Sequence[int]:
    """Orders that wait to be translated; held ones again where something changed, others where they are marked."""
    statement = select(order_head.c.key).where(_is_due(last_change, now))
    return connection.scalars(statement.order_by(order_head.c.party, order_head.c.key).limit(limit)).all()


def due(connection: Connection, last_change: int, now: datetime, keys: Sequence[int]) -> Sequence[Any]:
    """Those of the orders that are due, with their current revisions, as they were received."""
    columns = [order_revision.c[name] for name in (*_NAMED, *_RELEASED)]
    statement = select(order_head, *columns).select_from(order_head.join(order_revision, _CURRENT))
    return connection.execute(statement.where(_of(keys), _is_due(last_change, now)).order_by(order_head.c.key)).all()


def _is_due(last_change: int, now: datetime) -> ColumnElement[bool]:
    changed = and_(order_head.c.state == State.HELD, order_head.c.seen_change < last_change)
    marked = and_(order_head.c.look_at <= now, order_head.c.state.in_((State.HELD, *UNDER_WAY)))
    return or_(order_head.c.state == State.RECEIVED, changed, marked)


def routes(connection: Connection, keys: Sequence[int]) -> Sequence[Any]:
    """(order, party, site, organization, first_date) of whoever serves the orders' outlets on their days."""
    source = order_head.join(order_revision, _CURRENT).join(
        serves,
        and_(serves.c.outlet == order_revision.c.outlet, serves.c.first_date <= _DAY, serves.c.last_date >= _DAY),
    )
    columns = (serves.c.party, serves.c.site, serves.c.organization, serves.c.first_date)
    return connection.execute(select(order_head.c.key, *columns).select_from(source).where(_of(keys))).all()


def our_lines(connection: Connection, keys: Sequence[int]) -> Sequence[Any]:
    """Transfer orders' lines with our product and what their unit holds of its own (NULL: nobody knows the unit)."""
    of_sku = unit.alias("unit_of_sku")
    source = order_head.join(order_revision, _CURRENT).join(order_line, _ITS_LINES)
    source = source.outerjoin(sku, sku.c.code == order_line.c.product)
    source = source.outerjoin(of_sku, _counted(of_sku, of_sku.c.sku == sku.c.key))
    numerator, denominator = _factor(order_line.c.unit, of_sku)
    return _lines(
        connection, source, keys, sku.c.key.label("sku"), sku.c.unit.label("sku_unit"), numerator, denominator
    )


def their_lines(connection: Connection, keys: Sequence[int]) -> Sequence[Any]:
    """Purchase orders' lines with the SKU that their code stands for on the order's day, and its factor."""
    of_code, of_sku = unit.alias("unit_of_code"), unit.alias("unit_of_sku")
    source = order_head.join(order_revision, _CURRENT).join(order_line, _ITS_LINES)
    source = source.outerjoin(distributor_code, _code_of(Register.PRODUCT, order_line.c.product))
    source = source.outerjoin(mapping, and_(mapping.c.code == distributor_code.c.key, _ON_THE_DAY))
    source = source.outerjoin(sku, sku.c.key == mapping.c.target)
    source = source.outerjoin(of_code, _counted(of_code, of_code.c.code == distributor_code.c.key))
    source = source.outerjoin(of_sku, _counted(of_sku, of_sku.c.sku == sku.c.key))
    numerator, denominator = _factor(order_line.c.unit, of_code, of_sku)
    sku_columns = (sku.c.key.label("sku"), sku.c.code.label("sku_code"), sku.c.unit.label("sku_unit"))
    return _lines(connection, source, keys, *sku_columns, numerator, denominator)


def their_codes(connection: Connection, keys: Sequence[int]) -> Sequence[Any]:
    """(party, ours, day, key, code, valid_from) of every code that stands for a product of the orders on their day."""
    lines = order_head.join(order_revision, _CURRENT).join(order_line, _ITS_LINES)
    wanted = _wanted(lines.join(sku, sku.c.code == order_line.c.product), sku, keys)
    return connection.execute(_both_ways(wanted, Register.PRODUCT)).all()


def their_outlets(connection: Connection, keys: Sequence[int]) -> Sequence[Any]:
    """(party, ours, day, key, code, valid_from) of every code that stands for an outlet of the orders on their day."""
    source = order_head.join(order_revision, _CURRENT).join(outlet, outlet.c.code == order_revision.c.outlet)
    return connection.execute(_both_ways(_wanted(source, outlet, keys), Register.OUTLET)).all()


def units_of(connection: Connection, codes: Sequence[int]) -> Iterator[Any]:
    """(code, name, numerator, denominator, valid_from, valid_to) of units that mean something under these codes."""
    columns = [unit.c[name] for name in ("code", "name", "numerator", "denominator", "valid_from", "valid_to")]
    for start in range(0, len(codes), CODES_AT_ONCE):
        which = unit.c.code.in_(codes[start : start + CODES_AT_ONCE])
        yield from connection.execute(select(*columns).where(which, unit.c.ended.is_(None)))


def _wanted(source: FromClause, ours: Table, keys: Sequence[int]) -> Any:
    """What of ours some parties have to have a code for, on which days: each once, however many lines name it."""
    columns = (order_head.c.party, ours.c.key, ours.c.code.label("ours"), _DAY.label("day"))
    return select(*columns).select_from(source).where(_of(keys)).distinct().subquery("wanted")


def _both_ways(wanted: Any, register: Register) -> Any:
    """By the code's last mapping, which stands beside it; and by those that end, of which that may not tell.

    To look through all mappings of a SKU would be to look through those of all parties; outer joins, since SQLite
    would begin inner ones with all the codes there are. So rows without a code come too.
    """
    code, ours = distributor_code.c, wanted.c.key
    columns = (wanted.c.party, wanted.c.ours, wanted.c.day, code.key.label("code_key"), code.code, mapping.c.valid_from)
    mine = (code.party == wanted.c.party, code.register == register)
    on_the_day = and_(live, mapping.c.valid_from <= wanted.c.day, mapping.c.valid_to >= wanted.c.day)
    last = wanted.outerjoin(distributor_code, and_(*mine, code.target == ours)).outerjoin(
        mapping, and_(mapping.c.code == code.key, mapping.c.target == ours, on_the_day)
    )
    bounded: ColumnElement[bool] = literal_column("mapping.valid_to < '9999-12-31'")
    ended = wanted.outerjoin(mapping, and_(mapping.c.target == ours, on_the_day, bounded)).outerjoin(
        distributor_code, and_(code.key == mapping.c.code, *mine, or_(code.target.is_(None), code.target != ours))
    )
    return select(*columns).select_from(last).union_all(select(*columns).select_from(ended))


def _lines(connection: Connection, source: FromClause, keys: Sequence[int], *more: ColumnElement[Any]) -> Sequence[Any]:
    line = order_line.c
    columns = (line.order, line.n, line.product, line.unit, line.quantity, line.price, line.amount)
    statement: Select[Any] = select(*columns, *more).select_from(source).where(_of(keys))
    return connection.execute(statement).all()


def _of(keys: Sequence[int]) -> ColumnElement[bool]:
    return order_head.c.key.in_(keys)


def _code_of(register: Register, code: ColumnElement[Any]) -> ColumnElement[bool]:
    mine = (distributor_code.c.party == order_head.c.party, distributor_code.c.register == register)
    return and_(*mine, distributor_code.c.code == code)


def _counted(its: Any, owner: ColumnElement[bool]) -> ColumnElement[bool]:
    """What the line's unit counts on the order's day."""
    then = (its.c.valid_from <= _DAY, its.c.valid_to >= _DAY)
    return and_(owner, its.c.name == order_line.c.unit, its.c.ended.is_(None), *then)


def _factor(name: ColumnElement[Any], *units: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """As in units.with_factor: the code's word before the SKU's; its own unit, or none named, is one."""
    own = case((or_(name.is_(None), sku.c.unit.is_(None), name == sku.c.unit), 1))
    numerator, denominator = (
        func.coalesce(*(each.c[part] for each in units), own) for part in ("numerator", "denominator")
    )
    return numerator.label("numerator"), denominator.label("denominator")
