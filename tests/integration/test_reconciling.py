"""Each rule of reconciliation over facts that came through the exchange; docs/reconciliation.md has the formulas."""

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.domain.feed import Register
from gateway.domain.reconciliation import Rule, Verdict
from gateway.referencing import load_reference
from tests.integration.exchange import Site, site_in
from tests.integration.reconciled import (
    day,
    found_codes,
    judged,
    movement,
    sale,
    send,
    send_debts,
    send_shipments,
    send_stock,
    settlement,
    stored,
)
from tests.packets import line, shipment, shipments

TEA = "000123"


def a_balanced_day(volga: Site, closing: float = 9) -> None:
    """10 on the 4th; 5 bought, 4 sold, 1 returned, 2 written off, 1 given back to the supplier on the 5th: 9."""
    send_stock(volga, 4, ("MAIN", {TEA: 10}))
    movements = [
        movement("ПТ-1", 5, "purchase", 5),
        movement("СП-1", 5, "write-off", 2),
        movement("ВП-1", 5, "purchase-return", 1),
    ]
    send(volga, "movements", "m-1", 5, 5, *movements)
    send_shipments(volga, "s-1", 5, 5, sale("РН-1", 5, 4), sale("ВЗ-1", 5, 1, kind="return"))
    send_stock(volga, 5, ("MAIN", {TEA: closing}), created="2026-11-21T00:00:00")


