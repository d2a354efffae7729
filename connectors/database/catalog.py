"""What the manufacturer publishes to a distributor: products, outlets, and the crosswalk of his codes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from connectors.database.crosswalk import live, mapping
from connectors.database.facts import REGISTERS, distributor_code, outlet, sku
from connectors.database.order_tables import serves
from gateway.domain.crosswalk import BEGIN, END
from gateway.domain.feed import Register


def records(connection: Connection, kind: str, party: int, since: datetime | None) -> list[dict[str, Any]]:
    """Records of a kind (`products`, `outlets`, `crosswalk`) that changed at or after `since`; column → value.

    Of outlets a party sees its own; the transaction sees the exchange beside.
    """
    if kind == "crosswalk":
        return _crosswalk(connection, party, since)
    table = {"products": sku, "outlets": outlet}[kind]
    columns = [column for column in table.columns if column.name not in ("key", "changed_at")]
    statement = select(*columns).order_by(table.c.code)
    if since is not None:
        statement = statement.where(table.c.changed_at >= since)
    if kind == "outlets":
        statement = statement.where(or_(*_own_outlets(party)))
    return [dict(row) for row in connection.execute(statement).mappings()]


def _own_outlets(party: int) -> tuple[ColumnElement[bool], ...]:
    """Those that one of its sites serves, or has served, and those that its codes stand for."""
    code = distributor_code.c
    named = mapping.join(distributor_code, code.key == mapping.c.code)
    mapped = select(mapping.c.target).select_from(named)
    mapped = mapped.where(code.party == party, code.register == Register.OUTLET, live, mapping.c.target.is_not(None))
    return outlet.c.code.in_(select(serves.c.outlet).where(serves.c.party == party)), outlet.c.key.in_(mapped)


def _crosswalk(connection: Connection, party: int, since: datetime | None) -> list[dict[str, Any]]:
    """All live mappings; or of each code that changed since all that it stands for, nothing included."""
    found: list[dict[str, Any]] = []
    code = distributor_code.c
    for register, ours in REGISTERS.items():
        source = distributor_code.outerjoin(mapping, and_(mapping.c.code == code.key, live))
        source = source.outerjoin(ours, ours.c.key == mapping.c.target)
        columns = (code.code, ours.c.code.label("our_code"), ours.c.name, mapping.c.valid_from, mapping.c.valid_to)
        statement = select(*columns).select_from(source).where(code.party == party, code.register == register)
        changed = ours.c.key.is_not(None) if since is None else code.mapped_at >= since
        for row in connection.execute(statement.where(changed).order_by(code.code, mapping.c.valid_from)).mappings():
            found.append({"register": Register(register).value, **row, **_period(row)})
    return found


def _period(row: RowMapping) -> dict[str, Any]:
    """Only the ends that there are."""
    ends = {"valid_from": BEGIN, "valid_to": END}
    return {name: None if row[name] == end or row["our_code"] is None else row[name] for name, end in ends.items()}
