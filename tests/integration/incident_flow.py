"""The part of the whole flow that is about incidents and notices."""

from datetime import timedelta
from typing import Any

from gateway.contact_book import load_book
from gateway.domain.incident import Breach, Mute, Severity, Subject
from gateway.incident_sources import follow_findings, task_failed, task_recovered
from gateway.incidents import assign, breached, close, comment, mute, unmute, wake
from gateway.notifying import send_due
from gateway.wiring import Hub
from tests.integration.exchange import Clock, Site

BOOK = """
people:
  anna: {email: anna@hub.example, roles: operations, digest: "09:00"}
  boris: {email: boris@hub.example, webhook: "http://127.0.0.1:9/", quiet: 22:00-07:00}
tell:
  - {rule: TASK_FAILED, tell: [boris], escalate: {1: anna}}
"""


def run(volga: Site, clock: Clock) -> None:
    """Opens, repeats, mutes, escalates, ends and tells; no server of the contact book is there."""
    hub = volga.hub
    assert load_book(hub, BOOK, "admin") == load_book(hub, BOOK, "admin") == 2
    task_failed(hub, "reconcile", "out of luck")
    everything = Mute(
        clock(), clock() + timedelta(days=1), "TASK_FAILED", volga.sender.party, volga.sender.site, "stock"
    )
    mute(hub, everything, "anna", "a test")
    unmute(hub, mute(hub, Mute(clock(), everything.until, "TASK_FAILED"), "anna", "a test"), "anna")
    with hub.exchange.reading() as connection:
        ((key, *_),) = hub.incidents.listed(connection, hub.incidents.Wanted(rule="TASK_FAILED"), 10)
    assign(hub, key, "anna", "boris")
    comment(hub, key, "boris", "a word")
    clock.pass_by(4000)
    assert wake(hub)
    clock.pass_by(100_000)
    send_due(hub)
    clock.pass_by(60)
    _sent(hub)
    task_recovered(hub, "reconcile")
    while follow_findings(hub):
        pass
    _ended_by_hand(hub, volga)
    _looked_at(hub, key)


def _sent(hub: Hub) -> None:
    """As if a server were there."""
    lease = timedelta(minutes=5)
    with hub.exchange.writing() as connection:
        hub.outbox.put_off(connection, hub.outbox.claim(connection, hub.clock(), lease), hub.clock())
        assert hub.outbox.dead(connection, "email") == []
        later = hub.clock() + timedelta(days=1)
        while claim := hub.outbox.claim(connection, later, lease):
            hub.outbox.sent(connection, claim, later)


def _ended_by_hand(hub: Hub, volga: Site) -> None:
    subject = Subject(volga.sender.party, volga.sender.site, "stock", "MAIN")
    with hub.exchange.writing() as connection:
        breach = Breach("STOCK_DIFFERS", subject, Severity.ERROR, hub.clock(), {"lines": "1", "gap": "1", "worst": "1"})
        breached(hub, connection, [breach, breach])
        key = hub.incidents.open_of(connection, "STOCK_DIFFERS", subject)[0]
        hub.incidents.open_of_site(connection, ("STOCK_DIFFERS",), subject.site, "stock")
    close(hub, key, "anna", "a test")


def _looked_at(hub: Hub, key: int) -> None:
    wanted: dict[str, Any] = {"open_only": True, "party": 1, "rule": "STOCK_DIFFERS", "severity": "error"}
    with hub.exchange.reading() as connection:
        for each in ({}, wanted):
            hub.incidents.listed(connection, hub.incidents.Wanted(**each), 10)
        hub.incidents.shown(connection, key)
        assert hub.incidents.steps(connection, key)
        hub.incidents.mutes_listed(connection, hub.clock())
        assert hub.outbox.of_incident(connection, key)
        hub.outbox.depth(connection, hub.clock())
        hub.contacts.versions(connection)
