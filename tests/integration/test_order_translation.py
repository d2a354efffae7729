"""Orders in the distributor's codes and units, exactly; what can't be translated is held, and goes on by itself."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway.closing import close
from gateway.ordering import cancel, revise
from gateway.ordering_pulling import pull
from gateway.ordering_translating import LOOK_AGAIN, translate_next
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.exchange import Clock, site
from tests.integration.ordered import (
    agreed,
    counted,
    distributor,
    mapped,
    offered,
    order,
    problems,
    serve,
    state,
    taken,
    went,
)
from tests.packets import element, packet, position, stock, warehouse


def test_an_order_goes_to_whoever_serves_the_outlet_on_its_day_in_his_codes(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, ural = distributor(hub), distributor(hub, "URAL")
        serve(volga, "OUT-1", last=date(2026, 11, 20))
        serve(ural, "OUT-1", first=date(2026, 11, 21))
        mapped(ural, ("U-9", "TEA"), first=date(2026, 11, 1))
        keys = taken(hub, order("T-1"), order("T-2", date=date(2026, 11, 21)), order("T-3", outlet="OUT-2"))
        found = [hub_order(hub, key) for key in keys]
        assert [(each.party, each.their_outlet, each.state) for each in found] == [
            ("VOLGA", "TT-1", "offered"),
            ("URAL", "TT-1", "offered"),
            (None, None, "held"),
        ]
        assert (offered(hub, "T-1")[0][0], offered(hub, "T-2")[0][0]) == ("000123", "U-9")
        assert problems(hub, "T-3") == [("ORDER_NO_ROUTE", None)]
        assert went(hub, keys[0]) == ["received", "translated", "offered"]
        serve(volga, "OUT-2")
        assert translate_next(hub) == 1
        assert went(hub, keys[2]) == ["received", "held", "translated", "offered"]


def hub_order(hub: Hub, key: int) -> Any:
    with hub.exchange.reading() as connection:
        return hub.order_reading.order(connection, key)


def test_cases_become_bottles_and_bottles_whole_cases_with_the_remainder_shown(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        counted(volga, "кор", 12, sku="TEA")
        counted(volga, "блок", 10, code="000777")
        taken(hub, order("T-1", ("TEA", 2), ("TEA", "0.5"), unit="кор"), order("T-2", ("COFFEE", 25)))
        assert offered(hub, "T-1") == [("000123", "шт", 24, 0), ("000123", "шт", 6, 0)]
        assert offered(hub, "T-2") == [("000777", "блок", 2, 5)]
        assert problems(hub, "T-2") == [("ORDER_REMAINDER", 1)]
        taken(hub, order("T-3", ("TEA", 1), unit="бочка"))
        assert (state(hub, "T-3"), problems(hub, "T-3")) == ("held", [("ORDER_UNIT_UNKNOWN", 1)])
        counted(volga, "бочка", "1/3", sku="TEA")
        translate_next(hub)
        assert problems(hub, "T-3") == [("ORDER_QUANTITY_INEXACT", 1)]
        counted(volga, "бочка", "1/4", sku="TEA")
        translate_next(hub)
        assert offered(hub, "T-3") == [("000123", "шт", Decimal("0.25"), 0)]


def test_codes_and_units_are_those_of_the_orders_day(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        mapped(volga, ("000123", "COFFEE"), first=date(2026, 12, 1))
        mapped(volga, ("000124", "TEA"), first=date(2026, 12, 1))
        for factor, first in ((6, date(2026, 1, 1)), (12, date(2026, 12, 1))):
            counted(volga, "кор", factor, sku="TEA", first=first)
            counted(volga, "блок", factor, code="000123", first=first)
            counted(volga, "блок", factor, code="000124", first=first)
        taken(hub, *(order(f"T-{n}", ("TEA", 4), unit="кор", date=date(2026, 10 + n, 1)) for n in (1, 2)))
        assert (offered(hub, "T-1"), offered(hub, "T-2")) == ([("000123", "блок", 4, 0)], [("000124", "блок", 4, 0)])
        taken(hub, *(order(f"U-{n}", ("TEA", 25), date=date(2026, 10 + n, 1)) for n in (1, 2)))
        assert (offered(hub, "U-1"), offered(hub, "U-2")) == ([("000123", "блок", 4, 1)], [("000124", "блок", 2, 1)])


def test_a_held_order_says_why_once_and_goes_on_when_the_mapping_is_there(tmp_path: Path) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        volga = distributor(hub)
        mapped(volga, ("000777", None), ("TT-1", None))
        (key,) = taken(hub, order("T-1", ("TEA", 1), ("COFFEE", 1), ("CACAO", 1)))
        wrong = [("ORDER_PRODUCT_UNMAPPED", 2), ("ORDER_PRODUCT_UNKNOWN", 3)]
        assert problems(hub) == wrong
        assert translate_next(hub) == 0
        clock.pass_by(LOOK_AGAIN.total_seconds())
        assert translate_next(hub) == 1
        assert went(hub, key) == ["received", "held"]
        agreed(volga, partial=True)
        translate_next(hub)
        assert (state(hub), [code for code, _ in problems(hub)].count("ORDER_LINE_LEFT_OUT")) == ("offered", 2)


def test_an_outlet_without_a_code_of_the_distributor_holds_the_order(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        serve(volga, "OUT-3")
        taken(hub, order(outlet="OUT-3"))
        assert problems(hub) == [("ORDER_OUTLET_UNMAPPED", None)]


def test_who_has_one_site_only_gets_the_orders_that_name_him(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        distributor(hub)
        taken(hub, order("T-1", outlet="OUT-2", party="VOLGA"))
        assert state(hub) == "offered"
        site(hub, code="branch")
        taken(hub, order("T-2", outlet="OUT-2", party="VOLGA"))
        assert problems(hub, "T-2") == [("ORDER_NO_ROUTE", None)]


def test_a_site_that_is_closed_gets_no_orders(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        branch = site(hub, code="branch")
        serve(volga, "OUT-1")
        taken(hub, order("T-0"))
        assert pull(hub, volga.sender, None, True).batch
        close(hub, volga.sender, "anna")
        keys = taken(hub, order("T-1"), order("T-2", outlet="OUT-2", party="VOLGA"))
        assert problems(hub, "T-1")[0] == ("ORDER_NO_ROUTE", None)
        assert hub_order(hub, keys[1]).site == branch.sender.site_code
        revise(hub, order("T-0", ("TEA", 5)), "erp")
        translate_next(hub)
        assert (state(hub, "T-0"), problems(hub, "T-0")[0]) == ("held", ("ORDER_NO_ROUTE", None))


def test_debts_block_or_warn_and_a_snapshot_that_is_old_is_a_reason_of_its_own(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        debts = element(
            "outlet",
            element("item", n=1, number="РН-0", date="2026-10-01", due="2026-10-10", amount=500, openAmount=300),
            element("item", n=2, number="РН-9", date="2026-11-19", due="2026-12-19", amount=200, openAmount=200),
            code="TT-1",
        )
        volga.load(packet("receivables", debts, **{"from": "2026-11-20", "to": "2026-11-20"}))
        agreed(volga, credit="block", overdue_amount=Decimal(299), overdue_days=52, stale_days=10)
        taken(hub, order("T-1"))
        assert (state(hub), problems(hub)) == ("held", [("ORDER_DEBT_STALE", None), ("ORDER_OVERDUE_AMOUNT", None)])
        agreed(volga, credit="block", overdue_amount=Decimal(300), overdue_days=51, credit_limit=Decimal(500))
        translate_next(hub)
        assert problems(hub) == [("ORDER_OVERDUE_DAYS", None)]
        agreed(volga, outlet="OUT-1", credit="warn", overdue_days=51)
        translate_next(hub)
        assert (state(hub), problems(hub)) == ("offered", [("ORDER_OVERDUE_DAYS", None)])
        agreed(volga, outlet="OUT-1", credit="block", credit_limit=Decimal("519.99"))
        with hub.warehouse.writing() as connection:
            skus = hub.erp_lines.sku_keys(connection)
            price = {"party": 0, "sku": skus["TEA"], "valid_from": date(2026, 1, 1), "price": 10, "currency": "RUB"}
            hub.prices.put(connection, [price], hub.clock())
        taken(hub, order("T-2"))
        assert problems(hub, "T-2") == [("ORDER_CREDIT_LIMIT", None)]


def test_too_little_stock_warns_or_cuts(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        counted(volga, "кор", 12, code="000123")
        held = (position("000123", unit="кор", quantity=3, reserved=1), position("000777", quantity=0))
        volga.load(stock("s-1", warehouse("MAIN", *held)))
        agreed(volga, stock="warn")
        taken(hub, order("T-1", ("TEA", 24), ("TEA", 12)))
        assert (problems(hub), offered(hub)[1][2]) == ([("ORDER_STOCK_SHORT", 2)], 1)
        agreed(volga, stock="cut")
        cancel(hub, "T-1", "erp")
        taken(hub, order("T-2", ("TEA", 36), ("COFFEE", 1)), order("T-3", ("COFFEE", 1)))
        assert offered(hub, "T-2") == [("000123", "кор", 2, 0), (None, None, None, None)]
        assert problems(hub, "T-2") == [("ORDER_STOCK_CUT", 1), ("ORDER_STOCK_CUT", 2)]
        assert (state(hub, "T-3"), problems(hub, "T-3")[-1]) == ("held", ("ORDER_NOTHING_LEFT", None))
