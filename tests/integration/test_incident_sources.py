"""What opens and ends incidents beside the regulation: parked and held packets, findings, failed tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.database import merging
from gateway.incident_sources import follow_findings, task_failed, task_recovered
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.notifying import send_due
from gateway.reconciling import reconcile_all
from gateway.releasing import refuse, release, retry
from gateway.wiring import Hub
from tests.integration.crash import Crash, arm, crash
from tests.integration.exchange import Clock, Site, site_in
from tests.integration.reconciled import send_stock
from tests.packets import shipment, shipments

MANY = [shipment(f"РН-{number}") for number in range(20)]
LATER = {"created": "2026-11-24T00:00:00"}


def incidents(hub: Hub) -> list[tuple[str, str, str, int]]:
    """(rule, feed or key, state, repetitions) of every incident, the oldest first."""
    with hub.exchange.reading() as connection:
        found = hub.incidents.listed(connection, hub.incidents.Wanted(), 1000)
    return [(each.rule, each.feed or each.subject, each.state, each.repeats) for each in reversed(found)]


@contextmanager
def nothing_merges(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def out_of_luck(*_: object) -> None:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as broken:
        broken.setattr(merging, "merge", out_of_luck)
        yield


def test_packets_that_cannot_be_loaded_are_one_incident_of_their_feed_until_the_last_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock, tries=1) as volga:
        with nothing_merges(monkeypatch):
            for packet_id in ("p-1", "p-2"):
                volga.send(shipments(packet_id, mode="merge"))
            load_all(volga.hub)
            clock.pass_by(60)
            load_all(volga.hub)
            retry(volga.hub, volga.sender, "p-1")
            load_all(volga.hub)
        assert volga.state("p-1") == "failed"
        ((rule, feed, state, _),) = incidents(volga.hub)
        assert (rule, feed, state) == ("LOAD_FAILED", "shipments", "open")
        retry(volga.hub, volga.sender, "p-1")
        load_all(volga.hub)
        assert volga.state("p-1").startswith("loaded")
        volga.load(shipments("p-3", **LATER))  # speaks for what p-2 spoke for
        assert incidents(volga.hub)[0][:3] == ("LOAD_FAILED", "shipments", "recovered")


@pytest.mark.parametrize("way", ["release", "refuse", "confirm", "superseded"])
def test_held_packets_are_one_incident_of_their_feed_until_none_is_held(tmp_path: Path, way: str) -> None:
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1", *MANY))
        empty = [shipments(packet_id, empty=True, **LATER) for packet_id in ("held-1", "held-2")]
        assert [volga.send(each).status for each in empty] == ["held", "held"]
        assert incidents(volga.hub) == [("PACKET_HELD", "shipments", "open", 1)]
        refuse(volga.hub, volga.sender, "held-2", "a mistake")
        assert incidents(volga.hub)[0][2] == "open"
        if way == "release":
            release(volga.hub, volga.sender, "held-1")
        elif way == "refuse":
            refuse(volga.hub, volga.sender, "held-1", "a mistake")
        elif way == "confirm":
            submit(volga.hub, volga.sender, Submission("shipments", "held-1", empty[0], confirm=True))
        else:
            volga.load(shipments("p-2", *MANY, created="2026-11-25T00:00:00"))
        assert incidents(volga.hub) == [("PACKET_HELD", "shipments", "recovered", 1)]


def stock(volga: Site, packet_id: str, quantity: int) -> None:
    send_stock(volga, 5, ("MAIN", {"000123": quantity}), created=f"2026-11-2{packet_id}T00:00:00")
    reconcile_all(volga.hub)


@pytest.mark.parametrize("place", ["gateway.incident_sources:_follow", "connectors.database.judgements:forget"])
def test_incidents_follow_findings_whatever_crashes_between_the_two_stores(tmp_path: Path, place: str) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        send_stock(volga, 4, ("MAIN", {"000123": 10}))
        stock(volga, "1", 9)
        for when in ("before", "after"):
            disarm = arm(place, when, crash)
            with pytest.raises(Crash):
                follow_findings(volga.hub)
            disarm()
        send_due(volga.hub)
        assert {(rule, repeats) for rule, _, _, repeats in incidents(volga.hub)} == {("FEED_MISSING", 0)}
        assert not follow_findings(volga.hub)
        stock(volga, "2", 10)
        send_due(volga.hub)
        assert {each[2] for each in incidents(volga.hub)} == {"recovered"}


def test_a_failed_task_is_an_incident_until_it_goes_well(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        task_recovered(volga.hub, "reconcile")
        for _ in range(2):
            task_failed(volga.hub, "reconcile", "OperationalError:\n  no such table")
        task_failed(volga.hub, "prune", "x")
        task_recovered(volga.hub, "reconcile")
        assert incidents(volga.hub) == [
            ("TASK_FAILED", "reconcile", "recovered", 1),
            ("TASK_FAILED", "prune", "open", 0),
        ]
