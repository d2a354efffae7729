"""What the ERP says against what a party sends: primary sales, transfer orders, plans; and units in between."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.database import reconciliation_tables as tables
from gateway.domain.crosswalk import UnitWish
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.domain.reconciliation import Rule
from gateway.mapping import map_codes, undo
from gateway.reconciling import reconcile_all
from gateway.reconciling_documents import documents
from gateway.referencing import load_reference
from gateway.referencing_erp import load_erp
from gateway.wiring import Wanted
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
    stored,
)
from tests.packets import element, line, packet, shipment

TEA = "000123"


def known(volga: Site) -> None:
    load_reference(volga.hub, Register.PRODUCT, [{"code": TEA, "name": "Чай", "unit": "шт"}])
    load_reference(volga.hub, Register.OUTLET, [{"code": "TT-1", "name": "Ларёк"}])


def erp(volga: Site, kind: str, document: str, on: int, amount: Any, **more: str) -> None:
    line = {"party": "VOLGA", "document": document, "date": day(on), "code": TEA, "quantity": str(amount)}
    load_erp(volga.hub, kind, [line | more])


def test_goods_are_on_their_way_until_the_days_agreed_are_over(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        erp(volga, "primary-sales", "УТ-1", 1, 5)
        erp(volga, "primary-sales", "УТ-2", 2, 7)
        send(volga, "movements", "m-1", 1, 10, movement("ПТ-1", 9, "purchase", 5, supplierDocument="УТ-1"))
        assert judged(volga.hub, Rule.PURCHASES) == [
            (day(1), f"УТ-1 {TEA}", Decimal(5), Decimal(5), "agrees"),
            (day(2), f"УТ-2 {TEA}", Decimal(7), Decimal(0), "on-its-way"),
        ]
        send(volga, "movements", "m-2", 11, 16)
        assert [each[-1] for each in judged(volga.hub, Rule.PURCHASES)] == ["agrees", "differs"]
        assert (day(2), "PURCHASES_DIFFER") in found_codes(volga.hub)


def test_a_party_that_never_sent_its_purchases_misses_a_feed(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        erp(volga, "primary-sales", "УТ-1", 1, 5)
        assert [each[-1] for each in judged(volga.hub, Rule.PURCHASES)] == ["missing"]


def test_goods_of_others_and_returns_that_the_erp_does_not_tell_of_are_left_aside(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        erp(volga, "primary-sales", "УТ-1", 1, 5)
        others = movement("ПТ-2", 9, "purchase", 50, product="OTHERS")
        back = movement("ВП-1", 9, "purchase-return", 1)
        unnamed = movement("ПТ-1", 9, "purchase", 6)
        send(volga, "movements", "m-1", 1, 20, others, back, unnamed)
        assert judged(volga.hub, Rule.PURCHASES) == [
            (day(1), f"УТ-1 {TEA}", Decimal(5), Decimal(5), "agrees"),
            (day(9), TEA, Decimal(0), Decimal(1), "differs"),
        ]


def test_an_order_is_held_against_its_shipments_unless_it_was_called_off(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        for number in ("ЗК-1", "ЗК-2", "ЗК-3"):
            erp(volga, "transfer-orders", number, 1, 5, outlet="TT-1")
        shipped = [sale("РН-1", 3, 5, order="ЗК-1"), sale("РН-2", 3, 4, order="ЗК-2"), sale("РН-3", 4, 9)]
        send_shipments(volga, "s-1", 1, 20, *shipped)
        called_off = element("order", id="ЗК-3", number="7", date=f"{day(2)}T10:00:00", revision=1, status="cancelled")
        volga.load(packet("order-statuses", called_off))
        assert judged(volga.hub, Rule.ORDERS) == [
            (day(1), f"ЗК-1 {TEA}", Decimal(5), Decimal(5), "agrees"),
            (day(1), f"ЗК-2 {TEA}", Decimal(5), Decimal(4), "differs"),
            (day(1), f"ЗК-3 {TEA}", Decimal(0), Decimal(0), "agrees"),
        ]
        assert (day(1), "ORDERS_DIFFER") in found_codes(volga.hub)


def test_cases_and_bottles_of_one_sku_balance_and_undoing_the_unit_is_noticed(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        send_stock(volga, 4, ("MAIN", {TEA: 30}))
        case_of_twelve = shipment("РН-1", line(1, quantity=2, unit="кор", price=None, amount=20))
        send(volga, "movements", "m-1", 5, 5)
        send_shipments(volga, "s-1", 5, 5, case_of_twelve.replace("2026-11-05", day(5)))
        send_stock(volga, 5, ("MAIN", {TEA: 6}))
        assert "differs" in [each[-1] for each in judged(volga.hub, Rule.STOCK)]
        done = map_codes(volga.hub, "unit", "admin", [], [UnitWish("кор", Fraction(12), sku=TEA)])
        assert judged(volga.hub, Rule.STOCK) == [(day(5), f"MAIN {TEA}", Decimal(6), Decimal(6), "agrees")]
        assert done
        undo(volga.hub, done.key, "admin")
        assert "differs" in [each[-1] for each in judged(volga.hub, Rule.STOCK)]


def test_a_sku_that_gets_another_unit_is_reconciled_again(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        send_stock(volga, 4, ("MAIN", {TEA: 30}))
        send(volga, "movements", "m-1", 5, 5)
        send_shipments(volga, "s-1", 5, 5)
        send_stock(volga, 5, ("MAIN", {TEA: 30}))
        assert [each[1] for each in judged(volga.hub, Rule.STOCK)] == [f"MAIN {TEA}"]
        map_codes(volga.hub, "unit", "admin", [], [UnitWish("шт", Fraction(1, 10), sku=TEA)])
        load_reference(volga.hub, Register.PRODUCT, [{"code": TEA, "name": "Чай", "unit": "кг"}])
        assert [each[2] for each in judged(volga.hub, Rule.STOCK)] == [Decimal(3)]


def test_thirds_that_come_day_by_day_balance_and_are_rounded_when_all_is_added_up(tmp_path: Path) -> None:
    """Each third rounded by itself, three of them would be 0.999999: a finding where nothing is wrong."""
    with site_in(tmp_path) as volga:
        load_reference(volga.hub, Register.PRODUCT, [{"code": TEA, "name": "Чай", "unit": "упак"}])
        map_codes(volga.hub, "unit", "admin", [], [UnitWish("шт", Fraction(1, 3), sku=TEA)])
        erp(volga, "primary-sales", "УТ-1", 4, 1)
        erp(volga, "transfer-orders", "ЗТ-1", 4, 1)
        send_stock(volga, 4, ("MAIN", {TEA: 10}), ("SHOP", {TEA: 10}))
        came = [movement(f"ПТ-{on}", on, "purchase", 1, supplierDocument="УТ-1") for on in (5, 6, 7)]
        send(volga, "movements", "m-1", 5, 7, *came, movement("ПМ-1", 6, "transfer", 2, toWarehouse="SHOP"))
        send_shipments(volga, "s-1", 5, 7, *(sale(f"РН-{on}", on, 1, order="ЗТ-1") for on in (5, 6, 7)))
        send_stock(volga, 7, ("MAIN", {TEA: 8}), ("SHOP", {TEA: 12}), created="2026-11-21T00:00:00")
        assert judged(volga.hub, Rule.STOCK) == [
            (day(7), f"MAIN {TEA}", Decimal("2.666667"), Decimal("2.666667"), "agrees"),
            (day(7), f"SHOP {TEA}", Decimal(4), Decimal(4), "agrees"),
        ]
        assert stored(volga.hub, Rule.GOODS) == [(day(7), TEA, Decimal("6.666667"), Decimal("6.666667"), "agrees")]
        assert stored(volga.hub, Rule.PURCHASES) == [(day(4), f"УТ-1 {TEA}", Decimal(1), Decimal(1), "agrees")]
        assert stored(volga.hub, Rule.ORDERS) == [(day(4), f"ЗТ-1 {TEA}", Decimal(1), Decimal(1), "agrees")]
        assert (Decimal("2.666667"), Decimal(1)) in rows(volga, "stock_cover", "quantity", "sold")


def test_the_documents_behind_a_line_add_up_to_what_it_expects(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        send_stock(volga, 4, ("MAIN", {TEA: 10}), ("SHOP", {}))
        moved = [movement("ПТ-1", 5, "purchase", 5), movement("ПМ-1", 5, "transfer", 3, toWarehouse="SHOP")]
        send(volga, "movements", "m-1", 5, 5, *moved)
        send_shipments(volga, "s-1", 5, 5, sale("РН-1", 5, 4), sale("РН-2", 5, 1, warehouse="SHOP"))
        send_stock(volga, 5, ("MAIN", {TEA: 8}), ("SHOP", {TEA: 1}))
        reconcile_all(volga.hub)
        with volga.hub.warehouse.reading() as connection:
            lines = volga.hub.reconciliations.lines(connection, Wanted(rule=Rule.STOCK), 10)
        for each in lines:
            found, behind = documents(volga.hub, each.key)
            assert found.opening + sum(one.value or 0 for one in behind) == found.expected
        assert sorted(one.number for each in lines for one in documents(volga.hub, each.key)[1]) == [
            *("ПМ-1", "ПМ-1", "ПТ-1", "РН-1", "РН-2")
        ]
        with pytest.raises(Misuse, match="there is no line 999"):
            documents(volga.hub, 999)


def rows(volga: Site, name: str, *columns: str) -> list[tuple[Any, ...]]:
    reconcile_all(volga.hub)
    table = getattr(tables, name)
    with volga.hub.warehouse.reading() as connection:
        return [tuple(each) for each in connection.execute(select(*(table.c[column] for column in columns)))]


def test_cover_of_stock_tells_days_sell_through_and_what_ran_out(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        send_shipments(volga, "s-1", 1, 5, sale("РН-1", 1, 4), sale("РН-2", 5, 3), sale("РН-3", 5, 2, product="GONE"))
        send_stock(volga, 5, ("MAIN", {TEA: 7, "LYING": 5}))
        found = rows(volga, "stock_cover", "quantity", "sold", "days", "out_of_stock", "sell_through")
        assert sorted(found) == [
            (Decimal(0), Decimal(2), Decimal(0), True, Decimal(100)),
            (Decimal(5), Decimal(0), None, False, Decimal(0)),
            (Decimal(7), Decimal(7), Decimal(28), False, Decimal(50)),
        ]


def test_debts_are_aged_by_days_overdue_and_add_up_to_what_is_open(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_debts(volga, 20, TT_1="100.01")
        items = [
            element("item", n=n, number=str(n), date="2026-01-01", due=due, amount=n, openAmount=n)
            for n, due in enumerate(
                (
                    "2026-11-26",
                    "2026-11-25",
                    "2026-11-18",
                    "2026-11-17",
                    "2026-11-10",
                    "2026-10-26",
                    "2026-09-26",
                    "2026-09-25",
                ),
                1,
            )
        ]
        debts = packet("receivables", element("outlet", *items, code="TT-2"), **{"from": day(25), "to": day(25)})
        volga.load(debts)
        ages = ("not_due", "overdue_0_7", "overdue_8_14", "overdue_15_30", "overdue_31_60", "overdue_over_60")
        first, second = sorted(rows(volga, "debt_age", "day", "open_amount", *ages))
        assert [str(first[0]), *first[1:]] == [day(20), Decimal("100.01"), 0, 0, 0, 0, Decimal("100.01"), 0]
        assert [str(second[0]), *map(int, second[1:])] == [day(25), 36, 1, 2 + 3, 4, 5 + 6, 7, 8]


def test_an_outlet_is_recommended_what_it_takes_and_is_owed_at_a_delivery(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        erp(volga, "transfer-orders", "ЗК-1", 3, 6, outlet="TT-1")
        sales = [sale("РН-1", 1, 4), sale("РН-2", 5, 3, order="ЗК-1"), sale("ВЗ-1", 6, 1, kind="return")]
        send_shipments(volga, "s-1", 1, 6, *sales)
        found = rows(volga, "recommended_order", "shipped", "unfilled", "cycle_days", "quantity")
        assert found == [(Decimal(6), Decimal(3), Decimal(28), Decimal(5))]


def test_plans_are_held_against_what_was_shipped_of_their_group_in_their_days(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        load_erp(volga.hub, "groups", [{"code": TEA, "group": "ЧАЙ"}])
        plan = {
            "party": "VOLGA",
            "group": "ЧАЙ",
            "from": "01.11.2026",
            "to": day(5),
            "quantity": "8",
            "amount": "1 000,50",
        }
        load_erp(volga.hub, "plans", [plan, plan])
        send_shipments(volga, "s-1", 1, 6, sale("РН-1", 1, 4), sale("РН-2", 6, 3), sale("РН-3", 5, 2, product="X"))
        found = rows(volga, "plan_fact", "quantity", "amount", "quantity_percent", "through")
        assert [(*each[:3], str(each[3])) for each in found] == [(Decimal(4), Decimal(10), Decimal(50), day(5))]


WRONG: list[tuple[dict[str, str], str]] = [
    ({"party": "NOBODY"}, "line 2: there is no party NOBODY"),
    ({"code": "X"}, "line 2: there is no SKU X"),
    ({"date": "31.02.2026"}, "line 2: 31.02.2026 is not a date"),
    ({"quantity": "1.0000001"}, "line 2: 1.0000001 is not a number"),
    ({"quantity": "NaN"}, "line 2: NaN is not a number"),
    ({"quantity": "много"}, "line 2: много is not a number"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG, ids=str)
def test_the_first_wrong_line_of_a_file_is_named_and_nothing_is_loaded(
    tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        with pytest.raises(Misuse, match=told):
            erp(volga, "primary-sales", "УТ-1", 1, 5, **wrong)
        assert stored(volga.hub, Rule.PURCHASES) == []


def test_a_document_is_replaced_whole_by_its_next_loading(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        known(volga)
        send(volga, "movements", "m-1", 1, 20)
        erp(volga, "primary-sales", "УТ-1", 1, 5)
        erp(volga, "primary-sales", "УТ-1", 2, 4)
        assert [each[2] for each in judged(volga.hub, Rule.PURCHASES)] == [Decimal(4)]
