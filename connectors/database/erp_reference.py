"""The reference as the ERP keeps it here: products with units, bar codes and groups; outlets and warehouses."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Column, Connection, bindparam, delete, insert, select

from connectors.database.codes import AT_ONCE
from connectors.database.crosswalk import unit
from connectors.database.erp_tables import barcode
from connectors.database.facts import REGISTERS, sku
from connectors.database.reconciliation_tables import sku_group
from connectors.database.reference import barcodes_of
from gateway.domain import erp
from gateway.domain.feed import Register


def products(connection: Connection, after: str, limit: int, code: str | None = None) -> list[erp.Product]:
    """Those with a code after the given one, in their order; or the one with the code."""
    rows = _after(connection, Register.PRODUCT, after, limit, code)
    units = units_of(connection, [row["code"] for row in rows])
    group = groups(connection, [row["code"] for row in rows])
    further = barcodes_of(connection, [row["code"] for row in rows])
    return [
        erp.Product(
            code=row["code"],
            name=row["name"],
            gtin=row["gtin"],
            unit=row["unit"],
            group=group.get(row["code"]),
            units=tuple(units[row["code"]]),
            barcodes=tuple(further.get(row["code"], ())),
        )
        for row in rows
    ]


def records(
    connection: Connection, register: Register, after: str, limit: int, code: str | None = None
) -> list[dict[str, Any]]:
    """Outlets or warehouses, likewise."""
    hidden = ("key", "changed_at")
    return [
        {name: value for name, value in row.items() if name not in hidden}
        for row in _after(connection, register, after, limit, code)
    ]


def units_of(connection: Connection, codes: Sequence[str]) -> dict[str, list[erp.ProductUnit]]:
    """SKU's code → its live units, by name and period."""
    found: dict[str, list[erp.ProductUnit]] = defaultdict(list)
    source = unit.join(sku, sku.c.key == unit.c.sku).outerjoin(
        barcode, (barcode.c.sku == sku.c.key) & (barcode.c.unit == unit.c.name)
    )
    period = (unit.c.valid_from, unit.c.valid_to)
    names = (sku.c.code, unit.c.name, unit.c.numerator, unit.c.denominator, barcode.c.gtin, *period)
    statement = select(*names).select_from(source).where(unit.c.code.is_(None), unit.c.ended.is_(None))
    order = (sku.c.code, unit.c.name, unit.c.valid_from)
    for part in some(codes):
        for row in connection.execute(statement.where(sku.c.code.in_(part)).order_by(*order)):
            factor = Fraction(row.numerator, row.denominator)
            found[row.code].append(erp.ProductUnit(row.name, factor, row.gtin, row.valid_from, row.valid_to))
    return found


def put_barcodes(connection: Connection, given: Sequence[erp.Product]) -> None:
    """Puts the units' bar codes of these products in place of those they had."""
    keys = _keys(connection, [each.code for each in given])
    connection.execute(delete(barcode).where(barcode.c.sku == bindparam("of")), [{"of": key} for key in keys.values()])
    found = {(keys[each.code], package.name): package.gtin for each in given for package in each.units if package.gtin}
    rows = [{"sku": key, "unit": name, "gtin": gtin} for (key, name), gtin in found.items()]
    if rows:
        connection.execute(insert(barcode), rows)


def groups(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    """SKU's code → its group, where it has one."""
    found: dict[str, str] = {}
    statement = select(sku.c.code, sku_group.c.code).join(sku_group, sku_group.c.sku == sku.c.key)
    for part in some(codes):
        found |= dict(connection.execute(statement.where(sku.c.code.in_(part))).all())
    return found


def put_groups(connection: Connection, given: Sequence[erp.Product]) -> None:
    """Likewise their groups; who has none belongs to none."""
    keys = _keys(connection, [each.code for each in given])
    connection.execute(
        delete(sku_group).where(sku_group.c.sku == bindparam("of")), [{"of": key} for key in keys.values()]
    )
    rows = [{"sku": keys[each.code], "code": each.group} for each in given if each.group]
    if rows:
        connection.execute(insert(sku_group), rows)


def _after(
    connection: Connection, register: Register, after: str, limit: int, code: str | None
) -> list[dict[str, Any]]:
    table = REGISTERS[register]
    its: Column[Any] = table.c.code
    statement = select(table).order_by(its).limit(limit).where(its > after if code is None else its == code)
    return [dict(row) for row in connection.execute(statement).mappings()]


def _keys(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in some(codes):
        found |= dict(connection.execute(select(sku.c.code, sku.c.key).where(sku.c.code.in_(part))).all())
    return found


def some(values: Sequence[Any]) -> list[Sequence[Any]]:
    """So many at once as a statement takes."""
    return [values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE)]
