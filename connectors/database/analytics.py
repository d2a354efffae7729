"""The analytics tables: written by reconciliation's run, read by analysts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from connectors.database import reconciliation_tables
from connectors.database.facts import distributor_code, outlet
from connectors.database.reconciliation_tables import erp_line
from connectors.database.reconciliations import exact
from connectors.database.types import Exact
from gateway.domain.feed import Register


def replace(
    connection: Connection, name: str, scope: dict[str, int], span: tuple[date, date] | None, rows: list[dict[str, Any]]
) -> None:
    """Puts rows in place of those of the scope and its days. Figures come in millionths."""
    table = getattr(reconciliation_tables, name)
    same = [table.c[column] == value for column, value in scope.items()]
    if span:
        same.append(table.c.day.between(*span))
    connection.execute(delete(table).where(*same))
    figures = {column.name for column in table.columns if isinstance(column.type, Exact)}
    if rows:
        connection.execute(insert(table), [{**scope, **_exact(row, figures)} for row in rows])


def _exact(row: dict[str, Any], figures: set[str]) -> dict[str, Any]:
    return {name: exact(value) if name in figures and value is not None else value for name, value in row.items()}


def ordered_by_outlet(connection: Connection, party: int, kind: str, since: date, last: date) -> Sequence[Any]:
    """(document, sku, distributor's code of the outlet, quantity) of orders for outlets that the party's codes know."""
    code = distributor_code.c
    by = (erp_line.c.document, erp_line.c.sku)
    source = erp_line.join(outlet, outlet.c.code == erp_line.c.outlet).join(
        distributor_code, code.target == outlet.c.key
    )
    mine = (erp_line.c.party == party, code.party == party, code.register == Register.OUTLET, erp_line.c.kind == kind)
    # of several codes for one outlet the oldest; each line stands once for each of them, so its quantity is their least
    lines = (
        select(erp_line.c.key, *by, func.min(code.key).label("place"), func.min(erp_line.c.quantity).label("quantity"))
        .select_from(source)
        .where(*mine, erp_line.c.date.between(since, last))
        .group_by(erp_line.c.key, *by)
        .subquery()
    )
    found = (lines.c.document, lines.c.sku, lines.c.place)
    return connection.execute(select(*found, func.sum(lines.c.quantity)).group_by(*found)).all()
