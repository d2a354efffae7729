"""What the ERP says of its own: primary sales, transfer orders, plans and groups of SKUs."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select

from connectors.database.facts import FACTS, sku
from connectors.database.reconciliation_tables import erp_line, plan, sku_group

_STATUS = FACTS["order-statuses"].document
_later = _STATUS.alias("later")
PRIMARY_SALE = "primary-sale"
TRANSFER_ORDER = "transfer-order"


def sku_keys(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(select(sku.c.code, sku.c.key)).all())


def put_lines(
    connection: Connection, kind: str, records: list[dict[str, Any]], emptied: Sequence[tuple[int, str]] = ()
) -> dict[int, tuple[date, date]]:
    """Puts whole documents in place of those of the same party and number; the days that changed, by party.

    `emptied` names documents (party, number) that have no lines any more.
    """
    documents = sorted({*emptied, *((each["party"], each["document"]) for each in records)})
    mine = (erp_line.c.kind == kind, erp_line.c.party == bindparam("of"), erp_line.c.document == bindparam("number"))
    changed: dict[int, list[date]] = {}
    for party, number in documents:
        named = {"of": party, "number": number}
        days = connection.scalars(select(erp_line.c.date).where(*mine), named).all()
        changed.setdefault(party, []).extend(days)
    connection.execute(delete(erp_line).where(*mine), [{"of": each[0], "number": each[1]} for each in documents])
    if records:
        connection.execute(insert(erp_line), [{"kind": kind, **each} for each in records])
    for each in records:
        changed[each["party"]].append(each["date"])
    return {party: (min(days), max(days)) for party, days in changed.items() if days}


def lines(connection: Connection, kind: str, party: int) -> Sequence[Any]:
    """(document, sku, day, quantity); several lines of a document and SKU are one."""
    by = (erp_line.c.document, erp_line.c.sku)
    statement = select(*by, func.min(erp_line.c.date), func.sum(erp_line.c.quantity))
    return connection.execute(statement.where(erp_line.c.kind == kind, erp_line.c.party == party).group_by(*by)).all()


def called_off(connection: Connection, sites: Sequence[int]) -> set[str]:
    """Transfer orders whose last status is rejected or cancelled."""
    newer = exists().where(
        _later.c.site == _STATUS.c.site,
        _later.c.number == _STATUS.c.number,
        _later.c.happened_at > _STATUS.c.happened_at,
        ~_later.c.deleted,
    )
    ended = _STATUS.c.status.in_(("rejected", "cancelled"))
    statement = select(_STATUS.c.number).where(_STATUS.c.site.in_(sites), ended, ~_STATUS.c.deleted, ~newer)
    return set(connection.scalars(statement))


def put_groups(connection: Connection, records: list[dict[str, Any]]) -> None:
    """Says which group each of the SKUs belongs to."""
    connection.execute(
        delete(sku_group).where(sku_group.c.sku == bindparam("its")), [{"its": each["sku"]} for each in records]
    )
    connection.execute(insert(sku_group), records)


def put_plans(connection: Connection, records: list[dict[str, Any]]) -> None:
    """Puts plans in place of those of the same party, group and period."""
    names = ("party", "sku_group", "first_date", "last_date")
    same = [plan.c[name] == bindparam(f"its_{name}") for name in names]
    connection.execute(delete(plan).where(*same), [{f"its_{name}": each[name] for name in names} for each in records])
    connection.execute(insert(plan), records)


def plans(connection: Connection, party: int) -> Sequence[Any]:
    return connection.execute(select(plan).where(plan.c.party == party).order_by(plan.c.key)).all()


def groups(connection: Connection) -> dict[int, str]:
    """SKU's key → code of its group."""
    return dict(connection.execute(select(sku_group.c.sku, sku_group.c.code)).all())
