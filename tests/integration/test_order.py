"""By `created`: an older packet never overwrites a newer one, whenever it is loaded; what is covered is superseded."""

from pathlib import Path

import pytest

from tests.facts import lines, numbers, totals
from tests.integration.exchange import site_in
from tests.packets import line, position, shipment, shipments, stock, warehouse

OLD, NEW, NEWEST = "2026-11-20T08:00:00+03:00", "2026-11-20T09:00:00+03:00", "2026-11-20T10:00:00+03:00"


def merge(packet_id: str, *documents: str, created: str) -> bytes:
    window = {"from": None, "to": None}
    return shipments(packet_id, *documents, mode="merge", created=created, **window)


def replace(packet_id: str, *documents: str, created: str, days: str = "01-30") -> bytes:
    first, last = days.split("-")
    window = {"from": f"2026-11-{first}", "to": f"2026-11-{last}"}
    return shipments(packet_id, *documents, created=created, empty=True, **window)


def test_an_older_packet_does_not_overwrite_a_newer_document(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(merge("new", shipment("РН-1", line(1, quantity=7)), created=NEW))
        volga.load(merge("old", shipment("РН-1", line(1, quantity=1)), shipment("РН-2"), created=OLD))
        assert [(number, quantity) for number, _, _, _, quantity in lines(volga.hub)] == [("РН-1", 7), ("РН-2", 2)]
        assert (volga.progress("old").rows_loaded, volga.state("old")) == (1, "loaded-with-problems")


def test_an_older_packet_brings_nothing_into_a_window_that_was_replaced(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(replace("new", shipment("РН-1"), created=NEW))
        volga.load(merge("old", shipment("РН-2"), shipment("РН-3", date="2026-12-01"), created=OLD))
        assert numbers(volga.hub) == ["РН-1", "РН-3"]


def test_an_older_replace_withdraws_nothing_newer(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(merge("new", shipment("РН-1"), created=NEW), replace("old", shipment("РН-2"), created=OLD))
        assert numbers(volga.hub) == ["РН-1", "РН-2"]


def test_what_was_deleted_stays_deleted(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(
            merge("new", shipment("РН-1", deleted="true"), created=NEW), merge("old", shipment("РН-1"), created=OLD)
        )
        assert (numbers(volga.hub), totals(volga.hub)[0]) == ([], 0)
        volga.load(merge("newest", shipment("РН-1"), created=NEWEST))
        assert numbers(volga.hub) == ["РН-1"]


def test_what_was_withdrawn_does_not_come_back_under_an_older_date(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(merge("new", shipment("РН-1", date="2026-11-05"), created=NEW))
        volga.load(replace("newest", created=NEWEST, days="05-05"))
        volga.load(merge("old", shipment("РН-1", date="2026-11-04"), created=OLD))
        assert numbers(volga.hub) == []


def test_a_move_into_a_window_that_was_replaced_since_ends_the_document(tmp_path: Path) -> None:
    """In the order of `created`: РН-1 of the 4th, moved to the 5th, and the 5th has no such document."""
    with site_in(tmp_path) as volga:
        volga.load(merge("old", shipment("РН-1", date="2026-11-04"), created=OLD))
        volga.load(replace("newest", created=NEWEST, days="05-05"))
        volga.load(merge("new", shipment("РН-1", date="2026-11-05"), created=NEW))
        assert numbers(volga.hub) == []


def test_a_deletion_reaches_a_document_wherever_it_was_moved(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(merge("old", shipment("РН-1", date="2026-11-04"), created=OLD))
        volga.load(replace("newest", created=NEWEST, days="05-05"))
        volga.load(merge("new", shipment("РН-1", date="2026-11-05", deleted="true"), created=NEW))
        assert numbers(volga.hub) == []


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_what_a_newer_replace_covers_is_superseded(tmp_path: Path, mode: str) -> None:
    window = {"from": "2026-11-02", "to": "2026-11-10"}
    with site_in(tmp_path) as volga:
        volga.load(replace("new", shipment("РН-1"), created=NEW))
        volga.load(shipments("old", shipment("РН-2"), mode=mode, created=OLD, **window))
        assert (volga.state("old"), volga.progress("old").rows_loaded) == ("superseded", 0)
        assert volga.state("new") == "loaded-with-problems"


def test_an_empty_packet_is_superseded_too(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(replace("new", created=NEW), replace("old", created=OLD, days="02-10"))
        assert volga.state("old") == "superseded"


def test_what_is_covered_in_part_is_loaded_for_the_rest(tmp_path: Path) -> None:
    first, second = shipment("РН-1", date="2026-11-05"), shipment("РН-2", date="2026-11-15")
    with site_in(tmp_path) as volga:
        volga.load(replace("new", created=NEW, days="01-10"), replace("old", first, second, created=OLD))
        assert (numbers(volga.hub), volga.state("old")) == (["РН-2"], "loaded-with-problems")


def test_a_packet_that_still_says_that_nothing_happened_is_loaded(tmp_path: Path) -> None:
    """Its only document was covered, but it also empties the days after."""
    with site_in(tmp_path) as volga:
        volga.load(merge("oldest", shipment("РН-9", date="2026-11-15"), created="2026-11-20T07:00:00+03:00"))
        volga.load(replace("new", created=NEW, days="01-10"), replace("old", shipment("РН-1"), created=OLD))
        assert (numbers(volga.hub), volga.state("old")) == ([], "loaded")


def test_another_organisation_or_site_supersedes_nothing(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("new", organization="5001234567", created=NEW, empty=True))
        volga.load(replace("old", shipment("РН-1"), created=OLD))
        assert volga.state("old") == "loaded-with-problems"


def test_stock_is_superseded_warehouse_by_warehouse(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(stock("new", warehouse("MAIN", position(quantity=1)), created=NEW))
        volga.load(stock("old", warehouse("MAIN", position()), warehouse("NORTH", position()), created=OLD))
        volga.load(stock("older", warehouse("MAIN", position()), created="2026-11-20T07:00:00+03:00"))
        assert [(number, quantity) for number, *_, quantity in lines(volga.hub, "stock")] == [("MAIN", 1), ("NORTH", 5)]
        assert (volga.state("old"), volga.state("older")) == ("loaded-with-problems", "superseded")


def test_of_packets_made_at_the_same_moment_the_one_received_later_is_newer(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(replace("first", shipment("РН-1"), created=NEW), replace("second", shipment("РН-2"), created=NEW))
        assert numbers(volga.hub) == ["РН-2"]


def test_moments_are_compared_whatever_their_offset(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(replace("new", shipment("РН-1"), created="2026-11-20T09:00:00+03:00"))
        volga.load(replace("old", shipment("РН-2"), created="2026-11-20T05:59:59Z"))
        assert numbers(volga.hub) == ["РН-1"]


def test_a_moment_without_an_offset_is_of_the_sites_zone(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(replace("new", shipment("РН-1"), created="2026-11-20T09:00:00"))
        volga.load(replace("old", shipment("РН-2"), created="2026-11-20T05:59:59Z"))
        assert numbers(volga.hub) == ["РН-1"]
