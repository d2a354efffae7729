"""The manufacturer's reference: SKUs, outlets and warehouses, by code."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from connectors.database.codes import AT_ONCE
from connectors.database.erp_tables import sku_barcode
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
    """Adds records, or updates those whose code is known; an empty text clears its column.

    A product may have several bar codes, blanks between: the first stands with it, the others beside.
    """
    table = REGISTERS[register]
    keys = {code: key for key, code in connection.execute(select(table.c.key, table.c.code))}
    added, changed = {}, []
    further: dict[str, list[str]] = {}
    for record in records:
        values: dict[str, Any] = {name: text.strip() or None for name, text in record.items()}
        if "gtin" in record:
            barcodes = list(dict.fromkeys(record["gtin"].split()))
            values["gtin"], further[normal_code(record["code"])] = next(iter(barcodes), None), barcodes[1:]
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
    if further:
        _put_barcodes(connection, further)


def barcodes_of(connection: Connection, codes: Sequence[str]) -> dict[str, list[str]]:
    """SKU's code → its further bar codes."""
    found: dict[str, list[str]] = {}
    source = sku.join(sku_barcode, sku_barcode.c.sku == sku.c.key)
    for some in _some(codes):
        rows = select(sku.c.code, sku_barcode.c.gtin).select_from(source).where(sku.c.code.in_(some))
        for row in connection.execute(rows.order_by(sku_barcode.c.gtin)):
            found.setdefault(row.code, []).append(row.gtin)
    return found


def _put_barcodes(connection: Connection, further: dict[str, list[str]]) -> None:
    for some in _some(list(further)):
        keys = dict(connection.execute(select(sku.c.code, sku.c.key).where(sku.c.code.in_(some))).all())
        connection.execute(delete(sku_barcode).where(sku_barcode.c.sku.in_(list(keys.values()))))
        rows = [{"sku": key, "gtin": gtin} for code, key in keys.items() for gtin in further[code]]
        if rows:
            connection.execute(insert(sku_barcode), rows)


def _some(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many at once as a statement takes."""
    for start in range(0, len(codes), AT_ONCE):
        yield codes[start : start + AT_ONCE]
