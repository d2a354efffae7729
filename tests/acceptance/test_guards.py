"""Guards: too much withdrawn, closed periods, too soon; held packets and what becomes of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from connectors.database.tables import site_organization
from gateway.domain.errors import Misuse
from gateway.loading import load_all
from gateway.releasing import refuse, release
from tests.acceptance.exchanging import Exchange, agree, codes, exchanging
from tests.facts import numbers
from tests.packets import element, line, packet, position, shipment, shipments, stock, warehouse

LATER = "2026-11-20T23:30:00+03:00"


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with exchanging(tmp_path) as running:
        yield running


def full(packet_id: str, documents: int = 20, **override: Any) -> bytes:
    return shipments(packet_id, *(shipment(f"РН-{n}", date="2026-11-05") for n in range(documents)), **override)


def shrunk(packet_id: str) -> bytes:
    return full(packet_id, documents=5, created=LATER)


def test_a_packet_that_withdraws_most_of_its_scope_is_held_and_says_what_it_would_withdraw(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    load_all(exchange.hub)
    answer = exchange.client.send("shipments", "p-2", shrunk("p-2"))
    assert (answer.status, codes(answer)) == ("held", ["SHRINK_GUARD"])
    (told,) = [each.message for each in answer.problems if each.code == "SHRINK_GUARD"]
    assert "15" in told
    assert "20" in told
    assert "РН-10" in told
    load_all(exchange.hub)
    assert len(numbers(exchange.hub)) == 20
    assert exchange.client.receipt("p-2").state == "held"


def test_a_held_packet_sent_again_is_the_same_answer_and_confirmed_it_goes_on(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    load_all(exchange.hub)
    held = exchange.client.send("shipments", "p-2", shrunk("p-2"))
    assert str(exchange.client.send("shipments", "p-2", shrunk("p-2"))) == str(held)
    accepted = exchange.client.send("shipments", "p-2", shrunk("p-2"), confirm=True)
    assert accepted.status == "accepted"
    assert str(exchange.client.send("shipments", "p-2", shrunk("p-2"))) == str(accepted)
    load_all(exchange.hub)
    assert len(numbers(exchange.hub)) == 5


def test_a_packet_that_withdraws_what_is_not_even_loaded_yet_is_held_too(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    answer = exchange.client.send("shipments", "p-2", shrunk("p-2"))
    assert (answer.status, codes(answer)) == ("held", ["SHRINK_GUARD"])
    assert exchange.client.send("shipments", "p-2", shrunk("p-2"), confirm=True).status == "accepted"
    load_all(exchange.hub)
    assert len(numbers(exchange.hub)) == 5


@pytest.mark.parametrize(
    "other", [{"from": "2026-11-06"}, {"created": "2026-11-20T22:00:00+03:00"}, {"organization": "7702000002"}]
)
def test_what_is_not_loaded_yet_does_not_count_where_it_would_stay(tmp_path: Path, other: dict[str, str]) -> None:
    with exchanging(tmp_path) as exchange:
        with exchange.hub.exchange.writing() as connection:
            connection.execute(delete(site_organization))
        exchange.client.send("shipments", "p-1", full("p-1"))
        few = shipments("p-2", shipment("РН-1", date="2026-11-07"), **{"created": LATER} | other)
        assert exchange.client.send("shipments", "p-2", few).status == "accepted"


def test_receivables_that_are_not_loaded_yet_count_by_rows(exchange: Exchange) -> None:
    def owed(packet_id: str, items: int, **override: str) -> bytes:
        rows = (element("item", number=f"N-{n}", date="2026-11-01", amount=5, openAmount=5) for n in range(items))
        found = packet("receivables", element("outlet", *rows, code="TT-1"), **override)
        return found.replace(b'"p-1"', f'"{packet_id}"'.encode())

    assert exchange.client.send("receivables", "p-1", owed("p-1", 20)).status == "accepted"
    assert exchange.client.send("receivables", "p-2", owed("p-2", 3, created=LATER)).status == "held"


def test_a_packet_that_withdraws_little_passes(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    load_all(exchange.hub)
    assert exchange.client.send("shipments", "p-2", full("p-2", 11, created=LATER)).status == "accepted"


def test_the_share_can_be_agreed_otherwise(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    load_all(exchange.hub)
    agree(exchange, "shipments", shrink="80%")
    assert exchange.client.send("shipments", "p-2", shrunk("p-2")).status == "accepted"


@pytest.mark.parametrize("loaded", [True, False])
def test_stock_shrinks_by_positions_loaded_or_not_yet(exchange: Exchange, loaded: bool) -> None:
    whole = stock("s-1", warehouse("MAIN", *(position(f"{n:06}") for n in range(30))))
    exchange.client.send("stock", "s-1", whole)
    if loaded:
        load_all(exchange.hub)
    few = stock("s-2", warehouse("MAIN", position("000001"), as_of="2026-11-20T22:00:00"), created=LATER)
    assert exchange.client.send("stock", "s-2", few).status == "held"
    elsewhere = stock("s-3", warehouse("SHOP", position("000001")), created=LATER)
    assert exchange.client.send("stock", "s-3", elsewhere).status == "accepted"


def test_a_closed_period_opens_only_by_a_person(exchange: Exchange) -> None:
    agree(exchange, "shipments", closed_through="2026-11-03")
    held = exchange.client.send("shipments", "p-1", full("p-1"))
    assert (held.status, codes(held)) == ("held", ["PERIOD_CLOSED"])
    assert exchange.client.send("shipments", "p-1", full("p-1"), confirm=True).status == "held"
    release(exchange.hub, exchange.sender, "p-1")
    assert exchange.client.receipt("p-1").state == "accepted"
    load_all(exchange.hub)
    assert len(numbers(exchange.hub)) == 20
    with pytest.raises(Misuse, match="not held"):
        release(exchange.hub, exchange.sender, "p-1")


def test_a_closed_period_is_closed_for_packets_without_a_window_too(exchange: Exchange) -> None:
    agree(exchange, "shipments", closed_through="2026-11-05")
    late = {"from": None, "to": None, "mode": "merge"}
    held = exchange.client.send("shipments", "p-1", full("p-1", documents=1, **late))
    assert (held.status, codes(held)) == ("held", ["PERIOD_CLOSED"])
    open_still = shipments("p-2", shipment(date="2026-11-06"), **late)
    assert exchange.client.send("shipments", "p-2", open_still).status == "accepted"


def test_no_document_is_taken_out_of_a_closed_period_under_a_later_date(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    load_all(exchange.hub)
    agree(exchange, "shipments", closed_through="2026-11-05")
    moved = shipments("p-2", shipment("РН-1", date="2026-11-06"), **{"from": "2026-11-06", "created": LATER})
    held = exchange.client.send("shipments", "p-2", moved)
    assert (held.status, codes(held)) == ("held", ["PERIOD_CLOSED"])


def test_a_refused_packet_is_never_loaded_and_its_sender_hears_why(exchange: Exchange) -> None:
    agree(exchange, "shipments", closed_through="2026-11-03")
    exchange.client.send("shipments", "p-1", full("p-1"))
    refuse(exchange.hub, exchange.sender, "p-1", "октябрь закрыт")
    load_all(exchange.hub)
    assert exchange.client.receipt("p-1").state == "refused"
    assert numbers(exchange.hub) == []
    (notice,) = exchange.client.service.GetNotices().notices
    assert (notice.code, "октябрь закрыт" in notice.text) == ("PACKET_REFUSED", True)
    assert exchange.client.service.AckNotices(ids=[notice.id]).count == 1
    assert exchange.client.service.GetNotices().notices == []


def test_a_packet_that_comes_too_soon_is_throttled_but_a_resend_is_not(exchange: Exchange) -> None:
    agree(exchange, "shipments", minimum_interval="10 min")
    first = exchange.client.send("shipments", "p-1", full("p-1"))
    answer = exchange.client.send("shipments", "p-2", full("p-2"))
    assert (answer.status, 0 < answer.retryAfter <= 600) == ("throttled", True)
    assert codes(answer) == ["TOO_SOON"]
    assert str(exchange.client.send("shipments", "p-1", full("p-1"))) == str(first)
    assert exchange.client.send("stock", "s-1", stock("s-1", warehouse())).status == "accepted"


def test_a_dry_run_tells_of_guards_and_unknown_codes_and_keeps_nothing(exchange: Exchange) -> None:
    exchange.client.send("shipments", "p-1", full("p-1"))
    load_all(exchange.hub)
    answer = exchange.client.send("shipments", "p-2", shrunk("p-2"), dry_run=True)
    assert answer.status == "dry-run-ok"
    assert {each.code for each in answer.problems} == {"CONTROL_MISSING", "SHRINK_GUARD", "CODE_UNKNOWN"}
    assert exchange.client.receipt("p-2").status == "unknown"


def test_a_problem_can_count_more_for_a_party(exchange: Exchange) -> None:
    content = shipments("p-1", shipment("РН-1", line(1, amount="99.00")))
    with exchange.hub.exchange.writing() as connection:
        exchange.hub.regulations.weigh(connection, exchange.sender.party, "AMOUNT_DIFFERS", "error")
    answer = exchange.client.send("shipments", "p-1", content)
    assert (answer.status, codes(answer)) == ("rejected", ["AMOUNT_DIFFERS"])


def test_a_packet_from_the_future_is_rejected(exchange: Exchange) -> None:
    answer = exchange.client.send("shipments", "p-1", full("p-1", documents=1, created="2999-01-01T00:00:00+03:00"))
    assert (answer.status, codes(answer)) == ("rejected", ["CREATED_IN_FUTURE"])


def test_history_and_modes_are_kept_as_agreed(exchange: Exchange) -> None:
    agree(exchange, "shipments", history="0 days", modes="merge")
    answer = exchange.client.send("shipments", "p-1", full("p-1", documents=1))
    assert answer.status == "rejected"
    assert set(codes(answer)) == {"DATE_BEFORE_HISTORY", "MODE_FORBIDDEN"}
