"""The views for analysts: what they show of facts, and that their description names every column."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text, update

from connectors.database.facts import WAREHOUSE
from connectors.database.tables import party
from gateway.domain.feed import Register
from gateway.referencing import load_reference
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site, site
from tests.packets import line, shipment, shipments

DESCRIPTION = Path(__file__).parents[2] / "docs" / "views.md"
SECTION = re.compile(r"^## `(v_\w+)`$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r"^\| `(\w+)` \| \S", re.MULTILINE)


@pytest.fixture
def volga(tmp_path: Path) -> Iterator[Site]:
    with hub_in(tmp_path, Clock()) as hub:
        load_reference(hub, Register.PRODUCT, [{"code": "000123", "name": "Чай"}])
        yield site(hub)


def described() -> dict[str, list[str]]:
    return {name: COLUMN.findall(body) for name, body in SECTION.findall(DESCRIPTION.read_text(encoding="utf-8"))}


def shown(volga: Site, columns: str) -> list[tuple[Any, ...]]:
    with volga.hub.warehouse.reading() as connection:
        statement = f"SELECT {columns} FROM warehouse.v_shipments ORDER BY number, line"
        return [tuple(row) for row in connection.execute(text(statement))]


def test_every_view_and_every_column_of_it_is_described_in_its_order(volga: Site) -> None:
    with volga.hub.warehouse.reading() as connection:
        found = inspect(connection)
        names = found.get_view_names(WAREHOUSE)
        assert {name: [each["name"] for each in found.get_columns(name, WAREHOUSE)] for name in names} == described()


def test_shipments_are_shown_with_names_and_codes_of_both_sides(volga: Site) -> None:
    volga.load(shipments("p-1", shipment("РН-1", line(1), line(2, product="000777"), kind="return")))
    found = shown(volga, "party_code, site_code, number, kind, line, product_code, sku_code, sku_name, currency")
    assert found == [
        ("VOLGA", "main", "РН-1", "return", 1, "000123", "000123", "Чай", "RUB"),
        ("VOLGA", "main", "РН-1", "return", 2, "000777", None, None, "RUB"),
    ]


def test_numbers_are_signed_and_in_units_not_in_millionths(volga: Site) -> None:
    volga.load(
        shipments("p-1", shipment("РН-1", line(1, quantity=2)), shipment("РН-2", line(1, quantity=3), kind="return"))
    )
    found = [Decimal(str(quantity)) for (quantity,) in shown(volga, "quantity")]
    assert found == [2, -3]


def test_a_deleted_document_is_not_shown(volga: Site) -> None:
    volga.load(shipments("p-1", shipment("РН-1")))
    volga.load(shipments("p-2", shipment("РН-1", deleted="true"), mode="merge", created="2026-11-22T00:00:00"))
    assert shown(volga, "number") == []


def test_a_party_is_shown_by_the_name_that_it_had_at_the_last_load(volga: Site) -> None:
    volga.load(shipments("p-1", shipment("РН-1")))
    assert shown(volga, "party_name") == [("VOLGA",)]
    with volga.hub.exchange.writing() as connection:
        connection.execute(update(party).values(name="Волга"))
    volga.load(shipments("p-2", shipment("РН-2"), mode="merge", created="2026-11-22T00:00:00"))
    assert {name for (name,) in shown(volga, "party_name")} == {"Волга"}
