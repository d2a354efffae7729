"""The checks of rows and documents in themselves: each is raised by what breaks it, and silent otherwise."""

from datetime import date
from typing import Any

import pytest

from connectors.formats import survey
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Survey
from tests.packets import element, line, packet, position, shipment, shipments, stock, warehouse
from tests.unit.reading import GIGABYTE, MOSCOW, surveyed, worded


def told(found: Survey) -> list[tuple[str, int | None, str | None, str | None]]:
    """(code, row, field, value) of every problem."""
    return [(each.code, each.row, each.field, each.value) for each in found.problems]


def of_lines(*lines: str, **override: Any) -> list[tuple[str, int | None, str | None, str | None]]:
    return told(surveyed(shipments("p-1", shipment("РН-1", *lines, **override))))


@pytest.mark.parametrize(
    ("override", "differs"),
    [
        ({"quantity": 3, "price": "9.99", "amount": "29.97"}, False),
        ({"quantity": 3, "price": "9.99", "amount": "29.98"}, False),
        ({"quantity": 3, "price": "9.99", "amount": "30.1"}, True),
        ({"quantity": 3, "price": "10", "discount": "5", "amount": "25"}, False),
        ({"quantity": 3, "price": "10", "discount": "5", "amount": "30"}, True),
        ({"quantity": 1000, "price": "0.33", "amount": "333.33"}, False),
        ({"quantity": 3, "price": None, "amount": "1"}, False),
    ],
)
def test_an_amount_is_quantity_times_price_less_discount_within_rounding(
    override: dict[str, Any], differs: bool
) -> None:
    expected = [("AMOUNT_DIFFERS", 1, "amount", override["amount"])] if differs else []
    assert of_lines(line(1, **override)) == expected


def test_the_expected_amount_is_told() -> None:
    (problem,) = surveyed(shipments("p-1", shipment("РН-1", line(1, amount="21.50")))).problems
    assert problem.params == {"expected": "20.00"}


@pytest.mark.parametrize(
    ("vat", "rate", "differs"),
    [("3.33", 20, False), ("3.34", 20, False), ("4", 20, True), ("0", 0, False), ("1.82", 10, False), ("2", 0, True)],
)
def test_vat_is_its_rate_within_the_amount(vat: str, rate: int, differs: bool) -> None:
    assert of_lines(line(1, vat=vat, vatRate=rate)) == ([("VAT_DIFFERS", 1, "vat", vat)] if differs else [])


def test_vat_without_a_rate_is_not_judged() -> None:
    assert of_lines(line(1, vat="7", vatRate=None)) == []


def test_a_negative_amount_with_a_positive_quantity_contradicts_the_kind() -> None:
    lines = line(1, price=None, amount="-20")
    assert of_lines(lines) == [("AMOUNT_NEGATIVE", 1, "amount", "-20")]
    assert of_lines(lines, kind="correction") == []


def test_an_offset_may_be_negative_since_that_raises_the_debt_and_a_payment_may_not() -> None:
    given = {"date": "2026-11-05", "outlet": "TT-1", "amount": "-20"}
    documents = [element("document", id=kind, number=kind, kind=kind, **given) for kind in ("offset", "payment")]
    content = packet("settlements", *documents, **{"mode": "replace", "from": "2026-11-01", "to": "2026-11-20"})
    assert told(surveyed(content, "settlements")) == [("AMOUNT_NEGATIVE", 2, "amount", "-20")]


def test_the_same_line_under_another_number_is_doubled() -> None:
    assert of_lines(line(1), line(2, product="other"), line(3)) == [("LINE_DOUBLED", 3, "product", "000123")]
    assert of_lines(line(1), line(2, batch="A")) == []
    other = shipments("p-1", shipment("РН-1", line(1)), shipment("РН-2", line(1)))
    assert told(surveyed(other)) == []


