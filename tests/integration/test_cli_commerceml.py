"""CommerceML files at the command line: a catalogue comes in, orders go out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.formats import read_commerceml
from gateway.domain.errors import Misuse
from gateway.publishing import catalog
from tests.hubs import hub_in
from tests.integration.commanding import commands_on
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import counted, distributor, order, taken
from tests.integration.test_cli_access import obmen
from tests.stores import url_in
from tests.unit.test_commerceml import CATALOGUE_2, CATALOGUE_3, OFFERS_2, document, zipped

GROSS = OFFERS_2.replace("false</У", "true</У").replace("200,50", "200")
OTHER_TYPE = GROSS.replace(">t<", ">r<").replace("Оптовая", "Розница").replace("200<", "800<")


@pytest.fixture
def volga(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    commands_on(monkeypatch, url_in(tmp_path))
    monkeypatch.setenv("OBMEN_LANGUAGE", "en")
    with hub_in(tmp_path, Clock()) as hub:
        yield distributor(hub)


def loaded(path: Path, *options: str) -> str:
    return obmen("reference", "load", "catalog", str(path), *options).output


def published(volga: Site, kind: str) -> str:
    return catalog(volga.hub, volga.sender, kind, None, as_text=True).text or ""


def test_a_catalogue_brings_products_units_and_prices_and_again_changes_nothing(volga: Site, tmp_path: Path) -> None:
    path = zipped(tmp_path, import0_1=document(CATALOGUE_2), offers0_1=document(GROSS))
    first = loaded(path)
    assert first.splitlines() == [
        "catalog: 1 products, 1 with units, 1 prices loaded, 0 rows of facts mapped",
        "left alone: 1 deleted products, 2 rests in 2 warehouses",
    ]
    assert 'code="TEA" name="Чай"' in published(volga, "products")
    assert 'gtin="4600000000101"' in published(volga, "products")
    assert 'code="TEA" unit="шт" price="100" currency="RUB" validFrom="2026-11-20"' in published(volga, "prices")
    with volga.hub.warehouse.reading() as connection:
        units = [each for each in volga.hub.units.listed_units(connection) if each["our_code"] == "TEA"]
    assert [(each["name"], each["numerator"], each["denominator"]) for each in units] == [("упак", 12, 1)]
    assert "1 products, 0 with units, 1 prices" in loaded(path)
    path.write_bytes(document(CATALOGUE_3.replace("Чай", "Чай чёрный")))
    loaded(path)
    assert 'name="Чай чёрный" gtin="4600000000101"' in published(volga, "products"), "what isn't said stays"


def test_what_becomes_our_code_and_our_price_is_chosen(volga: Site, tmp_path: Path) -> None:
    path = zipped(tmp_path, import0_1=document(CATALOGUE_2), offers1=document(GROSS), offers2=document(OTHER_TYPE))
    with pytest.raises(Misuse, match="Оптовая, Розница: name one with --price-type"):
        loaded(path)
    loaded(path, "--code", "Код", "--price-type", "Розница", "--party", "VOLGA", "--from", "2026-11-01")
    assert 'code="00-7" unit="шт" price="150" currency="RUB" validFrom="2026-11-01"' in published(volga, "prices")
    loaded(path, "--code", "id", "--price-type", "t")
    assert 'code="g-1" unit="шт" price="100"' in published(volga, "prices")
    alone = zipped(tmp_path, prices___1=document(GROSS.replace("200<", "320<")))
    assert " 1 prices loaded" in loaded(alone, "--code", "id")
    assert 'code="g-1" unit="шт" price="110"' in published(volga, "prices"), "found without its catalogue"


def test_characteristics_that_are_listed_as_products_share_their_article(volga: Site, tmp_path: Path) -> None:
    live = CATALOGUE_3.replace("g-1", "g-1#c-1") + CATALOGUE_3.replace("g-1", "g-1#c-2")
    gone = CATALOGUE_3.replace("g-1", "g-0").replace(">false<", ">true<")
    path = zipped(tmp_path, import0_1=document(gone + live), offers0_1=document(GROSS))
    assert "catalog: 1 products, 0 with units, 1 prices" in loaded(path)


@pytest.mark.parametrize(
    ("catalogue", "offers", "code", "changed"),
    [
        (CATALOGUE_2.replace("<Артикул>TEA</Артикул>", ""), GROSS, "COMMERCEML_CODE", False),
        (CATALOGUE_2.replace("Чай", ""), GROSS, "FIELD_MISSING", False),
        (CATALOGUE_2 + CATALOGUE_3.replace("g-1", "g-5"), GROSS, "COMMERCEML_CODE_TWICE", False),
        (CATALOGUE_2, GROSS.replace("g-1#", "g-8#").replace(">TEA<", "><"), "COMMERCEML_PRODUCT", True),
        (CATALOGUE_2, OFFERS_2, "COMMERCEML_PRICE_NET", True),
        (CATALOGUE_2, GROSS.replace("руб</В", "тугрик</В"), "COMMERCEML_CURRENCY", True),
        (CATALOGUE_2, GROSS.replace("200<", "201<"), None, True),
        (CATALOGUE_2, GROSS.replace(">12<", ">7<"), "COMMERCEML_PRICE_INEXACT", True),
        (CATALOGUE_2, GROSS + GROSS.replace("#c-1", "#c-2").replace("200<", "800<"), "COMMERCEML_PRICES_DIFFER", True),
    ],
)
def test_an_error_changes_nothing_and_a_price_of_no_use_is_left_out(
    volga: Site, tmp_path: Path, catalogue: str, offers: str, code: str | None, changed: bool
) -> None:
    path = zipped(tmp_path, import0_1=document(catalogue), offers0_1=document(offers))
    title = code and volga.hub.problems.definitions[code].wording["en"].remedy
    if changed:
        said = loaded(path)
    else:
        with pytest.raises(Misuse) as caught:
            loaded(path)
        said = str(caught.value)
    assert title is None or title.split("{")[0].split("(")[0] in said
    assert ('name="Чай"' in published(volga, "products")) is changed


@pytest.mark.parametrize("dialect", ["2", "3"])
def test_orders_go_out_with_every_quantity_exact(volga: Site, tmp_path: Path, dialect: str) -> None:
    counted(volga, "кор", 12, code="000123")
    taken(volga.hub, order("T-1", ("TEA", 25), ("COFFEE", 4), comment="до <обеда> & скорее"), order("T-2", ("TEA", 5)))
    file = tmp_path / "orders.xml"
    given = ("order", "export", "VOLGA-main", str(file), "--format", "commerceml", "--dialect", dialect)
    assert ": 4 lines of batch " in obmen(*given).output
    first = file.read_bytes()
    assert ("<Контейнер>" in first.decode()) is (dialect == "3")
    obmen(*given)
    assert file.read_bytes() == first, "the same until it is handed over"
    found = read_commerceml(file, 1 << 20)
    assert found.wrong == []
    sold = [
        (each.id, each.partners[0].id, line.product, int(line.quantity), line.unit and line.unit.name)
        for each in found.orders
        for line in each.lines
    ]
    assert sold == [
        ("T-1", "TT-1", "000123", 2, "кор"),
        ("T-1", "TT-1", "000123", 1, "шт"),
        ("T-1", "TT-1", "000777", 4, "шт"),
        ("T-2", "TT-1", "000123", 5, "шт"),
    ]
    assert found.orders[0].comment == "до <обеда> & скорее"
    assert [each.cancelled for each in found.orders] == [False, False]
