"""What the manufacturer publishes to a distributor: products, outlets, and the crosswalk of his codes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from connectors.database.facts import REGISTERS, distributor_code, outlet, sku
from gateway.domain.feed import Register


def records(connection: Connection, kind: str, party: int, since: datetime | None) -> list[dict[str, Any]]:
    """Records of a kind (`products`, `outlets`, `crosswalk`) that changed at or after `since`; column → value."""
    if kind == "crosswalk":
        return _crosswalk(connection, party, since)
    table = {"products": sku, "outlets": outlet}[kind]
    columns = [column for column in table.columns if column.name not in ("key", "changed_at")]
    statement = select(*columns).order_by(table.c.code)
    if since is not None:
        statement = statement.where(table.c.changed_at >= since)
    return [dict(row) for row in connection.execute(statement).mappings()]


def _crosswalk(connection: Connection, party: int, since: datetime | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for register, ours in REGISTERS.items():
        statement = (
            select(distributor_code.c.code, ours.c.code.label("our_code"), ours.c.name)
            .join(ours, ours.c.key == distributor_code.c.target)
            .where(distributor_code.c.party == party, distributor_code.c.register == register)
            .order_by(distributor_code.c.code)
        )
        if since is not None:
            statement = statement.where(distributor_code.c.mapped_at >= since)
        found += [{"register": Register(register).value, **row} for row in connection.execute(statement).mappings()]
    return found
