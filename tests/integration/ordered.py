"""Builders for tests of orders: a manufacturer's orders, the distributor who serves the outlets, and what is seen."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gateway.domain.credit import OrderPolicy
from gateway.domain.crosswalk import BEGIN, END, UnitWish, Wish
from gateway.domain.feed import Register
from gateway.domain.order import OrderLine, TransferOrder
from gateway.mapping import map_codes
from gateway.ordering import find_order, history_of, purchase_orders_since, take_transfer_order
from gateway.ordering_advancing import advance_all
from gateway.ordering_translating import translate_next
from gateway.referencing import load_reference
from gateway.wiring import Hub
from tests.integration.exchange import Site, site
from tests.packets import element, packet


def lines(*wanted: tuple[str, Any], unit: str | None = None) -> tuple[OrderLine, ...]:
    """Lines numbered from 1: our code and quantity."""
    return tuple(OrderLine(n, code, Decimal(str(quantity)), unit) for n, (code, quantity) in enumerate(wanted, 1))


def order(order_id: str = "T-1", *wanted: tuple[str, Any], unit: str | None = None, **override: Any) -> TransferOrder:
    """For outlet OUT-1, two of SKU TEA unless told otherwise."""
    given: dict[str, Any] = {"number": order_id, "date": date(2026, 11, 20), "outlet": "OUT-1"} | override
    return TransferOrder(order_id, lines=lines(*(wanted or (("TEA", 2),)), unit=unit), **given)


def distributor(hub: Hub, party: str = "VOLGA", code: str = "main") -> Site:
    """A new site that serves OUT-1."""
    return served(site(hub, party, code))


def served(found: Site) -> Site:
    """A site that serves OUT-1 (its TT-1), and calls TEA 000123 and COFFEE 000777, by the piece (шт)."""
    hub = found.hub
    load_reference(hub, Register.PRODUCT, [{"code": each, "name": each, "unit": "шт"} for each in ("TEA", "COFFEE")])
    load_reference(hub, Register.OUTLET, [{"code": each, "name": each} for each in ("OUT-1", "OUT-2")])
    mapped(found, ("000123", "TEA"), ("000777", "COFFEE"))
    mapped(found, ("TT-1", "OUT-1"), ("TT-2", "OUT-2"), register=Register.OUTLET)
    serve(found, "OUT-1")
    return found


def mapped(
    volga: Site,
    *pairs: tuple[str, str | None],
    register: Register = Register.PRODUCT,
    first: date = BEGIN,
    last: date = END,
) -> None:
    wishes = [Wish(volga.sender.party, register, code, ours, first, last) for code, ours in pairs]
    map_codes(volga.hub, "map", "ann", wishes)


def counted(
    volga: Site, unit: str, factor: Any, code: str | None = None, sku: str | None = None, first: date = BEGIN
) -> None:
    """One `unit` is so many of the SKU's: under a code of the party's, or wherever the SKU is."""
    party = volga.sender.party if code else None
    map_codes(volga.hub, "unit", "ann", [], [UnitWish(unit, Fraction(factor), party, code, sku, first=first)])


def serve(volga: Site, *outlets: str, first: date = BEGIN, last: date = END, organization: str | None = None) -> None:
    where = {"party": volga.sender.party, "site": volga.sender.site, "organization": organization}
    records = [{"outlet": each, "first_date": first, "last_date": last, **where} for each in outlets]
    with volga.hub.exchange.writing() as connection:
        volga.hub.serving.put_serves(connection, records, volga.hub.clock())


def agreed(volga: Site, outlet: str = "", **rules: Any) -> None:
    with volga.hub.exchange.writing() as connection:
        volga.hub.serving.agree(connection, volga.sender.party, outlet, OrderPolicy(**rules), volga.hub.clock())


def taken(hub: Hub, *orders: TransferOrder) -> list[int]:
    """Takes orders and translates what is due; their keys."""
    keys = []
    for each in orders:
        found = take_transfer_order(hub, each, "erp")
        assert found.key, found.problem
        keys.append(found.key)
    while translate_next(hub):
        pass
    return keys


def problems(hub: Hub, order_id: str = "T-1") -> list[tuple[str, int | None]]:
    """(code, line) of what stands against an order."""
    found = find_order(hub, order_id)
    assert found
    return [(problem.code, problem.row) for problem, _ in found.problems]


def offered(hub: Hub, order_id: str = "T-1") -> list[tuple[Any, ...]]:
    """(their product, unit, quantity, remainder) of an order's lines."""
    found = find_order(hub, order_id)
    assert found
    return [(each.their_product, each.their_unit, each.their_quantity, each.remainder) for each in found.lines]


def state(hub: Hub, order_id: str = "T-1") -> str:
    found = find_order(hub, order_id)
    assert found
    return str(found.state)


def went(hub: Hub, key: int) -> Sequence[str]:
    """The states that an order went through; `!` marks what was refused."""
    return [f"{'!' if step.refused else ''}{step.state}" for step in history_of(hub, key)]


def purchase(number: str = "ЗП-1", *goods: tuple[str, Any], unit: str = "шт", **override: Any) -> str:
    """A distributor's order of the 20th: his codes and quantities."""
    rows = [
        element("line", n=n, product=code, unit=unit, quantity=quantity, price="2.5")
        for n, (code, quantity) in enumerate(goods or (("000123", 2),), 1)
    ]
    given = {"id": f"guid-{number}", "number": number, "date": "2026-11-20", "wanted": "2026-11-27"} | override
    return element("order", *rows, **given)


def told(order_id: str, status: str, hour: int, **override: Any) -> str:
    """A status of a transfer order, as it came about at an hour of the 20th."""
    return element("order", id=order_id, date=f"2026-11-20T{hour:02}:00:00", status=status, **override)


def send(volga: Site, feed: str, packet_id: str, *documents: str, **override: Any) -> None:
    """Loads a packet and lets orders move on."""
    content = packet(feed, *documents, **override).replace(b'id="p-1"', f'id="{packet_id}"'.encode(), 1)
    volga.load(content)
    advance_all(volga.hub)


def purchases(hub: Hub, cursor: int = 0) -> list[Any]:
    return purchase_orders_since(hub, cursor)[0]
