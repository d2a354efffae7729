"""Suggestions: what unmapped product codes are known by, and what they may stand for until somebody decides."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, update

from connectors.database.codes import AT_ONCE
from connectors.database.crosswalk import live, mapping, suggestion
from connectors.database.facts import FACTS, distributor_code, sku
from gateway.domain.feed import Register
from gateway.domain.feeds import PRODUCTS
from gateway.domain.likeness import Likeable, Suggestion

_product = FACTS[PRODUCTS.name].document
_code = distributor_code.c


def unmapped_products(connection: Connection, party: int | None) -> list[Likeable]:
    """Product codes on which nobody has decided, of a party or of all, as their `products` feed describes them."""
    newest = select(_product.c.code, func.max(_product.c.key).label("key")).where(~_product.c.deleted)
    latest = newest.group_by(_product.c.code).subquery("latest")
    source = distributor_code.outerjoin(latest, latest.c.code == _code.key)
    source = source.outerjoin(_product, _product.c.key == latest.c.key)
    gtin = func.coalesce(_product.c.gtin, _code.gtin).label("gtin")
    statement = select(_code.key, _product.c.name, gtin, _product.c.manufacturer_code).select_from(source)
    found = connection.execute(statement.where(*_open(party)).order_by(_code.key))
    return [Likeable(row.key, row.name or "", row.gtin or "", row.manufacturer_code or "") for row in found]


def our_products(connection: Connection) -> list[Likeable]:
    found = connection.execute(select(sku.c.key, sku.c.name, sku.c.gtin, sku.c.code).order_by(sku.c.key))
    return [Likeable(row.key, row.name, row.gtin or "", row.code) for row in found]


def replace_waiting(connection: Connection, party: int | None, found: Iterable[Suggestion], now: datetime) -> int:
    """These take the place of those that wait; what was rejected is not suggested again. How many wait now."""
    codes = select(_code.key).where(_of(party))
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


def waiting(connection: Connection, party: int | None = None, code: str | None = None) -> list[dict[str, Any]]:
    """Suggestions for codes that are still unmapped, as flat records: by party and code, the best first."""
    source = suggestion.join(distributor_code, _code.key == suggestion.c.code).join(
        sku, sku.c.key == suggestion.c.target
    )
    columns = (_code.party, _code.code, sku.c.code.label("our_code"), sku.c.name.label("our_name"))
    details = (suggestion.c.key, suggestion.c.score, suggestion.c.why)
    statement = select(*columns, *details).select_from(source).where(suggestion.c.decision.is_(None), *_open(party))
    if code is not None:
        statement = statement.where(_code.code == code)
    ordered = statement.order_by(_code.party, _code.code, suggestion.c.score.desc(), sku.c.code)
    return [dict(row._mapping) for row in connection.execute(ordered)]


def decide(connection: Connection, keys: Sequence[int], decision: str, by: str, now: datetime) -> None:
    values = {"decision": decision, "decided_by": by, "decided_at": now}
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        connection.execute(update(suggestion).where(suggestion.c.key.in_(some)).values(values))


def _of(party: int | None) -> ColumnElement[bool]:
    products = _code.register == Register.PRODUCT
    return products if party is None else and_(products, _code.party == party)


def _open(party: int | None) -> tuple[ColumnElement[bool], ...]:
    return _of(party), _code.target.is_(None), ~exists().where(mapping.c.code == _code.key, live)
