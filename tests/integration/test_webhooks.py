"""Webhooks: every event is called out at least once, under one id, signed; a receiver that is away loses nothing."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import calling
from gateway.domain.errors import Misuse
from gateway.domain.webhook import FIRST_WAIT, LONGEST_WAIT, MOST_TRIES, Event, Webhook, wait_after
from gateway.ordering import take_transfer_order
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.exchange import Clock, site
from tests.integration.ordered import order
from tests.listening import Listener, listening
from tests.packets import shipments

Told = tuple[Hub, Clock, Listener]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub, listening() as listener:
        yield hub, clock, listener


def give(hub: Hub, *ids: str) -> None:
    for each in ids:
        assert take_transfer_order(hub, order(each), "erp").key


def said(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in listener.calls]


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/api.md tells a receiver to do it."""
    parts = dict(each.split("=", 1) for each in headers["Obmen-Signature"].split(","))
    expected = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"])


def test_steps_of_orders_are_called_out_once_signed_and_with_their_place(told: Told) -> None:
    hub, _, listener = told
    give(hub, "before")
    secret = calling.subscribe(hub, "erp", listener.url, {Event.TRANSFER_ORDER})
    give(hub, "T-1", "T-2")
    assert [calling.call_due(hub), calling.call_due(hub)] == [2, 0]
    assert [(each["event"], each["order"], each["state"]) for each in said(listener)] == [
        ("transfer-order", "T-1", "received"),
        ("transfer-order", "T-2", "received"),
    ]
    assert all(verified(secret, *each) for each in listener.calls)
    assert not verified("another", *listener.calls[0])
    assert [headers["Obmen-Event"] for headers, _ in listener.calls] == [each["id"] for each in said(listener)]


def test_a_receiver_that_is_away_gets_the_same_call_later_and_nothing_in_between_is_lost(told: Told) -> None:
    hub, clock, listener = told
    calling.subscribe(hub, "erp", listener.url, {Event.TRANSFER_ORDER})
    give(hub, "T-1")
    listener.answers = [500, 302]
    assert calling.call_due(hub) == 0
    assert calling.call_due(hub) == 0, "it is not due again yet"
    for _ in range(2):
        clock.pass_by(60)
        give(hub, f"T-{clock.now}")
        calling.call_due(hub)
    clock.pass_by(3600)
    calling.call_due(hub)
    ids = [each["id"] for each in said(listener)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(not headers.get("Path", "").startswith("/elsewhere") for headers, _ in listener.calls)
    (webhook, waiting, given_up), *_ = listed(hub)
    assert (webhook.name, waiting, given_up) == ("erp", 0, 0)


def test_after_days_a_call_is_given_up_and_a_person_may_have_it_tried_again(told: Told) -> None:
    hub, clock, listener = told
    calling.subscribe(hub, "erp", listener.url, {Event.TRANSFER_ORDER})
    give(hub, "T-1")
    listener.answers = [500] * MOST_TRIES
    for _ in range(MOST_TRIES):
        calling.call_due(hub)
        clock.pass_by(LONGEST_WAIT.total_seconds())
    assert [each[1:] for each in listed(hub)] == [(0, 1)]
    assert calling.call_due(hub) == 0
    with hub.exchange.writing() as connection:
        assert hub.webhooks.retry(connection, "erp", clock()) == 1
    assert calling.call_due(hub) == 1
    assert len({each["id"] for each in said(listener)}) == 1


def test_a_crash_between_the_call_and_its_mark_makes_the_same_call_again(told: Told) -> None:
    hub, clock, listener = told
    calling.subscribe(hub, "erp", listener.url, {Event.TRANSFER_ORDER})
    give(hub, "T-1")
    calling._relayed(hub)
    (call,) = calling._claimed(hub)
    assert hub.call(call, clock()) is None
    assert calling.call_due(hub) == 0, "while it is claimed nobody else has it"
    clock.pass_by(calling.LEASE.total_seconds())
    assert calling.call_due(hub) == 1
    assert said(listener)[0] == said(listener)[1]


def test_late_commits_and_busy_minutes_are_told_of_too(told: Told) -> None:
    hub, clock, listener = told
    calling.subscribe(hub, "erp", listener.url, {Event.TRANSFER_ORDER})
    calling.STEPS_AT_ONCE, before = 2, calling.STEPS_AT_ONCE
    try:
        for hour in range(4):
            give(hub, *(f"T-{hour}-{number}" for number in range(5)))
            calling.call_due(hub)
            clock.pass_by(3600)
        while calling.call_due(hub):
            pass
    finally:
        calling.STEPS_AT_ONCE = before
    assert len({each["order"] for each in said(listener)}) == len(said(listener)) == 20


def test_loaded_packets_are_called_out_with_their_window_to_those_who_ask(told: Told) -> None:
    hub, _, listener = told
    volga = site(hub)
    volga.load(shipments("p-1"))
    calling.subscribe(hub, "erp", listener.url, {Event.FACTS})
    volga.load(shipments("p-2", created="2026-11-21T00:00:00"))
    give(hub, "T-1")
    assert calling.call_due(hub) == 1
    (event,) = said(listener)
    assert (event["feed"], event["party"], event["from"], event["to"]) == (
        *("shipments", "VOLGA"),
        *("2026-11-01", "2026-11-30"),
    )


def test_a_webhook_that_ended_is_called_no_more(told: Told) -> None:
    hub, clock, listener = told
    calling.subscribe(hub, "erp", listener.url, {Event.TRANSFER_ORDER, Event.TEST})
    calling.try_out(hub, "erp")
    assert calling.call_due(hub) == 1
    give(hub, "T-1")
    with hub.exchange.writing() as connection:
        hub.webhooks.end(connection, "erp", clock())
    assert calling.call_due(hub) == 0
    for wrong in (lambda: calling.try_out(hub, "erp"), lambda: calling.subscribe(hub, "x", "file:///etc/passwd", {})):
        with pytest.raises(Misuse):
            wrong()


def test_waits_double_up_to_hours_and_end_after_days() -> None:
    waits = [wait_after(tries) for tries in range(1, MOST_TRIES)]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
    assert timedelta(days=2) < sum((each for each in waits if each), timedelta()) < timedelta(days=5)
    assert wait_after(MOST_TRIES) is None


def test_nobody_reads_a_secret_in_a_log() -> None:
    webhook = Webhook(1, "erp", "https://erp.example/hook", "s3cret", frozenset())
    assert "s3cret" not in repr(webhook)


def listed(hub: Hub) -> Any:
    with hub.exchange.reading() as connection:
        return hub.webhooks.listed(connection)
