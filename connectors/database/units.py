"""Units: what a unit counts in the SKU's, and facts in the SKU's unit.

Facts keep the quantity as it was sent; the factor is joined where somebody asks, for each unit once and not for each
row, so that a new factor costs no fact anything and sums are multiplied exactly.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, case, func, insert, or_, select, update

from connectors.database.crosswalk import live, mapping, unit
from connectors.database.facts import FACTS, distributor_code, sku
from connectors.database.mappings import code_keys, our_keys
from gateway.domain.crosswalk import Code, Crosswalk, Item, Mapping, Source, UnitWish
from gateway.domain.errors import Misuse
from gateway.domain.feed import Feed, Register


@dataclass(frozen=True)
class DayQuantity:
    """What a party's facts hold of a SKU on a date, in the SKU's unit; None where a unit of theirs is unknown."""

    day: date | None
    sku: str
    quantity: Fraction | None


def unit_differences(
    connection: Connection, wishes: Sequence[UnitWish]
) -> list[tuple[UnitWish, int | None, int | None]]:
    """Those that are not yet so, with the key of their code or of their SKU. Raises Misuse for a SKU we don't have."""
    live_units = connection.execute(select(unit).where(_live))
    known: dict[Any, Fraction | None] = {(row.code, row.sku, row.name): _factor(row) for row in live_units}
    found = []
    for wish, code, ours in _owned(connection, wishes):
        if known.get((code, ours, wish.name)) != wish.factor:
            known[code, ours, wish.name] = wish.factor
            found.append((wish, code, ours))
    return found


def lay_units(connection: Connection, change: int, laid: Sequence[tuple[UnitWish, int | None, int | None]]) -> None:
    for wish, code, ours in laid:
        owner = unit.c.code == code if code is not None else and_(unit.c.code.is_(None), unit.c.sku == ours)
        connection.execute(update(unit).where(owner, unit.c.name == wish.name, _live).values(ended=change))
        if wish.factor is not None:
            parts = {"numerator": wish.factor.numerator, "denominator": wish.factor.denominator}
            values = {"code": code, "sku": ours, "name": wish.name, "begun": change, **parts}
            connection.execute(insert(unit), values)


def listed_units(connection: Connection) -> list[dict[str, Any]]:
    """Live units as flat records: of parties' codes, then of SKUs."""
    source = unit.outerjoin(distributor_code, distributor_code.c.key == unit.c.code).outerjoin(
        sku, sku.c.key == unit.c.sku
    )
    columns = (distributor_code.c.party, distributor_code.c.code, sku.c.code.label("our_code"))
    statement = select(*columns, unit.c.name, unit.c.numerator, unit.c.denominator).select_from(source).where(_live)
    ordered = statement.order_by(distributor_code.c.party, distributor_code.c.code, sku.c.code, unit.c.name)
    return [dict(row._mapping) for row in connection.execute(ordered)]


def crosswalk_of(connection: Connection, party: int) -> Crosswalk:
    """A party's product codes, and our SKUs by key."""
    timelines: dict[str, list[Mapping]] = defaultdict(list)
    source = mapping.join(distributor_code, distributor_code.c.key == mapping.c.code)
    mine = (distributor_code.c.party == party, distributor_code.c.register == Register.PRODUCT)
    statement = select(distributor_code.c.code.label("name"), mapping).select_from(source).where(*mine, live)
    for row in connection.execute(statement):
        period = (row.valid_from, row.valid_to)
        timelines[row.name].append(Mapping(row.target, *period, Source(row.source), row.score, row.made_by))
    of_code: dict[str, dict[str, Fraction]] = defaultdict(dict)
    of_sku: dict[int, dict[str, Fraction]] = defaultdict(dict)
    units = select(distributor_code.c.code.label("their"), distributor_code.c.party, unit).select_from(
        unit.outerjoin(distributor_code, distributor_code.c.key == unit.c.code)
    )
    for row in connection.execute(units.where(_live, or_(unit.c.code.is_(None), distributor_code.c.party == party))):
        factors = of_code[row.their] if row.sku is None else of_sku[row.sku]
        factors[row.name] = _factor(row)
    items = {row.key: Item(row.unit, of_sku[row.key]) for row in connection.execute(select(sku.c.key, sku.c.unit))}
    return Crosswalk({code: Code(timeline, of_code[code]) for code, timeline in timelines.items()}, items)


