"""A site sees and changes only its own, by every operation, and learns nothing of what others have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from zeep.exceptions import Fault

from gateway.domain.feed import Register
from gateway.loading import load_all
from gateway.referencing import load_reference
from tests.acceptance.exchanging import Exchange, agree, exchanging
from tests.facts import numbers
from tests.hubs import add_site, client_of
from tests.packets import shipment, shipments

YEAR = {"first": datetime(2026, 1, 1, tzinfo=UTC), "last": datetime(2026, 12, 31, tzinfo=UTC)}


@dataclass
class Neighbours:
    """A site that has sent something, and the operations of another that has not."""

    exchange: Exchange
    other: Any


@pytest.fixture(params=[("VOLGA", "branch"), ("URAL", "main")], ids=["of the same party", "of another party"])
def neighbours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Neighbours]:
    party, site = request.param
    with exchanging(tmp_path) as exchange:
        add_site(exchange.hub, party, site, login="other")
        exchange.client.send("shipments", "p-1", shipments("p-1"))
        exchange.client.send("shipments", "bad", b"<no/>")
        load_all(exchange.hub)
        with client_of(exchange.address, login="other") as client:
            yield Neighbours(exchange, client.service)


def test_packets_and_their_problems_are_unknown_to_others(neighbours: Neighbours) -> None:
    for packet_id in ("p-1", "bad", "never"):
        receipt = neighbours.other.GetReceipt(packetId=packet_id)
        assert (receipt.status, receipt.feed, receipt.rowsLoaded, receipt.sha256) == ("unknown", None, 0, None)
        assert [each.code for each in neighbours.other.GetProblems(packetId=packet_id).problems] == ["PACKET_UNKNOWN"]


def test_the_same_id_and_documents_of_another_are_another_packet(neighbours: Neighbours) -> None:
    theirs = shipments("p-1", shipment("РН-7"), created="2026-11-20T23:59:00+03:00")
    assert neighbours.other.SendPacket(feed="shipments", packetId="p-1", content=theirs).status == "accepted"
    load_all(neighbours.exchange.hub)
    assert numbers(neighbours.exchange.hub) == ["РН-1", "РН-7"]


def test_totals_are_of_the_site_that_asks(neighbours: Neighbours) -> None:
    asked = {"feed": "shipments", "from": YEAR["first"], "to": YEAR["last"]}
    assert neighbours.other.GetTotals(**asked).totals == []
    assert len(neighbours.exchange.client.service.GetTotals(**asked).totals) == 1


def test_a_transfer_takes_parts_and_its_end_from_nobody_else(neighbours: Neighbours) -> None:
    announced = {"feed": "shipments", "packetId": "t", "totalBytes": 10}
    mine = neighbours.exchange.client.service.OpenTransfer(**announced)
    assert neighbours.other.OpenTransfer(**announced).transferId != mine.transferId
    with pytest.raises(Fault, match="there is no transfer"):
        neighbours.other.PutPart(transferId=mine.transferId, number=1, content=b"x")
    with pytest.raises(Fault, match="there is no transfer"):
        neighbours.other.CompleteTransfer(transferId=mine.transferId)
    assert neighbours.exchange.client.service.OpenTransfer(**announced).received == []


def test_notices_are_read_and_acknowledged_by_their_site(neighbours: Neighbours) -> None:
    exchange = neighbours.exchange
    with exchange.hub.exchange.writing() as connection:
        exchange.hub.notices.add_notice(connection, exchange.sender.site, "X", "text", None, exchange.hub.clock())
    (mine,) = exchange.client.service.GetNotices().notices
    assert neighbours.other.GetNotices().notices == []
    assert neighbours.other.AckNotices(ids=[mine.id]).count == 0
    assert [each.id for each in exchange.client.service.GetNotices().notices] == [mine.id]


def test_what_is_agreed_and_who_one_is_are_the_site_s_own(neighbours: Neighbours) -> None:
    agree(neighbours.exchange, "shipments", history="7 days")
    agreed = {each.feed: each.historyDays for each in neighbours.other.GetSettings().feeds}
    assert agreed["shipments"] is None
    ours = neighbours.exchange.client.service.TestConnection()
    assert neighbours.other.TestConnection().site + neighbours.other.TestConnection().party != ours.site + ours.party


def test_the_crosswalk_is_the_party_s(neighbours: Neighbours) -> None:
    load_reference(neighbours.exchange.hub, Register.PRODUCT, [{"code": "000123", "name": "Чай"}])
    with neighbours.exchange.hub.exchange.reading() as connection:
        other = neighbours.exchange.hub.parties.find_login(connection, "other").sender
    told = neighbours.other.GetCatalog(kind="crosswalk", asText=True).text
    assert ("000123" in told) is (other.party == neighbours.exchange.sender.party)
