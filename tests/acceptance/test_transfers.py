"""Packets in parts: resumed after a cut, checked for length and hash, judged as SendPacket would."""

import gzip
import hashlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from zeep.exceptions import Fault

from gateway import transferring
from gateway.loading import load_all
from tests.acceptance.exchanging import Exchange, exchanging
from tests.hubs import add_site, client_of
from tests.packets import shipment, shipments

PART = 1024


def content(packet_id: str = "p-1") -> bytes:
    """Some kilobytes that do not compress to one part."""
    return shipments(packet_id, *(shipment(f"РН-{n}") for n in range(30)))


def parts_of(whole: bytes) -> list[bytes]:
    return [whole[start : start + PART] for start in range(0, len(whole), PART)]


def opened(exchange: Exchange, whole: bytes, packet_id: str = "p-1", **more: Any) -> Any:
    return exchange.client.service.OpenTransfer(feed="shipments", packetId=packet_id, totalBytes=len(whole), **more)


def put(exchange: Exchange, key: str, parts: list[bytes], *numbers: int) -> list[int]:
    received: list[int] = []
    for number in numbers or range(1, len(parts) + 1):
        answer = exchange.client.service.PutPart(transferId=key, number=number, content=parts[number - 1])
        received = answer.received
    return received


def test_parts_make_the_same_packet_as_one_sending(tmp_path: Path) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        whole = content()
        transfer = opened(exchange, whole, sha256=hashlib.sha256(whole).hexdigest().upper())
        assert (transfer.partBytes, transfer.received) == (PART, [])
        put(exchange, transfer.transferId, parts_of(whole))
        answer = exchange.client.service.CompleteTransfer(transferId=transfer.transferId)
        assert (answer.status, answer.documents) == ("accepted", 30)
        assert str(exchange.client.service.CompleteTransfer(transferId=transfer.transferId)) == str(answer)
        assert str(exchange.client.send("shipments", "p-1", gzip.compress(whole))) == str(answer)
        load_all(exchange.hub)
        assert exchange.client.receipt("p-1").rowsLoaded == 30


def test_a_broken_transfer_resumes_where_it_was_even_in_a_restarted_gateway(tmp_path: Path) -> None:
    whole = content()
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        first = opened(exchange, whole)
        assert put(exchange, first.transferId, parts_of(whole), 1, 3) == [1, 3]
    from tests.hubs import hub_in, serving

    with (
        hub_in(tmp_path, part_bytes=PART) as hub,
        serving(hub) as address,
        client_of(address) as client,
    ):
        again = Exchange(hub, address, client, None)  # type: ignore[arg-type]
        resumed = opened(again, whole)
        assert (resumed.transferId, resumed.received) == (first.transferId, [1, 3])
        parts = parts_of(whole)
        put(again, first.transferId, parts, *(n for n in range(1, len(parts) + 1) if n not in (1, 3)))
        assert client.service.CompleteTransfer(transferId=first.transferId).status == "accepted"


def test_what_is_missing_or_wrong_is_told_and_the_transfer_stays_open(tmp_path: Path) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        whole, parts = content(), parts_of(content())
        key = opened(exchange, whole).transferId
        put(exchange, key, parts, 1, 3)
        answer = exchange.client.service.CompleteTransfer(transferId=key)
        assert (answer.status, answer.problems[0].code) == ("rejected", "TRANSFER_INCOMPLETE")
        assert "2" in answer.problems[0].message
        put(exchange, key, parts, 2)
        answer = exchange.client.service.CompleteTransfer(transferId=key)
        assert [each.code for each in answer.problems] == ["TRANSFER_LENGTH"]
        put(exchange, key, parts)
        assert exchange.client.service.CompleteTransfer(transferId=key, dryRun=True).status == "dry-run-ok"
        assert exchange.client.service.CompleteTransfer(transferId=key).status == "accepted"


def test_a_damaged_part_is_noticed_by_the_hash(tmp_path: Path) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        whole = content()
        key = opened(exchange, whole, sha256=hashlib.sha256(whole + b" ").hexdigest()).transferId
        put(exchange, key, parts_of(whole))
        answer = exchange.client.service.CompleteTransfer(transferId=key)
        assert [each.code for each in answer.problems] == ["TRANSFER_HASH"]


def test_no_part_of_an_accepted_packet_can_change(tmp_path: Path) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        whole = content()
        key = opened(exchange, whole).transferId
        put(exchange, key, parts_of(whole))
        exchange.client.service.CompleteTransfer(transferId=key)
        with pytest.raises(Fault, match="complete"):
            exchange.client.service.PutPart(transferId=key, number=1, content=b"other")
        assert opened(exchange, whole).transferId != key


@pytest.mark.parametrize(
    "call",
    [
        {"transferId": "no-such", "number": 1, "content": b"x"},
        {"number": 0, "content": b"x"},
        {"number": 10**6, "content": b"x"},
        {"number": 1, "content": b"x" * (PART + 1)},
    ],
)
def test_a_part_that_can_not_be_is_a_contract_fault(tmp_path: Path, call: dict[str, Any]) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        key = opened(exchange, content()).transferId
        with pytest.raises(Fault, match=r"Client\.Contract"):
            exchange.client.service.PutPart(**{"transferId": key} | call)


def test_a_transfer_is_its_sites_own(tmp_path: Path) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        key = opened(exchange, content()).transferId
        add_site(exchange.hub, party="URAL", login="ural")
        with client_of(exchange.address, login="ural") as other, pytest.raises(Fault, match="no transfer"):
            other.service.PutPart(transferId=key, number=1, content=b"x")


def test_no_more_is_kept_than_was_announced(tmp_path: Path) -> None:
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        whole = content()
        key = opened(exchange, whole).transferId
        put(exchange, key, parts_of(whole))
        with pytest.raises(Fault, match="more than"):
            exchange.client.service.PutPart(transferId=key, number=len(parts_of(whole)), content=b"x" * PART)
        assert exchange.client.service.CompleteTransfer(transferId=key).status == "accepted"


def test_where_too_many_large_transfers_are_completed_at_once_more_are_told_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transferring, "LARGE", 0)
    monkeypatch.setattr(transferring, "WAIT_SECONDS", 0.01)
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        key = opened(exchange, content()).transferId
        put(exchange, key, parts_of(content()))
        with ExitStack() as others:
            for _ in range(transferring.LARGE_AT_ONCE):
                others.enter_context(transferring._turn(1))
            with pytest.raises(Fault, match=r"Server\.Busy.*retryAfter=5"):
                exchange.client.service.CompleteTransfer(transferId=key)
        assert exchange.client.service.CompleteTransfer(transferId=key).status == "accepted"


def test_the_client_for_integrators_sends_a_large_packet_in_parts_and_goes_on_after_a_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.client.IN_ONE_REQUEST", PART)
    with exchanging(tmp_path, part_bytes=PART) as exchange:
        whole = content()
        put(exchange, opened(exchange, whole).transferId, parts_of(whole), 2)
        first = exchange.client.send("shipments", "p-1", whole)
        assert (first.status, first.documents) == ("accepted", 30)
        assert str(exchange.client.send("shipments", "p-1", whole)) == str(first)
