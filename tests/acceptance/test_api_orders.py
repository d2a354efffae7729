"""Orders over REST: given, followed, called off; read and answered. The other side is a real 1C-like client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.ordering_advancing import advance_all
from gateway.wiring import Hub
from tests.erp import Erp, at_the_door
from tests.integration.exchange import Site
from tests.integration.ordered import distributor
from tests.packets import element, packet

ORDER: dict[str, Any] = {
    "number": "TP-1",
    "date": "2026-11-20",
    "outlet": "OUT-1",
    "lines": [{"n": 1, "product": "TEA", "quantity": "24"}],
}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[Site, Erp]]:
    with at_the_door(tmp_path) as (hub, erp):
        yield distributor(hub), erp


def states(erp: Erp, path: str) -> list[str]:
    return [each["state"] for each in erp.said("GET", f"{path}/history")["items"] if not each["refused"]]


def bought(volga: Site, hub: Hub) -> dict[str, Any]:
    given = {"product": "000123", "unit": "шт", "quantity": "3", "price": "10"}
    document = element("order", element("line", n=1, **given), id="PO-1", number="ЗК-1", date="2026-11-20")
    volga.load(packet("orders", document))
    advance_all(hub)
    return given


def test_a_transfer_order_is_given_revised_and_called_off_and_the_same_again_changes_nothing(
    door: tuple[Site, Erp],
) -> None:
    volga, erp = door
    place = "/transfer-orders/T/1"
    taken = {"id": "T/1", "revision": 1, "state": "received", "changed": True, "problem": None}
    assert erp.said("PUT", place, ORDER, Idempotency_Key="k-1") == taken
    assert erp.said("PUT", place, ORDER, Idempotency_Key="k-1") == taken
    assert erp.said("PUT", place, ORDER)["changed"] is False
    advance_all(volga.hub)
    shown = erp.said("GET", place)
    assert (shown["state"], shown["party"], shown["lines"][0]["their_product"]) == ("offered", "VOLGA", "000123")
    revised = {**ORDER, "lines": [{**ORDER["lines"][0], "quantity": "12.5"}]}
    assert erp.problems(412, "PUT", place, revised, If_Match='"any"') == [("VERSION_DIFFERS", None)]
    assert erp.problems(412, "PUT", place, revised, If_None_Match="*") == [("VERSION_DIFFERS", None)]
    held = erp.ask("GET", place).headers["ETag"]
    assert erp.said("PUT", place, revised, If_Match=held)["revision"] == 2
    assert erp.said("GET", place)["lines"][0]["quantity"] == "12.5"
    assert erp.said("DELETE", f"{place}?reason=закрыто")["state"] == "cancelled"
    assert erp.said("DELETE", place)["changed"] is False
    assert erp.problems(409, "PUT", place, ORDER) == [("ORDER_TRANSITION", None)]
    assert erp.said("GET", f"{place}/history")["items"][-1]["refused"] is True
    assert states(erp, place)[-1] == "cancelled"


def test_an_order_goes_to_the_site_that_the_erp_says_serves_the_outlet(door: tuple[Site, Erp]) -> None:
    volga, erp = door
    serving = {"outlet": "OUT-2", "party": "VOLGA", "site": "main", "from": "2026-11-01"}
    assert erp.said("POST", "/servings", {"items": [serving]})["count"] == 1
    erp.said("PUT", "/transfer-orders/T-1", {**ORDER, "outlet": "OUT-2"})
    advance_all(volga.hub)
    assert erp.said("GET", "/transfer-orders/T-1")["site"] == "main"
    nobody = {"items": [{**serving, "site": "none"}, {**serving, "to": "2026-10-01"}]}
    assert erp.problems(422, "POST", "/servings", nobody) == [("RECORD_REPEATED", "/items/1")]
    nobody["items"][1]["outlet"] = "OUT-3"
    assert erp.problems(422, "POST", "/servings", nobody) == [
        ("SITE_UNKNOWN", "/items/0/site"),
        ("PERIOD_REVERSED", "/items/1/to"),
    ]


def test_of_many_orders_each_is_taken_or_refused_by_itself(door: tuple[Site, Erp]) -> None:
    volga, erp = door
    unknown = {**ORDER, "id": "T-2", "lines": [{**ORDER["lines"][0], "quantity": "0"}]}
    answer = erp.said("POST", "/transfer-orders", {"items": [{**ORDER, "id": "T-1"}, unknown]})
    assert [(each["id"], each["state"]) for each in answer["items"]] == [("T-1", "received"), ("T-2", None)]
    assert answer["items"][1]["problem"]["code"] == "ORDER_INVALID"
    assert erp.problems(404, "GET", "/transfer-orders/T-2") == [("RESOURCE_UNKNOWN", None)]
    erp.said("PUT", "/transfer-orders/T-3", {**ORDER, "lines": [{**ORDER["lines"][0], "product": "nothing"}]})
    advance_all(volga.hub)
    held = erp.said("GET", "/transfer-orders/T-3")
    assert held["state"] == "held"
    assert held["problems"][0]["remedy"]


def test_purchase_orders_are_read_once_answered_and_come_again_when_they_change(door: tuple[Site, Erp]) -> None:
    volga, erp = door
    bought(volga, volga.hub)
    page = erp.said("GET", "/purchase-orders")
    (order,) = page["items"]
    line = order["lines"][0]
    assert (order["id"], order["party"], line["sku"], line["ours"], page["more"]) == (
        "PO-1",
        "VOLGA",
        "TEA",
        "3",
        False,
    )
    again = erp.said("GET", f"/purchase-orders?cursor={page['next']}")
    assert (again["items"], again["next"]) == ([], page["next"])
    place = f"/purchase-orders/{order['key']}"
    word = {"status": "accepted", "number": "УТ-9", "lines": [{"n": 1, "quantity": "2"}], "reason": "остаток позже"}
    assert erp.said("POST", f"{place}/status", word)["state"] == "accepted"
    assert erp.said("POST", f"{place}/status", word)["changed"] is False
    answers = erp.said("GET", place)["lines"][0]["answers"]
    assert answers == [{"state": "accepted", "quantity": "2"}]
    strange = {"status": "shipped", "lines": [{"n": 7, "quantity": "1"}]}
    assert erp.problems(422, "POST", f"{place}/status", strange) == [("ORDER_LINE_UNKNOWN", "lines[n=7]")]
    assert erp.problems(422, "POST", f"{place}/status", {"status": "pulled"}) == [("ORDER_INVALID", "status")]
    assert erp.problems(404, "POST", "/purchase-orders/99/status", word) == [("ORDER_UNKNOWN", None)]
    assert states(erp, place)[-1] == "accepted"


def test_changes_of_orders_are_read_from_where_the_reader_was(door: tuple[Site, Erp]) -> None:
    volga, erp = door
    erp.said("PUT", "/transfer-orders/T-1", ORDER)
    advance_all(volga.hub)
    first = erp.said("GET", "/order-changes?limit=1")
    assert ([each["id"] for each in first["items"]], first["more"]) == (["T-1"], True)
    rest = erp.said("GET", f"/order-changes?cursor={first['next']}")
    assert [each["state"] for each in [*first["items"], *rest["items"]]] == ["received", "translated", "offered"]
    assert erp.said("GET", f"/order-changes?cursor={rest['next']}")["items"] == []
