"""A document in the facts: its identity, its sign, what hangs on it, and the lines that can't be used."""

from datetime import date
from pathlib import Path

import pytest

from tests.facts import lines, numbers, totals
from tests.integration.exchange import site_in
from tests.integration.looking import documents, extensions, orphans, quarantined
from tests.packets import INN, element, line, position, shipment, shipments, stock, warehouse

LATER = "2026-11-21T00:00:00+03:00"
MARK = "MDEwNDYwMDAwMDAwMDAwMQ=="


def merge(packet_id: str, *documents: str) -> bytes:
    window = {"from": None, "to": None}
    return shipments(packet_id, *documents, mode="merge", created=LATER, **window)


def attribute(name: str, value: str) -> str:
    return element("attribute", name=name, value=value)


def test_the_same_id_with_another_number_and_date_moves_the_document(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", id="5d1c")))
        volga.load(merge("p-2", shipment("РН-9", id="5d1c", date="2026-11-07")))
        assert documents(volga.hub) == [(INN, "РН-9", date(2026, 11, 7))]


def test_a_document_moves_out_of_a_window_that_the_packet_does_not_speak_for(tmp_path: Path) -> None:
    october = {"from": "2026-10-01", "to": "2026-10-31"}
    with site_in(tmp_path) as volga:
        volga.load(
            shipments("p-1", shipment("РН-1", date="2026-10-31"), shipment("РН-2", date="2026-10-31"), **october)
        )
        volga.load(shipments("p-2", shipment("РН-1", date="2026-11-01"), created=LATER))
        assert documents(volga.hub) == [(INN, "РН-1", date(2026, 11, 1)), (INN, "РН-2", date(2026, 10, 31))]


@pytest.mark.parametrize("absent", [None, "", "  "])
def test_without_an_id_number_and_year_identify_the_document(tmp_path: Path, absent: str | None) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", id=absent)))
        volga.load(merge("p-2", shipment("РН-1", id=absent, date="2026-11-09")))
        assert documents(volga.hub) == [(INN, "РН-1", date(2026, 11, 9))]


def test_without_an_id_a_number_means_another_document_in_another_year_or_organisation(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", id=None)))
        volga.load(merge("p-2", shipment("РН-1", id=None, date="2025-11-05")))
        volga.load(shipments("p-3", shipment("РН-1", id=None), organization="5001234567"))
        assert [(inn, day.year) for inn, _, day in documents(volga.hub)] == [
            ("5001234567", 2026),
            (INN, 2025),
            (INN, 2026),
        ]


def test_ids_that_differ_in_case_are_two_documents(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", id="a"), shipment("РН-2", id="A")))
        assert numbers(volga.hub) == ["РН-1", "РН-2"]


@pytest.mark.parametrize(("kind", "sign"), [("sale", 1), (None, 1), ("return", -1), ("correction", 1)])
def test_kind_gives_the_direction(tmp_path: Path, kind: str | None, sign: int) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", kind=kind)))
        assert totals(volga.hub) == (1, sign * 2, sign * 20)


def test_a_correction_is_signed_and_may_be_an_amount_alone(tmp_path: Path) -> None:
    correction = shipment(
        "К-1", line(1, quantity="-1.5", amount="-15.05"), line(2, quantity=None, amount="-0.01"), kind="correction"
    )
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", correction))
        count, quantity, amount = totals(volga.hub)
        assert (count, str(quantity), str(amount)) == (2, "-1.5", "-15.06")


def test_control_totals_are_signed(tmp_path: Path) -> None:
    control = {"documents": 2, "rows": 2, "quantity": "0", "amount": "0.00"}
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1"), shipment("В-1", kind="return"), control=control))
        assert totals(volga.hub)[1:] == (0, 0)


def test_attributes_and_marks_stay_with_their_document_and_line(tmp_path: Path) -> None:
    marked = line(2, element("mark", MARK), attribute("shelf", "A-7"), element("mark", "QUJD"))
    document = shipment("РН-1", attribute("driver", "Иванов"), line(1), marked, attribute("route", "7"))
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", document, shipment("РН-2")))
        assert extensions(volga.hub) == [
            ("РН-1", 0, "driver", "Иванов"),
            ("РН-1", 0, "route", "7"),
            ("РН-1", 2, "mark", MARK),
            ("РН-1", 2, "shelf", "A-7"),
            ("РН-1", 2, "mark", "QUJD"),
        ]


def test_attributes_of_stock_stay_with_warehouse_and_position(tmp_path: Path) -> None:
    cell = element("position", attribute("cell", "12"), product="000123", quantity=1)
    with site_in(tmp_path) as volga:
        volga.load(stock("s-1", warehouse("MAIN", attribute("keeper", "Петров"), position("000777"), cell)))
        assert extensions(volga.hub, "stock") == [("MAIN", 0, "keeper", "Петров"), ("MAIN", 2, "cell", "12")]


@pytest.mark.parametrize(
    "next_packet",
    [
        merge("p-2", shipment("РН-1")),
        merge("p-2", shipment("РН-1", attribute("driver", "Иванов"), deleted="true")),
        shipments("p-2", created=LATER, empty=True),
    ],
    ids=["corrected", "deleted", "withdrawn"],
)
def test_attributes_and_marks_go_with_their_document(tmp_path: Path, next_packet: bytes) -> None:
    document = shipment("РН-1", attribute("driver", "Иванов"), line(1, element("mark", MARK)))
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", document), next_packet)
        assert (extensions(volga.hub), orphans(volga.hub)) == ([], 0)


def test_a_line_number_that_repeats_is_quarantined_and_the_first_is_loaded(tmp_path: Path) -> None:
    repeated = shipment("РН-1", line(1, quantity=3), line(2), line(1, element("mark", MARK), quantity=4))
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-0"), repeated))
        assert [(number, n, quantity) for number, _, n, _, quantity in lines(volga.hub)] == [
            ("РН-0", 1, 2),
            ("РН-1", 1, 3),
            ("РН-1", 2, 2),
        ]
        assert quarantined(volga.hub) == [(4, "РН-1", 1, "LINE_REPEATED")]
        assert extensions(volga.hub) == []
        progress = volga.progress("p-1")
        assert (progress.state, progress.rows_loaded, progress.rows_quarantined) == ("loaded-with-problems", 3, 1)
        assert "LINE_REPEATED" in volga.problem_codes("p-1")


def test_a_deleted_document_has_no_lines_and_so_none_in_quarantine(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", line(1), line(1), deleted="true")))
        assert (numbers(volga.hub), lines(volga.hub), quarantined(volga.hub)) == ([], [], [])
        assert volga.state("p-1") == "loaded"


def test_numbers_are_exact_to_the_sixth_decimal(tmp_path: Path) -> None:
    exact = {"quantity": "123456789012.345678", "amount": "0.000001"}
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", line(1, **exact))))
        assert tuple(map(str, totals(volga.hub)[1:])) == ("123456789012.345678", "0.000001")
