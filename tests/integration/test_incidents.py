"""Incidents: one open for each rule and subject, who is told of what and when, and who does what about it."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.contact import Absence, Route
from gateway.domain.errors import Misuse
from gateway.domain.incident import Escalation, Mute, Severity, Subject, opened
from gateway.incidents import acknowledge, assign, breached, close, comment, mute, mute_incident, unmute, wake
from gateway.publishing import notices
from tests.integration.incident_world import RULE, World, contact, world_in

CHIEF = {"roles": frozenset({"chiefs"})}
AFTER_4_HOURS = (Escalation(timedelta(hours=4), ("chiefs",)), Escalation(timedelta(hours=24), ("boris", "anna")))


def wakes(world: World, at: str) -> int:
    world.at(at)
    return wake(world.hub)


def test_a_repeated_breach_is_counted_and_told_once_and_after_recovery_a_new_incident_opens(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        world.breaks()
        for severity in (Severity.ERROR, Severity.CRITICAL, Severity.WARNING):
            world.clock.pass_by(60)
            world.breaks(severity=severity)
        assert (world.states(), world.notices()) == ([("open", 3)], [("opened", "anna", "01 12:00")])
        world.breaks(subject=Subject(world.sender.party, world.sender.site, "shipments"))
        world.recovers()
        world.recovers()
        assert world.states() == [("recovered", 3), ("open", 0)]
        assert world.notices() == [("opened", "anna", "01 12:00"), ("recovered", "anna", "01 12:03")]
        world.breaks()
        assert world.states() == [("recovered", 3), ("open", 0), ("open", 0)]
        assert world.notices(3) == [("opened", "anna", "01 12:03")]
        assert world.steps() == [("opened", None), ("worsened", None), ("recovered", None)]


def test_the_store_holds_one_open_incident_of_a_rule_and_subject(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.breaks()
        with world.hub.exchange.writing() as connection:
            assert world.hub.incidents.add(connection, opened(world.breach(), world.clock()).incident) is None
        world.recovers()
        with world.hub.exchange.writing() as connection:
            assert world.hub.incidents.add(connection, opened(world.breach(), world.clock()).incident) == 2


def test_nothing_of_an_incident_is_there_where_its_transaction_fails(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        nothing: Any = None
        with pytest.raises(AttributeError), world.hub.exchange.writing() as connection:
            breached(world.hub, connection, [world.breach(), nothing])
        assert (world.states(), world.notices(), notices(world.hub, world.sender, None)) == ([], [], [])


def test_an_incident_whose_words_lack_a_value_is_told_with_what_there_is(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        world.breaks(params={"lines": "3"})
        with world.hub.exchange.reading() as connection:
            (told,) = world.hub.outbox.of_incident(connection, 1)
        assert (told.title, told.text.splitlines()[0]) == ("[Error] VOLGA, stock: Stock does not balance", "lines: 3")


def test_what_nobody_acknowledges_is_escalated_once_at_each_of_its_hours(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"), contact("boris", **CHIEF))
        world.breaks(escalation=AFTER_4_HOURS)
        assert [wakes(world, f"2026-12-01 {at}") for at in ("15:59", "16:00", "16:00")] == [0, 1, 0]
        assert wakes(world, "2026-12-02 12:30") == 1
        assert wakes(world, "2026-12-09 12:00") == 0
        told = [("boris", "01 16:00"), ("boris", "02 12:30"), ("anna", "02 12:30")]
        assert world.notices()[1:] == [("escalated", *each) for each in told]


def test_after_a_long_pause_all_that_was_due_happens_once_and_in_order(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"), contact("boris", **CHIEF))
        world.breaks(escalation=AFTER_4_HOURS)
        assert wakes(world, "2026-12-05 00:00") == 2
        assert world.steps() == [("opened", None), ("escalated", None), ("escalated", None)]


def test_what_is_acknowledged_is_not_escalated_and_what_is_overdue_is_told_once(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        theirs: dict[str, Any] = {"roles": frozenset(), "party": world.subject.party}
        world.book(contact("anna"), contact("boris", **CHIEF), contact("ivan", **theirs))
        world.breaks(escalation=AFTER_4_HOURS)
        acknowledge(world.hub, 1, "anna", "I look")
        assign(world.hub, 1, "anna", "boris", world.clock() + timedelta(days=2))
        comment(world.hub, 1, "boris", "the supplier is asked")
        assert wakes(world, "2026-12-03 11:59") == 0
        assert [wakes(world, "2026-12-03 12:00") for _ in range(2)] == [1, 0]
        assert world.notices()[2:] == [  # the date is not the distributor's
            ("assigned", "boris", "01 12:00"),
            ("overdue", "boris", "03 12:00"),
            ("overdue", "anna", "03 12:00"),
        ]
        close(world.hub, 1, "boris", "no longer ours")
        by_whom = [("acknowledged", "anna"), ("assigned", "anna"), ("commented", "boris"), ("overdue", None)]
        assert world.steps() == [("opened", None), *by_whom, ("closed", "boris")]
        assert len(world.notices()) == 5
        comment(world.hub, 1, "boris", "afterwards")
        with pytest.raises(Misuse, match="closed already"):
            acknowledge(world.hub, 1, "x")
        with pytest.raises(Misuse, match="nobody in the contact book is called nemo"):
            assign(world.hub, 1, "x", "nemo")


def test_what_opens_muted_and_stands_at_the_end_is_told_then_once_and_what_recovered_is_not(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        until = world.clock() + timedelta(hours=2)
        mute(world.hub, Mute(world.clock(), until, party=world.sender.party), "anna", "they move house")
        world.breaks(escalation=AFTER_4_HOURS)
        shipments = Subject(world.sender.party, world.sender.site, "shipments")
        world.breaks(subject=shipments)
        assert wakes(world, "2026-12-01 13:00") == 0
        world.recovers(subject=shipments)
        assert [wakes(world, "2026-12-01 14:00") for _ in range(2)] == [1, 0]
        assert (world.notices(1), world.notices(2)) == ([("told", "anna", "01 14:00")], [])
        assert [each.code for each in notices(world.hub, world.sender, None)] == [RULE]
        assert wakes(world, "2026-12-01 17:59") == 0
        assert wakes(world, "2026-12-01 18:00") == 1
        world.recovers()
        assert world.notices()[-1] == ("recovered", "anna", "01 18:00")


def test_a_breach_of_the_time_of_a_mute_that_is_noticed_afterwards_is_as_if_noticed_at_once(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        begin = world.clock()
        mute(world.hub, Mute(begin, begin + timedelta(hours=2), rule=RULE), "anna", "a test")
        world.at("2026-12-02 00:00")
        world.breaks(at=begin + timedelta(hours=1))
        world.recovers(at=begin + timedelta(hours=1, minutes=30))
        assert (wake(world.hub), world.notices()) == (0, [])


def test_mutes_that_overlap_last_until_the_last_and_one_that_is_ended_early_tells_at_once(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna"))
        world.breaks(escalation=AFTER_4_HOURS)
        mute_incident(world.hub, 1, world.clock() + timedelta(hours=5), "anna", "known")
        long = mute(world.hub, Mute(world.clock(), world.clock() + timedelta(days=5), feed="stock"), "anna", "known")
        world.breaks(subject=Subject(world.sender.party, None, "stock"))
        assert wakes(world, "2026-12-02 12:00") == 0
        unmute(world.hub, long, "anna")
        assert wake(world.hub) == 4  # the end of the first one's mute among them
        assert [each[:1] for each in world.steps()][-3:] == [("unmuted",), ("escalated",), ("escalated",)]
        assert world.notices(2) == [("told", "anna", "02 12:00")]
        with pytest.raises(Misuse, match="is over"):
            unmute(world.hub, long, "anna")


def test_quiet_hours_hold_a_notice_until_they_end_and_a_digest_gathers_a_day_but_what_is_urgent_goes(
    tmp_path: Path,
) -> None:
    night = {"quiet": (time(22), time(7)), "urgent": Severity.CRITICAL}
    with world_in(tmp_path) as world:
        world.book(contact("anna", **night), contact("boris", digest=time(9, 30), urgent=Severity.CRITICAL))
        world.at("2026-12-01 20:00")
        world.breaks()
        world.breaks(subject=Subject(None, key="x"), severity=Severity.CRITICAL)
        assert world.notices(1) == [("opened", "anna", "02 04:00"), ("opened", "boris", "02 06:30")]
        assert world.notices(2) == [("opened", "anna", "01 20:00"), ("opened", "boris", "01 20:00")]
        world.at("2026-12-02 06:30")
        world.recovers()
        assert world.notices(1)[2:] == [("recovered", "anna", "02 06:30"), ("recovered", "boris", "03 06:30")]


def test_a_stand_in_is_told_for_whoever_is_absent_when_the_notice_is_due(tmp_path: Path) -> None:
    away: dict[str, Any] = {"absences": (Absence(date(2026, 12, 2), date(2026, 12, 9), "boris"),)}
    gone: dict[str, Any] = {"absences": (Absence(date(2026, 11, 1), date(2026, 12, 9), "clara"),), "roles": frozenset()}
    with world_in(tmp_path) as world:
        anna = contact("anna", quiet=(time(22), time(7)), **away)
        world.book(anna, contact("boris", **gone), contact("clara", roles=frozenset()))
        world.breaks()
        world.at("2026-12-01 20:59")  # 23:59 in Moscow: due on the 2nd
        world.breaks(subject=Subject(None, key="x"))
        assert world.notices(1) == [("opened", "anna", "01 12:00")]
        assert world.notices(2) == [("opened", "clara", "01 20:59")]


def test_the_distributor_is_told_by_his_contacts_and_by_his_1c_in_his_language(tmp_path: Path) -> None:
    with world_in(tmp_path, public_url="https://hub.example") as world:
        theirs = contact("volga", party=world.sender.party, roles=frozenset(), language="ru")
        world.book(contact("anna"), theirs, contact("don", party=None, roles=frozenset()))
        world.breaks()
        world.breaks(subject=Subject(None, key="x"))
        world.recovers()
        assert [each[1] for each in world.notices(1)] == ["anna", "volga", "anna", "volga"]
        assert [each[1] for each in world.notices(2)] == ["anna"]
        with world.hub.exchange.reading() as connection:
            told = world.hub.outbox.of_incident(connection, 1)
        assert "https://hub.example/incidents/1" in told[0].text
        assert told[1].title == "[Ошибка] VOLGA, stock: Остаток не сходится"
        assert "https://hub.example/reference/problems#STOCK_DIFFERS" in told[1].text
        assert "/incidents/" not in told[1].text
        in_band = notices(world.hub, world.sender, None)
        assert [each.text.partition(":")[0] for each in in_band] == ["VOLGA, stock", "Recovered. VOLGA, stock"]


def test_routes_say_who_is_told_where_the_breach_does_not_and_a_name_nobody_bears_means_operations(
    tmp_path: Path,
) -> None:
    routes = (
        Route(("boris",), (Escalation(timedelta(hours=1), ("chiefs",)),), rule=RULE, severity=Severity.CRITICAL),
        Route(("clara",), rule=RULE),
    )
    with world_in(tmp_path) as world:
        people = (contact("boris", roles=frozenset()), contact("clara", **CHIEF), contact("anna"))
        world.book(*people, routes=routes)
        overrides: list[dict[str, Any]] = [{"severity": Severity.CRITICAL}, {}, {"tell": ("nemo", "anna")}]
        for number, override in enumerate(overrides):
            world.breaks(subject=Subject(None, key=str(number)), **override)
        assert [[each[1] for each in world.notices(key)] for key in (1, 2, 3)] == [["boris"], ["clara"], ["anna"]]
        assert wakes(world, "2026-12-01 13:00") == 1
        assert world.notices(1)[1:] == [("escalated", "clara", "01 13:00")]


def test_clocks_that_change_neither_lose_a_digest_nor_send_it_twice(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.book(contact("anna", time_zone="Europe/Berlin", digest=time(2, 30)))
        due: list[str] = []
        for at in ("2026-10-24 10:00", "2026-10-25 00:45", "2027-03-27 10:00", "2027-03-28 10:00"):
            world.at(at)
            world.breaks(subject=Subject(None, key=at))
            due.append(world.notices(len(due) + 1)[0][2])
        assert due == ["25 00:30", "26 01:30", "28 01:00", "29 00:30"]
