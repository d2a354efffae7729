"""The crosswalk's codes: learned from packets, mapped to our SKUs, outlets and warehouses by equal code or GTIN."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, and_, bindparam, exists, insert, literal, select, true, update

from connectors.database.facts import FACTS, REGISTERS, distributor_code, sku
from connectors.database.staging import code as staged
from gateway.domain.feed import Field, Register
from gateway.domain.feeds import FEEDS

AT_ONCE = 1000
"""How many codes are asked for in one statement; MS SQL takes 2100 parameters."""


def learn_codes(connection: Connection, packet: int, party: int, now: datetime) -> None:
    """Adds a staged packet's new codes to the party's, maps what can be mapped, and notes both beside the codes."""
    known = and_(
        distributor_code.c.party == party,
        distributor_code.c.register == staged.c.register,
        distributor_code.c.code == staged.c.code,
    )
    new = select(literal(party), staged.c.register, staged.c.code, staged.c.gtin)
    new = new.where(staged.c.packet == packet, ~exists().where(known))
    connection.execute(insert(distributor_code).from_select(["party", "register", "code", "gtin"], new))
    _learn_gtins(connection, packet, known)
    mine = distributor_code.c.key.in_(
        select(distributor_code.c.key).join(staged, known).where(staged.c.packet == packet)
    )
    map_codes(connection, mine, now)
    found = {name: select(distributor_code.c[name]).where(known).scalar_subquery() for name in ("key", "target")}
    connection.execute(update(staged).where(staged.c.packet == packet).values(found))


def map_codes(connection: Connection, which, now: datetime) -> None:  # type: ignore[no-untyped-def]
    """Maps unmapped codes of the given ones: by our equal code, products also by GTIN where the code is unknown."""
    for register, ours in REGISTERS.items():
        code = distributor_code.c
        same = select(ours.c.key).where(ours.c.code == code.code).scalar_subquery()
        unmapped = (which, code.register == register, code.target.is_(None))
        known = exists().where(ours.c.code == code.code)
        connection.execute(update(distributor_code).where(*unmapped, known).values(target=same, mapped_at=now))
    gtin = distributor_code.c.gtin
    # two SKUs with one bar code: the older record has it
    same = select(sku.c.key).where(sku.c.gtin == gtin).order_by(sku.c.key).limit(1).scalar_subquery()
    products = (distributor_code.c.register == Register.PRODUCT, distributor_code.c.target.is_(None))
    known = exists().where(sku.c.gtin == gtin)
    connection.execute(
        update(distributor_code).where(which, *products, gtin.is_not(None), known).values(target=same, mapped_at=now)
    )


def attribute_facts(connection: Connection) -> dict[str, int]:
    """Gives every fact whose code has been mapped since it was loaded its record of ours; rows changed, by feed."""
    changed = {}
    for feed in FEEDS.values():
        facts = FACTS[feed.name]
        for field in feed.own_document_fields:
            _attribute(connection, facts.document, field)
        if facts.row is not None:
            changed[feed.name] = sum(_attribute(connection, facts.row, field) for field in feed.own_row_fields)
    return changed


def _attribute(connection: Connection, table: Table, field: Field) -> int:
    if not field.register:
        return 0
    target = field.target
    mapped = select(distributor_code.c.target).where(distributor_code.c.key == table.c[field.column])
    waiting = select(distributor_code.c.key).where(
        distributor_code.c.register == field.register, distributor_code.c.target.is_not(None)
    )
    statement = update(table).where(table.c[target].is_(None), table.c[field.column].in_(waiting))
    return int(connection.execute(statement.values({target: mapped.scalar_subquery()})).rowcount)


def _learn_gtins(connection: Connection, packet: int, known) -> None:  # type: ignore[no-untyped-def]
    """A bar code that came with a code we knew without one."""
    brought = (staged.c.packet == packet, known, staged.c.gtin.is_not(None))
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


def map_everything(connection: Connection, now: datetime) -> int:
    """Maps whatever codes the reference now allows and attributes their facts; rows that got their SKU."""
    map_codes(connection, true(), now)
    return sum(attribute_facts(connection).values())
