"""Sums of a packet are exact and signed, and what it says against itself is found."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import columns, tally
from gateway.domain.packet import Survey
from tests.packets import line, position, shipment, shipments, stock, warehouse
from tests.unit.reading import codes, places, property_of, surveyed

LARGEST = "999999999999.999999"


def of_lines(*lines: str, **override: Any) -> Survey:
    return surveyed(shipments("p-1", shipment("РН-1", *lines, **override)))


def totals(found: Survey) -> tuple[int | None, int | None, Decimal | None, Decimal | None]:
    return found.found.documents, found.found.rows, found.found.quantity, found.found.amount


def test_returns_count_negative_and_corrections_as_they_stand() -> None:
    found = surveyed(
        shipments(
            "p-1",
            shipment("1", line(1, quantity=10, amount="100.10")),
            shipment("2", line(1, quantity=3, amount="30.03"), kind="return"),
            shipment("3", line(1, quantity=-2, amount="-20.02"), kind="correction"),
            shipment("4", line(1, quantity=None, amount="-0.05"), kind="correction"),
            shipment("5", line(1, quantity=1, amount="10.01"), kind=None),
        )
    )
    assert totals(found) == (5, 5, Decimal(6), Decimal("60.01"))
    assert codes(found) == []


def test_sums_are_exact_where_floats_and_64_bits_end() -> None:
    lines = [line(n, quantity=LARGEST, amount="0.1") for n in range(1, 31)]
    assert totals(of_lines(*lines)) == (1, 30, 30 * Decimal(LARGEST), Decimal("3.0"))


amounts = st.decimals(-Decimal(LARGEST), Decimal(LARGEST), places=6)


@property_of(100)
@given(
    st.lists(st.tuples(amounts, amounts), min_size=1, max_size=10), st.sampled_from(["sale", "return", "correction"])
)
def test_sums_are_those_of_decimal_arithmetic(lines: list[tuple[Decimal, Decimal]], kind: str) -> None:
    sign = -1 if kind == "return" else 1
    written = [line(n, quantity=f"{one:f}", amount=f"{two:f}") for n, (one, two) in enumerate(lines, start=1)]
    found = of_lines(*written, kind=kind)
    assert found.found.quantity == sign * sum(one for one, _ in lines)
    assert found.found.amount == sign * sum(two for _, two in lines)


def test_stock_has_quantities_and_no_amounts() -> None:
    found = surveyed(stock("s-1", warehouse("A", position(quantity="1.5"), position("B", quantity=-1))), "stock")
    assert totals(found) == (1, 2, Decimal("0.5"), None)
    assert codes(found) == []


def test_an_empty_packet_counts_nothing_and_is_fine() -> None:
    found = surveyed(shipments("p-1", empty=True))
    assert (totals(found), codes(found)) == ((0, 0, Decimal(0), Decimal(0)), [])
    assert (found.first_date, found.last_date) == (None, None)


def test_the_dates_are_the_first_and_last_of_the_documents() -> None:
    days = ("2026-11-07", "2026-11-05", "2026-11-09")
    found = surveyed(shipments("p-1", *(shipment(day, date=day) for day in days)))
    assert (str(found.first_date), str(found.last_date)) == ("2026-11-05", "2026-11-09")


def test_a_document_that_stands_twice_is_told_once_for_each_time_too_many() -> None:
    found = surveyed(shipments("p-1", shipment("1"), shipment("2"), shipment("1"), shipment("1")))
    assert places(found) == [("DOCUMENT_REPEATED", "1 2026-11-05", None, None)] * 2


def test_documents_without_an_id_are_the_same_by_number_and_year() -> None:
    same = [shipment("1", id=None, date=day) for day in ("2026-11-05", "2026-11-06")]
    assert codes(surveyed(shipments("p-1", *same))) == ["DOCUMENT_REPEATED"]
    years = [shipment("1", id=None, date=day) for day in ("2025-12-31", "2026-01-01")]
    assert codes(surveyed(shipments("p-1", *years, mode="merge", **{"from": None, "to": None}))) == []


@pytest.mark.parametrize(
    ("day", "outside"), [("2026-10-31", True), ("2026-11-01", False), ("2026-11-30", False), ("2026-12-01", True)]
)
def test_a_document_outside_the_window_is_told_with_the_window(day: str, outside: bool) -> None:
    found = surveyed(shipments("p-1", shipment("1", date=day)))
    assert places(found) == ([("DATE_OUTSIDE_WINDOW", f"1 {day}", None, "date")] if outside else [])
    assert [each.params for each in found.problems] == [{"window": "2026-11-01 – 2026-11-30"}] * outside


def test_a_date_that_1c_left_empty_is_missing() -> None:
    found = surveyed(shipments("p-1", shipment("1", date="0001-01-01")))
    assert places(found) == [("FIELD_MISSING", "1", None, "date")]


@pytest.mark.parametrize("blank", ["\u00a0", " \u00a0 ", "\u2003", "\u3000"])
def test_a_code_of_white_space_that_is_not_xmls_is_missing(blank: str) -> None:
    assert places(of_lines(line(1), line(2, product=blank))) == [("FIELD_MISSING", "РН-1 2026-11-05", 2, "product")]
    assert places(surveyed(shipments("p-1", shipment(blank)))) == [("FIELD_MISSING", "2026-11-05", None, "number")]
    found = surveyed(stock("s-1", warehouse(blank, position())), "stock")
    assert places(found) == [("FIELD_MISSING", "2026-11-20", None, "code")]


def test_only_a_correction_may_lack_a_quantity_or_turn_its_sign() -> None:
    lines = (line(1, quantity=None), line(2, quantity=-1), line(3, quantity=0))
    day = "РН-1 2026-11-05"
    told = [("QUANTITY_MISSING", day, 1, "quantity"), ("QUANTITY_NEGATIVE", day, 2, "quantity")]
    assert places(of_lines(*lines)) == told
    assert places(of_lines(*lines, kind="return")) == told
    assert places(of_lines(*lines, kind="correction")) == []


def test_the_negative_quantity_is_quoted_as_a_person_writes_it() -> None:
    found = of_lines(line(1, quantity="-12.50", price=None)).problems
    assert [each.value for each in found if each.code == "QUANTITY_NEGATIVE"] == ["-12.5"]


def test_rows_count_through_the_packet_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ROWS_PER_BATCH", 1000)
    size = 40_000  # more than a chunk, or it is read in one piece
    lines = [
        line(n if n != 25_000 else 1, product=f"{n:06}", quantity=-1 if n in (1, 39_999) else 1, price=None)
        for n in range(1, size + 1)
    ]
    found = of_lines(*lines)
    assert sorted((code, row) for code, _, row, _ in places(found)) == [
        ("LINE_REPEATED", 25_000),
        ("QUANTITY_NEGATIVE", 1),
        ("QUANTITY_NEGATIVE", 39_999),
    ]
    assert found.found.rows == size


def test_white_space_too_long_for_a_tree_is_a_problem_and_no_crash() -> None:
    empty = shipments("p-1", "", empty=True)
    assert codes(surveyed(empty.replace(b"></packet>", b">" + b" " * 11_000_000 + b"</packet>"))) == ["XML_MALFORMED"]


def test_what_can_t_be_unpacked_has_no_hash() -> None:
    assert surveyed(b"").sha256 == ""
    assert surveyed(b"\x1f\x8bbroken").sha256 == ""
    assert len(surveyed(shipments("p-1", kind="x")).sha256) == 64


@pytest.mark.parametrize("wrong", ["documents", "rows"])
def test_problems_of_documents_and_of_rows_are_bounded(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "LIMIT", 20)
    lines = [line(1 if wrong == "rows" else n, product=f"P{n}") for n in range(1, 51)]
    documents = [shipment("2", line(1))] * (50 if wrong == "documents" else 1)
    found = codes(surveyed(shipments("p-1", shipment("1", *lines), *documents)))
    expected = "DOCUMENT_REPEATED" if wrong == "documents" else "LINE_REPEATED"
    assert (found.count(expected), found.count("PROBLEMS_CUT")) == (20, 1)
