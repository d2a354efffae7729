"""What a packet withdraws, and what not: by site, feed, organisation, window, and for stock the warehouses it lists."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.facts import lines, numbers, totals
from tests.hubs import hub_in
from tests.integration.exchange import Clock, site, site_in
from tests.integration.looking import contents, documents
from tests.packets import INN, line, position, shipment, shipments, stock, warehouse

OTHER_INN = "5001234567"
MORNING, EVENING, NEXT_DAY = "2026-11-20T09:00:00+03:00", "2026-11-20T21:00:00+03:00", "2026-11-21T21:00:00+03:00"


def test_replace_withdraws_what_it_no_longer_has(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1"), shipment("РН-2")))
        volga.load(shipments("p-2", shipment("РН-2"), shipment("РН-3"), created=NEXT_DAY))
        assert numbers(volga.hub) == ["РН-2", "РН-3"]
        assert totals(volga.hub) == (2, Decimal(4), Decimal(40))


@pytest.mark.parametrize("day", ["2026-10-31", "2026-12-01"])
def test_replace_leaves_other_dates_alone(tmp_path: Path, day: str) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", date=day), **{"from": day, "to": day}))
        volga.load(shipments("p-2", shipment("РН-2"), created=NEXT_DAY))
        assert numbers(volga.hub) == ["РН-1", "РН-2"]


@pytest.mark.parametrize("day", ["2026-11-01", "2026-11-30"])
def test_both_ends_of_the_window_belong_to_it(tmp_path: Path, day: str) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", date=day)), shipments("p-2", created=NEXT_DAY, empty=True))
        assert numbers(volga.hub) == []


def test_replace_leaves_other_organisations_alone(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1"), shipments("p-2", shipment("РН-2"), organization=OTHER_INN, created=NEXT_DAY))
        volga.load(shipments("p-3", organization=OTHER_INN, created="2026-11-22T00:00:00", empty=True))
        assert documents(volga.hub) == [(INN, "РН-1", date(2026, 11, 5))]


def test_replace_leaves_other_sites_alone_even_with_the_same_documents(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, branch, ural = site(hub), site(hub, code="branch"), site(hub, party="URAL")
        for each in (volga, branch, ural):
            each.load(shipments("p-1"))
        branch.load(shipments("p-2", created=NEXT_DAY, empty=True))
        assert len(contents(hub, "shipments", [volga.sender.site])) == 1
        assert len(contents(hub, "shipments", [branch.sender.site])) == 0
        assert len(contents(hub, "shipments", [ural.sender.site])) == 1


def test_one_feed_leaves_the_other_alone(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment(date="2026-11-20")), stock("s-1", warehouse("MAIN", position())))
        volga.load(shipments("p-2", created=NEXT_DAY, empty=True))
        assert (numbers(volga.hub), numbers(volga.hub, "stock")) == ([], ["MAIN"])


def test_an_empty_packet_says_that_nothing_happened(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", empty=True))
        assert (volga.state("p-1"), numbers(volga.hub)) == ("loaded", [])


def test_merge_adds_corrects_and_deletes_and_touches_nothing_else(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1"), shipment("РН-2"), shipment("РН-3")))
        corrected = shipment("РН-2", line(1, quantity=7))
        volga.load(
            shipments(
                "p-2", corrected, shipment("РН-3", deleted="true"), shipment("РН-4"), mode="merge", created=NEXT_DAY
            )
        )
        assert [(number, quantity) for number, _, _, _, quantity in lines(volga.hub)] == [
            ("РН-1", 2),
            ("РН-2", 7),
            ("РН-4", 2),
        ]


def test_a_corrected_document_is_replaced_whole(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", shipment("РН-1", line(1), line(2), line(3))))
        volga.load(shipments("p-2", shipment("РН-1", line(2, quantity=9)), mode="merge", created=NEXT_DAY))
        assert [(n, quantity) for _, _, n, _, quantity in lines(volga.hub)] == [(2, 9)]


def test_stock_replaces_the_day_of_the_warehouses_it_lists(tmp_path: Path) -> None:
    both = stock("s-1", warehouse("MAIN", position()), warehouse("NORTH", position()), created=MORNING)
    with site_in(tmp_path) as volga:
        volga.load(both, stock("s-2", warehouse("MAIN", position("000777", quantity=1)), created=EVENING))
        assert [(number, code) for number, _, _, code, _ in lines(volga.hub, "stock")] == [
            ("MAIN", "000777"),
            ("NORTH", "000123"),
        ]


def test_a_later_snapshot_of_the_day_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    morning = warehouse("MAIN", position(), as_of="2026-11-20T09:00:00")
    evening = warehouse("MAIN", position(quantity=3), as_of="2026-11-20T21:00:00")
    with site_in(tmp_path) as volga:
        volga.load(stock("s-1", morning, created=MORNING), stock("s-2", evening, created=EVENING))
        assert totals(volga.hub, "stock")[:2] == (1, Decimal(3))


def test_stock_of_another_day_stays(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for day in (20, 21):
            snapshot = warehouse("MAIN", position(), as_of=f"2026-11-{day}T21:00:00")
            volga.load(stock(f"s-{day}", snapshot, created=f"2026-11-{day}T21:10:00"))
        assert [day for _, _, day in documents(volga.hub, "stock")] == [date(2026, 11, 20), date(2026, 11, 21)]


def test_without_a_window_each_warehouse_speaks_for_its_own_day(tmp_path: Path) -> None:
    """A warehouse that lags a day behind does not withdraw yesterday's stock of the others."""

    def snapshot(main: int, north: int) -> list[str]:
        days = {"MAIN": main, "NORTH": north}
        return [warehouse(code, position(), as_of=f"2026-11-{day}T21:00:00") for code, day in days.items()]

    with site_in(tmp_path) as volga:
        volga.load(stock("s-1", *snapshot(19, 18), created=MORNING), stock("s-2", *snapshot(20, 19), created=EVENING))
        found = [(number, day.day) for _, number, day in documents(volga.hub, "stock")]
        assert found == [("MAIN", 19), ("MAIN", 20), ("NORTH", 18), ("NORTH", 19)]


def test_with_a_window_stock_speaks_for_all_its_days(tmp_path: Path) -> None:
    days = [warehouse("MAIN", position(), as_of=f"2026-11-{day}T21:00:00") for day in (18, 19, 20)]
    window = {"from": "2026-11-18", "to": "2026-11-20"}
    with site_in(tmp_path) as volga:
        volga.load(stock("s-1", *days, created=MORNING), stock("s-2", days[1], created=EVENING, **window))
        assert [day.day for _, _, day in documents(volga.hub, "stock")] == [19]


def test_an_empty_warehouse_empties_it(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(stock("s-1", warehouse("MAIN", position()), created=MORNING))
        volga.load(stock("s-2", warehouse("MAIN"), created=EVENING))
        assert (numbers(volga.hub, "stock"), totals(volga.hub, "stock")[0]) == (["MAIN"], 0)


def test_a_snapshot_without_warehouses_speaks_for_none(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(stock("s-1", warehouse("MAIN", position()), created=MORNING), stock("s-2", created=EVENING))
        assert (volga.state("s-2"), numbers(volga.hub, "stock")) == ("loaded", ["MAIN"])


def test_the_day_of_a_snapshot_is_that_of_the_site(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        vladivostok = site(hub, zone="Asia/Vladivostok")
        vladivostok.load(stock("s-1", warehouse("MAIN", position(), as_of="2026-11-20T20:00:00Z")))
        assert [day for _, _, day in documents(hub, "stock")] == [date(2026, 11, 21)]
