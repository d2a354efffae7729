"""A day's transfer orders for the benchmarks: parties with their codes and outlets, and orders of 20 lines each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from bench import hubs
from gateway.domain.crosswalk import BEGIN, END, Wish
from gateway.domain.feed import Register
from gateway.domain.order import OrderLine, TransferOrder
from gateway.domain.party import Login, Sender
from gateway.mapping import map_codes
from gateway.ordering import take_transfer_order
from gateway.referencing import load_reference
from gateway.wiring import Hub

PARTIES, PRODUCTS, OUTLETS, LINES = 50, 400, 10, 20
"""Outlets are each party's own; products are called otherwise by each."""


@contextmanager
def manufacturer(folder: Path) -> Iterator[Hub]:
    folder.mkdir()
    with hubs.opened(folder) as hub:
        products = [{"code": _sku(n), "name": _sku(n), "unit": "шт"} for n in range(PRODUCTS)]
        outlets = [{"code": _outlet(n), "name": _outlet(n)} for n in range(PARTIES * OUTLETS)]
        load_reference(hub, Register.PRODUCT, products)
        load_reference(hub, Register.OUTLET, outlets)
        for party in range(PARTIES):
            _distributor(hub, party)
        yield hub


def take(hub: Hub, run: int, orders: int, party: int | None = None) -> None:
    """Orders of a run, spread over the parties or all for one."""
    with hub.exchange.writing() as connection:
        for number in range(orders):
            its = number % PARTIES if party is None else party
            lines = tuple(_line(number, n) for n in range(1, LINES + 1))
            outlet = _outlet(its * OUTLETS + number % OUTLETS)
            order = TransferOrder(f"T-{run}-{number}", str(number), date(2026, 11, 20), outlet, lines, wanted=None)
            taken = take_transfer_order(hub, order, "bench", connection)
            if not taken.changed:
                raise RuntimeError(f"{order.id} was not taken: {taken.problem}")


def sender(hub: Hub, party: int) -> Sender:
    with hub.exchange.reading() as connection:
        found: Login = hub.parties.find_login(connection, f"login-{party}")
    return found.sender


def _distributor(hub: Hub, number: int) -> None:
    with hub.exchange.writing() as connection:
        hub.parties.add_party(connection, f"P-{number}", f"P-{number}", "ru")
        hub.parties.add_site(connection, f"P-{number}", "main", f"login-{number}", "no hash", "Europe/Moscow")
        whose = hub.parties.find_login(connection, f"login-{number}").sender
        mine = range(number * OUTLETS, (number + 1) * OUTLETS)
        rows = [{"outlet": _outlet(each), "first_date": BEGIN, "last_date": END} for each in mine]
        place = {"party": whose.party, "site": whose.site, "organization": None}
        hub.serving.put_serves(connection, [row | place for row in rows], hub.clock())
    wishes = [Wish(whose.party, Register.PRODUCT, f"{number}-{n:06}", _sku(n)) for n in range(PRODUCTS)]
    wishes += [Wish(whose.party, Register.OUTLET, f"TT-{each}", _outlet(each)) for each in mine]
    map_codes(hub, "import", "bench", wishes)


def _line(order: int, n: int) -> OrderLine:
    return OrderLine(n, _sku((order * 7 + n) % PRODUCTS), Decimal(n), "шт", Decimal("12.5"))


def _sku(number: int) -> str:
    return f"SKU-{number:05}"


def _outlet(number: int) -> str:
    return f"OUT-{number:05}"
