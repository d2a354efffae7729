"""What a distributor's 1C may ask: settings, totals, catalogue; and the WSDL that is published."""

import io
import zipfile
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from zeep.exceptions import Fault

from connectors.shipped import SCHEMAS
from gateway.domain.feed import Register
from gateway.domain.feeds import FEEDS
from gateway.loading import load_all
from gateway.referencing import load_reference
from gateway.soap.dispatch import Dispatcher
from gateway.soap.endpoint import PATH
from tests.acceptance.exchanging import agree, exchanging
from tests.packets import line, shipment, shipments

ADDRESS = "https://hub.example.org" + PATH


def test_the_published_wsdl_is_the_one_that_is_served() -> None:
    """To publish a new one, write what the failing comparison shows: nothing that was there may change."""
    published = (SCHEMAS / "exchange.wsdl").read_bytes()
    assert canonical(published) == canonical(Dispatcher().wsdl(ADDRESS))


def canonical(wsdl: bytes) -> str:
    tree = etree.fromstring(wsdl, etree.XMLParser(remove_blank_text=True))
    return str(etree.tostring(tree, method="c14n").decode()).replace("><", ">\n<")


def test_settings_tell_what_is_agreed(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        rules = {"minimum_interval": "60 s", "history": "90 days", "closed_through": "2026-10-31"}
        agree(exchange, "shipments", **rules, schedule="daily at 21:00", grace="45 min", zone="Asia/Omsk")
        answer = exchange.client.service.GetSettings()
    assert [each.feed for each in answer.feeds] == list(FEEDS)
    (settings,) = [each for each in answer.feeds if each.feed == "shipments"]
    assert (settings.minimumInterval, settings.historyDays, settings.timeZone) == (60, 90, "Asia/Omsk")
    assert settings.closedThrough == datetime(2026, 10, 31)  # noqa: DTZ001
    assert (settings.schedule, settings.grace) == ("daily at 21:00", 2700)
    assert settings.nextDue.astimezone(ZoneInfo("Asia/Omsk")).time() == time(21, 45)
    assert settings.modes == ["replace", "merge"]
    assert answer.partBytes == 1 << 20


def test_totals_are_what_was_sent_by_organisation_and_date(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        content = shipments(
            "p-1",
            shipment("РН-1", line(1), line(2, quantity="1.5", amount="15"), date="2026-11-05"),
            shipment("ВЗ-1", line(1), date="2026-11-05", kind="return"),
            shipment("РН-2", line(1), date="2026-11-06"),
        )
        exchange.client.send("shipments", "p-1", content)
        load_all(exchange.hub)
        window = {"from": datetime(2026, 11, 1), "to": datetime(2026, 11, 30)}  # noqa: DTZ001
        answer = exchange.client.service.GetTotals(feed="shipments", **window)
    found = [(each.date.day, each.documents, each.rows, str(each.quantity), str(each.amount)) for each in answer.totals]
    assert [(day, documents, rows) for day, documents, rows, *_ in found] == [(5, 2, 3), (6, 1, 1)]
    assert [float(quantity) for *_, quantity, _ in found] == [1.5, 2.0]
    assert [float(amount) for *_, amount in found] == [15.0, 20.0]


@pytest.mark.parametrize("as_text", [True, False])
def test_the_catalogue_holds_our_products_and_the_partys_mappings(tmp_path: Path, as_text: bool) -> None:
    with exchanging(tmp_path) as exchange:
        load_reference(exchange.hub, Register.PRODUCT, [{"code": "000123", "name": "Вода «Ключ»", "gtin": ""}])
        exchange.client.send("shipments", "p-1", shipments("p-1"))
        load_all(exchange.hub)
        texts = {}
        for kind in ("products", "prices", "outlets", "crosswalk"):
            answer = exchange.client.service.GetCatalog(kind=kind, asText=as_text)
            texts[kind] = answer.text if as_text else unzipped(answer.content)
        later = exchange.client.service.GetCatalog(kind="products", since=answer.until, asText=True)
    assert 'code="000123" name="Вода «Ключ»"' in texts["products"]
    assert 'register="product" code="000123" ourCode="000123"' in texts["crosswalk"]
    assert "<product " not in later.text


def unzipped(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = archive.namelist()
        return archive.read(name).decode()


def test_an_unknown_kind_feed_or_window_is_a_contract_fault(tmp_path: Path) -> None:
    first, last = datetime(2026, 11, 30), datetime(2026, 11, 1)  # noqa: DTZ001
    with exchanging(tmp_path) as exchange:
        calls: list[tuple[str, dict[str, object]]] = [
            ("GetCatalog", {"kind": "weather"}),
            ("GetTotals", {"feed": "weather", "from": last, "to": first}),
            ("GetTotals", {"feed": "stock", "from": first, "to": last}),
            ("AckNotices", {"ids": []}),
        ]
        for name, arguments in calls:
            with pytest.raises(Fault, match=r"Client\.Contract"):
                exchange.client.service[name](**arguments)
