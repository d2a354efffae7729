"""Orders that are under way when the crosswalk changes: which it touches, and what they were translated to."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, delete, func, insert, select, update

from connectors.database.codes import AT_ONCE
from connectors.database.crosswalk import mapping, unit
from connectors.database.facts import REGISTERS, distributor_code, sku
from connectors.database.order_outcomes import Place
from connectors.database.order_tables import order_head, order_line, order_problem, order_revision, order_translated
from gateway.domain.feed import Register
from gateway.domain.order import UNDER_WAY
from gateway.domain.order_translation import Translation
from gateway.domain.problem import Problem

_CURRENT = and_(order_revision.c.order == order_head.c.key, order_revision.c.revision == order_head.c.revision)
_LINES = and_(order_line.c.order == order_head.c.key, order_line.c.revision == order_head.c.revision)
Touched = set[tuple[int | None, str]]
"""Parties (None: any) and codes, theirs and ours alike: a code too many costs a look at an order."""


def mark(connection: Connection, since: int, last: int, now: datetime) -> int:
    """Lets the orders under way that changes after `since`, up to `last`, touched be looked at; how many."""
    goods = {*_mapped(connection, Register.PRODUCT, since, last), *_counted(connection, since, last)}
    places = set(_mapped(connection, Register.OUTLET, since, last))
    found = [key for key, party, *codes in _orders(connection, places) if _is_in(places, party, codes)]
    found += [key for key, party, *codes in _order_lines(connection, goods) if _is_in(goods, party, codes)]
    keys = sorted(set(found))
    for some in _some(keys):
        connection.execute(update(order_head).where(order_head.c.key.in_(some)).values(look_at=now))
    return len(keys)


def stored(connection: Connection, places: Sequence[Place]) -> dict[Place, dict[int, Translation]]:
    """What the orders' lines were translated to, by number."""
    found: dict[Place, dict[int, Translation]] = defaultdict(dict)
    done = order_translated.c
    for row in connection.execute(select(order_translated).where(done.order.in_([order for order, _ in places]))):
        times = Fraction(row.numerator, row.denominator)
        found[row.order, row.revision][row.n] = (row.product, row.unit, times, row.ours)
    return found


def add_problems(connection: Connection, place: Place, problems: Sequence[Problem], severity: str) -> None:
    """Beside those that stand."""
    order, revision = place
    its = (order_problem.c.order == order, order_problem.c.revision == revision)
    last = connection.scalar(select(func.max(order_problem.c.number)).where(*its)) or 0
    rows = [
        {
            **{"order": order, "revision": revision, "number": number, "severity": severity},
            **{"n": each.row, "code": each.code, "field": each.field, "value": each.value, "params": None},
        }
        for number, each in enumerate(problems, last + 1)
    ]
    connection.execute(insert(order_problem), rows)


def drop_problems(connection: Connection, orders: Sequence[int], code: str) -> None:
    """What of this code stands against some orders is settled."""
    its = (order_problem.c.order.in_(orders), order_problem.c.code == code)
    connection.execute(delete(order_problem).where(*its))


def _mapped(connection: Connection, register: Register, since: int, last: int) -> Iterator[tuple[int | None, str]]:
    """Codes that were mapped otherwise, and all that any of them ever stood for: undoing gives back old mappings."""
    ours, code = REGISTERS[register], distributor_code.c
    source = mapping.join(distributor_code, code.key == mapping.c.code).outerjoin(ours, ours.c.key == mapping.c.target)
    statement = select(code.party, code.code, ours.c.code.label("ours")).select_from(source)
    other = mapping.alias("other")
    for changed in (other.c.begun, other.c.ended):
        touched = select(other.c.code).where(changed > since, changed <= last)
        for row in connection.execute(statement.where(code.key.in_(touched), code.register == register)):
            yield row.party, row.code
            if row.ours is not None:
                yield row.party, row.ours


def _counted(connection: Connection, since: int, last: int) -> Iterator[tuple[int | None, str]]:
    source = unit.outerjoin(distributor_code, distributor_code.c.key == unit.c.code)
    source = source.outerjoin(sku, sku.c.key == unit.c.sku)
    columns = (distributor_code.c.party, distributor_code.c.code, sku.c.code.label("ours"))
    for changed in (unit.c.begun, unit.c.ended):
        for row in connection.execute(select(*columns).select_from(source).where(changed > since, changed <= last)):
            yield (row.party, row.code) if row.code is not None else (None, row.ours)


def _orders(connection: Connection, touched: Touched) -> Sequence[Any]:
    columns = (order_head.c.key, order_head.c.party, order_revision.c.outlet, order_revision.c.their_outlet)
    return _under_way(connection, touched, order_head.join(order_revision, _CURRENT), *columns)


def _order_lines(connection: Connection, touched: Touched) -> Sequence[Any]:
    done = order_translated.c
    same = and_(done.order == order_line.c.order, done.revision == order_line.c.revision, done.n == order_line.c.n)
    source = order_head.join(order_line, _LINES).outerjoin(order_translated, same)
    columns = (order_head.c.key, order_head.c.party, order_line.c.product, done.product, done.sku_code)
    return _under_way(connection, touched, source, *columns)


def _under_way(connection: Connection, touched: Touched, source: FromClause, *columns: Any) -> Sequence[Any]:
    """Of the parties that are touched; cancelled goods are nobody's."""
    if not touched:
        return ()
    parties = {party for party, _ in touched}
    which: list[ColumnElement[bool]] = [order_head.c.state.in_(UNDER_WAY)]
    if None not in parties and len(parties) <= AT_ONCE:
        which.append(order_head.c.party.in_(parties))
    return connection.execute(select(*columns).select_from(source).where(*which)).all()


def _is_in(touched: Touched, party: int, codes: Sequence[str | None]) -> bool:
    return any((party, code) in touched or (None, code) in touched for code in codes if code)


def _some(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]
