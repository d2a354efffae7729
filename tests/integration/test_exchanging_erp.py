"""Exchange with an ERP that is 1C itself: a real SOAP service, answers that get lost, and every record exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.erp import client as erp_client
from connectors.erp.client import ErpClient
from connectors.shipped import SCHEMAS
from gateway.domain.errors import Unreachable
from gateway.domain.order import State
from gateway.exchanging_erp import TOLD_PURCHASES, TURN, Exchanged, exchange
from gateway.ordering import find_order, purchase_order
from gateway.ordering_advancing import advance_all
from gateway.wiring import Hub
from tests.erp_service import Books, Debt, OrderLine, Organisation, SaleLine, StatusLine, Unit, erp_at_work, wsdl
from tests.hubs import hub_in
from tests.integration.exchange import Clock
from tests.integration.ordered import distributor
from tests.packets import element, packet

DAY = date(2026, 11, 20)


@contextmanager
def client_of(url: str) -> Iterator[ErpClient]:
    client = ErpClient(url, "hub", "пароль", 60)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erp_client, "PAUSES_SECONDS", (0.0,))


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Hub, Clock, Books, ErpClient]]:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub, erp_at_work() as (url, books), client_of(url) as client:
        yield hub, clock, books, client


def ordered(books: Books, order_id: str = "T-1", quantity: str = "24", **override: Any) -> None:
    line = OrderLine(n=1, product="TEA", quantity=Decimal(quantity))
    given = {"number": order_id, "date": DAY, "outlet": "OUT-1"} | override
    books.say("transferOrders", id=order_id, lines=[line], **given)


def everything(books: Books) -> None:
    """One of each kind, in an order in which nothing is known before it is needed."""
    books.say("sales", party="DON", document="УТ-1", date=DAY, lines=[SaleLine(sku="NEW", quantity=Decimal("5.5"))])
    books.say("prices", sku="NEW", price=Decimal("9.99"), validFrom=DAY)
    books.say("plans", party="DON", group="TEA", firstDate=DAY, lastDate=DAY, quantity=Decimal(10))
    item = Debt(document="УТ-1", date=DAY, amount=Decimal(10), openAmount=Decimal("7.5"))
    books.say("debts", party="DON", asOf=DAY, items=[item])
    case = Unit(name="кор", numerator=12, denominator=1, gtin="14600000000018")
    more = ["4600000000035", "46000028"]
    books.say(
        "products", code="NEW", name="Новый", gtin="4600000000011", unit="шт", group="TEA", units=[case], barcodes=more
    )
    books.say("outlets", code="OUT-9", name="Точка")
    books.say("servings", outlet="OUT-9", party="VOLGA", site="main")
    books.say("warehouses", code="W-9", name="Склад")
    books.say("parties", code="DON", name="ООО Дон", organisations=[Organisation(inn="6100000001")])
    ordered(books)


def test_the_published_contract_is_what_the_reference_service_serves() -> None:
    """To publish a new one: python -m tests.erp_service schemas/erp.wsdl; nothing that was there may change."""
    assert (SCHEMAS / "erp.wsdl").read_bytes() == wsdl()


def test_what_the_erp_says_is_taken_in_once_whatever_answers_get_lost(
    both: tuple[Hub, Clock, Books, ErpClient],
) -> None:
    hub, _, books, client = both
    volga = distributor(hub)
    everything(books)
    books.lose_every = 2
    assert client.ping() == "1"
    assert exchange(hub, client) == Exchanged(read=10, refused=0, purchase_orders=0, statuses=1)
    assert exchange(hub, client) == Exchanged(0, 0, 0, 0)
    with hub.warehouse.reading() as connection:
        (product,) = hub.erp_reference.products(connection, "", 1, "NEW")
        don = 2
        assert [(each[0], each[3]) for each in hub.erp_lines.lines(connection, "primary-sale", don)] == [
            ("УТ-1", Decimal("5.5"))
        ]
        assert hub.erp_parties.debts(connection, don)[1][0].open_amount == Decimal("7.5")
    assert (product.group, product.units[0].factor, product.units[0].gtin) == ("TEA", 12, "14600000000018")
    assert (product.gtin, product.barcodes) == ("4600000000011", ("4600000000035", "46000028"))
    order = find_order(hub, "T-1")
    assert order
    assert (order.revision, order.lines[0].quantity) == (1, Decimal(24))
    assert volga.sender.party == 1


def test_orders_and_their_statuses_go_to_the_erp_exactly_once(both: tuple[Hub, Clock, Books, ErpClient]) -> None:
    hub, _, books, client = both
    volga = distributor(hub)
    given = {"product": "000123", "unit": "шт", "quantity": "3", "price": "10"}
    for number in range(3):
        bought = element("order", element("line", n=1, **given), id=f"PO-{number}", number=f"{number}", date=DAY)
        content = packet("orders", bought).replace(b'id="p-1"', f'id="p-{number}"'.encode())
        volga.load(content)
    for number in range(3):
        ordered(books, f"T-{number}")
    books.lose_every = 3
    exchange(hub, client)
    advance_all(hub)
    exchange(hub, client)
    assert sorted(each.id for each in books.purchases.values()) == ["PO-0", "PO-1", "PO-2"]
    (line,) = next(iter(books.purchases.values())).lines
    assert (line.sku, line.quantity, line.theirProduct) == ("TEA", Decimal(3), "000123")
    told = [(each.order, each.state) for each in books.statuses.values()]
    assert sorted(told) == [(f"T-{n}", state) for n in range(3) for state in ("offered", "received", "translated")]
    key = next(iter(books.purchases))[0]
    lines = [StatusLine(n=1, quantity=Decimal(2))]
    books.say("purchaseStatuses", key=key, status="accepted", number="УТ-7", lines=lines)
    books.say("cancellations", order="T-1", reason="закрыто")
    exchange(hub, client)
    answered, cancelled = purchase_order(hub, key), find_order(hub, "T-1")
    assert answered
    assert cancelled
    assert (answered.state, answered.document_number, cancelled.state) == (State.ACCEPTED, "УТ-7", State.CANCELLED)
    assert exchange(hub, client) == Exchanged(0, 0, 0, 0)


def test_a_record_that_can_t_be_taken_in_is_told_and_stands_in_nobodys_way(
    both: tuple[Hub, Clock, Books, ErpClient],
) -> None:
    hub, _, books, client = both
    distributor(hub)
    books.say("prices", sku="NOTHING", price=Decimal(1), validFrom=DAY)
    books.say("prices", sku="TEA", price=Decimal("1.0000001"), validFrom=DAY)
    books.say("prices", sku="TEA", price=Decimal(2), validFrom=DAY)
    books.say("products", code="", name="Без кода")
    books.say("products", code="ODD", name="Дробь", units=[Unit(name="кор", numerator=1, denominator=0)])
    books.say("products", code="SPLIT", name="Два кода", barcodes=["4600000000035", "46000028 46000035"])
    books.say("purchaseStatuses", key=77, status="accepted")
    books.say("purchaseStatuses", key=77, status="lost")
    books.say("cancellations", order="T-77")
    found = exchange(hub, client)
    assert found == Exchanged(read=9, refused=8, purchase_orders=0, statuses=0)
    assert sorted((each.kind, each.record, each.code) for each in books.problems) == [
        ("cancellation", "T-77", "ORDER_UNKNOWN"),
        ("price", "NOTHING", "SKU_UNKNOWN"),
        ("price", "TEA", "PARAMETER_WRONG"),
        ("product", "-", "PARAMETER_WRONG"),
        ("product", "ODD", "PARAMETER_WRONG"),
        ("product", "SPLIT", "PARAMETER_WRONG"),
        ("purchase-status", "77", "ORDER_INVALID"),
        ("purchase-status", "77", "ORDER_UNKNOWN"),
    ]
    assert all(each.message and each.remedy for each in books.problems)
    with hub.warehouse.reading() as connection:
        assert len(hub.erp_parties.prices(connection, (-1, -1, date.min), 10)) == 1


def test_a_run_that_is_cut_off_is_made_good_and_two_never_run_at_once(
    both: tuple[Hub, Clock, Books, ErpClient], tmp_path: Path
) -> None:
    hub, clock, books, client = both
    distributor(hub)
    everything(books)
    books.lose_every = 1
    with pytest.raises(Unreachable):
        exchange(hub, client)
    books.lose_every = 0
    later = datetime(2026, 12, 1, 1, tzinfo=UTC).isoformat()
    with hub.exchange.writing() as connection:
        hub.bookmarks.go_on(connection, TURN, later)
    assert exchange(hub, client) is None
    clock.pass_by(3600)
    found = exchange(hub, client)
    assert found
    assert found.read == 10
    with hub.exchange.writing() as connection:
        hub.bookmarks.go_on(connection, TOLD_PURCHASES, "0")
    assert exchange(hub, client) == Exchanged(0, 0, 0, 0)
