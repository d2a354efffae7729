"""Everything of the ERP's door that talks to the store, once at least: part of the whole flow."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from connectors.database import webhooks
from gateway import calling
from gateway.answering_once import Request, once
from gateway.domain.erp import Debt, Debts, Organization, Party, Price, Product, ProductUnit
from gateway.domain.token import Scope
from gateway.domain.webhook import Event
from gateway.exchanging_erp import _leave, _turn
from gateway.ordering import take_transfer_order
from gateway.referencing_records import put_debts, put_parties, put_prices, put_products
from gateway.tokens import admitted, issue, revoke
from gateway.wiring import Hub
from tests.integration.exchange import Clock
from tests.integration.ordered import order

CASE = ProductUnit("кор", Fraction(12), "14600000000018")
DAY = date(2026, 11, 20)


def run(hub: Hub, clock: Clock) -> None:
    """Issues, admits, pushes, reads, calls and forgets. Nobody listens at the webhook."""
    _tokens(hub)
    _pushed(hub)
    _read(hub)
    _called(hub, clock)
    turn = _turn(hub)
    assert turn
    _leave(hub, turn)


def _tokens(hub: Hub) -> None:
    admitted(hub, issue(hub, "erp", list(Scope)))
    with hub.exchange.reading() as connection:
        assert hub.tokens.listed(connection)
    revoke(hub, "erp")


def _pushed(hub: Hub) -> None:
    """Twice, so that there is something to replace; the second time it is not done again."""
    tea = Product("ERP-1", "Чай", unit="шт", group="TEA", units=(CASE,))
    parties = [Party("VOLGA", "Волга", "ru", (Organization("6315000001"),)), Party("NEW", "Новый", "en")]
    item = Debt("УТ-1", DAY, Decimal(10), Decimal(5))
    for units in ((CASE,), (), (CASE,)):
        with hub.warehouse.writing() as connection:
            put_products(hub, connection, [Product("ERP-1", "Чай", unit="шт", group="TEA", units=units)])
            put_prices(hub, connection, [Price("ERP-1", Decimal(1), DAY, "VOLGA")])
            put_debts(hub, connection, Debts("VOLGA", DAY, (item,)))
        with hub.exchange.writing() as connection:
            put_parties(hub, connection, parties)
    for schema in ("exchange", "warehouse", "warehouse"):
        once(hub, schema, Request(1, "key", "digest"), lambda _: tea.code)


def _read(hub: Hub) -> None:
    with hub.exchange.reading() as connection:
        for code in (None, "VOLGA"):
            assert hub.erp_parties.parties(connection, "", 10, code)
    with hub.warehouse.reading() as connection:
        for code in (None, "ERP-1"):
            assert hub.erp_reference.products(connection, "", 10, code)
        assert hub.erp_parties.prices(connection, (-1, -1, date.min), 10)
        assert hub.erp_parties.debts(connection, 1)[1]
        hub.erp_reference.records(connection, "outlet", "", 10)
        for feed in ("shipments", "stock", "receivables"):
            for sites in (None, [1, 2]):
                hub.fact_rows.rows(connection, feed, sites, date.min, date.max, (0, 0), 10)


def _called(hub: Hub, clock: Clock) -> None:
    calling.subscribe(hub, "erp", "http://127.0.0.1:9/hook", set(Event))
    calling.try_out(hub, "erp")
    assert take_transfer_order(hub, order("T-webhook"), "erp").key
    calling.call_due(hub)
    clock.pass_by(3600)
    for call in calling._claimed(hub):
        calling._settle(hub, call, None)
    with hub.exchange.writing() as connection:
        hub.webhooks.retry(connection, "erp", clock())
        hub.webhooks.listed(connection)
        webhooks.steps_after(connection, 0, 10, clock() + timedelta(hours=1))
        hub.webhooks.end(connection, "erp", clock())
