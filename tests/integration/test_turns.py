"""Whose turn it is: by `created` within a scope, one at a time; what failed holds back merges only, until covered."""

from pathlib import Path

import pytest

from gateway.domain.errors import Misuse
from gateway.loading import load_all, load_next
from gateway.releasing import release
from tests.facts import numbers
from tests.integration.exchange import Clock, Site, site_in
from tests.integration.failing import fail
from tests.integration.looking import journal
from tests.integration.test_queue import claim, claimed
from tests.packets import packet, position, shipment, shipments, stock, warehouse

OTHER_INN = "5001234567"
DONE = "loaded-with-problems"
HOURS = 4 * 3600


def made(packet_id: str, hour: int, *documents: str, mode: str = "merge", **override: str) -> bytes:
    window = {"from": None, "to": None} if mode == "merge" else {}
    given = {"mode": mode, "created": f"2026-11-20T{hour:02}:00:00", **window, **override}
    return shipments(packet_id, *(documents or (shipment(f"РН-{packet_id}"),)), **given)


def states(volga: Site, *packet_ids: str) -> list[str]:
    return [volga.state(packet_id) for packet_id in packet_ids]


def test_packets_of_a_scope_are_claimed_by_their_created_one_at_a_time(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for packet_id, hour in (("3", 12), ("1", 10), ("2", 11)):
            volga.send(made(packet_id, hour))
        for expected in (2, 3, 1):
            found = claimed(volga.hub)
            assert (found.packet, claim(volga.hub)) == (expected, None)
            with volga.hub.exchange.writing() as connection:
                assert volga.hub.queue.finish(connection, found)


def test_of_packets_made_at_the_same_moment_the_one_received_first_goes_first(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for packet_id in ("1", "2"):
            volga.send(made(packet_id, 10))
        assert claimed(volga.hub).packet == 1


@pytest.mark.parametrize("other", [{"organization": OTHER_INN}, {"feed": "stock"}])
def test_scopes_do_not_wait_for_each_other(tmp_path: Path, other: dict[str, str]) -> None:
    with site_in(tmp_path) as volga:
        volga.send(made("1", 10))
        if "feed" in other:
            volga.send(stock("2", warehouse("MAIN", position())))
        else:
            volga.send(made("2", 11, **other))
        assert [claimed(volga.hub).packet, claimed(volga.hub).packet] == [1, 2]


def test_what_waits_for_a_retry_holds_back_later_merges_of_its_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    fail(monkeypatch)
    with site_in(tmp_path, clock=clock) as volga:
        volga.send(made("1", 10))
        volga.send(made("2", 11))
        volga.send(made("3", 9, organization=OTHER_INN))
        assert load_all(volga.hub) == 2
        assert states(volga, "1", "2", "3") == ["accepted", "accepted", DONE]
        clock.pass_by(10)
        assert load_all(volga.hub) == 2
        assert states(volga, "1", "2") == [DONE, DONE]


def test_what_is_parked_holds_back_later_merges_until_a_person_puts_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    fail(monkeypatch)
    with site_in(tmp_path, clock=clock, tries=1) as volga:
        volga.send(made("1", 10))
        volga.send(made("2", 11))
        load_all(volga.hub)
        clock.pass_by(HOURS)
        assert (load_all(volga.hub), states(volga, "1", "2")) == (0, ["failed", "accepted"])
        with volga.hub.exchange.writing() as connection:
            assert volga.hub.queue.retry(connection, 1, clock())
        assert (load_all(volga.hub), states(volga, "1", "2")) == (2, [DONE, DONE])


def test_what_failed_holds_back_nothing_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch)
    with site_in(tmp_path) as volga:
        volga.send(made("2", 11))
        load_all(volga.hub)
        volga.send(made("1", 10))
        assert (load_all(volga.hub), states(volga, "1", "2")) == (1, [DONE, "accepted"])


@pytest.mark.parametrize("tries", [1, 5])
def test_a_covering_replace_passes_what_failed_and_what_waits_behind_it_and_supersedes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    """The merge in between is due again once what held it back is gone, and comes to nothing."""
    fail(monkeypatch)
    with site_in(tmp_path, tries=tries) as volga:
        volga.send(made("1", 10))
        volga.send(made("2", 11))
        load_all(volga.hub)
        volga.send(made("3", 12, mode="replace"))
        assert load_all(volga.hub) == 2
        assert states(volga, "1", "2", "3") == ["superseded", "superseded", DONE]
        assert (numbers(volga.hub), journal(volga.hub)["work"]) == (["РН-3"], [])
        assert "LOAD_FAILED" not in volga.problem_codes("1")


def test_a_replace_that_covers_only_a_part_supersedes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch)
    with site_in(tmp_path, tries=1) as volga:
        volga.send(made("1", 10, shipment("РН-1"), shipment("РН-2", date="2026-11-15")))
        load_all(volga.hub)
        volga.send(made("2", 11, mode="replace", to="2026-11-10"))
        assert load_all(volga.hub) == 1
        assert (states(volga, "1", "2"), journal(volga.hub)["work"]) == (["failed", DONE], [(1, True)])


