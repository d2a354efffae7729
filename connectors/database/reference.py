"""The manufacturer's reference: SKUs, outlets and warehouses, by code."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connectors.database.facts import REGISTERS, sku
from gateway.domain.feed import Register
from gateway.domain.packet import normal_code


def columns(register: Register) -> list[str]:
    """What a record may have, `code` and `name` first."""
    return [column.name for column in REGISTERS[register].columns if column.name not in ("key", "changed_at")]


def units(connection: Connection) -> dict[str, str | None]:
    """SKU's code → its own unit."""
    return dict(connection.execute(select(sku.c.code, sku.c.unit)).all())


def upsert(connection: Connection, register: Register, records: list[dict[str, str]], now: datetime) -> None:
    """Adds records, or updates those whose code is known; an empty text clears its column."""
    table = REGISTERS[register]
    keys = {code: key for key, code in connection.execute(select(table.c.key, table.c.code))}
    added, changed = {}, []
    for record in records:
        values: dict[str, Any] = {name: text.strip() or None for name, text in record.items()}
        values["changed_at"] = now
        values["code"] = normal_code(record["code"])
        if values["code"] in keys:
            changed.append({"its_key": keys[values["code"]], **values})
        else:
            added[values["code"]] = values
    if added:
        connection.execute(insert(table), list(added.values()))
    for values in changed:
        key = values.pop("its_key")
        connection.execute(update(table).where(table.c.key == key).values(values))
