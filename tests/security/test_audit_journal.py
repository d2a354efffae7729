"""The audit journal tells of every request: who, from where, which operation and packet, and what came of it."""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from gateway import receipts
from gateway.domain.audit import Entry
from gateway.sealing import seal, verify
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.hubs import LOGIN, add_site, hub_in, serving, settings_for
from tests.packets import shipment, shipments
from tests.security.posting import envelope, journal, post

ROOT = Path(__file__).parents[2]


@dataclass
class Exchange:
    hub: Hub
    address: str

    def noted(self) -> Entry:
        return journal(self.hub)[-1]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with hub_in(tmp_path) as hub:
        add_site(hub)
        with serving(hub) as address:
            yield Exchange(hub, address)


def packet(packet_id: str, content: bytes, extra: str = "") -> str:
    encoded = base64.b64encode(content).decode()
    return f"<feed>shipments</feed><packetId>{packet_id}</packetId><content>{encoded}</content>{extra}"


def test_a_packet_is_noted_with_its_sender_and_its_outcome(exchange: Exchange) -> None:
    arguments = packet("p-1", shipments("p-1"))
    post(exchange.address, "SendPacket", arguments)
    noted = exchange.noted()
    assert (noted.login, noted.site, noted.address) == (LOGIN, 1, "127.0.0.1")
    assert (noted.operation, noted.packet_id, noted.outcome) == ("SendPacket", "p-1", "accepted")
    assert noted.bytes == len(envelope("SendPacket", arguments))
    assert noted.milliseconds >= 0


@pytest.mark.parametrize(
    ("content", "extra", "outcome"),
    [
        (shipments("p-2", shipment("РН-2")), "", "accepted"),
        (shipments("p-2", shipment("РН-2")), "<dryRun>true</dryRun>", "dry-run-ok"),
        (b"<packet/>", "", "rejected"),
        (b"<packet/>", "<dryRun>true</dryRun>", "dry-run-rejected"),
    ],
)
def test_the_outcome_is_the_answer_s_status(exchange: Exchange, content: bytes, extra: str, outcome: str) -> None:
    post(exchange.address, "SendPacket", packet("p-2", content, extra))
    assert (exchange.noted().packet_id, exchange.noted().outcome) == ("p-2", outcome)


def test_the_same_again_and_a_conflict_are_noted_as_what_they_are(exchange: Exchange) -> None:
    for content in (shipments("p-1"), shipments("p-1"), shipments("p-1", shipment("РН-2"))):
        post(exchange.address, "SendPacket", packet("p-1", content))
    assert [row.outcome for row in journal(exchange.hub)] == ["accepted", "accepted", "conflict"]


@pytest.mark.parametrize(
    ("operation", "arguments", "packet_id"),
    [
        ("TestConnection", "", None),
        ("GetReceipt", "<packetId>p-7</packetId>", "p-7"),
        ("GetProblems", "<packetId>p-7</packetId>", "p-7"),
        (
            "OpenTransfer",
            "<feed>shipments</feed><packetId>p-8</packetId><totalBytes>10</totalBytes>",
            "p-8",
        ),
    ],
)
def test_other_operations_are_ok_with_the_packet_that_they_name(
    exchange: Exchange, operation: str, arguments: str, packet_id: str | None
) -> None:
    post(exchange.address, operation, arguments)
    noted = exchange.noted()
    assert (noted.operation, noted.packet_id, noted.outcome) == (operation, packet_id, "ok")


def test_a_fault_is_noted_by_its_code(exchange: Exchange) -> None:
    post(exchange.address, "GetReceipt", "<packetId></packetId>")
    assert (exchange.noted().operation, exchange.noted().outcome) == ("GetReceipt", "Client.Contract")


def test_a_wrong_password_is_noted_with_the_login_that_was_claimed_and_no_site(exchange: Exchange) -> None:
    post(exchange.address, password="wrong")
    noted = exchange.noted()
    assert (noted.login, noted.site, noted.outcome) == (LOGIN, None, "Client.Authentication")


def test_what_is_no_request_is_noted(exchange: Exchange) -> None:
    requests.post(exchange.address + PATH, data=b"nonsense", timeout=60)
    noted = exchange.noted()
    assert (noted.login, noted.operation, noted.outcome, noted.bytes) == (None, "unknown", "Client.Malformed", 8)


def test_who_fetches_the_wsdl_is_noted(exchange: Exchange) -> None:
    requests.get(exchange.address + PATH + "?wsdl", timeout=60)
    assert (exchange.noted().operation, exchange.noted().outcome) == ("WSDL", "ok")


def test_an_escape_of_ours_is_noted_with_its_reference(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "receipt", lambda *_: 1 / 0)
    answer = post(exchange.address, "GetReceipt", "<packetId>p-9</packetId>")
    noted = exchange.noted()
    word, _, reference = noted.outcome.partition(" ")
    assert (word, noted.packet_id) == ("Server.Internal", "p-9")
    assert f"<reference>{reference}</reference>" in answer.text


def test_what_callers_write_is_cut_to_what_the_journal_holds(exchange: Exchange) -> None:
    post(exchange.address, login="😀" * 300, password="x")
    noted = exchange.noted()
    assert noted.login == "😀" * 100, "MS SQL counts UTF-16 units"
    requests.post(exchange.address + PATH, data=envelope("Ж" * 180), timeout=60)
    assert len(exchange.noted().operation) <= 60


def test_every_request_is_in_the_journal_once_and_the_chain_holds(exchange: Exchange) -> None:
    for number in range(20):
        post(exchange.address, "GetReceipt", f"<packetId>p-{number}</packetId>")
    assert [row.packet_id for row in journal(exchange.hub)] == [f"p-{number}" for number in range(20)]
    assert seal(exchange.hub) == 20
    assert verify(exchange.hub).breach is None


def test_the_journal_is_stored_when_the_hub_is_closed(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub, serving(hub) as address:
        post(address, "Ping")
    with hub_in(tmp_path) as hub:
        assert [row.operation for row in journal(hub)] == ["Ping"]


@contextmanager
def up(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A real `obmen up`, and its address."""
    environment = {**os.environ, **settings_for(folder).as_environment(), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "gateway.cli", "up"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as running,
    ):
        assert running.stdout
        try:
            yield running, running.stdout.readline().split()[3].rstrip("/")
        finally:
            running.kill()


def test_a_hub_that_stops_has_stored_and_sealed_every_row(tmp_path: Path) -> None:
    with up(tmp_path) as (running, address):
        for _ in range(10):
            post(address, "Ping")
        running.terminate()
        assert running.wait(120) in (0, -signal.SIGTERM)
    with hub_in(tmp_path) as hub:
        verdict = verify(hub)
    assert (verdict.rows, verdict.unsealed, verdict.breach) == (10, 0, None)


def test_a_killed_hub_leaves_a_chain_that_goes_on(tmp_path: Path) -> None:
    for _ in range(2):
        with up(tmp_path) as (running, address):
            for _ in range(10):
                post(address, "Ping")
            running.kill()
    with hub_in(tmp_path) as hub:
        seal(hub)
        verdict = verify(hub)
    assert (verdict.unsealed, verdict.breach) == (0, None)
    assert verdict.rows <= 20