@pytest.mark.parametrize("other", [{"organization": OTHER_INN}, {"hour": "9"}, {"mode": "merge"}])
def test_another_scope_an_older_packet_or_a_merge_supersedes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, str]
) -> None:
    fail(monkeypatch)
    with site_in(tmp_path, tries=1) as volga:
        volga.send(made("1", 10))
        load_all(volga.hub)
        hour = int(other.pop("hour", "11"))
        volga.send(made("2", hour, **{"mode": "replace", **other}))
        load_all(volga.hub)
        assert volga.state("1") == "failed"


def test_what_fails_for_good_after_it_was_covered_is_superseded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_in(tmp_path, tries=1) as volga:
        volga.load(made("2", 11, mode="replace"))
        fail(monkeypatch)
        volga.send(made("1", 10))
        load_all(volga.hub)
        assert (states(volga, "1"), journal(volga.hub)["work"]) == (["superseded"], [])


def test_a_held_packet_that_is_covered_is_superseded_and_can_not_be_released(tmp_path: Path) -> None:
    many = [shipment(f"РН-{number}") for number in range(10)]
    with site_in(tmp_path) as volga:
        volga.load(made("1", 10, *many, mode="replace"))
        volga.send(made("2", 11, shipment("РН-X"), mode="replace"))
        assert volga.state("2") == "held"
        volga.load(made("3", 12, *many, mode="replace"))
        assert volga.state("2") == "superseded"
        with pytest.raises(Misuse, match="no longer held"):
            release(volga.hub, volga.sender, "2")


def test_stock_is_superseded_by_the_warehouses_that_it_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot(packet_id: str, hour: int, *codes: str) -> bytes:
        return stock(packet_id, *(warehouse(code, position()) for code in codes), created=f"2026-11-20T{hour}:00:00")

    fail(monkeypatch)
    with site_in(tmp_path, tries=1) as volga:
        volga.send(snapshot("1", 10, "MAIN", "NORTH"))
        load_all(volga.hub)
        volga.load(snapshot("2", 11, "MAIN"))
        assert states(volga, "1", "2") == ["failed", DONE]
        volga.load(snapshot("3", 12, "NORTH"))
        assert states(volga, "1", "3") == ["superseded", DONE]


def test_a_snapshot_of_a_register_supersedes_every_older_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outlets(packet_id: str, hour: int) -> bytes:
        made = packet("outlets", mode="snapshot", created=f"2026-11-20T{hour}:00:00", to=None)
        return made.replace(b'id="p-1"', f'id="{packet_id}"'.encode())

    fail(monkeypatch)
    with site_in(tmp_path, tries=1) as volga:
        volga.send(outlets("1", 10))
        load_all(volga.hub)
        volga.load(outlets("2", 11))
        assert states(volga, "1", "2") == ["superseded", "loaded"]


def test_an_older_packet_that_comes_while_a_newer_is_loaded_goes_next(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        volga.send(made("2", 11, mode="replace"))
        newer = claimed(volga.hub)
        volga.send(made("1", 10))
        assert not load_next(volga.hub)
        with volga.hub.exchange.writing() as connection:
            assert volga.hub.queue.put_back(connection, newer, volga.hub.clock())
        assert (claimed(volga.hub).packet, newer.packet) == (2, 1)
