"""The part of the whole flow that is about orders: both ways, with everything that can be said of them."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.database.order_news import News
from gateway.domain.feed import Register
from gateway.domain.order import LineStatus, State
from gateway.ordering import cancel, find_order, purchase_order, purchase_orders_since, revise, set_purchase_status
from gateway.ordering_advancing import advance_all
from gateway.ordering_filling import fill_rates
from gateway.ordering_mailing import by_mail, mail_next
from gateway.ordering_pulling import Result, acknowledge, offer_again, pull
from gateway.ordering_recommending import recommend
from gateway.ordering_releasing import export, handed_over, release
from gateway.ordering_statuses import statuses
from gateway.publishing import catalog
from gateway.reconciling import reconcile_all
from gateway.referencing import load_reference
from gateway.referencing_orders import load_for_orders
from gateway.referencing_written import Wish, write_catalog
from gateway.wiring import Hub
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import agreed, counted, distributor, mapped, order, purchase, send, taken, told, went
from tests.packets import element, line, packet, position, shipment, stock, warehouse

LATER, LAST = "2026-11-21T00:00:00+03:00", "2026-11-22T00:00:00+03:00"


def run(hub: Hub, clock: Clock) -> None:
    ural = distributor(hub, "URAL")
    counted(ural, "кор", 12, code="000123")
    _files(hub)
    _checked(ural)
    _pulled(ural, clock)
    _followed(ural)
    _mailed(ural)
    _answered(ural)
    _purchased(ural)
    _shown(ural)


def _files(hub: Hub) -> None:
    for _ in range(2):
        serves = {"outlet": "OUT-2", "party": "URAL", "site": "main", "organization": "", "from": "", "to": ""}
        load_for_orders(hub, "serves", [serves])
        load_for_orders(hub, "prices", [{"code": "TEA", "price": "10", "from": "2026-01-01", "party": "URAL"}])


def _checked(ural: Site) -> None:
    """Held for debts, released; cut by stock."""
    debt = element("item", n=1, number="РН-0", date="2026-10-01", amount=500, openAmount=300)
    owing = element("outlet", debt, code="TT-1")
    ural.load(packet("receivables", owing, **{"from": "2026-11-20", "to": "2026-11-20"}))
    ural.load(stock("s-1", warehouse("MAIN", position("000123", unit="кор", quantity=3))))
    agreed(ural, credit="block", overdue_amount=Decimal(1), stale_days=1, stock="cut")
    agreed(ural, credit="block", overdue_amount=Decimal(1), stale_days=1, stock="cut")
    (key,) = taken(ural.hub, order("F-1", ("TEA", 100)))
    assert went(ural.hub, key)[-1] == "held"
    release(ural.hub, key, "ann", "it is paid")
    advance_all(ural.hub)
    assert went(ural.hub, key)[-1] == "offered"


def _pulled(ural: Site, clock: Clock) -> None:
    """A lease that runs out, an acknowledgement, a revision and a cancellation after it, and a file."""
    hub = ural.hub
    agreed(ural)
    pull(hub, ural.sender, 1, as_text=False)
    clock.pass_by(hub.settings.order_lease_seconds)
    advance_all(hub)
    batch = pull(hub, ural.sender, 1, as_text=True).batch
    assert batch
    revise(hub, order("F-1", ("TEA", 12)), "erp")
    said = [Result("F-1", 1, True, "да", "guid", "ЗК-1")]
    acknowledge(hub, ural.sender, batch, said)
    advance_all(hub)
    with TemporaryDirectory() as folder:
        (batch, rows) = export(hub, ural.sender, Path(folder) / "orders.xlsx")
    assert (rows, handed_over(hub, ural.sender, batch or "")) == (1, 1)
    taken(hub, order("F-2", outlet="OUT-2"))
    cancel(hub, "F-2", "erp", "a mistake")
    cancel(hub, "F-1", "erp", "a mistake")
    refused = revise(hub, order("F-2"), "erp")
    assert refused.problem


def _followed(ural: Site) -> None:
    """The mapping changes under an order that is offered, then under one that is pulled; a packet fails."""
    hub = ural.hub
    load_reference(hub, Register.PRODUCT, [{"code": "TEA", "name": "TEA", "gtin": "4600000000011 4600000000028"}])
    mapped(ural, ("TT-2", "OUT-2"), register=Register.OUTLET)
    taken(hub, order("F-9", ("TEA", 60), outlet="OUT-2"))
    for factor in (6, 10):
        counted(ural, "кор", factor, code="000123")
        advance_all(hub)
        batch = pull(hub, ural.sender, None, as_text=True).batch
    offer_again(hub, ural.sender, batch or "")
    counted(ural, "кор", 12, code="000123")
    cancel(hub, "F-9", "erp")
    advance_all(hub)
    pulled = pull(hub, ural.sender, None, as_text=True).batch
    handed_over(hub, ural.sender, pulled or "")
    with hub.exchange.writing() as connection:
        hub.order_news.put_off(connection, News(0, "p-0", "orders", ural.sender.site, 0), hub.clock())


def _mailed(ural: Site) -> None:
    """Nobody has set a mail server."""
    hub = ural.hub
    by_mail(hub, ural.sender, "ural@example.com", "commerceml")
    taken(hub, order("F-8", outlet="OUT-2"))
    assert mail_next(hub) == 0
    with hub.exchange.writing() as connection:
        assert hub.order_mails.listed(connection)[0].failures == 1
        hub.order_mails.succeeded(connection, ural.sender.site)
    by_mail(hub, ural.sender, "", "xlsx")
    batch = pull(hub, ural.sender, None, as_text=True).batch
    handed_over(hub, ural.sender, batch or "")


def _answered(ural: Site) -> None:
    send(ural, "order-statuses", "st-1", told("F-1", "picking", 10, number="ЗК-1"), told("NO", "accepted", 9))
    parcel = shipment("РН-F", line(1, quantity=6), order="F-1", outlet="TT-1", date="2026-11-20")
    send(ural, "shipments", "sh-f", parcel)
    send(ural, "order-statuses", "st-2", told("F-1", "picking", 10, number="ЗК-1"), created=LATER)


def _purchased(ural: Site) -> None:
    hub = ural.hub
    send(ural, "orders", "o-1", purchase("ЗП-1"), purchase("ЗП-2"))
    (first, second), _, _ = purchase_orders_since(hub, 0, 2)
    for quantity in (1, 2):
        set_purchase_status(hub, first.key, State.ACCEPTED, "erp", [LineStatus(1, Decimal(quantity))], "да", "УТ-1")
    send(ural, "orders", "o-2", purchase("ЗП-1", ("000123", 5)), purchase("ЗП-2", deleted="true"), created=LATER)
    set_purchase_status(hub, first.key, State.PICKING, "erp", revision=1)
    set_purchase_status(hub, second.key, State.ACCEPTED, "erp")
    for since in (None, hub.clock()):
        statuses(hub, ural.sender, since)
        catalog(hub, ural.sender, "prices", since, False)
        catalog(hub, ural.sender, "outlets", since, False)


def _shown(ural: Site) -> None:
    hub, party = ural.hub, ural.sender.party
    reconcile_all(hub)
    with TemporaryDirectory() as folder:
        write_catalog(hub, Path(folder) / "catalogue.zip", Wish(date(2026, 11, 20), stock=ural.sender))
    for outlet in ("", "OUT-1"):
        recommend(hub, party, outlet)
    fill_rates(hub)
    fill_rates(hub, party, date(2026, 1, 1), date(2026, 12, 31))
    found = find_order(hub, "F-1")
    assert found
    with hub.exchange.reading() as connection:
        hub.order_reading.keys_of_id(connection, "ЗП-1")
        hub.order_reading.listed(connection)
        hub.order_reading.listed(
            connection, found.kind, tuple(State), party, date(2026, 1, 1), date(2026, 12, 31), limit=10
        )
    assert purchase_order(hub, found.key) is None
