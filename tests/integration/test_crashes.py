"""A crash at any named place of intake, loading and reference load: after it, everything is as if it had not been."""

from pathlib import Path

import pytest

from connectors.database.tables import attempt, packet, payload
from gateway.loading import load_all
from tests.integration import looking
from tests.integration.crash import INTAKE, LOADING, Crash, arm, crash
from tests.integration.exchange import Clock, site_in
from tests.integration.story import FIRST, SECOND, everything, reference, undisturbed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", LOADING)
def test_a_load_that_was_cut_off_is_done_once_and_whole(tmp_path: Path, place: str, when: str) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        reference(volga, "000123")
        volga.load(FIRST)
        volga.send(SECOND)
        disarm = arm(place, when, crash)
        with pytest.raises(Crash):
            load_all(volga.hub)
        disarm()
        clock.pass_by(volga.hub.settings.lease_seconds)
        assert load_all(volga.hub) == 1
        assert everything(volga) == undisturbed()
        assert looking.staged(volga.hub) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", INTAKE)
def test_an_intake_that_was_cut_off_kept_nothing_and_the_sender_sends_again(
    tmp_path: Path, place: str, when: str
) -> None:
    with site_in(tmp_path) as volga:
        disarm = arm(place, when, crash)
        with pytest.raises(Crash):
            volga.send(FIRST)
        disarm()
        with volga.hub.exchange.reading() as connection:
            kept = [connection.execute(table.select()).all() for table in (payload, attempt, packet)]
        assert kept == [[], [], []]
        reference(volga, "000123")
        volga.load(FIRST, SECOND)
        assert everything(volga) == undisturbed()


def test_the_journal_catches_up_with_facts_that_were_committed_before_a_crash(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(FIRST)
        disarm = arm("connectors.database.queue:finish", "before", crash)
        with pytest.raises(Crash):
            load_all(volga.hub)
        disarm()
        assert (len(looking.documents(volga.hub)), volga.state("p-1")) == (3, "loading")
        clock.pass_by(volga.hub.settings.lease_seconds)
        load_all(volga.hub)
        assert (volga.state("p-1"), volga.progress("p-1").rows_loaded) == ("loaded-with-problems", 4)


def test_a_reference_that_comes_between_facts_and_journal_is_seen_in_the_receipt(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(FIRST)
        disarm = arm("connectors.database.queue:finish", "before", crash)
        with pytest.raises(Crash):
            load_all(volga.hub)
        disarm()
        reference(volga, "000123", "UNKNOWN")
        clock.pass_by(volga.hub.settings.lease_seconds)
        load_all(volga.hub)
        assert (volga.state("p-1"), volga.progress("p-1").rows_unmapped) == ("loaded", 0)


@pytest.mark.parametrize(
    "place", ["connectors.database.codes:map_everything", "connectors.database.journal:packets_with_unmapped"]
)
def test_a_reference_load_that_was_cut_off_is_finished_by_the_next(tmp_path: Path, place: str) -> None:
    with site_in(tmp_path) as volga:
        volga.load(FIRST)
        disarm = arm(place, "before", crash)
        with pytest.raises(Crash):
            reference(volga, "000123", "UNKNOWN")
        disarm()
        reference(volga, "000123", "UNKNOWN")
        assert (volga.state("p-1"), volga.progress("p-1").rows_unmapped) == ("loaded", 0)


def test_sending_and_loading_everything_again_changes_nothing(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        reference(volga, "000123")
        volga.load(FIRST, SECOND)
        volga.load(SECOND, FIRST)
        assert everything(volga) == undisturbed()
