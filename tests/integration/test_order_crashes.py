"""A crash between any two steps of an order's way: afterwards it has gone each step once, and nothing is missing."""

from pathlib import Path

import pytest

from gateway.ordering import take_transfer_order
from gateway.ordering_advancing import advance_all
from gateway.ordering_pulling import Result, acknowledge, pull
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.crash import Crash, arm, crash
from tests.integration.exchange import Clock
from tests.integration.ordered import distributor, order, purchase, purchases, went
from tests.packets import packet

ADVANCING = (
    "connectors.database.order_news:add_purchase_orders",
    "connectors.database.order_news:settle",
    "connectors.database.order_outcomes:put_routes",
    "connectors.database.order_outcomes:put_lines",
    "connectors.database.order_outcomes:put_offers",
    "connectors.database.order_outcomes:put_steps",
    "connectors.database.order_outcomes:put_states",
    "connectors.database.erp_lines:put_lines",
    "connectors.database.order_telling:told",
)
PULLING = ("connectors.database.order_batches:make", "connectors.database.order_outcomes:put_steps")
ANSWERING = (
    "connectors.database.order_outcomes:put_steps",
    "connectors.database.order_outcomes:put_states",
    "connectors.database.order_batches:put_answers",
    "connectors.database.order_batches:end",
)


def test_what_was_cut_off_is_done_once_and_whole(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        for number, (place, when) in enumerate((place, when) for place in ADVANCING for when in ("before", "after")):
            content = packet("orders", purchase(f"ЗП-{number}"), created=f"2026-11-{number + 1:02}T00:00:00+03:00")
            volga.load(content.replace(b'id="p-1"', f'id="o-{number}"'.encode(), 1))
            key = take_transfer_order(hub, order(f"T-{number}"), "erp").key
            disarm = arm(place, when, crash)
            with pytest.raises(Crash):
                advance_all(hub)
            disarm()
            advance_all(hub)
            assert key
            assert went(hub, key) == ["received", "translated", "offered"], (place, when)
            found = purchases(hub)
            assert [each.id for each in found] == [f"guid-ЗП-{n}" for n in range(number + 1)], (place, when)
            assert went(hub, found[-1].key) == ["received", "translated", "offered"], (place, when)
            assert told(hub) == {f"T-{n}": 2 for n in range(number + 1)}, (place, when)


def told(hub: Hub) -> dict[str, int]:
    """What reconciliation expects of each order."""
    with hub.exchange.reading() as connection:
        (party,) = hub.parties.party_keys(connection).values()
    with hub.warehouse.reading() as connection:
        found = hub.erp_lines.lines(connection, hub.erp_lines.TRANSFER_ORDER, party)
    return {document: int(quantity) for document, _, _, quantity in found}


def test_a_pull_or_an_answer_that_was_cut_off_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        volga = distributor(hub)
        for number, place in enumerate((*PULLING, *ANSWERING)):
            key = take_transfer_order(hub, order(f"T-{number}"), "erp").key
            advance_all(hub)
            said = [Result(f"T-{number}", 1, True)]
            if number < len(PULLING):
                disarm = arm(place, "after", crash)
                with pytest.raises(Crash):
                    pull(hub, volga.sender, None, as_text=True)
                disarm()
            batch = pull(hub, volga.sender, None, as_text=True).batch
            assert batch
            if number >= len(PULLING):
                disarm = arm(place, "after", crash)
                with pytest.raises(Crash):
                    acknowledge(hub, volga.sender, batch, said)
                disarm()
                assert pull(hub, volga.sender, None, as_text=True).batch == batch
            acknowledge(hub, volga.sender, batch, said)
            assert key
            assert went(hub, key)[2:] == ["offered", "pulled", "acknowledged", "accepted"], place
