"""The catalogue as CommerceML: what one hub writes, another reads the same, in both dialects and in segments."""

import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.formats import read_commerceml
from gateway import cli_hub
from gateway.domain.feed import Register
from gateway.publishing import catalog
from gateway.referencing import load_reference
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.exchange import Clock, site
from tests.integration.ordered import counted, distributor
from tests.integration.test_cli_access import obmen
from tests.packets import line as row
from tests.packets import position, shipment, shipments, stock, warehouse
from tests.stores import url_in

ALSO = {"code": "TEA", "name": "TEA", "gtin": "4600000000011 4600000000028 4600000000035"}


def shown(hub: Hub) -> list[tuple[Any, ...]]:
    with hub.warehouse.reading() as connection:
        found = hub.erp_reference.products(connection, "", 10)
        skus = hub.erp_lines.sku_keys(connection)
        prices = hub.prices.of_skus(connection, list(skus.values()))
    units = {each.code: [(unit.name, unit.factor) for unit in each.units] for each in found}
    codes = {each.code: {each.gtin, *each.barcodes} - {None} for each in found}
    prized = {each.code: [price[1:] for price in prices.get((0, skus[each.code]), ())] for each in found}
    return [(each.code, each.unit, units[each.code], codes[each.code], prized[each.code]) for each in found]


@pytest.mark.parametrize("dialect", ["2", "3"])
def test_what_is_written_is_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    monkeypatch.setattr(cli_hub, "configure", lambda settings: None)
    monkeypatch.setenv("OBMEN_DATABASE", url_in(tmp_path / "first"))
    file = tmp_path / "catalogue.zip"
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with hub_in(tmp_path / "first", Clock()) as hub:
        volga = distributor(hub)
        load_reference(hub, Register.PRODUCT, [ALSO])
        counted(volga, "кор", 12, sku="TEA")
        counted(volga, "треть", "1/3", sku="TEA")
        places = [warehouse(code, position("000123", quantity=n)) for code, n in (("MAIN", 40), ("SHOP", "2.5"))]
        volga.load(stock("s-1", *places))
        prices = tmp_path / "prices.csv"
        prices.write_text("code;price;from\nTEA;12,50;2026-11-01\nTEA;13;2027-01-01\n")
        obmen("reference", "load", "prices", str(prices))
        words = ("--dialect", dialect, "--segment", "1", "--stock-of", "VOLGA-main", "--on", "2026-12-01")
        said = obmen("reference", "write", str(file), *words).output
        assert "TEA: треть" in said
        assert "2 products, 1 prices, 1 rests, 3 files" in said
        counted(volga, "треть", 1, sku="TEA")
        was = [(each[0], each[1], [unit for unit in each[2] if unit[0] == "кор"], each[3]) for each in shown(hub)]
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["import0_1.xml", "import0_2.xml", "offers0_1.xml"]
        assert archive.read("offers0_1.xml").decode().count("MAIN") == 3
    (tea,) = (each for each in read_commerceml(file, 1 << 20).offers if each.id == "TEA")
    assert dict(tea.rests) == {"MAIN": 40, "SHOP": Decimal("2.5")}
    monkeypatch.setenv("OBMEN_DATABASE", url_in(tmp_path / "second"))
    with hub_in(tmp_path / "second", Clock()) as hub:
        said = obmen("reference", "load", "catalog", str(file), "--from", "2026-12-01").output
        assert "2 products, 1 with units, 1 prices loaded" in said
        assert [each[:4] for each in shown(hub)] == was
        assert shown(hub)[1][4] == [(12.5, "RUB")]


def test_a_code_is_mapped_by_any_of_the_products_bar_codes(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = site(hub)
        load_reference(hub, Register.PRODUCT, [ALSO])
        goods = row(1, product="X-1", gtin="4600000000035"), row(2, product="X-2", gtin="4600000000042")
        volga.load(shipments("p-1", shipment("РН-1", *goods)))
        assert volga.progress("p-1").rows_unmapped == 1
        load_reference(hub, Register.PRODUCT, [{"code": "NEW", "name": "NEW", "gtin": "0 4600000000042"}])
        assert volga.progress("p-1").rows_unmapped == 0


def test_a_party_sees_the_outlets_that_it_serves_or_has_codes_for(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga, ural = distributor(hub), site(hub, "URAL")
        load_reference(hub, Register.OUTLET, [{"code": "OUT-9", "name": "OUT-9"}])
        seen = catalog(hub, volga.sender, "outlets", None, as_text=True).text or ""
        assert [code for code in ("OUT-1", "OUT-2", "OUT-9") if code in seen] == ["OUT-1", "OUT-2"]
        assert "<outlet" not in (catalog(hub, ural.sender, "outlets", None, as_text=True).text or "")
