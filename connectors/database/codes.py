"""The crosswalk's codes: learned from packets, mapped to our SKUs, outlets and warehouses by equal code or GTIN."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from connectors.database.crosswalk import change, live, mapping
from connectors.database.erp_tables import sku_barcode
from connectors.database.facts import REGISTERS, distributor_code, sku
from connectors.database.parameters import BESIDE, THE, given_beside
from connectors.database.prepared import Prepared, Values
from connectors.database.staging import code as staged
from gateway.domain.crosswalk import BEGIN, END, Source
from gateway.domain.feed import Register

REMEMBERED = 100_000
"""How many codes a process remembers to be known."""
AT_ONCE = 1000
"""How many codes are asked for in one statement; MS SQL takes 2100 parameters."""


def learn_codes(connection: Connection, values: Values) -> None:
    """Adds a staged packet's new codes to the party's, maps what can be mapped, and notes both beside the codes.

    `values` are the packet's (`prepared.given`).
    """
    learned, noted = _learning()
    for statement in learned:
        statement.run(connection, values)
    noted.run(connection, values)
    if _map_codes(connection, True, values):
        noted.run(connection, values)


def find_codes(connection: Connection, values: Values) -> None:
    """Only notes beside a staged packet's codes what is known of them."""
    _learning()[1].run(connection, values)


_KNOWN = and_(
    distributor_code.c.party == BESIDE.party,
    distributor_code.c.register == staged.c.register,
    distributor_code.c.code == staged.c.code,
)
_BROUGHT = select(distributor_code.c.key).join(staged, _KNOWN).where(staged.c.claim == THE.claim)
_WAITING = select(staged.c.key).where(staged.c.claim == THE.claim, staged.c.target.is_(None))


@cache
def _learning() -> tuple[list[Prepared], Prepared]:
    """New codes and bar codes that came with a code we knew without one; then what is noted beside staged codes."""
    new = select(BESIDE.party, staged.c.register, staged.c.code, staged.c.gtin)
    new = new.where(staged.c.claim == THE.claim, ~exists().where(_KNOWN))
    added = insert(distributor_code).from_select(["party", "register", "code", "gtin"], new)
    brought = staged.c.gtin.is_not(None)
    gtin = select(staged.c.gtin).where(staged.c.claim == THE.claim, _KNOWN, brought).scalar_subquery()
    bare = _BROUGHT.where(brought, distributor_code.c.gtin.is_(None))
    completed = update(distributor_code).where(distributor_code.c.key.in_(bare)).values(gtin=gtin)
    found = {name: select(distributor_code.c[name]).where(_KNOWN).scalar_subquery() for name in ("key", "target")}
    noted = update(staged).where(staged.c.claim == THE.claim).values(found)
    return [Prepared(added), Prepared(completed)], Prepared(noted)


def _map_codes(connection: Connection, of_packet: bool, values: Values) -> bool:
    """Maps unmapped codes, of a packet or all: by our equal code, products also by GTIN where the code is unknown.

    A code that a person has decided on is left alone. Whether any was mapped.
    """
    any_open, mapped = _mapping(of_packet)
    if any_open.first(connection, values) is None:
        return False
    return sum(statement.run(connection, values) for statement in mapped) > 0


@cache
def _mapping(of_packet: bool) -> tuple[Prepared, list[Prepared]]:
    code = distributor_code.c
    which = code.key.in_(_WAITING) if of_packet else true()
    open_codes = (which, code.target.is_(None), ~exists().where(mapping.c.code == code.key, live))
    by_code = [
        _mapped(select(ours.c.key).where(ours.c.code == code.code), Source.CODE, *open_codes, code.register == register)
        for register, ours in REGISTERS.items()
    ]
    # two SKUs with one bar code: the older record has it
    further = select(sku_barcode.c.sku).where(sku_barcode.c.gtin == code.gtin).correlate(distributor_code)
    same = select(sku.c.key).where(or_(sku.c.gtin == code.gtin, sku.c.key.in_(further))).order_by(sku.c.key).limit(1)
    products = (code.register == Register.PRODUCT, code.gtin.is_not(None))
    by_gtin = _mapped(same, Source.GTIN, *open_codes, *products)
    target = select(mapping.c.target).where(mapping.c.code == code.key, live, mapping.c.target.is_not(None))
    repeated = update(distributor_code).where(which, code.target.is_(None), target.exists())
    repeated = repeated.values(target=target.scalar_subquery(), mapped_at=BESIDE.now)
    return Prepared(select(code.key).where(*open_codes).limit(1)), [*by_code, by_gtin, Prepared(repeated)]


