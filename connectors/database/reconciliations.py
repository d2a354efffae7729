"""Results of reconciliation: lines, findings and trend, and the tolerances that they were judged by."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, delete, func, insert, select, update

from connectors.database.facts import distributor_code, sku
from connectors.database.reconciliation_tables import finding, reconciled, tolerance
from connectors.database.types import SCALE
from gateway.domain.problem import Problem
from gateway.domain.reconciliation import Finding, Line, Rule, Tolerance, Verdict

_warehouse, _outlet, _product = (distributor_code.alias(name) for name in ("warehouse_code", "outlet_code", "product"))
_shown = (
    reconciled.outerjoin(_warehouse, _warehouse.c.key == reconciled.c.warehouse)
    .outerjoin(_outlet, _outlet.c.key == reconciled.c.outlet)
    .outerjoin(_product, _product.c.key == reconciled.c.product)
    .outerjoin(sku, sku.c.key == reconciled.c.sku)
)


@dataclass(frozen=True)
class Wanted:
    """Which lines, findings or days; none means any."""

    party: int | None = None
    rule: Rule | None = None
    first: date | None = None
    last: date | None = None
    verdicts: tuple[Verdict, ...] = ()

    def of(self, table: Any) -> list[ColumnElement[bool]]:
        found = [table.c.party == self.party] if self.party is not None else []
        found += [table.c.rule == self.rule.value] if self.rule else []
        found += [table.c.day >= self.first] if self.first else []
        found += [table.c.day <= self.last] if self.last else []
        return found


def tolerances(connection: Connection, party: int) -> dict[Rule, Tolerance]:
    """What is agreed with the party; a rule that is not named has its default."""
    found = connection.execute(select(tolerance).where(tolerance.c.party == party))
    return {
        Rule(each.rule): Tolerance(millionths(each.absolute), millionths(each.percent), each.days, bool(each.off))
        for each in found
    }


def tolerate(connection: Connection, party: int, rule: Rule, agreed: Tolerance) -> None:
    """Sets what is agreed for a rule."""
    mine = (tolerance.c.party == party, tolerance.c.rule == rule.value)
    figures = {"absolute": exact(agreed.absolute), "percent": exact(agreed.percent)}
    values: dict[str, Any] = {**figures, "days": agreed.days, "off": agreed.off}
    if connection.execute(update(tolerance).where(*mine).values(values)).rowcount == 0:
        connection.execute(insert(tolerance).values(party=party, rule=rule.value, **values))


def replace(
    connection: Connection,
    party: int,
    site: int | None,
    rule: Rule,
    span: tuple[date, date],
    lines: Iterable[tuple[Line, Verdict]],
    found: Iterable[Finding],
) -> None:
    """Puts lines and findings of a rule in place of those that stood for the same days."""
    for table in (reconciled, finding):
        same_site = table.c.site.is_(None) if site is None else table.c.site == site
        same = (table.c.party == party, same_site, table.c.rule == rule.value, table.c.day.between(*span))
        connection.execute(delete(table).where(*same))
    if rows := [_line(party, line, verdict) for line, verdict in lines]:
        connection.execute(insert(reconciled), rows)
    if rows := [_finding(party, each) for each in found]:
        connection.execute(insert(finding), rows)


def _line(party: int, line: Line, verdict: Verdict) -> dict[str, Any]:
    same = ("site", "feed", "organization", "since", "day", "warehouse", "outlet", "sku", "product")
    values = {name: getattr(line, name) for name in (*same, "document", "currency", "measure")}
    figures = {name: exact(getattr(line, name)) for name in ("expected", "actual", "gap")}
    opening = None if line.opening is None else exact(line.opening)
    verdicts = {"rule": line.rule.value, "verdict": verdict.value, "missing": line.missing or None}
    return {"party": party, **values, **figures, "opening": opening, **verdicts}


def _finding(party: int, found: Finding) -> dict[str, Any]:
    values = {"party": party, "site": found.site, "rule": found.rule.value, "feed": found.feed, "day": found.day}
    params = json.dumps(dict(found.problem.params), ensure_ascii=False, sort_keys=True)
    return {**values, "code": found.problem.code, "params": params}


def lines(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Any]:
    """Lines with the codes of what they are about, the newest day and the largest gap first."""
    statement = _lines().where(*wanted.of(reconciled))
    if wanted.verdicts:
        statement = statement.where(reconciled.c.verdict.in_([each.value for each in wanted.verdicts]))
    order = (reconciled.c.day.desc(), func.abs(reconciled.c.gap).desc(), reconciled.c.key)
    return connection.execute(statement.order_by(*order).limit(limit)).all()


def line(connection: Connection, key: int) -> Row[Any] | None:
    return connection.execute(_lines().where(reconciled.c.key == key)).one_or_none()


def _lines() -> Select[Any]:
    codes = (_warehouse.c.code.label("warehouse_code"), _outlet.c.code.label("outlet_code"))
    goods = (sku.c.code.label("sku_code"), _product.c.code.label("product_code"))
    return select(reconciled, *codes, *goods).select_from(_shown)


def findings(
    connection: Connection, wanted: Wanted, limit: int
) -> list[tuple[date, str, tuple[int, int | None], Problem]]:
    """(day, rule, party and site, problem), the newest first."""
    order = (finding.c.day.desc(), finding.c.key)
    found = connection.execute(select(finding).where(*wanted.of(finding)).order_by(*order).limit(limit))
    return [
        (each.day, each.rule, (each.party, each.site), Problem(each.code, params=json.loads(each.params)))
        for each in found
    ]


def trend(connection: Connection, wanted: Wanted) -> Sequence[Any]:
    """(day, lines, those that differ, those that lack a feed, net gap, absolute gap), day by day."""

    def counted(verdict: Verdict) -> ColumnElement[int]:
        return func.sum(case((reconciled.c.verdict == verdict.value, 1), else_=0))

    gap = reconciled.c.gap
    sums = (counted(Verdict.DIFFERS), counted(Verdict.MISSING), func.sum(gap), func.sum(func.abs(gap, type_=gap.type)))
    statement = select(reconciled.c.day, func.count(), *sums).where(and_(*wanted.of(reconciled)))
    return connection.execute(statement.group_by(reconciled.c.day).order_by(reconciled.c.day)).all()


def millionths(value: Decimal | None) -> int:
    return int((value or Decimal(0)).scaleb(SCALE))


def exact(value: int) -> Decimal:
    return Decimal(value).scaleb(-SCALE)