def test_stock_is_not_negative_and_a_reserve_is_part_of_it() -> None:
    positions = (position("a", quantity=-1), position("b", quantity=5, reserved=6), position("c", reserved=5))
    assert told(surveyed(stock("s-1", warehouse("MAIN", *positions)), "stock")) == [
        ("STOCK_NEGATIVE", 1, "quantity", "-1"),
        ("RESERVE_EXCEEDS_STOCK", 2, "reserved", "6"),
    ]


def test_a_batch_expires_after_it_was_made() -> None:
    assert of_lines(line(1, produced="2026-05-01", expiry="2026-04-30")) == [
        ("EXPIRY_BEFORE_PRODUCED", 1, "expiry", "2026-04-30")
    ]
    assert of_lines(line(1, produced="2026-05-01", expiry="0001-01-01")) == []


@pytest.mark.parametrize(("gtin", "wrong"), [("4600000001012", False), ("4600000001015", True), ("", False)])
def test_a_bar_code_has_its_check_digit(gtin: str, wrong: bool) -> None:
    assert of_lines(line(1, gtin=gtin)) == ([("GTIN_INVALID", 1, "gtin", gtin)] if wrong else [])


def test_a_document_without_lines_is_told_unless_it_is_deleted() -> None:
    content = shipments("p-1", element("shipment", number="1", date="2026-11-05"), mode="merge")
    assert told(surveyed(content)) == [("DOCUMENT_EMPTY", None, None, None)]
    content = shipments("p-1", element("shipment", number="1", date="2026-11-05", deleted="true"), mode="merge")
    assert told(surveyed(content)) == []


def test_dates_lie_within_history_and_not_in_the_future() -> None:
    content = shipments(
        "p-1", *(shipment(day, date=day) for day in ("2026-11-01", "2026-11-05", "2026-11-10", "2026-11-11"))
    )
    found = survey(FEEDS["shipments"], content, GIGABYTE, MOSCOW, date(2026, 11, 9), date(2026, 11, 2))
    for problem in found.problems:
        worded(problem)
    assert [(each.code, each.value) for each in found.problems] == [
        ("DATE_BEFORE_HISTORY", "2026-11-01"),
        ("DATE_IN_FUTURE", "2026-11-11"),
    ]


@pytest.mark.parametrize(
    ("target", "codes"),
    [(None, ["TRANSFER_WITHOUT_TARGET"]), ("MAIN", ["TRANSFER_TO_ITSELF"]), ("SHOP", [])],
)
def test_a_transfer_goes_to_another_warehouse(target: str | None, codes: list[str]) -> None:
    moved = element("line", n=1, product="000123", quantity=1)
    given = {"number": "1", "date": "2026-11-05", "kind": "transfer", "warehouse": "MAIN", "toWarehouse": target}
    content = packet("movements", element("document", moved, **given), to=None)
    assert [each.code for each in surveyed(content, "movements").problems] == codes


def test_debts_are_not_above_their_documents_nor_due_before_them() -> None:
    item = element("item", number="1", date="2026-11-05", due="2026-11-01", amount=100, openAmount=120)
    content = packet("receivables", element("outlet", item, code="TT-1"))
    assert told(surveyed(content, "receivables")) == [
        ("OPEN_EXCEEDS_AMOUNT", 1, "openAmount", "120"),
        ("DUE_BEFORE_DATE", 1, "due", "2026-11-01"),
    ]


@pytest.mark.parametrize(
    ("inn", "wrong"),
    [
        ("7707083893", False),
        ("7707083894", True),
        ("500100732259", False),
        ("500100732258", True),
        ("190190190", False),
    ],
)
def test_an_inn_has_its_check_digits(inn: str, wrong: bool) -> None:
    content = packet("outlets", element("outlet", code="TT-1", name="Ромашка", inn=inn), to=None)
    assert told(surveyed(content, "outlets")) == ([("INN_INVALID", 1, "inn", inn)] if wrong else [])