def quantities(connection: Connection, feed: Feed, party: int, first: date, last: date) -> list[DayQuantity]:
    """A party's mapped facts by date and SKU, exact."""
    facts = FACTS[feed.name]
    assert facts.row is not None
    source, numerator, denominator = with_factor(facts.row)
    source = source.join(facts.document, facts.document.c.key == facts.row.c.document)
    parts = (numerator.label("numerator"), denominator.label("denominator"))
    rows = select(facts.document.c.date, sku.c.code, *parts, facts.row.c.quantity).select_from(source)
    # a subquery, since T-SQL groups by no expression with a parameter
    each = rows.where(facts.document.c.party == party, facts.document.c.date.between(first, last)).subquery()
    grouped = (each.c.date, each.c.code, each.c.numerator, each.c.denominator)
    summed = select(*grouped, func.sum(each.c.quantity).label("quantity")).group_by(*grouped)
    found: dict[tuple[date, str], Fraction | None] = {}
    for row in connection.execute(summed.order_by(each.c.date, each.c.code)):
        before = found.get((row.date, row.code), Fraction(0))
        found[row.date, row.code] = _plus(before, row)
    return [DayQuantity(day, code, quantity) for (day, code), quantity in found.items()]


def with_factor(row: Table, unmapped: bool = False) -> tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]:
    """A feed's mapped rows joined with their SKU and its factor: (source, numerator, denominator), NULL if unknown.

    The code's word on a unit counts before the SKU's, and a unit that is the SKU's own, or that nobody names, is one.
    With `unmapped` all rows: what has no SKU counts in the unit that its code says, else in its own.
    """
    by_code, by_sku = unit.alias("unit_of_code"), unit.alias("unit_of_sku")
    of_code = and_(by_code.c.code == row.c.product, by_code.c.name == row.c.unit, by_code.c.ended.is_(None))
    of_sku = and_(by_sku.c.sku == row.c.sku, by_sku.c.name == row.c.unit, by_sku.c.ended.is_(None))
    source = row.join(sku, sku.c.key == row.c.sku, isouter=unmapped)
    source = source.outerjoin(by_code, of_code).outerjoin(by_sku, of_sku)
    own = case((or_(row.c.unit.is_(None), sku.c.unit.is_(None), row.c.unit == sku.c.unit), 1))
    columns = (func.coalesce(by_code.c[name], by_sku.c[name], own) for name in ("numerator", "denominator"))
    return (source, *columns)  # type: ignore[return-value]


_live = unit.c.ended.is_(None)


def _owned(connection: Connection, wishes: Sequence[UnitWish]) -> list[tuple[UnitWish, int | None, int | None]]:
    skus = our_keys(connection, Register.PRODUCT)
    of_party: dict[int, list[str]] = defaultdict(list)
    for wish in wishes:
        if wish.party is None and wish.sku not in skus:
            raise Misuse(f"{wish.place or wish.name}: there is no product {wish.sku} of ours")
        if wish.party is not None:
            of_party[wish.party].append(wish.code or "")
    keys = {party: code_keys(connection, party, Register.PRODUCT, codes) for party, codes in of_party.items()}
    return [
        (wish, None, skus[wish.sku or ""]) if wish.party is None else (wish, keys[wish.party][wish.code or ""], None)
        for wish in wishes
    ]


def _factor(row: Any) -> Fraction:
    return Fraction(row.numerator, row.denominator)


def _plus(before: Fraction | None, row: Any) -> Fraction | None:
    if before is None or row.numerator is None:
        return None
    return before + Fraction(row.quantity or 0) * _factor(row)
