"""The queue of work: claims expire, tokens only rise, and who was overtaken comes too late."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from connectors.database import bulk, queue
from connectors.database.queue import Claim
from connectors.database.tables import work
from gateway.domain.errors import Overtaken
from gateway.loading import _facts_of, _load, load_all, load_next
from gateway.wiring import Hub
from tests.facts import numbers
from tests.integration.exchange import Clock, site_in
from tests.integration.looking import journal, loads
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


def before_staging(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Lets something happen just before the next load fills its staging."""
    fill = bulk._fill

    def later(*arguments: Any) -> Any:
        monkeypatch.setattr(bulk, "_fill", fill)
        meanwhile()
        return fill(*arguments)

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


def test_of_different_scopes_what_is_due_longest_is_claimed_first(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        for number in (1, 2, 3):
            made = {"created": f"2026-11-{25 - number}T00:00:00", "organization": f"770123456{number}"}
            volga.send(shipments(f"p-{number}", **made))
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


def test_an_overtaken_claimant_can_commit_no_facts_even_before_the_other_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He staged, slept through his lease, and wakes while the other is about to stage."""
    clock, late = Clock(), []
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        first = claimed(volga.hub)
        clock.pass_by(LEASE.total_seconds())

        def the_first_wakes() -> None:
            with pytest.raises(Overtaken):
                _load(volga.hub, first)
            late.append(numbers(volga.hub))

        before_staging(monkeypatch, the_first_wakes)
        assert load_next(volga.hub)
        assert (late, volga.state("p-1"), numbers(volga.hub)) == ([[]], "loaded-with-problems", ["РН-1"])


def test_who_claims_another_packet_of_the_scope_overtakes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older packet came while the claimant slept: it goes first, and never beside the other."""
    clock, late = Clock(), []
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("new", mode="merge"))
        sleeper = claimed(volga.hub)
        clock.pass_by(LEASE.total_seconds())
        volga.send(shipments("old", shipment("РН-2"), mode="merge", created="2026-11-20T00:00:00"))

        def the_sleeper_wakes() -> None:
            with pytest.raises(Overtaken):
                _load(volga.hub, sleeper)
            late.append(numbers(volga.hub))

        before_staging(monkeypatch, the_sleeper_wakes)
        assert load_next(volga.hub)
        assert (late, volga.state("old"), volga.state("new")) == ([[]], "loaded-with-problems", "accepted")
        assert (load_all(volga.hub), numbers(volga.hub)) == (1, ["РН-1", "РН-2"])


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


def test_a_claimant_that_committed_facts_and_slept_is_followed_by_one_that_finds_them(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        first = claimed(volga.hub)
        with volga.hub.exchange.reading() as connection:
            _facts_of(volga.hub, first, volga.hub.journal.journalled(connection, first.packet))
        clock.pass_by(LEASE.total_seconds())
        assert load_next(volga.hub)
        assert (volga.state("p-1"), len(loads(volga.hub)), numbers(volga.hub)) == ("loaded-with-problems", 1, ["РН-1"])


def test_who_loses_the_race_for_a_packet_takes_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site_in(tmp_path) as volga:
        volga.send(shipments("p-1"))
        volga.send(shipments("p-2", organization="5001234567"))
        seen = queue._next

        def claimed_by_another_meanwhile(connection: Connection, now: datetime) -> Any:
            found = seen(connection, now)
            monkeypatch.setattr(queue, "_next", seen)
            assert queue.claim(connection, now, LEASE)
            return found

        for _ in ("scope is new", "scope is known"):
            monkeypatch.setattr(queue, "_next", claimed_by_another_meanwhile)
            assert claimed(volga.hub).packet == 2
            with volga.hub.exchange.writing() as connection:
                connection.execute(update(work).values(token=None, due_at=volga.hub.clock()))


def test_a_long_load_keeps_its_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed, renew, waited = threading.Event(), queue.renew, []

    def noticed(*arguments: Any) -> bool:
        kept = renew(*arguments)
        renewed.set()
        return kept

    with site_in(tmp_path, lease_seconds=1) as volga:
        volga.send(shipments("p-1"))
        monkeypatch.setattr(queue, "renew", noticed)
        before_staging(monkeypatch, lambda: waited.append(renewed.wait(60)))
        assert load_next(volga.hub)
        assert volga.state("p-1") == "loaded-with-problems"
