"""Builders for tests of the crosswalk: our reference, wishes, and what facts say of them."""

from datetime import date
from typing import Any

from sqlalchemy import select

from connectors.database.facts import FACTS, sku
from gateway.domain.crosswalk import BEGIN, END, Wish
from gateway.domain.feed import Register
from gateway.mapping import Changed, map_codes
from gateway.referencing import load_reference
from gateway.wiring import Hub
from tests.integration.exchange import Site


def products(volga: Site, *codes: str, **override: str) -> int:
    """Loads a reference; how many rows it mapped."""
    return load_reference(volga.hub, Register.PRODUCT, [{"code": code, "name": code} | override for code in codes])[1]


def wished(
    volga: Site,
    code: str,
    ours: str | None,
    first: date = BEGIN,
    last: date = END,
    register: Register = Register.PRODUCT,
    **override: Any,
) -> Wish:
    return Wish(volga.sender.party, register, code, ours, first, last, **override)


def mapped(volga: Site, code: str, ours: str | None, *when: Any, **override: Any) -> Changed | None:
    """A person maps a code of the site's party."""
    return map_codes(volga.hub, "map", "ann", [wished(volga, code, ours, *when, **override)])


def days(hub: Hub, feed: str = "shipments") -> dict[tuple[str, int], str | None]:
    """(document number, line) → our code, None where it is unmapped."""
    document, row = FACTS[feed].document, FACTS[feed].row
    assert row is not None
    source = row.join(document, document.c.key == row.c.document).outerjoin(sku, sku.c.key == row.c.sku)
    statement = select(document.c.number, row.c.n, sku.c.code).select_from(source)
    with hub.warehouse.reading() as connection:
        return {(number, n): code for number, n, code in connection.execute(statement)}
