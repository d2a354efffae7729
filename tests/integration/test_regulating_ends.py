"""What is no longer agreed leaves nothing open; what is imported is history, and not judged."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.closing import close, reopen
from gateway.domain.clause import Clause
from gateway.domain.errors import Misuse
from gateway.importing import Piece, take_in
from gateway.incident_sources import follow_findings, waits_for_a_person
from gateway.loading import load_all
from gateway.reconciling import ask_again, reconcile_all
from gateway.regulating import check
from gateway.regulating_rules import Agreed
from gateway.regulating_trial import tried
from gateway.scoring import refresh
from tests.integration.reconciled import send_stock
from tests.integration.regulated import EVENING, World, at, november, world_in
from tests.packets import shipment, shipments

STRICT: dict[str, Any] = {"unknown": "0%", "empty": "forbidden", "control": "required"}


def steps(world: World) -> list[list[tuple[str, str | None]]]:
    """(what, why) of each incident's steps, the oldest incident first."""
    with world.hub.exchange.reading() as connection:
        found = world.hub.incidents.listed(connection, world.hub.incidents.Wanted(), 1000)
        return [
            [(each.kind, each.comment) for each in world.hub.incidents.steps(connection, one.key)]
            for one in reversed(found)
        ]


def imported(world: World, folder: Path, *contents: bytes) -> None:
    files = [folder / f"{number}.xml" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    assert {each.status for each in take_in(world.hub, world.volga.sender, Piece(tuple(files)))} == {"accepted"}
    load_all(world.hub)
    check(world.hub)


def test_a_schedule_or_limit_that_is_no_longer_agreed_ends_its_incidents_and_says_why(tmp_path: Path) -> None:
    with world_in(tmp_path, language="en") as world:
        world.agree(**EVENING, control="required")
        world.send("02 22:00", 1, 2)
        world.go("04 22:00")
        assert [each[:2] for each in world.incidents()] == [
            ("SLOT_LATE", "recovered"),
            ("CONTROL_MISSING", "open"),
            ("SLOT_LATE", "open"),
            ("SLOT_MISSING", "open"),
        ]
        world.agree(schedule="none")
        assert [each[1] for each in world.incidents()] == ["recovered"] * 4
        assert [each[-1] for each in steps(world)[1:]] == [("recovered", "no longer agreed")] * 3
        world.go("20 12:00")
        assert len(world.incidents()) == 4
        world.agree(**EVENING)
        world.go("20 22:00")
        assert [each[:3] for each in world.incidents()[4:]] == [("SLOT_LATE", "open", "20 21:30")]


def test_of_a_site_that_is_closed_nothing_is_expected_and_its_incidents_end_and_say_so_until_it_is_reopened(
    tmp_path: Path,
) -> None:
    with world_in(tmp_path, language="en") as world:
        world.agree(**EVENING, empty="forbidden")
        world.send("02 20:00", 2, 2, documents=[])
        send_stock(world.volga, 1, ("MAIN", {"000123": 10}), created=world.clock.now.isoformat())
        send_stock(world.volga, 2, ("MAIN", {"000123": 9}), created=world.clock.now.isoformat())
        reconcile_all(world.hub)
        follow_findings(world.hub)
        world.go("03 22:00")
        world.clock.now = at("05 22:00")
        check(world.hub)
        rules = ["PACKET_EMPTY", "FEED_MISSING", "FEED_MISSING", "SLOT_LATE", "SLOT_MISSING"]
        assert [each[:2] for each in world.incidents()] == [(rule, "open") for rule in rules]
        with world.hub.exchange.writing() as connection:  # what was accepted waits for a person as before
            waits_for_a_person(world.hub, connection, "PACKET_HELD", world.volga.sender.site, "orders", "held")
        assert close(world.hub, world.volga.sender, "anna") == len(rules)
        *ended, held = steps(world)
        assert [each[-1] for each in ended] == [("recovered", "the site is closed")] * len(rules)
        assert [each[0] for each in held] == ["opened"]
        ask_again(world.hub, [world.volga.sender.party], november(1), november(20))
        reconcile_all(world.hub)
        follow_findings(world.hub)
        world.agree(**EVENING | {"grace": "20 min"})
        world.go("20 12:00")
        assert len(world.incidents()) == len(rules) + 1
        assert [each[:2] for each in world.slots()] == [(2, "bad"), (3, "missing"), (5, "missing")]
        with pytest.raises(Misuse, match="closed already"):
            close(world.hub, world.volga.sender, "anna")
        reopen(world.hub, world.volga.sender)
        world.go("20 22:00")
        assert [each[:3] for each in world.incidents()[len(rules) + 1 :]] == [("SLOT_LATE", "open", "20 21:20")]
        with pytest.raises(Misuse, match="not closed"):
            reopen(world.hub, world.volga.sender)


def test_what_ends_on_its_day_is_over_at_midnight_and_what_falls_due_after_that_is_told_and_ends(
    tmp_path: Path,
) -> None:
    """However it is checked: hour by hour or in one go."""
    found = []
    for name, hours in (("hourly", 1), ("in one go", 24 * 9)):
        with world_in(tmp_path / name, language="en") as world:
            world.agree(last=november(6), **EVENING | {"missing_after": "12 h"})
            world.agree(feed="receivables", last=november(6), schedule="fri at 23:50", grace="30 min")
            for _ in range(24 * 9 // hours):
                world.clock.pass_by(3600 * hours)
                check(world.hub)
            found.append((sorted(world.incidents()), sorted(map(str, steps(world)))))
    assert found[0] == found[1]
    assert found[0][0] == [
        ("SLOT_LATE", "recovered", "02 21:30", "07 00:00"),
        ("SLOT_LATE", "recovered", "07 00:20", "08 00:20"),
        ("SLOT_MISSING", "recovered", "03 09:30", "07 00:00"),
    ]


def test_imported_history_meets_slots_and_is_neither_judged_nor_counted(tmp_path: Path) -> None:
    """A packet that the site sends itself is: the limits are the same for both."""
    with world_in(tmp_path / "store") as world:
        world.agree(**EVENING, **STRICT)
        world.go("03 12:00")
        assert [each[:2] for each in world.incidents()] == [("SLOT_LATE", "open")]
        made = {"created": "2026-11-02T20:00:00+03:00"}
        august = {"from": "2026-08-01", "to": "2026-08-31"}
        old = shipments("old", shipment("РН-0", date="2026-08-05"), **made, **august)
        missed = shipments("missed", empty=True, **made, **{"from": "2026-11-02", "to": "2026-11-02"})
        imported(world, tmp_path, old, missed)
        assert world.slots() == [(2, "late", "03 12:00")]
        assert [each[:2] for each in world.incidents()] == [("SLOT_LATE", "recovered")]
        refresh(world.hub)
        with world.hub.warehouse.reading() as connection:
            (card,) = world.hub.scorecards.listed(connection, november(1), None, "shipments")
        assert (card.packets, card.slots, card.met) == (0, 1, 1)
        draft = Agreed([Clause(feed="shipments", body=EVENING | {"grace": "1 min"} | STRICT)])
        assert {rule for rule, _ in tried(world.hub, draft, 2)} == {"UNKNOWN_SHARE", "PACKET_EMPTY", "CONTROL_MISSING"}
        world.send("03 20:00", 3, 3)
        rules = [each[0] for each in world.incidents()]
        assert rules == ["SLOT_LATE", "UNKNOWN_SHARE", "CONTROL_MISSING"]


def test_a_recovery_names_the_packet_that_ended_it_and_keeps_the_one_that_was_wrong(tmp_path: Path) -> None:
    with world_in(tmp_path, language="en") as world:
        world.agree(empty="forbidden")
        world.send("02 20:00", 2, 2, documents=[], packet_id="empty")
        world.send("03 20:00", 3, 3, packet_id="full", later=timedelta(minutes=1))
        assert steps(world) == [[("opened", None), ("recovered", "packet full")]]
        with world.hub.exchange.reading() as connection:
            params = world.hub.incidents.params(world.hub.incidents.shown(connection, 1))
    assert params["packet"] == "empty"
    assert at("03 20:01") > at("02 20:00")
