"""`obmen packet list`, `retry` and `show`: what waits for a person, how it goes on, and where facts come from."""

from pathlib import Path

import pytest

from gateway import cli_hub
from gateway.domain.errors import Misuse
from gateway.loading import load_all
from tests.hubs import hub_in
from tests.integration.commanding import commands_on
from tests.integration.exchange import Clock, Site, site
from tests.integration.failing import fail
from tests.integration.test_cli_access import obmen
from tests.packets import line, shipment, shipments


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A packet that is parked, and another of the same id that is not."""
    commands_on(monkeypatch, f"sqlite:///{tmp_path}")
    fail(monkeypatch)
    with hub_in(tmp_path, Clock(), tries=1) as hub:
        main, branch = site(hub), site(hub, code="branch")
        main.send(shipments("p-1"))
        main.send(shipments("alone", organization="5001234567"))
        load_all(hub)
        branch.load(shipments("p-1"))
    return tmp_path


def test_list_tells_what_failed_and_why(folder: Path) -> None:
    (line,) = obmen("packet", "list", "--state", "failed").output.splitlines()
    assert line.split("\t")[:5] == ["VOLGA", "main", "p-1", "shipments", "failed"]
    assert "the warehouse is upside down" in line


def test_list_without_a_state_tells_of_all_the_newest_first(folder: Path) -> None:
    lines = [line.split("\t")[1:3] for line in obmen("packet", "list").output.splitlines()]
    assert lines == [["branch", "p-1"], ["main", "alone"], ["main", "p-1"]]
    assert len(obmen("packet", "list", "--limit", "2").output.splitlines()) == 2


def test_a_state_that_there_is_not_is_named_with_those_that_there_are(folder: Path) -> None:
    with pytest.raises(Misuse, match="failed"):
        obmen("packet", "list", "--state", "lost")


def test_retry_puts_a_parked_packet_back(folder: Path) -> None:
    assert obmen("packet", "retry", "p-1", "--login", "VOLGA-main").exit_code == 0
    with hub_in(folder, Clock()) as hub:
        assert load_all(hub) == 1
    assert obmen("packet", "list", "--state", "failed").output == ""


def test_show_tells_what_became_of_a_packet_and_what_it_changed(folder: Path) -> None:
    with hub_in(folder, Clock()) as hub:
        branch = Site(hub, cli_hub.sender_of(hub, "VOLGA-branch"))
        branch.load(shipments("p-2", shipment("РН-1", line(1, quantity=3, amount=30)), created="2026-11-22T00:00:00"))
    said = obmen("packet", "show", "p-2").output
    assert "state\tloaded-with-problems" in said
    assert "number РН-1, date 2026-11-05, rows 1, quantity 2, amount 20 → " in said
    assert "rows 1, quantity 3, amount 30" in said


def test_show_with_a_row_tells_where_it_is_now_and_its_bytes(folder: Path) -> None:
    said = obmen("packet", "show", "p-1", "--login", "VOLGA-branch", "--row", "1").output.splitlines()
    assert said[0] == line(1)
    assert {"n\t1", "quantity\t2"} <= set(said)
    said = obmen("packet", "show", "p-1", "--login", "VOLGA-main", "--row", "1").output.splitlines()
    assert said[1] == "nothing of it stands in the facts"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["p-1"], "main, branch have a packet p-1"),
        (["p-1", "--login", "VOLGA-branch"], "not parked"),
        (["alone"], "not parked"),
        (["never"], "there is no packet never"),
    ],
)
def test_retry_of_what_is_not_parked_or_not_clear_is_refused(folder: Path, arguments: list[str], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        obmen("packet", "retry", *arguments)
