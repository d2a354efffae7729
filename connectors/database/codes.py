"""The crosswalk's codes: learned from packets, mapped to our SKUs, outlets and warehouses by equal code or GTIN."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    select,
    true,
    update,
)

from connectors.database.crosswalk import live, mapping
from connectors.database.facts import REGISTERS, distributor_code, sku
from connectors.database.staging import code as staged
from gateway.domain.crosswalk import BEGIN, END, Source
from gateway.domain.feed import Register

AT_ONCE = 1000
"""How many codes are asked for in one statement; MS SQL takes 2100 parameters."""


def learn_codes(connection: Connection, claim: int, party: int, now: datetime) -> None:
    """Adds a staged packet's new codes to the party's, maps what can be mapped, and notes both beside the codes."""
    known = and_(
        distributor_code.c.party == party,
        distributor_code.c.register == staged.c.register,
        distributor_code.c.code == staged.c.code,
    )
    new = select(literal(party), staged.c.register, staged.c.code, staged.c.gtin)
    new = new.where(staged.c.claim == claim, ~exists().where(known))
    connection.execute(insert(distributor_code).from_select(["party", "register", "code", "gtin"], new))
    _learn_gtins(connection, claim, known)
    mine = distributor_code.c.key.in_(select(distributor_code.c.key).join(staged, known).where(staged.c.claim == claim))
    map_codes(connection, mine, now)
    found = {name: select(distributor_code.c[name]).where(known).scalar_subquery() for name in ("key", "target")}
    connection.execute(update(staged).where(staged.c.claim == claim).values(found))


def map_codes(connection: Connection, which, now: datetime, change: int | None = None) -> None:  # type: ignore[no-untyped-def]
    """Maps unmapped codes of the given ones: by our equal code, products also by GTIN where the code is unknown.

    A code that a person has decided on is left alone.
    """
    code = distributor_code.c
    decided = exists().where(mapping.c.code == code.key, live)
    open_codes = (which, code.target.is_(None), ~decided)
    if connection.scalar(select(code.key).where(*open_codes).limit(1)) is None:
        return
    made = {"source": Source.CODE, "made_at": now, "begun": change}
    for register, ours in REGISTERS.items():
        same = select(ours.c.key).where(ours.c.code == code.code)
        _map(connection, same, [*open_codes, code.register == register], made)
    # two SKUs with one bar code: the older record has it
    same = select(sku.c.key).where(sku.c.gtin == code.gtin).order_by(sku.c.key).limit(1)
    products = (code.register == Register.PRODUCT, code.gtin.is_not(None))
    _map(connection, same, [*open_codes, *products], made | {"source": Source.GTIN})
    mapped = select(mapping.c.target).where(mapping.c.code == code.key, live, mapping.c.target.is_not(None))
    found = update(distributor_code).where(which, code.target.is_(None), mapped.exists())
    connection.execute(found.values(target=mapped.scalar_subquery(), mapped_at=now))


def _map(connection: Connection, same: Select[Any], which: list[ColumnElement[bool]], made: dict[str, Any]) -> None:
    """Maps for all time the codes of which there is a record of ours that is the same."""
    fixed = {"valid_from": BEGIN, "valid_to": END, **made}
    values = {"code": distributor_code.c.key, "target": same.scalar_subquery()}
    values |= {name: literal(value, mapping.c[name].type) for name, value in fixed.items()}
    chosen = select(*values.values()).where(*which, same.order_by(None).limit(None).exists())
    connection.execute(insert(mapping).from_select(list(values), chosen))


def _learn_gtins(connection: Connection, claim: int, known) -> None:  # type: ignore[no-untyped-def]
    """A bar code that came with a code we knew without one."""
    brought = (staged.c.claim == claim, known, staged.c.gtin.is_not(None))
    gtin = select(staged.c.gtin).where(*brought).scalar_subquery()
    bare = select(distributor_code.c.key).join(staged, known).where(*brought, distributor_code.c.gtin.is_(None))
    connection.execute(update(distributor_code).where(distributor_code.c.key.in_(bare)).values(gtin=gtin))


def unknown_products(connection: Connection, party: int, codes: Sequence[str]) -> list[str]:
    """Those of a packet's product codes that neither the party's crosswalk nor our reference knows."""
    known: set[str] = set()
    for start in range(0, len(codes), AT_ONCE):
        known.update(connection.scalars(_MAPPED, {"party": party, "codes": codes[start : start + AT_ONCE]}))
    new = [code for code in codes if code not in known]
    for start in range(0, len(new), AT_ONCE):
        known.update(connection.scalars(_OURS, {"codes": new[start : start + AT_ONCE]}))
    return [code for code in new if code not in known]


_MAPPED = select(distributor_code.c.code).where(
    distributor_code.c.party == bindparam("party"),
    distributor_code.c.register == Register.PRODUCT,
    distributor_code.c.code.in_(bindparam("codes", expanding=True)),
    distributor_code.c.target.is_not(None),
)
_OURS = select(sku.c.code).where(sku.c.code.in_(bindparam("codes", expanding=True)))


def map_everything(connection: Connection, change: int, now: datetime) -> bool:
    """Maps whatever codes the reference now allows; whether there were any."""
    map_codes(connection, true(), now, change)
    return connection.scalar(select(mapping.c.key).where(mapping.c.begun == change).limit(1)) is not None
