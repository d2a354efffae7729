"""The regulation held against the journal: slots, what is late or missing, quality, changes, excuses."""

from pathlib import Path

from gateway.domain.clause import Level
from gateway.domain.feed import Register
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.referencing import load_reference
from gateway.regulating import check
from gateway.regulating_rules import Excuse, excuse, take_back
from gateway.releasing import release
from tests.integration.regulated import EVENING, at, november, world_in
from tests.packets import line, shipment, shipments, stock, warehouse


def test_slots_are_met_late_and_missing_and_incidents_open_once_and_recover(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.send("02 20:55", 1, 2)
        world.go("03 21:29")
        assert (world.slots(), world.incidents()) == ([(2, "on-time", "02 20:55")], [])
        world.go("03 21:31")
        assert world.slots()[1:] == [(3, "late", None)]
        world.go("05 22:00")  # the 4th is a holiday
        assert world.slots()[1:] == [(3, "missing", None), (5, "late", None)]
        opened = [each[:3] for each in world.incidents()]
        assert opened == [("SLOT_LATE", "open", "03 21:30"), ("SLOT_MISSING", "open", "04 21:30")]
        world.send("05 22:10", 1, 5)
        assert world.slots() == [(2, "on-time", "02 20:55"), (3, "late", "05 22:10"), (5, "late", "05 22:10")]
        ended = [("recovered", "03 21:30", "05 22:10"), ("recovered", "04 21:30", "05 22:10")]
        assert [each[1:] for each in world.incidents()] == ended


def test_days_are_missing_no_more_once_they_came_though_a_later_one_is_late(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.send("02 20:55", 2, 2)
        world.go("05 22:00")
        assert world.slots()[1:] == [(3, "missing", None), (5, "late", None)]
        world.send("05 22:10", 3, 3)
        states = {rule: state for rule, state, *_ in world.incidents()}
        assert states == {"SLOT_LATE": "open", "SLOT_MISSING": "recovered"}


def test_what_breaks_a_limit_makes_a_slot_bad_until_its_codes_are_mapped(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING, unknown="50%", control="required")
        world.send("02 20:00", 1, 2)
        world.go("02 22:00")
        assert world.slots() == [(2, "bad", "02 20:00")]
        assert [each[:2] for each in world.incidents()] == [("UNKNOWN_SHARE", "open"), ("CONTROL_MISSING", "open")]
        world.agree(**EVENING, unknown="50%")
        load_reference(world.hub, Register.PRODUCT, [{"code": "000123", "name": "Чай"}])
        check(world.hub)
        assert world.slots() == [(2, "on-time", "02 20:00")]
        assert world.incidents()[0] == ("UNKNOWN_SHARE", "recovered", "02 20:00", "02 22:00")


def test_a_packet_is_measured_by_earlier_ones_of_its_weekday(tmp_path: Path) -> None:
    lines = [line(n) for n in range(1, 11)]
    with world_in(tmp_path) as world:
        world.agree(small="50%", quarantined="5%")
        for day in (2, 9, 16):
            world.send(f"{day:02} 20:00", day, day, documents=[shipment(f"РН-{day}", *lines, date=f"2026-11-{day:02}")])
        doubled = shipment("РН-23", line(1), line(2), line(2), line(3), date="2026-11-23")
        world.send("23 20:00", 23, 23, documents=[doubled])
        assert [each[:2] for each in world.incidents()] == [("QUARANTINE_SHARE", "open"), ("PACKET_SMALL", "open")]
        world.send("23 20:30", 24, 24, documents=[], packet_id="empty")
        rules = {each[0]: each[1] for each in world.incidents()}
        assert rules == {"QUARANTINE_SHARE": "recovered", "PACKET_SMALL": "recovered", "PACKET_EMPTY": "open"}


def test_an_empty_packet_counts_and_what_is_held_or_waits_to_be_loaded_is_told_apart(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.send("02 20:00", 2, 2, documents=[])
        world.send("03 20:00", 1, 3, documents=[shipment(f"РН-{n}", date="2026-11-03") for n in range(20)])
        world.clock.now = at("05 21:00")
        window = {"from": "2026-11-01", "to": "2026-11-05", "created": world.clock.now.isoformat()}
        assert world.volga.send(shipments("held", empty=True, **window)).status == "held"
        world.go("05 22:00")
        assert world.slots()[2:] == [(5, "late", None)]
        release(world.hub, world.volga.sender, "held")
        load_all(world.hub)
        check(world.hub)
        assert world.slots()[2:] == [(5, "on-time", "05 21:00")]  # it came in time; the hub held it
        world.clock.now = at("06 21:30")
        window |= {"to": "2026-11-06", "created": world.clock.now.isoformat()}
        submit(world.hub, world.volga.sender, Submission("shipments", "p", shipments("p", empty=True, **window)))
        world.go("06 23:00")
        assert world.slots()[3:] == [(6, "expected", None)]
        load_all(world.hub)
        check(world.hub)
        assert world.slots()[3:] == [(6, "on-time", "06 21:30")]
        assert [each[0] for each in world.incidents()].count("SLOT_LATE") == 1


def test_stock_is_expected_of_each_agreed_warehouse(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(feed="stock", **EVENING, warehouses=["MAIN", "COLD"])
        world.clock.now = at("02 20:00")
        day = "2026-11-02T20:00:00"
        world.volga.load(stock("s-1", warehouse("MAIN", as_of=day), created="2026-11-02T20:00:00+03:00"))
        world.go("02 22:00")
        assert world.slots(warehouse="MAIN") == [(2, "on-time", "02 20:00")]
        assert world.slots(warehouse="COLD") == [(2, "late", None)]
        with world.hub.exchange.reading() as connection:
            (notice,) = world.hub.notices.waiting(connection, world.volga.sender.site, None)
        assert "VOLGA, stock, COLD: " in notice.text
        assert "by 2026-11-02 21:30 (Europe/Moscow)" in notice.text


def test_a_changed_regulation_holds_for_what_is_due_later_and_packets_that_are_in_count(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.go("03 12:00")
        assert world.slots() == [(2, "late", None)]
        world.send("03 20:50", 2, 3)
        world.clock.now = at("03 21:10")
        world.agree(**EVENING | {"schedule": "workdays at 22:00"})
        world.go("03 23:00")
        assert world.slots() == [(2, "late", "03 20:50"), (3, "on-time", "03 20:50")]
        world.agree(Level.PARTY, "VOLGA", schedule="none")
        world.go("06 23:00")
        assert len(world.slots()) == 2
        assert [each[1] for each in world.incidents()] == ["recovered"]


def test_a_clause_holds_from_its_day_to_its_day(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING, minimum_interval="1 min")
        world.agree(Level.SITE, "VOLGA/main", first=november(5), last=november(5), schedule="daily at 06:00")
        world.go("10 12:00")
        assert [day for day, _, _ in world.slots()] == [2, 3, 5, 6, 9]
        with world.hub.exchange.reading() as connection:
            (hour,) = {
                each.expected_at.astimezone(at("05 06:00").tzinfo).hour for each in world.kept() if each.day.day == 5
            }
            rules = world.hub.regulations.regulation_of(connection, world.volga.sender.site, "shipments")
        assert (hour, rules.minimum_interval) == (6, 60)


def test_excused_days_are_not_asked_for_and_end_what_was_overdue(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.go("03 12:00")
        given = Excuse(world.volga.sender.party, None, "*", november(1), november(3), "отпуск")
        number = excuse(world.hub, given, "anna")
        assert [each[1:] for each in world.incidents()] == [("recovered", "02 21:30", "03 12:00")]
        world.go("03 22:00")
        assert [state for _, state, _ in world.slots()] == ["excused", "excused"]
        take_back(world.hub, number, "anna")
        check(world.hub)
        assert [state for _, state, _ in world.slots()] == ["missing", "late"]


def test_a_new_site_is_under_the_regulation_of_all(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.join("branch")
        world.go("02 12:01")
        world.go("02 22:00")
        assert world.slots() == [(2, "late", None)]
