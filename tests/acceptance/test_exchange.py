"""The contract's table of situations, by a zeep client made from the WSDL alone over real HTTP."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from requests.auth import HTTPBasicAuth
from zeep.exceptions import Fault

from connectors.client import ExchangeClient
from gateway.domain.feeds import FEEDS
from gateway.loading import load_all
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.hubs import LOGIN, PASSWORD, add_site, client_of, hub_in, serving
from tests.packets import INN, line, position, shipment, shipments, stock, warehouse


@dataclass
class Exchange:
    hub: Hub
    address: str
    client: ExchangeClient


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with hub_in(tmp_path) as hub:
        add_site(hub)
        with serving(hub) as address, client_of(address) as client:
            yield Exchange(hub, address, client)


def zipped(content: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("packet.xml", content)
    return memory.getvalue()


def test_ping_needs_no_login(exchange: Exchange) -> None:
    with client_of(exchange.address, login="nobody", password="x") as stranger:
        answer = stranger.ping()
    assert (answer.contract, bool(answer.version)) == ("1", True)
    assert answer.serverTime.utcoffset() is not None


def test_the_wsdl_is_given_without_credentials_and_does_not_believe_the_host(exchange: Exchange) -> None:
    answer = requests.get(f"{exchange.address}{PATH}?wsdl", headers={"Host": "evil.example"}, timeout=60)
    assert answer.status_code == 200
    assert "evil.example" not in answer.text
    assert "DistributorExchangeSoap" in answer.text


def test_testconnection_says_who_one_is(exchange: Exchange) -> None:
    answer = exchange.client.service.TestConnection()
    assert (answer.party, answer.site) == ("ООО VOLGA", "main")
    assert answer.organisations == [INN]
    assert set(answer.feeds) == set(FEEDS)


def test_a_wrong_password_is_401_and_a_coded_fault(exchange: Exchange) -> None:
    with client_of(exchange.address, password="wrong") as stranger, pytest.raises(Fault) as caught:
        stranger.service.TestConnection()
    assert caught.value.code.endswith("Client.Authentication")
    assert str(caught.value.message).startswith("Client.Authentication")


def test_a_valid_packet_is_accepted_and_loaded(exchange: Exchange) -> None:
    answer = exchange.client.send("shipments", "p-1", shipments("p-1"))
    assert (answer.status, answer.documents, answer.rows) == ("accepted", 1, 1)
    assert [problem.code for problem in answer.problems] == ["CONTROL_MISSING", "CODE_UNKNOWN"]
    assert exchange.client.receipt("p-1").state == "accepted"
    load_all(exchange.hub)
    receipt = exchange.client.receipt("p-1")
    assert (receipt.state, receipt.rowsLoaded, receipt.rowsUnmapped) == ("loaded-with-problems", 1, 1)
    assert receipt.status == "accepted"


@pytest.mark.parametrize("packed", [gzip.compress, zipped, bytes])
def test_content_may_be_packed(exchange: Exchange, packed) -> None:  # type: ignore[no-untyped-def]
    plain = exchange.client.send("shipments", "p-1", shipments("p-1"))
    again = exchange.client.send("shipments", "p-1", packed(shipments("p-1")))
    assert str(again) == str(plain)


def test_text_is_taken_whatever_encoding_it_declares(exchange: Exchange) -> None:
    text = shipments("p-1").decode().replace("UTF-8", "windows-1251")
    answer = exchange.client.service.SendPacketText(feed="shipments", packetId="p-1", text=text)
    assert answer.status == "accepted"
    as_bytes = exchange.client.send("shipments", "p-1", shipments("p-1"))
    assert as_bytes.sha256 == answer.sha256


def test_the_same_again_is_the_stored_acceptance_byte_for_byte(exchange: Exchange) -> None:
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<SendPacketText xmlns="urn:obmen:exchange:v1"><feed>shipments</feed><packetId>p-1</packetId>'
        f"<text><![CDATA[{shipments('p-1').decode()}]]></text></SendPacketText></e:Body></e:Envelope>"
    ).encode()

    def post() -> bytes:
        auth = HTTPBasicAuth(LOGIN.encode(), PASSWORD.encode())
        return requests.post(exchange.address + PATH, data=envelope, auth=auth, timeout=60).content

    first = post()
    load_all(exchange.hub)
    assert post() == first
    assert b"<ns0:status>accepted<" in first or b"accepted</" in first


def test_other_content_under_the_same_id_is_a_conflict(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", shipments("p-1"))
    answer = exchange.client.send("shipments", "p-1", shipments("p-1", shipment("РН-2")))
    assert (answer.status, answer.problems[0].code) == ("conflict", "ID_CONFLICT")
    assert exchange.client.receipt("p-1").status == "accepted"
    assert [problem.code for problem in exchange.client.problems("p-1")] == ["ID_CONFLICT"]


def test_a_rejected_packet_names_every_error_and_leaves_the_id_free(exchange: Exchange) -> None:
    bad = shipments("p-1", shipment("РН-7", line(1), line(2, quantity="six", amount=None), kind="sold"))
    answer = exchange.client.send("shipments", "p-1", bad)
    assert answer.status == "rejected"
    places = {(problem.code, problem.document, problem.row, problem.field) for problem in answer.problems}
    assert places == {
        ("VALUE_NOT_LISTED", "РН-7 2026-11-05", None, "kind"),
        ("NUMBER_INVALID", "РН-7 2026-11-05", 2, "quantity"),
        ("FIELD_MISSING", "РН-7 2026-11-05", 2, "amount"),
    }
    assert all(problem.message and problem.remedy for problem in answer.problems)
    assert exchange.client.receipt("p-1").state == "rejected"
    assert exchange.client.send("shipments", "p-1", shipments("p-1")).status == "accepted"


def test_the_answer_holds_a_hundred_problems_and_getproblems_the_rest(exchange: Exchange) -> None:
    bad = shipments("p-1", shipment("РН-7", *(line(n, quantity="x") for n in range(1, 251))))
    answer = exchange.client.send("shipments", "p-1", bad)
    assert (len(answer.problems), answer.problemsTotal) == (100, 250)
    every = exchange.client.problems("p-1", at_once=90)
    assert [problem.row for problem in every] == list(range(1, 251))


@pytest.mark.parametrize(("packet_id", "status"), [("p-1", "dry-run-ok"), ("p-2", "dry-run-rejected")])
def test_a_dry_run_keeps_nothing(exchange: Exchange, packet_id: str, status: str) -> None:
    answer = exchange.client.send("shipments", packet_id, shipments("p-1"), dry_run=True)
    assert answer.status == status
    assert exchange.client.receipt(packet_id).status == "unknown"


def test_control_totals_that_disagree_reject_with_both_figures(exchange: Exchange) -> None:
    control = {"documents": 1, "rows": 3, "quantity": 2, "amount": "20.00"}
    answer = exchange.client.send("shipments", "p-1", shipments("p-1", control=control))
    (problem,) = answer.problems
    assert (problem.code, problem.field) == ("CONTROL_DIFFERS", "control/rows")
    assert "3" in problem.message
    assert "1" in problem.message


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"organization": "5001234567"}, "ORGANIZATION_FOREIGN"),
        ({"to": None}, "WINDOW_MISSING"),
        ({"from": "2026-11-30", "to": "2026-11-01"}, "WINDOW_REVERSED"),
        ({"from": "2026-11-06"}, "DATE_OUTSIDE_WINDOW"),
        ({"created": "2026-11-31T00:00:00"}, "DATE_INVALID"),
        ({"feed": "stock"}, "FEED_DIFFERS"),
    ],
)
def test_a_header_that_contradicts_is_rejected(exchange: Exchange, change: dict[str, str], code: str) -> None:
    answer = exchange.client.send("shipments", "p-1", shipments("p-1", **change))
    assert (answer.status, code in {problem.code for problem in answer.problems}) == ("rejected", True)


def test_an_unknown_feed_is_rejected(exchange: Exchange) -> None:
    answer = exchange.client.send("weather", "p-1", shipments("p-1"))
    assert (answer.status, answer.problems[0].code) == ("rejected", "FEED_UNKNOWN")


def test_an_unknown_packet_has_a_receipt_that_says_so(exchange: Exchange) -> None:
    assert exchange.client.receipt("never-sent").status == "unknown"
    assert exchange.client.problems("never-sent")[0].code == "PACKET_UNKNOWN"


def test_a_site_sees_only_its_own(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", shipments("p-1"))
    add_site(exchange.hub, party="URAL", login="ural")
    with client_of(exchange.address, login="ural") as other:
        assert other.receipt("p-1").status == "unknown"
        assert other.send("shipments", "p-1", shipments("p-1", shipment("РН-9"))).status == "accepted"


def test_a_parameter_that_is_missing_is_a_contract_fault(exchange: Exchange) -> None:
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<SendPacket xmlns="urn:obmen:exchange:v1"><feed>stock</feed></SendPacket></e:Body></e:Envelope>'
    )
    auth = HTTPBasicAuth(LOGIN.encode(), PASSWORD.encode())
    answer = requests.post(exchange.address + PATH, data=envelope.encode(), auth=auth, timeout=60)
    assert (answer.status_code, "Client.Contract" in answer.text) == (500, True)


def test_stock_is_loaded_by_warehouse(exchange: Exchange) -> None:
    content = stock("s-1", warehouse("MAIN", position(), position("000777", quantity="1.5")), warehouse("EMPTY"))
    assert exchange.client.send("stock", "s-1", content).status == "accepted"
    load_all(exchange.hub)
    assert exchange.client.receipt("s-1").rowsLoaded == 2
