"""What the ERP pushes over REST, seen again where it belongs; nothing is done by halves, or twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gateway.domain.incident import Breach, Severity, Subject
from gateway.incident_sources import task_failed, task_recovered
from gateway.incidents import breached
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.wiring import Hub
from tests import facts
from tests.erp import COFFEE, TEA, Erp, at_the_door, shaped
from tests.hubs import add_site
from tests.packets import line, packet, shipment, shipments, stock, warehouse

MISSING = {"feeds": "stock", "lines": "1"}
ALWAYS = {"from": None, "to": None}
CASE = {"name": "кор", "factor": "12", "gtin": "14600000000018", **ALWAYS}
DATED = [
    {"name": "л", "factor": "1/30", "gtin": None, "from": None, "to": "2026-10-31"},
    {"name": "л", "factor": "1/20", "gtin": None, "from": "2026-11-01", "to": None},
]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[Hub, Erp]]:
    with at_the_door(tmp_path) as found:
        yield found


def load(hub: Hub, sender: Any, feed: str, content: bytes) -> None:
    packet_id = ElementTree.fromstring(content).attrib["id"]
    answer = submit(hub, sender, Submission(feed, packet_id, content))
    assert answer.status == "accepted", answer.problems
    load_all(hub)


def test_a_product_maps_the_rows_that_waited_for_it_and_is_read_back_whole(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    load(hub, add_site(hub), "shipments", shipments("p-1", shipment("РН-1", line(1), line(2, product="000777"))))
    product = {**TEA, "group": "TEA", "units": [CASE, *DATED], "barcodes": ["4600000000028"]}
    assert erp.said("POST", "/products", {"items": [product, COFFEE]}) == {"count": 2, "mapped": 2}
    assert erp.said("GET", "/products/000123") == product
    assert erp.said("PUT", "/products/000123", {**product, "units": [CASE]})["units"] == [CASE]
    assert erp.said("PUT", "/products/000123", TEA) == {**TEA, "group": None, "units": [], "barcodes": []}
    assert [each["code"] for each in erp.pages("/products", limit=1)] == ["000123", "000777"]
    assert [each["sku_code"] for each in erp.pages("/facts/shipments?from=2026-11-01&to=2026-11-30")] == [
        "000123",
        "000777",
    ]


def test_a_record_is_changed_only_as_the_version_that_was_read(door: tuple[Hub, Erp]) -> None:
    _, erp = door
    place = "/outlets/TT/1"
    outlet = {"code": "TT/1", "name": "Берёзка", **dict.fromkeys(("address", "inn", "kpp", "fsrar_id"))}
    assert erp.problems(412, "PUT", place, outlet, If_Match='"any"') == [("VERSION_DIFFERS", None)]
    made = erp.ask("PUT", place, outlet, If_None_Match="*").headers["ETag"]
    assert erp.problems(412, "PUT", place, outlet, If_None_Match="*") == [("VERSION_DIFFERS", None)]
    assert erp.ask("GET", place, If_None_Match=made).status_code == 304
    changed = erp.ask("PUT", place, {**outlet, "address": "Самара"}, If_Match=made)
    assert changed.status_code == 200
    assert changed.headers["ETag"] == erp.ask("GET", place).headers["ETag"] != made
    assert erp.problems(412, "PUT", place, outlet, If_Match=made) == [("VERSION_DIFFERS", None)]
    assert erp.problems(422, "PUT", "/outlets/TT-2", outlet) == [("CODE_DIFFERS", "/code")]


def test_a_request_with_a_key_is_done_once_and_answered_as_before(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    load(hub, add_site(hub), "shipments", shipments("p-1"))
    body, key = {"items": [TEA]}, {"Idempotency_Key": "k-1"}
    with ThreadPoolExecutor(4) as at_once:
        answers = list(at_once.map(lambda _: erp.said("POST", "/products", body, **key), range(4)))
    assert answers == [{"count": 1, "mapped": 1}] * 4
    assert erp.ask("POST", "/products", body, **key).headers["Idempotent-Replayed"] == "true"
    assert erp.said("POST", "/products", body) == {"count": 1, "mapped": 0}
    assert erp.problems(422, "POST", "/products", {"items": [COFFEE]}, **key) == [("KEY_REUSED", None)]
    wrong = {"items": [{"sku": "000777", "price": "1", "from": "2026-11-01"}]}
    assert erp.problems(422, "POST", "/prices", wrong, Idempotency_Key="k-2") == [("SKU_UNKNOWN", "/items/0/sku")]
    erp.said("POST", "/products", {"items": [COFFEE]})
    assert erp.said("POST", "/prices", wrong, Idempotency_Key="k-2") == {"count": 1, "mapped": 0}


def test_parties_prices_sales_plans_and_debts_come_in_and_are_shown(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    party = {
        "code": "VOLGA",
        "name": "ООО «Волга»",
        "language": "ru",
        "organizations": [{"inn": "6315000001", "kpp": None, "name": "Волга"}],
    }
    erp.said("POST", "/parties", {"items": [party]})
    erp.said("POST", "/products", {"items": [TEA, COFFEE]})
    assert erp.said("GET", "/parties/VOLGA") == party
    assert erp.said("PUT", "/parties/VOLGA", {**party, "organizations": []})["organizations"] == []
    price = {"sku": "000123", "party": "VOLGA", "price": "99.9", "currency": "RUB", "from": "2026-11-01"}
    everyone = {**price, "party": None, "sku": "000777", "price": "0.000001"}
    erp.said("POST", "/prices", {"items": [price, everyone, {**price, "from": "2026-12-01"}]})
    assert erp.pages("/prices", limit=1) == [price, {**price, "from": "2026-12-01"}, everyone]
    sale = {"party": "VOLGA", "document": "УТ-1", "date": "2026-11-03", "lines": [{"sku": "000123", "quantity": "5"}]}
    erp.said("POST", "/primary-sales", {"items": [sale]})
    erp.said("POST", "/primary-sales", {"items": [{**sale, "document": "УТ-2"}, {**sale, "lines": []}]})
    with hub.warehouse.reading() as connection:
        found = hub.erp_lines.lines(connection, "primary-sale", 1)
    assert [(each[0], each[3]) for each in found] == [("УТ-2", Decimal(5))]
    plan = {"party": "VOLGA", "group": "TEA", "from": "2026-11-01", "to": "2026-11-30", "quantity": "5000"}
    assert erp.said("POST", "/plans", {"items": [plan]})["count"] == 1
    item = {"document": "УТ-1", "date": "2026-11-03", "due": None, "amount": "10", "open_amount": "7.5"}
    debts = {"as_of": "2026-11-20", "items": [{**item, "currency": "RUB"}]}
    erp.said("PUT", "/debts/VOLGA", debts)
    assert erp.said("GET", "/debts/VOLGA") == debts
    late = {"as_of": "2026-11-19", "items": []}
    assert erp.problems(409, "PUT", "/debts/VOLGA", late) == [("WORD_OUTDATED", "/as_of")]


def test_everything_that_is_wrong_is_named_by_its_place_and_nothing_is_done(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    add_site(hub)
    erp.said("POST", "/products", {"items": [TEA]})
    lines = [{"sku": "000123", "quantity": "1"}, {"sku": "nothing", "quantity": "1"}]
    sale = {"party": "VOLGA", "document": "УТ-1", "date": "2026-11-03", "lines": lines}
    sales = {"items": [sale, {**sale, "party": "DON", "document": "УТ-2"}]}
    assert erp.problems(422, "POST", "/primary-sales", sales) == [
        ("PARTY_UNKNOWN", "/items/1/party"),
        ("SKU_UNKNOWN", "/items/0/lines/1/sku"),
        ("SKU_UNKNOWN", "/items/1/lines/1/sku"),
    ]
    plan = {"party": "VOLGA", "group": "TEA", "from": "2026-11-30", "to": "2026-11-01"}
    assert erp.problems(422, "POST", "/plans", {"items": [plan]}) == [("PERIOD_REVERSED", "/items/0/to")]
    assert erp.problems(422, "POST", "/products", {"items": [TEA, TEA]}) == [("RECORD_REPEATED", "/items/1")]
    twice = {"items": [{**TEA, "units": [CASE, CASE]}]}
    assert erp.problems(422, "POST", "/products", twice) == [("RECORD_REPEATED", "/items/0/units/1")]
    entity = {"inn": "6315000001"}
    twice = {"items": [{"code": "DON", "name": "Дон", "organizations": [entity, entity]}]}
    assert erp.problems(422, "POST", "/parties", twice) == [("RECORD_REPEATED", "/items/0/organizations/1")]
    odd = {"items": [{"code": "1", "nmae": "x", "gtin": 46}]}
    assert sorted(erp.problems(422, "POST", "/products", odd)) == [
        ("PARAMETER_MISSING", "/items/0/name"),
        ("PARAMETER_UNKNOWN", "/items/0/nmae"),
        ("PARAMETER_WRONG", "/items/0/gtin"),
    ]
    number = {"items": [{**sale, "lines": [{"sku": "000123", "quantity": 1.5}]}]}
    assert erp.problems(422, "POST", "/primary-sales", number)[0][0] == "PARAMETER_WRONG"
    with hub.warehouse.reading() as connection:
        assert hub.erp_lines.lines(connection, "primary-sale", 1) == []


def test_facts_come_in_pages_exactly_as_the_hub_holds_them(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    volga, don = add_site(hub), add_site(hub, party="DON", site="don", login="don")
    erp.said("POST", "/products", {"items": [TEA]})
    large = line(2, quantity="123456789012.123456", price="0.000001", amount="123456.79")
    content = shipments("p-1", *(shipment(f"РН-{number}", line(1), large) for number in range(5)))
    load(hub, volga, "shipments", content)
    load(hub, don, "shipments", shipments("p-1"))
    load(hub, volga, "stock", stock("s", warehouse("MAIN", '<position product="000123" unit="шт" quantity="5"/>')))
    item = '<outlet code="TT-1"><item number="1" date="2026-11-01" amount="10" openAmount="7"/></outlet>'
    load(hub, don, "receivables", packet("receivables", item).replace(b'id="p-1"', b'id="r"'))
    window = "from=2026-11-01&to=2026-11-30"
    shown = erp.pages(f"/facts/shipments?{window}", limit=3)
    count, quantity, amount = facts.totals(hub)
    assert len(shown) == count == 11
    assert sum(Decimal(each["quantity"]) for each in shown) == quantity
    assert sum(Decimal(each["amount"]) for each in shown) == amount
    assert {each["party_code"] for each in erp.pages(f"/facts/shipments?{window}&party=DON")} == {"DON"}
    assert erp.pages("/facts/shipments?from=2026-12-01&to=2026-12-30") == []
    (position,) = erp.pages(f"/facts/stock?{window}")
    assert (position["warehouse_code"], position["sku_code"], position["quantity"]) == ("MAIN", "000123", "5")
    erp.said("POST", "/products", {"items": [{**TEA, "unit": "кор", "units": [{"name": "шт", "factor": "1/12"}]}]})
    (position,) = erp.pages(f"/facts/stock?{window}")
    turned = ("sku_unit", "numerator", "denominator", "sku_quantity")
    assert [position[name] for name in turned] == ["кор", 1, 12, "0.416667"]
    (debt,) = erp.pages(f"/facts/receivables?{window}")
    assert (debt["outlet_code"], debt["open_amount"], debt["currency"]) == ("TT-1", "7", "RUB")
    assert erp.problems(422, "GET", f"/facts/stock?{window}&party=NOBODY") == [("PARTY_UNKNOWN", "party")]
    assert erp.problems(422, "GET", "/facts/stock?from=2026-11-30&to=2026-11-01") == [("PERIOD_REVERSED", "to")]
    for cursor in ("x", "WzFd", "WyJhIiwxXQ", "%D0%AF"):
        assert erp.problems(422, "GET", f"/facts/stock?{window}&cursor={cursor}") == [("CURSOR_BROKEN", "cursor")]


def test_every_error_has_one_shape_in_the_callers_language(door: tuple[Hub, Erp]) -> None:
    _, erp = door
    assert erp.problems(404, "GET", "/nothing") == [("RESOURCE_UNKNOWN", None)]
    assert erp.problems(404, "GET", "/products/nothing") == [("RESOURCE_UNKNOWN", None)]
    refused = erp.ask("PATCH", "/products")
    assert (shaped(refused)["code"], refused.headers["Allow"]) == ("METHOD_REFUSED", "GET, POST")
    assert erp.problems(422, "GET", "/products?limit=0&page=2") == [
        ("PARAMETER_WRONG", "limit"),
        ("PARAMETER_UNKNOWN", "page"),
    ]
    for language, title in (("en-GB,ru;q=0.5", "Not found"), ("ru", "Не найдено"), ("fr", "Не найдено")):
        answer = erp.ask("GET", "/nothing", Accept_Language=language)
        assert shaped(answer)["title"] == title


def test_incidents_are_read_with_their_histories(door: tuple[Hub, Erp]) -> None:
    hub, erp = door
    volga = add_site(hub)
    for feed in ("stock", "shipments"):
        breach = Breach("FEED_MISSING", Subject(volga.party, volga.site, feed), Severity.ERROR, hub.clock(), MISSING)
        with hub.exchange.writing() as connection:
            breached(hub, connection, [breach])
    task_failed(hub, "nightly", "out of luck")
    task_recovered(hub, "nightly")
    found = erp.pages("/incidents", limit=1)
    assert [(each["rule"], each["feed"], each["party"], each["state"]) for each in found] == [
        ("TASK_FAILED", None, None, "recovered"),
        ("FEED_MISSING", "shipments", "VOLGA", "open"),
        ("FEED_MISSING", "stock", "VOLGA", "open"),
    ]
    assert all(each["message"] and each["remedy"] for each in found)
    assert erp.pages("/incidents?open=true&party=VOLGA") == found[1:]
    task = f"/incidents/{found[0]['key']}"
    assert erp.said("GET", task) == found[0]
    assert [each["kind"] for each in erp.said("GET", f"{task}/history")["items"]] == ["opened", "recovered"]
    assert erp.problems(404, "GET", "/incidents/99/history") == [("RESOURCE_UNKNOWN", None)]
    assert erp.problems(422, "GET", "/incidents?party=NOBODY") == [("PARTY_UNKNOWN", "party")]
