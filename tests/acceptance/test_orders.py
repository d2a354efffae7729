"""Orders over SOAP: a 1C-like client that loses every third answer ends with every order, each once."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree
from requests.adapters import HTTPAdapter
from zeep.exceptions import Fault

from connectors.client import ExchangeClient
from connectors.shipped import SCHEMAS
from gateway.loading import load_all
from gateway.ordering import cancel, revise
from gateway.ordering_advancing import advance_all
from tests.acceptance.exchanging import Exchange, exchanging
from tests.hubs import add_site, client_of
from tests.integration import ordered
from tests.integration.exchange import Site
from tests.integration.ordered import order, purchase, state, taken
from tests.packets import packet

XSD = etree.XMLSchema(etree.parse(str(SCHEMAS / "packet" / "v1" / "transfer-orders.xsd")))
NAMES = {"p": "urn:obmen:packet:v1"}


class Lossy(HTTPAdapter):
    """Every third answer is lost on its way: the hub has done what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        answer = super().send(*arguments, **named)
        self.calls += 1
        if self.calls % 3 == 0:
            raise requests.ConnectionError("the answer was lost")
        return answer


def lossy(client: ExchangeClient) -> ExchangeClient:
    client._session.mount("http://", Lossy())
    return client


def insisting(call: Callable[[], Any]) -> Any:
    """As 1C's scheduled job does: the same call again until an answer comes."""
    while True:
        try:
            return call()
        except requests.ConnectionError:
            continue


def read(content: bytes) -> Any:
    """The packet of a batch, valid by the XSD that is published."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = archive.namelist()
        tree = etree.fromstring(archive.read(name))
    XSD.assertValid(tree)
    return tree


def prepared(exchange: Exchange) -> Site:
    """The running hub's site as one that serves an outlet."""
    return ordered.served(Site(exchange.hub, exchange.sender))


def test_a_client_that_loses_every_third_answer_loses_no_order_and_doubles_none(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        prepared(exchange)
        taken(exchange.hub, *(order(f"T-{n:02}", ("TEA", n)) for n in range(1, 36)))
        client = lossy(exchange.client)
        books: list[tuple[str, str]] = []
        while True:
            answer = insisting(lambda: client.service.PullOrders(limit=4))
            if answer.batchId is None:
                break
            found = read(answer.content)
            known = {each[0] for each in books}
            results = []
            for each in found.iterfind("p:order", NAMES):
                if each.get("id") not in known:  # its 1C keeps orders by their id
                    books.append((each.get("id"), each.find("p:line", NAMES).get("quantity")))
                results.append({"order": each.get("id"), "revision": 1, "accepted": True, "documentId": "d"})
            acked = insisting(lambda: client.service.AckOrders(batchId=answer.batchId, results=results))  # noqa: B023
            assert acked.count == len(results)
        assert sorted(books) == [(f"T-{n:02}", str(n)) for n in range(1, 36)]
        assert {state(exchange.hub, f"T-{n:02}") for n in range(1, 36)} == {"accepted"}


def test_a_pulled_order_says_all_that_was_agreed_and_its_changes_follow(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        volga = prepared(exchange)
        ordered.counted(volga, "кор", 12, code="000123")
        told = {"agreement": "Д-1", "comment": "до 12:00 <срочно>", "currency": "RUB"}
        taken(exchange.hub, order("T-1", ("TEA", 25), **told))
        answer = exchange.client.service.PullOrders(asText=True)
        tree = etree.fromstring(answer.text.encode())
        XSD.assertValid(tree)
        assert (tree.get("id"), answer.content, answer.more) == (answer.batchId, None, False)
        (found,) = tree.iterfind("p:order", NAMES)
        assert dict(found.attrib) == {"id": "T-1", "revision": "1", "number": "T-1", "date": "2026-11-20"} | told | {
            "outlet": "TT-1"
        }
        assert dict(found[0].attrib) == {
            **{"n": "1", "product": "000123", "unit": "кор", "quantity": "2"},
            **{"remainder": "1", "remainderUnit": "шт"},
        }
        revise(exchange.hub, order("T-1", ("TEA", 24)), "erp")
        cancel(exchange.hub, "T-1", "erp")
        advance_all(exchange.hub)
        acknowledge(exchange.client, answer.batchId, ("T-1", 1))
        (gone,) = read(exchange.client.service.PullOrders().content).iterfind("p:order", NAMES)
        assert (gone.get("revision"), gone.get("cancelled"), len(gone)) == ("3", "true", 0)


def acknowledge(client: ExchangeClient, batch: str, *orders: tuple[str, int]) -> Any:
    results = [{"order": name, "revision": revision, "accepted": True} for name, revision in orders]
    return client.service.AckOrders(batchId=batch, results=results)


def test_a_site_sees_its_own_orders_only(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        prepared(exchange)
        add_site(exchange.hub, party="URAL", login="ural")
        taken(exchange.hub, order("T-1"))
        batch = exchange.client.service.PullOrders().batchId
        with client_of(exchange.address, login="ural") as other:
            assert other.service.PullOrders().batchId is None
            with pytest.raises(Fault, match=r"Client\.Contract.*no batch"):
                acknowledge(other, batch, ("T-1", 1))
        with pytest.raises(Fault, match=r"Client\.Contract.*results"):
            exchange.client.service.AckOrders(batchId=batch, results=[])
        with pytest.raises(Fault, match=r"Client\.Contract.*limit"):
            exchange.client.service.PullOrders(limit=0)


def test_statuses_of_purchase_orders_come_back_in_the_senders_words(tmp_path: Path) -> None:
    with exchanging(tmp_path) as exchange:
        prepared(exchange)
        content = packet("orders", purchase("ЗП-1", ("000123", 3), ("NEW", 1)))
        exchange.client.send("orders", "p-1", content)
        load_all(exchange.hub)
        advance_all(exchange.hub)
        answer = exchange.client.service.GetOrderStatuses()
        ((found,), lines) = answer.statuses, answer.lines
        assert (found.order, found.number, found.status, found.revision, lines) == ("guid-ЗП-1", "ЗП-1", "held", 1, [])
        assert "NEW" in found.reason
        later = exchange.client.service.GetOrderStatuses(since=datetime(2100, 1, 1, tzinfo=UTC))
        assert later.statuses == []
