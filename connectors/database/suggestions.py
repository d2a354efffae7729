"""Suggestions: what unmapped codes are known by, and what they may stand for until somebody decides."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, insert, select, update

from connectors.database.codes import AT_ONCE
from connectors.database.crosswalk import live, mapping, suggestion
from connectors.database.erp_tables import sku_barcode
from connectors.database.facts import FACTS, REGISTERS, distributor_code, outlet, sku, warehouse
from gateway.domain.feed import Register
from gateway.domain.feeds import OUTLETS, PRODUCTS
from gateway.domain.likeness import Likeable, Suggestion, goods, place, plain_gtin

_product, _outlet = (FACTS[feed.name].document for feed in (PRODUCTS, OUTLETS))
_code = distributor_code.c
_ADDRESS = func.coalesce(_outlet.c.address, _outlet.c.legal_address)


def unmapped(connection: Connection, register: Register, party: int | None) -> list[Likeable]:
    """Codes on which nobody has decided, of a party or of all, as the party's register of them describes them.

    Nobody describes warehouses: their code is a name as a rule.
    """
    match register:
        case Register.PRODUCT:
            gtin = func.coalesce(_product.c.gtin, _code.gtin)
            return _described(connection, party, register, _product, goods, gtin, _product.c.manufacturer_code)
        case Register.OUTLET:
            columns = (_ADDRESS, _outlet.c.inn, _outlet.c.kpp, _outlet.c.fsrar_id)
            return _described(connection, party, register, _outlet, place, *columns)
        case Register.WAREHOUSE:
            found = select(_code.key, _code.code).where(*_open(register, party)).order_by(_code.key)
            return [Likeable(*row) for row in connection.execute(found)]


def ours(connection: Connection, register: Register) -> list[Likeable]:
    table, (like, *columns) = REGISTERS[register], _KNOWN_BY[register]
    found = [like(*row) for row in connection.execute(select(table.c.key, *columns).order_by(table.c.key))]
    if register is not Register.PRODUCT:
        return found
    further: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in connection.execute(select(sku_barcode)):
        further[row.sku].append(("gtin", plain_gtin(row.gtin)))
    return [replace(each, marks=(*each.marks, *further.get(each.key, ()))) for each in found]


_KNOWN_BY: dict[Register, tuple[Any, ...]] = {
    Register.PRODUCT: (goods, sku.c.name, sku.c.gtin, sku.c.code),
    Register.OUTLET: (place, outlet.c.name, outlet.c.address, outlet.c.inn, outlet.c.kpp, outlet.c.fsrar_id),
    Register.WAREHOUSE: (Likeable, warehouse.c.name),
}


def _described(
    connection: Connection,
    party: int | None,
    register: Register,
    document: Table,
    like: Callable[..., Likeable],
    *columns: ColumnElement[Any],
) -> list[Likeable]:
    """By the newest document of each code in the register's feed."""
    newest = select(document.c.code, func.max(document.c.key).label("key")).where(~document.c.deleted)
    latest = newest.group_by(document.c.code).subquery("latest")
    source = distributor_code.outerjoin(latest, latest.c.code == _code.key)
    source = source.outerjoin(document, document.c.key == latest.c.key)
    chosen = select(_code.key, document.c.name, *columns).select_from(source)
    return [like(*row) for row in connection.execute(chosen.where(*_open(register, party)).order_by(_code.key))]


def replace_waiting(
    connection: Connection, register: Register, party: int | None, found: Iterable[Suggestion], now: datetime
) -> int:
    """These take the place of those that wait; what was rejected is not suggested again. How many wait now."""
    codes = select(_code.key).where(_of(register, party))
    connection.execute(delete(suggestion).where(suggestion.c.decision.is_(None), suggestion.c.code.in_(codes)))
    decided = {tuple(row) for row in connection.execute(select(suggestion.c.code, suggestion.c.target))}
    rows = [
        {"code": each.code, "target": each.target, "score": each.score, "why": each.why, "made_at": now}
        for each in found
        if (each.code, each.target) not in decided
    ]
    if rows:
        connection.execute(insert(suggestion), rows)
    return len(rows)


def waiting(
    connection: Connection, register: Register, party: int | None = None, code: str | None = None
) -> list[dict[str, Any]]:
    """Suggestions for codes that are still unmapped, as flat records: by party and code, the best first."""
    known = REGISTERS[register]
    source = suggestion.join(distributor_code, _code.key == suggestion.c.code).join(
        known, known.c.key == suggestion.c.target
    )
    columns = (_code.party, _code.register, _code.code, known.c.code.label("our_code"), known.c.name.label("our_name"))
    details = (suggestion.c.key, suggestion.c.score, suggestion.c.why)
    statement = select(*columns, *details).select_from(source)
    statement = statement.where(suggestion.c.decision.is_(None), *_open(register, party))
    if code is not None:
        statement = statement.where(_code.code == code)
    ordered = statement.order_by(_code.party, _code.code, suggestion.c.score.desc(), known.c.code)
    return [dict(row._mapping) for row in connection.execute(ordered)]


def decide(connection: Connection, keys: Sequence[int], decision: str, by: str, now: datetime) -> None:
    values = {"decision": decision, "decided_by": by, "decided_at": now}
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        connection.execute(update(suggestion).where(suggestion.c.key.in_(some)).values(values))


def _of(register: Register, party: int | None) -> ColumnElement[bool]:
    its = _code.register == register
    return its if party is None else and_(its, _code.party == party)


def _open(register: Register, party: int | None) -> tuple[ColumnElement[bool], ...]:
    return _of(register, party), _code.target.is_(None), ~exists().where(mapping.c.code == _code.key, live)
