"""Distributor codes and our SKUs: unmapped rows keep their code, and a later reference maps them in place."""

import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.domain.feed import Register
from gateway.loading import load_all
from gateway.referencing import load_reference
from tests.facts import totals
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site, site, site_in
from tests.integration.looking import skus
from tests.integration.mapped import mapped
from tests.packets import line, position, shipment, shipments, stock, warehouse

GTIN = "4600000000012"


def products(volga: Site, *codes: str, **override: str) -> int:
    """Loads a reference; how many rows it mapped."""
    return load_reference(volga.hub, Register.PRODUCT, [{"code": code, "name": code} | override for code in codes])[1]


def test_a_code_that_is_known_is_mapped_on_loading(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "000123")
        volga.load(shipments("p-1"))
        assert (skus(volga.hub), volga.state("p-1")) == ({"000123": "000123"}, "loaded")
        assert volga.progress("p-1").rows_unmapped == 0


def test_unmapped_rows_are_loaded_with_their_own_code_and_reported_by_code(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(
            shipments("p-1", shipment("РН-1", line(1), line(2, quantity=1, amount=10), line(3, product="НОВЫЙ")))
        )
        progress = volga.progress("p-1")
        assert (progress.state, progress.rows_loaded, progress.rows_unmapped) == ("loaded-with-problems", 3, 3)
        assert volga.problem_codes("p-1") == ["CONTROL_MISSING", "CODE_UNKNOWN", "CODE_UNKNOWN"]
        assert progress.problems_total == 3
        assert totals(volga.hub) == (3, Decimal(5), Decimal(50))


def test_a_later_reference_maps_in_place_and_receipts_follow(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(
            shipments("p-1", shipment("РН-1", line(1), line(2, quantity=1, amount=10), line(3, product="НОВЫЙ")))
        )
        before = totals(volga.hub)
        assert products(volga, "000123") == 2
        assert (volga.progress("p-1").rows_unmapped, volga.state("p-1")) == (1, "loaded-with-problems")
        assert products(volga, "НОВЫЙ") == 1
        progress = volga.progress("p-1")
        assert (progress.state, progress.rows_loaded, progress.rows_unmapped) == ("loaded", 3, 0)
        assert (volga.problem_codes("p-1"), progress.problems_total) == (["CONTROL_MISSING"], 1)
        assert (totals(volga.hub), skus(volga.hub)) == (before, {"000123": "000123", "НОВЫЙ": "НОВЫЙ"})


def test_one_reference_maps_every_packet_feed_and_party_that_waited(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, ural = site(hub), site(hub, party="URAL")
        volga.load(shipments("p-1"), stock("s-1", warehouse("MAIN", position())))
        ural.load(shipments("p-1"))
        assert products(volga, "000123") == 3
        assert {volga.state("p-1"), volga.state("s-1"), ural.state("p-1")} == {"loaded"}


@pytest.mark.parametrize("gtin", [None, GTIN])
def test_a_mapping_shows_in_the_crosswalk_from_the_moment_it_was_made(tmp_path: Path, gtin: str | None) -> None:
    clock = Clock()
    with site_in(tmp_path, clock) as volga:
        volga.load(shipments("p-1", shipment("РН-1", line(1, gtin=gtin))))
        clock.pass_by(60)
        products(volga, "OURS" if gtin else "000123", **{"gtin": gtin} if gtin else {})
        with volga.hub.warehouse.reading() as connection:
            found = volga.hub.catalog.records(connection, "crosswalk", volga.sender.party, clock())
        assert [(each["code"], each["our_code"]) for each in found] == [("000123", "OURS" if gtin else "000123")]


def test_the_same_reference_again_maps_nothing(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1"))
        assert (products(volga, "000123"), products(volga, "000123")) == (1, 0)


@pytest.mark.parametrize("reference_first", [True, False])
def test_a_bar_code_maps_where_the_code_is_unknown(tmp_path: Path, reference_first: bool) -> None:
    packet = shipments("p-1", shipment("РН-1", line(1, product="THEIRS", gtin=GTIN)))
    with site_in(tmp_path) as volga:
        if reference_first:
            products(volga, "OURS", gtin=GTIN)
            volga.load(packet)
        else:
            volga.load(packet)
            assert products(volga, "OURS", gtin=GTIN) == 1
        assert (skus(volga.hub), volga.state("p-1")) == ({"THEIRS": "OURS"}, "loaded")


def test_a_bar_code_that_comes_later_maps_the_rows_that_came_without(tmp_path: Path) -> None:
    """The code is the same, so the older rows are mapped by the next reference that is loaded."""
    with site_in(tmp_path) as volga:
        products(volga, "OURS", gtin=GTIN)
        volga.load(shipments("p-1", shipment("РН-1", line(1, product="THEIRS"))))
        volga.load(shipments("p-2", shipment("РН-2", line(1, product="THEIRS", gtin=GTIN)), mode="merge"))
        assert (volga.state("p-1"), volga.state("p-2")) == ("loaded-with-problems", "loaded")
        assert products(volga, "OTHER") == 1
        assert volga.state("p-1") == "loaded"


def test_an_equal_code_counts_more_than_a_bar_code(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BY-BAR-CODE", gtin=GTIN)
        products(volga, "000123")
        volga.load(shipments("p-1", shipment("РН-1", line(1, gtin=GTIN)), shipment("РН-2", line(1, product="X"))))
        assert skus(volga.hub) == {"000123": "000123"}


def test_codes_that_differ_in_case_stay_apart(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "85123A")
        volga.load(shipments("p-1", shipment("РН-1", line(1, product="85123A"), line(2, product="85123a"))))
        assert (skus(volga.hub), volga.progress("p-1").rows_unmapped) == ({"85123A": "85123A"}, 1)
        assert products(volga, "85123a") == 1
        assert skus(volga.hub) == {"85123A": "85123A", "85123a": "85123a"}


def test_codes_compare_trimmed_and_in_one_unicode_form(tmp_path: Path) -> None:
    composed = "ЧАЙ-Й"
    spelled = [f" {composed} ", unicodedata.normalize("NFD", composed)]
    with site_in(tmp_path) as volga:
        products(volga, composed)
        volga.load(shipments("p-1", shipment("РН-1", *(line(n, product=each) for n, each in enumerate(spelled, 1)))))
        assert (skus(volga.hub), volga.state("p-1")) == ({composed: composed}, "loaded")


def test_what_became_of_an_older_packets_rows_does_not_stay_on_its_receipt(tmp_path: Path) -> None:
    """The unmapped row was corrected away: once the reference is loaded again, nothing of it waits."""
    with site_in(tmp_path) as volga:
        products(volga, "000123")
        volga.load(shipments("p-1", shipment("РН-1", line(1, product="WRONG"))))
        volga.load(shipments("p-2", created="2026-11-21T00:00:00+03:00"))
        products(volga, "OTHER")
        assert (volga.progress("p-1").rows_unmapped, volga.state("p-1")) == (0, "loaded")
        assert load_all(volga.hub) == 0


def test_a_code_is_known_to_intake_for_as_long_as_it_is_mapped(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "000123")

        def is_unknown(packet_id: str) -> bool:
            answer = volga.send(shipments(packet_id, shipment("РН-1", line(1, product="X"))))
            load_all(volga.hub)
            return "CODE_UNKNOWN" in [each.code for each in answer.problems]

        assert is_unknown("p-1")
        mapped(volga, "X", "000123")
        assert not is_unknown("p-2")
        assert not is_unknown("p-3")
        mapped(volga, "X", None)
        assert is_unknown("p-4")
