"""What the ERP knows of parties: names and legal entities, the prices they pay, and what they owe."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, insert, or_, select, update

from connectors.database.erp_reference import some
from connectors.database.erp_tables import debt_told, organization, party_debt
from connectors.database.facts import sku
from connectors.database.prices import price
from connectors.database.tables import party
from gateway.domain import erp


def parties(connection: Connection, after: str, limit: int, code: str | None = None) -> list[erp.Party]:
    statement = select(party).order_by(party.c.code).limit(limit)
    rows = connection.execute(statement.where(party.c.code > after if code is None else party.c.code == code)).all()
    entities: dict[int, list[erp.Organization]] = defaultdict(list)
    for part in some([row.key for row in rows]):
        found = select(organization).where(organization.c.party.in_(part)).order_by(organization.c.inn)
        for each in connection.execute(found):
            entities[each.party].append(erp.Organization(each.inn, each.kpp, each.name))
    return [erp.Party(row.code, row.name, row.language, tuple(entities[row.key])) for row in rows]


def put_parties(connection: Connection, given: Sequence[erp.Party]) -> None:
    """Adds parties, or says anew what those with these codes are; sites and logins stay as they are."""
    keys = dict(connection.execute(select(party.c.code, party.c.key)).all())
    for each in given:
        values = {"code": each.code, "name": each.name, "language": each.language}
        if each.code in keys:
            connection.execute(update(party).where(party.c.code == each.code).values(values))
            connection.execute(delete(organization).where(organization.c.party == keys[each.code]))
        else:
            connection.execute(insert(party).values(values))
    keys = dict(connection.execute(select(party.c.code, party.c.key)).all())
    rows = [
        {"party": keys[each.code], "inn": entity.inn, "kpp": entity.kpp, "name": entity.name}
        for each in given
        for entity in each.organizations
    ]
    if rows:
        connection.execute(insert(organization), rows)


def prices(connection: Connection, after: tuple[int, int, date], limit: int) -> Sequence[Row[Any]]:
    """(SKU's key, party's key, day it holds from, SKU's code, price, currency), in that order, after a place."""
    its, of, day = price.c.sku, price.c.party, price.c.valid_from
    same = and_(its == after[0], or_(of > after[1], and_(of == after[1], day > after[2])))
    columns = (its, of, day, sku.c.code, price.c.price, price.c.currency)
    statement: Select[Any] = select(*columns).join(sku, sku.c.key == its).where(or_(its > after[0], same))
    return connection.execute(statement.order_by(its, of, day).limit(limit)).all()


def debts(connection: Connection, of: int) -> tuple[date | None, list[erp.Debt]]:
    """What a party owes by the ERP's last word, and as of which day; None where it never said anything."""
    as_of = connection.scalar(select(debt_told.c.as_of).where(debt_told.c.party == of))
    found = select(party_debt).where(party_debt.c.party == of).order_by(party_debt.c.date, party_debt.c.document)
    items = [
        erp.Debt(row.document, row.date, row.amount, row.open_amount, row.due, row.currency)
        for row in connection.execute(found)
    ]
    return as_of, items


def put_debts(connection: Connection, of: int, as_of: date, items: Collection[erp.Debt]) -> None:
    """In place of what was said before."""
    for table in (party_debt, debt_told):
        connection.execute(delete(table).where(table.c.party == of))
    connection.execute(insert(debt_told).values(party=of, as_of=as_of))
    names = ("document", "date", "due", "amount", "open_amount", "currency")
    rows = [{"party": of, **{name: getattr(each, name) for name in names}} for each in items]
    if rows:
        connection.execute(insert(party_debt), rows)