def test_a_balanced_day_agrees_and_nothing_is_found(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        a_balanced_day(volga)
        agrees = [(day(5), f"MAIN {TEA}", Decimal(9), Decimal(9), "agrees")]
        assert judged(volga.hub, Rule.STOCK) == agrees
        assert stored(volga.hub, Rule.GOODS) == [(day(5), TEA, Decimal(9), Decimal(9), "agrees")]
        assert stored(volga.hub, Rule.CONTROL, Verdict.DIFFERS) == []
        assert ("2026-11-05", "STOCK_DIFFERS") not in found_codes(volga.hub)


def test_a_closing_stock_that_is_out_is_found_to_the_millionth(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        a_balanced_day(volga, closing=9.000001)
        assert judged(volga.hub, Rule.STOCK, Verdict.DIFFERS) == [
            (day(5), f"MAIN {TEA}", Decimal(9), Decimal("9.000001"), "differs")
        ]
        assert (day(5), "STOCK_DIFFERS") in found_codes(volga.hub)
        assert (day(5), "GOODS_DIFFER") in found_codes(volga.hub)


def test_an_interval_spans_days_without_a_snapshot(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send(volga, "movements", "m-1", 1, 10)
        send_stock(volga, 1, ("MAIN", {TEA: 10}))
        send_shipments(
            volga, "s-1", 1, 10, sale("РН-0", 1, 99), sale("РН-1", 3, 4), sale("РН-2", 9, 1), sale("РН-3", 10, 7)
        )
        send_stock(volga, 9, ("MAIN", {TEA: 5}))
        assert judged(volga.hub, Rule.STOCK) == [(day(9), f"MAIN {TEA}", Decimal(5), Decimal(5), "agrees")]


def test_a_transfer_moves_goods_between_warehouses_and_not_out_of_them_together(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 4, ("MAIN", {TEA: 10}), ("SHOP", {}))
        send(volga, "movements", "m-1", 5, 5, movement("ПМ-1", 5, "transfer", 4, toWarehouse="SHOP"))
        send_shipments(volga, "s-1", 5, 5)
        send_stock(volga, 5, ("MAIN", {TEA: 6}), ("SHOP", {TEA: 3}))
        assert judged(volga.hub, Rule.STOCK) == [
            (day(5), f"MAIN {TEA}", Decimal(6), Decimal(6), "agrees"),
            (day(5), f"SHOP {TEA}", Decimal(4), Decimal(3), "differs"),
        ]
        assert stored(volga.hub, Rule.GOODS) == [(day(5), TEA, Decimal(10), Decimal(9), "differs")]


def test_documents_without_a_warehouse_go_to_the_only_one_or_to_the_goods_of_all(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 4, ("MAIN", {TEA: 10}))
        send(volga, "movements", "m-1", 5, 6)
        send_shipments(volga, "s-1", 5, 6, sale("РН-1", 5, 4, warehouse=None), sale("РН-2", 6, 1, warehouse=None))
        send_stock(volga, 5, ("MAIN", {TEA: 6}), ("SHOP", {TEA: 1}))
        send_stock(volga, 6, ("MAIN", {TEA: 6}), ("SHOP", {}))
        assert judged(volga.hub, Rule.STOCK) == [
            (day(5), f"MAIN {TEA}", Decimal(6), Decimal(6), "agrees"),
            (day(6), f"MAIN {TEA}", Decimal(6), Decimal(6), "agrees"),
            (day(6), f"SHOP {TEA}", Decimal(1), Decimal(0), "differs"),
        ]
        assert stored(volga.hub, Rule.GOODS) == [(day(6), TEA, Decimal(6), Decimal(6), "agrees")]


def test_a_negative_opening_counts_as_it_is(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 4, ("MAIN", {TEA: -3}))
        send(volga, "movements", "m-1", 5, 5, movement("ПТ-1", 5, "purchase", 5))
        send_shipments(volga, "s-1", 5, 5, sale("РН-1", 5, 1, outlet=None))
        send_stock(volga, 5, ("MAIN", {TEA: 1}))
        assert judged(volga.hub, Rule.STOCK) == [(day(5), f"MAIN {TEA}", Decimal(1), Decimal(1), "agrees")]
        assert stored(volga.hub, Rule.SETTLEMENTS) == []


def test_an_amount_alone_corrects_no_stock_and_a_signed_quantity_does(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        amount_alone = shipment("КР-1", line(1, quantity=None, price=None, amount="-5"), kind="correction")
        back = shipment("КР-2", line(1, quantity="-2", price=None, amount="-5"), kind="correction")
        send_stock(volga, 4, ("MAIN", {TEA: 3}))
        send(volga, "movements", "m-1", 5, 5)
        send_shipments(volga, "s-1", 5, 5, amount_alone, back)
        send_stock(volga, 5, ("MAIN", {TEA: 5}))
        assert judged(volga.hub, Rule.STOCK) == [(day(5), f"MAIN {TEA}", Decimal(5), Decimal(5), "agrees")]


@pytest.mark.parametrize(("sent", "missing"), [(True, "differs"), (False, "missing")])
def test_a_feed_that_was_not_sent_is_told_apart_from_a_difference(tmp_path: Path, sent: bool, missing: str) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 4, ("MAIN", {TEA: 10}))
        send(volga, "movements", "m-1", 5, 5)
        if sent:
            send_shipments(volga, "s-1", 5, 5)
        send_stock(volga, 5, ("MAIN", {TEA: 6}))
        assert judged(volga.hub, Rule.STOCK) == [(day(5), f"MAIN {TEA}", Decimal(10), Decimal(6), missing)]
        code = "STOCK_DIFFERS" if sent else "FEED_MISSING"
        assert (day(5), code) in found_codes(volga.hub)


def test_a_site_that_merges_has_told_all_up_to_its_last_document(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for number in (4, 6, 8):
            send_stock(volga, number, ("MAIN", {TEA: number}))
        send(volga, "movements", "m-1", 4, 8)
        send_shipments(volga, "s-1", 4, 4, sale("РН-1", 4, 1), mode="merge")
        assert [each[-1] for each in judged(volga.hub, Rule.STOCK)] == ["missing", "missing"]
        send_shipments(volga, "s-2", 7, 7, sale("РН-2", 7, 1), mode="merge")
        assert [each[-1] for each in judged(volga.hub, Rule.STOCK)] == ["differs", "missing"]


def test_unmapped_codes_reconcile_by_themselves_and_by_their_sku_as_soon_as_they_have_one(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 4, ("MAIN", {"OLD": 10}))
        send(volga, "movements", "m-1", 5, 5)
        gtin = "4600000000012"
        send_shipments(volga, "s-1", 5, 5, shipment("РН-1", line(1, product="NEW", quantity=4, gtin=gtin)))
        send_stock(volga, 5, ("MAIN", {"OLD": 6}))
        assert [each[-1] for each in judged(volga.hub, Rule.STOCK)] == ["differs", "differs"]
        load_reference(volga.hub, Register.PRODUCT, [{"code": "OLD", "name": "Чай", "gtin": gtin}])
        assert judged(volga.hub, Rule.STOCK) == [(day(5), "MAIN OLD", Decimal(6), Decimal(6), "agrees")]


def test_debt_rolls_forward_from_snapshot_to_snapshot(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_debts(volga, 4, TT_1="100.10", TT_2="5")
        documents = [
            settlement("1", 5, "invoice", "50.05"),
            settlement("2", 5, "payment", "30"),
            settlement("3", 5, "return", "10.05"),
            settlement("4", 5, "offset", "0.10"),
            settlement("5", 5, "packaging", "7", pieces=1),
        ]
        send(volga, "settlements", "c-1", 5, 5, *documents)
        send_debts(volga, 5, TT_1="110.00")
        assert judged(volga.hub, Rule.DEBT) == [
            (day(5), "TT-1", Decimal(110), Decimal(110), "agrees"),
            (day(5), "TT-2", Decimal(5), Decimal(0), "differs"),
        ]
        assert (day(5), "DEBT_DIFFERS") in found_codes(volga.hub)


def test_invoices_are_held_against_shipments_by_outlet_and_day(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_shipments(volga, "s-1", 5, 6, sale("РН-1", 5, 4), sale("РН-2", 6, 1), sale("РН-3", 6, 1, outlet=None))
        send(
            volga,
            "settlements",
            "c-1",
            5,
            6,
            settlement("1", 5, "invoice", "10"),
            settlement("2", 6, "invoice", "9.99"),
        )
        assert judged(volga.hub, Rule.SETTLEMENTS) == [
            (day(5), "TT-1", Decimal(10), Decimal(10), "agrees"),
            (day(6), "TT-1", Decimal(10), Decimal("9.99"), "differs"),
        ]
        assert (day(6), "SETTLEMENTS_DIFFER") in found_codes(volga.hub)


def test_what_lies_in_quarantine_is_missing_from_the_senders_sums(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", line(1), line(1, quantity=3))))
        assert [each[2:] for each in judged(volga.hub, Rule.CONTROL)] == [
            (Decimal(2), Decimal(1), "differs"),
            (Decimal(5), Decimal(2), "differs"),
            (Decimal(40), Decimal(20), "differs"),
        ]
        assert (day(30), "LOAD_DIFFERS") in found_codes(volga.hub)
