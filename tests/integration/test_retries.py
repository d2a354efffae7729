"""What fails is tried again later and then parked; a store that is away costs no try, a packet that kills does."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from connectors.database import bulk, queue
from gateway.domain.errors import Busy, Misuse
from gateway.loading import LONGEST_DELAY_SECONDS, delay_after, load_all, load_next, sweep
from gateway.releasing import retry
from tests.facts import numbers
from tests.integration.crash import Crash, arm, crash
from tests.integration.exchange import Clock, Site, site_in
from tests.integration.failing import fail
from tests.integration.looking import journal, loads, orphans
from tests.packets import shipment, shipments

HOUR = 3600


def parked(volga: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch, packet_id: str = "p-1") -> None:
    """A packet whose tries are all used up; the next would be good."""
    fail(monkeypatch, times=volga.hub.settings.tries)
    volga.send(shipments(packet_id))
    for _ in range(volga.hub.settings.tries):
        assert load_next(volga.hub)
        clock.pass_by(HOUR)


def test_the_delay_doubles_up_to_an_hour() -> None:
    seconds = [delay_after(tries).total_seconds() for tries in (1, 2, 3, 9, 10, 1000)]
    assert seconds == [10, 20, 40, 2560, LONGEST_DELAY_SECONDS, LONGEST_DELAY_SECONDS]


def test_a_load_that_fails_is_tried_again_after_its_delay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    fail(monkeypatch, times=3)
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        for tries in (1, 2, 3):
            assert load_next(volga.hub)
            assert volga.state("p-1") == "accepted"
            clock.pass_by(delay_after(tries).total_seconds() - 1)
            assert not load_next(volga.hub)
            clock.pass_by(1)
        assert load_next(volga.hub)
        assert (volga.state("p-1"), numbers(volga.hub)) == ("loaded-with-problems", ["РН-1"])


def test_after_the_last_try_the_packet_is_parked_and_its_sender_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock, tries=2) as volga:
        parked(volga, clock, monkeypatch)
        assert not load_next(volga.hub)
        assert (volga.state("p-1"), journal(volga.hub)["work"]) == ("failed", [(1, True)])
        assert (numbers(volga.hub), loads(volga.hub), orphans(volga.hub)) == ([], [], 0)
        codes = volga.problem_codes("p-1")
        assert ("LOAD_FAILED" in codes, volga.progress("p-1").problems_total) == (True, len(codes))


def test_a_parked_packet_is_put_back_by_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock, tries=2) as volga:
        parked(volga, clock, monkeypatch)
        retry(volga.hub, volga.sender, "p-1")
        assert (volga.state("p-1"), "LOAD_FAILED" in volga.problem_codes("p-1")) == ("accepted", False)
        assert load_all(volga.hub) == 1
        assert (volga.state("p-1"), numbers(volga.hub)) == ("loaded-with-problems", ["РН-1"])


def test_a_packet_that_is_put_back_has_all_its_tries_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock, tries=2) as volga:
        parked(volga, clock, monkeypatch)
        retry(volga.hub, volga.sender, "p-1")
        fail(monkeypatch)
        assert load_next(volga.hub)
        assert volga.state("p-1") == "accepted"


def test_only_what_is_parked_is_put_back(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.send(shipments("p-1"))
        for packet_id in ("p-1", "never"):
            with pytest.raises(Misuse, match="not parked"):
                retry(volga.hub, volga.sender, packet_id)


def test_a_store_that_is_away_costs_no_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site_in(tmp_path, tries=1) as volga:
        fail(monkeypatch, times=3, error=lambda: Busy("away"))
        volga.send(shipments("p-1"))
        for _ in range(3):
            with pytest.raises(Busy):
                load_next(volga.hub)
            assert (volga.state("p-1"), journal(volga.hub)["work"]) == ("accepted", [(1, False)])
        assert load_next(volga.hub)
        assert volga.state("p-1") == "loaded-with-problems"


def test_a_statement_that_can_not_be_right_is_no_store_that_is_away(tmp_path: Path) -> None:
    """Else its packet would be put back and tried for ever."""
    with site_in(tmp_path) as volga, pytest.raises(OperationalError), volga.hub.exchange.reading() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_a_claim_that_can_not_be_put_back_at_once_is_put_back_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal's store is away as well, for a while."""
    with site_in(tmp_path, tries=1) as volga:
        fail(monkeypatch, error=lambda: Busy("away"))
        put_back, asked = queue.put_back, []

        def away(*_: object) -> bool:
            raise Busy("away")

        def back_at_the_third_time() -> bool:
            asked.append(1)
            if len(asked) == 3:
                monkeypatch.setattr(queue, "put_back", put_back)
            return True

        volga.send(shipments("p-1"))
        monkeypatch.setattr(queue, "put_back", away)
        with pytest.raises(Busy):
            load_next(volga.hub, back_at_the_third_time)
        assert load_next(volga.hub)
        assert volga.state("p-1") == "loaded-with-problems"


def test_a_packet_that_kills_its_claimants_is_parked_after_the_last_try(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock, tries=2) as volga:
        volga.send(shipments("p-1"))
        for _ in range(2):
            arm("connectors.database.bulk:_fill", "before", crash)
            with pytest.raises(Crash):
                load_next(volga.hub)
            clock.pass_by(volga.hub.settings.lease_seconds)
        volga.send(shipments("p-2", shipment("РН-2"), mode="merge", organization="5001234567"))
        assert load_all(volga.hub) == 2
        assert (volga.state("p-1"), volga.state("p-2")) == ("failed", "loaded-with-problems")


def test_a_packet_whose_facts_are_in_is_not_parked_however_often_its_claimants_died(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock, tries=1) as volga:
        volga.send(shipments("p-1"))
        for _ in range(3):
            arm("connectors.database.queue:finish", "before", crash)
            with pytest.raises(Crash):
                load_next(volga.hub)
            clock.pass_by(volga.hub.settings.lease_seconds)
        assert load_next(volga.hub)
        assert (volga.state("p-1"), numbers(volga.hub)) == ("loaded-with-problems", ["РН-1"])


@pytest.mark.sqlite
def test_what_killed_loads_left_in_staging_is_swept_and_what_is_under_way_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(bulk, "FEW", 0)  # in a file, as a large packet
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(shipments("p-1"))
        arm("connectors.database.bulk:_remove", "before", crash)
        with pytest.raises(Crash):
            load_next(volga.hub)
        assert len(list(tmp_path.glob("staging-*"))) == 1
        (tmp_path / "staging-7-1.db-journal").touch()
        sweep(volga.hub)
        assert [file.name for file in tmp_path.glob("staging-*")] == ["staging-1-1.db"]
        clock.pass_by(volga.hub.settings.lease_seconds)
        sweep(volga.hub)
        assert list(tmp_path.glob("staging-*")) == []


@pytest.mark.sqlite
def test_who_claims_while_leftovers_are_looked_for_keeps_his_staging(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        staged = tmp_path / "staging-1-1.db"

        def claims_and_stages() -> set[tuple[int, int]]:
            staged.touch()
            return set()

        (tmp_path / "staging-7-1.db").touch()
        bulk.sweep(volga.hub.warehouse, claims_and_stages)
        assert list(tmp_path.glob("staging-*")) == [staged]
