"""The queue of work: claims expire, tokens only rise, what fails is tried again later and then parked."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.database import bulk, merging
from connectors.database.queue import Claim
from gateway.domain.errors import Overtaken
from gateway.domain.feeds import FEEDS
from gateway.loading import FIRST_DELAY_SECONDS, _load, load_all, load_next
from gateway.wiring import Hub
from tests.facts import numbers
from tests.integration.exchange import Clock, site_in
from tests.integration.looking import journal, loads, orphans
from tests.packets import shipment, shipments

LEASE = timedelta(seconds=120)


def claim(hub: Hub) -> Claim | None:
    with hub.exchange.writing() as connection:
        found: Claim | None = hub.queue.claim(connection, hub.clock(), LEASE)
    return found


def claimed(hub: Hub) -> Claim:
    found = claim(hub)
    assert found
    return found


def failing(times: int) -> Callable[..., Any]:
    """The merge, after it has failed so often."""
    merge, left = merging.merge, [times]

    def either(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("the warehouse is upside down")
        return merge(*arguments)

    return either


def before_staging(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Lets something happen just before the next load fills its staging."""
    fill = bulk._fill

    def later(*arguments: Any) -> None:
        monkeypatch.setattr(bulk, "_fill", fill)
        meanwhile()
        fill(*arguments)

    monkeypatch.setattr(bulk, "_fill", later)


def test_a_claimed_packet_is_nobody_elses_until_the_lease_runs_out(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        first = claimed(volga.hub)
        clock.pass_by(LEASE.total_seconds() - 1)
        assert claim(volga.hub) is None
        clock.pass_by(1)
        second = claimed(volga.hub)
        assert (second.packet, second.token, second.tries) == (first.packet, first.token + 1, 2)


def test_what_is_due_longest_is_claimed_first(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        for number in (1, 2, 3):
            volga.send(shipments(f"p-{number}", created=f"2026-11-{25 - number}T00:00:00"))
            clock.pass_by(1)
        assert [claimed(volga.hub).packet for _ in range(3)] == [1, 2, 3]


def test_nothing_is_due_before_its_time(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        clock.pass_by(-1)
        assert (claim(volga.hub), load_next(volga.hub)) == (None, False)


def test_finished_work_is_off_the_queue(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.load(shipments("p-1"))
        clock.pass_by(10 * LEASE.total_seconds())
        assert (load_all(volga.hub), journal(volga.hub)["work"]) == (0, [])


def test_an_overtaken_claimant_can_commit_no_facts(tmp_path: Path) -> None:
    """A higher token has been in the facts, and failed there or died; the lower one comes too late."""
    with site_in(tmp_path) as volga:
        volga.load(shipments("p-1"))
        with volga.hub.exchange.reading() as connection:
            packet = volga.hub.journal.journalled(connection, 1)
        with pytest.raises(Overtaken), volga.hub.warehouse.writing() as connection:
            merging.merge(connection, FEEDS[packet.feed], packet, volga.sender.party, token=0, now=volga.hub.clock())


def test_an_overtaken_claimant_leaves_the_journal_to_the_other(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        first = claimed(volga.hub)
        clock.pass_by(LEASE.total_seconds())
        claimed(volga.hub)
        with volga.hub.exchange.writing() as connection:
            assert not volga.hub.queue.finish(connection, first)
            assert not volga.hub.queue.postpone(connection, first, "too late", None)
        assert journal(volga.hub)["work"] == [(1, False)]


def test_a_claimant_that_is_overtaken_and_then_fails_does_not_undo_what_the_other_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))

        def another_loads_it() -> None:
            clock.pass_by(LEASE.total_seconds())
            assert load_next(volga.hub)
            raise RuntimeError("its staging was swept away")

        before_staging(monkeypatch, another_loads_it)
        assert load_next(volga.hub)
        assert (volga.state("p-1"), journal(volga.hub)["work"]) == ("loaded-with-problems", [])


def test_of_two_that_load_the_same_packet_at_once_the_second_finds_it_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        first = claimed(volga.hub)
        clock.pass_by(LEASE.total_seconds())
        before_staging(monkeypatch, lambda: _load(volga.hub, first))
        assert load_next(volga.hub)
        assert (volga.state("p-1"), len(loads(volga.hub)), numbers(volga.hub)) == ("loaded-with-problems", 1, ["РН-1"])


def test_a_load_that_fails_is_tried_again_after_a_delay_that_doubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(merging, "merge", failing(times=3))
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        for delay in (FIRST_DELAY_SECONDS, 2 * FIRST_DELAY_SECONDS, 4 * FIRST_DELAY_SECONDS):
            assert load_next(volga.hub)
            assert volga.state("p-1") == "accepted"
            clock.pass_by(delay - 1)
            assert not load_next(volga.hub)
            clock.pass_by(1)
        assert load_next(volga.hub)
        assert (volga.state("p-1"), numbers(volga.hub)) == ("loaded-with-problems", ["РН-1"])


def test_after_the_last_try_the_packet_is_parked_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(merging, "merge", failing(times=2))
    with site_in(tmp_path, clock=clock, tries=2) as volga:
        volga.send(shipments("p-1"))
        for _ in range(2):
            assert load_next(volga.hub)
            clock.pass_by(3600)
        assert not load_next(volga.hub)
        assert (volga.state("p-1"), journal(volga.hub)["work"]) == ("failed", [(1, True)])
        assert (numbers(volga.hub), loads(volga.hub), orphans(volga.hub)) == ([], [], 0)


def test_a_packet_that_fails_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(merging, "merge", failing(times=1))
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1", shipment("РН-1"), mode="merge"))
        volga.send(shipments("p-2", shipment("РН-2"), mode="merge"))
        assert load_all(volga.hub) == 2
        assert (volga.state("p-1"), volga.state("p-2")) == ("accepted", "loaded-with-problems")
        assert numbers(volga.hub) == ["РН-2"]