def _mapped(same: Select[Any], source: Source, *which: ColumnElement[bool]) -> Prepared:
    """Maps for all time the codes of which there is a record of ours that is the same."""
    fixed = {"valid_from": BEGIN, "valid_to": END, "source": source}
    values: dict[str, Any] = {"code": distributor_code.c.key, "target": same.scalar_subquery()}
    values |= {name: literal(value, mapping.c[name].type) for name, value in fixed.items()}
    values |= {"made_at": BESIDE.now, "begun": BESIDE.change}
    chosen = select(*values.values()).where(*which, same.order_by(None).limit(None).exists())
    return Prepared(insert(mapping).from_select(list(values), chosen))


def unknown_products(connection: Connection, party: int, codes: Sequence[str]) -> list[str]:
    """Those of a packet's product codes that neither the party's crosswalk nor our reference knows."""
    remembered = _remembered(connection, party)
    unknown = [code for code in codes if code not in remembered]
    for statement_of in (_mapped_codes, _our_codes):
        known: set[str] = set()
        for start in range(0, len(unknown), AT_ONCE):
            some = unknown[start : start + AT_ONCE]
            size = next(each for each in _SIZES if each >= len(some))
            values = {name: some[min(place, len(some) - 1)] for place, name in enumerate(_NAMES[:size])}
            known.update(row.code for row in statement_of(size).rows(connection, {"party": party, **values}))
        unknown = [code for code in unknown if code not in known]
        remembered |= known
    return unknown


@dataclass
class _Known:
    """Codes of products that were known, by party, while `newest` is the newest change of the crosswalk.

    Without one, a code that is known stays so: loads only map more of them, and a reference only grows.
    """

    newest: int
    codes: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


_KNOWN_PRODUCTS: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()
_NEWEST = Prepared(select(func.max(change.c.key)))


def _remembered(connection: Connection, party: int) -> set[str]:
    newest = _NEWEST.value(connection, {}) or 0
    found = _KNOWN_PRODUCTS.get(connection.engine)
    if found is None or found.newest != newest or sum(map(len, list(found.codes.values()))) > REMEMBERED:
        found = _KNOWN_PRODUCTS[connection.engine] = _Known(newest)
    return found.codes[party]


_SIZES = (8, 32, 128, AT_ONCE)
"""How many codes a statement asks for: a few sizes, so that it is built, and planned, a few times."""
_NAMES = [f"code_{place}" for place in range(AT_ONCE)]


@cache
def _mapped_codes(size: int) -> Prepared:
    mapped = select(distributor_code.c.code).where(
        distributor_code.c.party == bindparam("party"),
        distributor_code.c.register == Register.PRODUCT,
        distributor_code.c.code.in_(_asked(distributor_code.c.code, size)),
        distributor_code.c.target.is_not(None),
    )
    return Prepared(mapped)


@cache
def _our_codes(size: int) -> Prepared:
    return Prepared(select(sku.c.code).where(sku.c.code.in_(_asked(sku.c.code, size))))


def _asked(column: ColumnElement[str], size: int) -> list[BindParameter[str]]:
    return [bindparam(name, type_=column.type) for name in _NAMES[:size]]


def map_everything(connection: Connection, change: int, now: datetime) -> bool:
    """Maps whatever codes the reference now allows; whether there were any."""
    _map_codes(connection, False, given_beside(now=now, change=change))
    return connection.scalar(select(mapping.c.key).where(mapping.c.begun == change).limit(1)) is not None
