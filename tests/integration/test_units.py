"""Quantities in the SKU's unit: factors of codes and SKUs are joined to the facts where somebody asks, exactly."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.domain.crosswalk import UnitWish
from gateway.domain.errors import Misuse
from gateway.domain.feeds import SHIPMENTS
from gateway.mapping import Changed, map_codes, undo
from tests.integration.exchange import Site, site_in
from tests.integration.mapped import mapped, products
from tests.packets import line, shipment, shipments

ROOT = Path(__file__).parents[2]
FIFTH = date(2026, 11, 5)
LINES = shipments(
    "p-1",
    shipment(
        "РН-1",
        line(1, product="BEER", unit="кор", quantity=2),
        line(2, product="BEER", unit="бут", quantity=3),
        line(3, product="KEG", unit="л", quantity=10),
        line(4, product="KEG", unit="л", quantity=10),
        line(5, product="KEG", unit="л", quantity=10),
    ),
)


def told(volga: Site, name: str, factor: Fraction | None, **owner: Any) -> Changed | None:
    """Somebody says what a unit is, of a SKU or of one of the party's codes."""
    party = volga.sender.party if "code" in owner else None
    return map_codes(volga.hub, "unit", "ann", [], [UnitWish(name, factor, party, **owner)])


def held(volga: Site) -> dict[str, Fraction | None]:
    """SKU → what the facts of 5 November hold, in its unit."""
    with volga.hub.warehouse.reading() as connection:
        found = volga.hub.units.quantities(connection, SHIPMENTS, volga.sender.party, FIFTH, FIFTH)
    return {each.sku: each.quantity for each in found}


def test_a_case_and_a_litre_are_summed_in_the_skus_unit_without_rounding(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BEER", unit="бут")
        products(volga, "KEG", unit="кег")
        volga.load(LINES)
        assert held(volga) == {"BEER": None, "KEG": None}
        told(volga, "кор", Fraction(24), sku="BEER")
        told(volga, "л", Fraction(1, 30), sku="KEG")
        assert held(volga) == {"BEER": 51, "KEG": 1}


def test_a_codes_own_unit_counts_before_the_skus_and_can_be_undone(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BEER", unit="бут")
        volga.load(LINES)
        told(volga, "кор", Fraction(24), sku="BEER")
        change = told(volga, "кор", Fraction(12), code="BEER")
        assert change
        assert held(volga)["BEER"] == 27
        undo(volga.hub, change.key, "bob")
        assert held(volga)["BEER"] == 51


def test_a_unit_is_corrected_and_taken_away_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BEER", unit="бут")
        volga.load(LINES)
        for factor, expected in ((Fraction(24), 51), (Fraction(6), 15), (None, None)):
            assert told(volga, "кор", factor, sku="BEER")
            assert told(volga, "кор", factor, sku="BEER") is None
            assert held(volga) == {"BEER": expected}


def test_a_unit_that_changes_on_a_day_counts_by_the_documents_date(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BEER", unit="бут")
        products(volga, "KEG", unit="кег")
        volga.load(LINES)
        told(volga, "л", Fraction(1, 30), sku="KEG")
        told(volga, "кор", Fraction(12), code="BEER")
        later = told(volga, "кор", Fraction(10), code="BEER", first=FIFTH)
        assert later
        assert held(volga)["BEER"] == 23
        assert told(volga, "кор", Fraction(12), code="BEER", last=date(2026, 11, 4)) is None
        assert told(volga, "кор", Fraction(12), code="BEER", first=date(2026, 11, 6))
        assert held(volga) == shown(volga) == {"BEER": 23, "KEG": 1}
        with volga.hub.warehouse.reading() as connection:
            days = [date(2026, 11, day) for day in (4, 5, 6)]
            crosswalks = [volga.hub.units.crosswalk_of(connection, volga.sender.party, day) for day in days]
        assert [each.codes["BEER"].factors["кор"] for each in crosswalks] == [12, 10, 12]
        assert told(volga, "кор", None, code="BEER", first=FIFTH, last=FIFTH)
        assert held(volga)["BEER"] is None


def shown(volga: Site) -> dict[str, Fraction | None]:
    """SKU → what analysts see of it, as docs/views.md sums it up."""
    said = (ROOT / "docs" / "views.md").read_text(encoding="utf-8")
    (statement,) = re.findall(r"```sql\n(SELECT sku_code.*?);\n```", said, re.DOTALL)
    with volga.hub.warehouse.reading() as connection:
        return {row.sku_code: Fraction(str(row.quantity)) for row in connection.execute(text(statement))}


def test_views_show_the_quantity_in_the_skus_unit_and_none_where_it_is_unknown(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BEER", unit="бут")
        volga.load(LINES)
        told(volga, "кор", Fraction(24), sku="BEER")
        columns = "product_code, quantity, sku_unit, numerator, denominator, sku_quantity"
        with volga.hub.warehouse.reading() as connection:
            found = list(connection.execute(text(f"SELECT {columns} FROM warehouse.v_shipments ORDER BY line")))
        assert [tuple(row) for row in found[:3]] == [
            ("BEER", 2, "бут", 24, 1, 48),
            ("BEER", 3, "бут", 1, 1, 3),
            ("KEG", 10, None, None, None, None),
        ]


def test_a_unit_of_a_sku_we_do_not_have_is_refused(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga, pytest.raises(Misuse, match="no product NONE"):
        told(volga, "кор", Fraction(24), sku="NONE")


def test_the_store_translates_as_the_domain_does(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        products(volga, "BEER", unit="бут")
        mapped(volga, "OTHER", "BEER", first=date(2026, 11, 6))
        told(volga, "кор", Fraction(12), code="OTHER")
        volga.load(LINES)
        with volga.hub.warehouse.reading() as connection:
            crosswalk = volga.hub.units.crosswalk_of(connection, volga.sender.party)
            (key,) = volga.hub.mappings.our_keys(connection, "product").values()
        theirs = crosswalk.to_theirs(key, Fraction(30), date(2026, 11, 6))
        assert theirs
        assert [theirs.code, theirs.unit, theirs.quantity, theirs.remainder] == ["OTHER", "кор", 2, 6]
        before = crosswalk.to_theirs(key, Fraction(30), FIFTH)
        assert before
        assert [before.code, before.quantity] == ["BEER", 30]
