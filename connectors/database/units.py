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

from connectors.database.codes import AT_ONCE
from connectors.database.crosswalk import live, mapping, unit
from connectors.database.facts import FACTS, distributor_code, sku
from connectors.database.mappings import code_keys, our_keys
from gateway.domain.crosswalk import (
    END,
    Code,
    Crosswalk,
    Factor,
    Item,
    Mapping,
    Source,
    UnitWish,
    laid_over,
)
from gateway.domain.errors import Misuse
from gateway.domain.feed import Feed, Register

_Of = tuple[int | None, int | None, str]
"""Whose a unit is, the key of a code or of a SKU, and its name."""
Laid = list[tuple[_Of, Factor]]


@dataclass(frozen=True)
class DayQuantity:
    """What a party's facts hold of a SKU on a date, in the SKU's unit; None where a unit of theirs is unknown."""

    day: date | None
    sku: str
    quantity: Fraction | None


def unit_differences(connection: Connection, wishes: Sequence[UnitWish]) -> tuple[Laid, list[int]]:
    """The factors that are not yet as is wished, and the keys of those that these end.

    Raises Misuse for a SKU we don't have.
    """
    known: dict[_Of, dict[int, Factor]] = defaultdict(dict)
    for row in connection.execute(select(unit).where(_live)):
        known[row.code, row.sku, row.name][row.key] = Factor(_factor(row), row.valid_from, row.valid_to)
    wanted: dict[_Of, list[Factor]] = defaultdict(list)
    for wish, code, ours in _owned(connection, wishes):
        wanted[code, ours, wish.name].append(Factor(wish.factor, wish.first, wish.last))
    laid: Laid = []
    ended: list[int] = []
    for owner, new in wanted.items():
        timeline = list(known[owner].values())
        for each in new:
            timeline = laid_over(timeline, each)
        timeline = [each for each in timeline if each.target is not None]
        laid += [(owner, each) for each in timeline if each not in known[owner].values()]
        ended += [key for key, each in known[owner].items() if each not in timeline]
    return laid, ended


def lay_units(connection: Connection, change: int, laid: Laid, ended: Sequence[int]) -> None:
    for start in range(0, len(ended), AT_ONCE):
        some = unit.c.key.in_(ended[start : start + AT_ONCE])
        connection.execute(update(unit).where(some).values(ended=change))
    rows = [
        {
            "code": code,
            "sku": ours,
            "name": name,
            "numerator": each.target.numerator,
            "denominator": each.target.denominator,
            "valid_from": each.first,
            "valid_to": each.last,
            "begun": change,
        }
        for (code, ours, name), each in laid
        if each.target is not None
    ]
    if rows:
        connection.execute(insert(unit), rows)


def listed_units(connection: Connection) -> list[dict[str, Any]]:
    """Live units as flat records: of parties' codes, then of SKUs."""
    source = unit.outerjoin(distributor_code, distributor_code.c.key == unit.c.code).outerjoin(
        sku, sku.c.key == unit.c.sku
    )
    columns = (distributor_code.c.party, distributor_code.c.code, sku.c.code.label("our_code"))
    details = [unit.c[name] for name in ("name", "numerator", "denominator", "valid_from", "valid_to")]
    statement = select(*columns, *details).select_from(source).where(_live)
    order = (distributor_code.c.party, distributor_code.c.code, sku.c.code, unit.c.name, unit.c.valid_from)
    return [dict(row._mapping) for row in connection.execute(statement.order_by(*order))]


def crosswalk_of(connection: Connection, party: int, day: date = END) -> Crosswalk:
    """A party's product codes, and our SKUs by key; units as they count on the day, or after all that is known."""
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
    of_party = or_(unit.c.code.is_(None), distributor_code.c.party == party)
    for row in connection.execute(units.where(_live, unit.c.valid_from <= day, unit.c.valid_to >= day, of_party)):
        factors = of_code[row.their] if row.sku is None else of_sku[row.sku]
        factors[row.name] = _factor(row)
    items = {row.key: Item(row.unit, of_sku[row.key]) for row in connection.execute(select(sku.c.key, sku.c.unit))}
    return Crosswalk({code: Code(timeline, of_code[code]) for code, timeline in timelines.items()}, items)


def quantities(connection: Connection, feed: Feed, party: int, first: date, last: date) -> list[DayQuantity]:
    """A party's mapped facts by date and SKU, exact."""
    facts = FACTS[feed.name]
    assert facts.row is not None
    source, numerator, denominator = with_factor(facts.row, facts.document)
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


def with_factor(
    row: Table, document: Table, unmapped: bool = False
) -> tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]:
    """A feed's mapped rows joined with their SKU and its factor: (source, numerator, denominator), NULL if unknown.

    The code's word on a unit counts before the SKU's, that of the document's date, and a unit that is the SKU's own,
    or that nobody names, is one. With `unmapped` all rows: what has no SKU counts in the unit that its code says, else
    in its own.
    """
    by_code, by_sku = unit.alias("unit_of_code"), unit.alias("unit_of_sku")
    source = row.join(document, document.c.key == row.c.document)
    source = source.join(sku, sku.c.key == row.c.sku, isouter=unmapped)
    for its, owner in ((by_code, by_code.c.code == row.c.product), (by_sku, by_sku.c.sku == row.c.sku)):
        then = (its.c.valid_from <= document.c.date, its.c.valid_to >= document.c.date)
        source = source.outerjoin(its, and_(owner, its.c.name == row.c.unit, its.c.ended.is_(None), *then))
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
