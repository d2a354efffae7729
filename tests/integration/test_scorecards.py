"""Scorecards of a replayed month, counted by hand; that what changed, and only that, is counted again."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import event, text, update

from connectors.database.tables import party
from gateway.domain.errors import Misuse
from gateway.domain.feed import Register
from gateway.domain.incident import Breach, Subject
from gateway.domain.incident import Severity as Weight
from gateway.domain.scorecard import REACTION
from gateway.incidents import breached, recovered
from gateway.intake import Submission, submit
from gateway.mapping import catch_up
from gateway.publishing import notices
from gateway.referencing import load_reference
from gateway.regulating import check
from gateway.regulating_rules import Excuse, excuse
from gateway.scoring import ALL, count, refresh
from gateway.scoring_told import letter, tell
from tests.integration.exchange import Site, site
from tests.integration.regulated import EVENING, World, at, world_in
from tests.packets import line, shipment

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def card(world: World, feed: str = ALL, of: Site | None = None) -> Any:
    with world.hub.warehouse.reading() as connection:
        found = world.hub.scorecards.listed(connection, NOVEMBER, (of or world.volga).sender.party, feed)
    return found[0] if found else None


def tally(world: World, feed: str = ALL) -> dict[str, int]:
    """What is not 0."""
    return {name: value for name, value in vars(world.hub.scorecards.tally_of(card(world, feed))).items() if value}


def replayed(world: World) -> None:
    """November on workdays at 21:00, with half an hour of grace: 20 days, the 4th being a holiday."""
    load_reference(world.hub, Register.PRODUCT, [{"code": "000123", "name": "Чай"}])
    world.agree(**EVENING)
    world.send("02 20:55", 2, 2)  # in time
    world.send("03 22:00", 3, 3)  # half an hour after it was due
    world.go("05 23:00")
    world.send("06 12:00", 5, 5)  # 14 hours and 30 minutes after
    for day in (6, 9, 10, 11, 12, 13, 16, 17):
        world.send(f"{day:02} 21:30", day, day)  # in time, to the minute
    world.go("20 12:00")  # what was expected on the 18th and the 19th never comes
    for packet_id, feed in (("bad-1", "shipments"), ("bad-2", "shipments"), ("bad-3", "nonsense")):
        submit(world.hub, world.volga.sender, Submission(feed, packet_id, b"<packet/>"))
    unknown = shipment("РН-20", line(1), line(2, product="000777"), date="2026-11-20")
    world.send("20 21:00", 20, 20, documents=[unknown])
    for day in (23, 24, 25, 26, 27, 30):
        world.send(f"{day:02} 21:00", day, day)
    world.go("30 23:00")


def test_a_replayed_month_comes_to_what_is_counted_by_hand(tmp_path: Path) -> None:
    """Incidents: late on the 3rd (0:30), on the 5th (14:30), from the 18th on (47:30), and missing for ever."""
    with world_in(tmp_path) as world:
        replayed(world)
        assert refresh(world.hub) == 1
        assert tally(world, "shipments") == {
            **{"slots": 20, "met": 18, "in_time": 16, "minutes_late": 30 + 14 * 60 + 30},
            **{"packets": 18, "rejected": 2, "rows_loaded": 19, "rows_unmapped": 1},
            **{"incidents": 4, "reacted": 2, "ended": 3, "minutes_open": 30 + 14 * 60 + 30 + 47 * 60 + 30},
        }
        assert tally(world) == tally(world, "shipments") | {"rejected": 3}
        found = card(world, "shipments")
        # 16 ÷ 20; 18 ÷ 20; 18 ÷ 20 × 18 ÷ 19 = 0.85263; 2 ÷ 4
        parts = (found.timeliness, found.completeness, found.quality, found.reaction)
        assert parts == (Decimal(80), Decimal(90), Decimal("85.3"), Decimal(50))
        # (35 × 80 + 35 × 90 + 20 × 85.3 + 10 × 50) ÷ 100 = 81.56
        assert (found.rating, found.grade) == (Decimal("81.6"), "C")
        with world.hub.warehouse.reading() as connection:
            columns = "party_code, feed, late_hours, reaction_hours, quality, grade"
            seen = connection.execute(text(f"SELECT {columns} FROM warehouse.v_scorecard WHERE feed <> '*'")).one()
        late, reaction, quality = (Decimal(str(value)) for value in seen[2:5])
        assert (seen[0], seen[1], late, round(reaction, 4), quality, seen[5]) == (
            *("VOLGA", "shipments", Decimal("7.5"), Decimal("20.8333"), Decimal("85.3"), "C"),
        )


def test_what_changes_later_is_counted_again_and_nothing_else(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        hub, other = world.hub, site(world.hub, party="OKA")
        submit(hub, other.sender, Submission("shipments", "bad", b"<packet/>"))
        replayed(world)
        assert refresh(hub) == 2
        made = card(world, of=other).made_at
        assert refresh(hub) == 0
        world.clock.now = at("30 23:10")
        load_reference(hub, Register.PRODUCT, [{"code": "000777", "name": "Кофе"}])
        catch_up(hub)
        check(hub)
        assert refresh(hub) == 1
        assert (tally(world).get("rows_unmapped"), card(world).quality) == (None, Decimal("85.7"))  # 18 ÷ 21
        world.send("30 23:20", 18, 19)
        assert refresh(hub) == 1
        assert tally(world)["met"] == 20
        assert card(world, of=other).made_at == made


def test_an_incident_that_grows_old_changes_its_month_by_itself(tmp_path: Path) -> None:
    with world_in(tmp_path, "30 12:00") as world:
        world.agree(**EVENING)
        world.go("30 22:00")
        refresh(world.hub)
        assert (tally(world), card(world).look_at) == ({"slots": 1}, at("30 21:30") + REACTION)
        world.clock.now = at("30 21:30") + REACTION
        assert refresh(world.hub) == 1
        assert (tally(world), card(world).look_at) == ({"slots": 1, "incidents": 1}, None)
        assert refresh(world.hub) == 0


def test_an_excused_delivery_counts_neither_way(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.send("02 20:55", 2, 2)
        world.go("05 23:00")
        refresh(world.hub)
        assert tally(world)["slots"] == 3
        days = (date(2026, 11, 3), date(2026, 11, 5))
        excuse(world.hub, Excuse(world.volga.sender.party, None, "*", *days, "inventory"), "anna")
        check(world.hub)
        refresh(world.hub)
        assert {name: tally(world).get(name) for name in ("slots", "met", "excused")} == {
            "slots": 1,
            "met": 1,
            "excused": 2,
        }


def test_a_change_while_it_is_counted_is_counted_next_time(tmp_path: Path) -> None:
    """A mark that is there already may be deleted by a count that has not seen the change."""
    with world_in(tmp_path) as world:
        hub, volga = world.hub, world.volga
        submit(hub, volga.sender, Submission("shipments", "bad-1", b"<packet/>"))
        with hub.exchange.reading() as connection:
            marks = hub.scorecards.changed(connection)
        count(hub, NOVEMBER, [volga.sender.party])
        submit(hub, volga.sender, Submission("shipments", "bad-2", b"<packet/>"))
        with hub.exchange.writing() as connection:
            hub.scorecards.counted(connection, [mark.key for mark in marks])
        assert tally(world)["rejected"] == 1
        assert refresh(hub) == 1
        assert tally(world)["rejected"] == 2


def test_what_the_hub_itself_has_to_mend_is_not_held_against_a_distributor(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        subject = Subject(world.volga.sender.party, world.volga.sender.site, "shipments")
        with world.hub.exchange.writing() as connection:
            for rule in ("LOAD_FAILED", "STOCK_DIFFERS"):
                params = {"tries": "5", "lines": "1", "gap": "1", "worst": "1"}
                breached(world.hub, connection, [Breach(rule, subject, Weight.ERROR, world.clock(), params)])
        world.clock.pass_by(60)
        with world.hub.exchange.writing() as connection:
            for rule in ("LOAD_FAILED", "STOCK_DIFFERS"):
                recovered(world.hub, connection, rule, subject, world.clock())
        refresh(world.hub)
        assert tally(world) == {"incidents": 1, "reacted": 1, "ended": 1, "minutes_open": 1}


@pytest.mark.sqlite
def test_no_statement_of_a_count_reads_through_what_grows(tmp_path: Path) -> None:
    plans = list[str]()
    explaining = list[bool]()

    def explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT") and not explaining:
            explaining.append(True)
            plans.extend(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
            explaining.clear()

    with world_in(tmp_path) as world:
        submit(world.hub, world.volga.sender, Submission("shipments", "bad-1", b"<packet/>"))
        for store in (world.hub.exchange, world.hub.warehouse):
            event.listen(store.engine, "before_cursor_execute", explain)
        refresh(world.hub)
    searched = {" ".join(each.split()[1:5]) for each in plans if each.startswith("SEARCH")}
    assert searched >= {
        "exchange.slot USING INDEX ix_slot_party_day",
        "exchange.packet USING INDEX ix_packet_site_feed_received_at",
        "exchange.attempt USING INDEX ix_attempt_received_at",
        "exchange.incident USING INDEX ix_incident_party_opened_at",
    }
    assert {each.split()[1] for each in plans if each.startswith("SCAN")} <= {"exchange.score_mark", "exchange.site"}


def read(file: Path) -> str:
    """All that stands in a letter, cells with tabs between."""
    document = Document(str(file))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return "\n".join([*(each.text for each in document.paragraphs), *("\t".join(row) for row in rows)])


def speak(world: World, language: str, name: str) -> None:
    with world.hub.exchange.writing() as connection:
        connection.execute(update(party).values(language=language, name=name))
    count(world.hub, NOVEMBER, [world.volga.sender.party])


def test_the_letter_tells_a_distributor_figures_and_breaches_in_his_language(tmp_path: Path) -> None:
    file = tmp_path / "letter.docx"
    with world_in(tmp_path) as world:
        replayed(world)
        refresh(world.hub)
        for language, name in (("ru", "ООО «Чай & Кофе» <b>"), ("en", "Tea & Coffee")):
            speak(world, language, name)
            letter(world.hub, world.volga.sender.party, NOVEMBER, file)
            found = read(file)
            assert name in found
            assert "{{" not in found
            if language == "ru":
                assert "Обмен данными за ноябрь 2026" in found
                assert "Своевременность\t80,0\t35" in found
                assert (
                    "03.11.2026\tотгрузки (shipments)\tmain\t—\t03.11.2026 21:30\t03.11.2026 22:00\tс опозданием"
                    in found
                )
                assert "18.11.2026\tотгрузки (shipments)\tmain\t—\t18.11.2026 21:30\t—\tне получено" in found
                assert "отгрузки (shipments)\t20\t2\t2\t80,0\t90,0\t85,3\t81,6" in found
                assert found.count("не получено") == 2
                assert "(35 × 80,0 + 35 × 90,0 + 20 × 81,2 + 10 × 50,0) ÷ 100 = 80,7" in found
            else:
                assert "Exchange of November 2026" in found
                assert "Rating: 80.7 (C)" in found  # quality with all three rejections: 18 ÷ 21 × 18 ÷ 19 = 0.8120
                assert "(35 × 80.0 + 35 × 90.0 + 20 × 81.2 + 10 × 50.0) ÷ 100 = 80.7" in found
        with pytest.raises(Misuse, match="no scorecard of 2026-10"):
            letter(world.hub, world.volga.sender.party, OCTOBER, file)


def test_a_letter_without_breaches_says_so_and_a_template_of_ones_own_is_used(tmp_path: Path) -> None:
    own, file = Document(), tmp_path / "letter.docx"
    own.add_paragraph("{{ party }}: {{ grade }}")
    own.save(str(tmp_path / "own.docx"))
    with world_in(tmp_path) as world:
        world.agree(**EVENING)
        world.send("02 20:55", 2, 2)
        refresh(world.hub)
        key = world.volga.sender.party
        letter(world.hub, key, NOVEMBER, file)
        assert "There were no breaches. Thank you!" in read(file)
        letter(world.hub, key, NOVEMBER, file, tmp_path / "own.docx")
        assert read(file) == "VOLGA: C"
        own.add_paragraph("{{ raiting }}")
        own.save(str(tmp_path / "own.docx"))
        (tmp_path / "no.docx").write_text("no Word")
        for name, reason in (("own.docx", "raiting"), ("no.docx", "no Word document"), ("none.docx", "No such file")):
            with pytest.raises(Misuse, match=reason):
                letter(world.hub, key, NOVEMBER, file, tmp_path / name)


def test_the_1c_of_each_site_is_told_the_figures_once(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        hub, volga = world.hub, world.volga
        branch = site(hub, code="branch")
        submit(hub, volga.sender, Submission("shipments", "bad-1", b"<packet/>"))
        refresh(hub)
        assert (tell(hub, NOVEMBER), tell(hub, NOVEMBER, volga.sender.party), tell(hub, OCTOBER)) == (2, 0, 0)
        world.send("02 20:55", 2, 2)
        load_reference(hub, Register.PRODUCT, [{"code": "000123", "name": "Чай"}])
        catch_up(hub)
        check(hub)
        refresh(hub)
        assert tell(hub, NOVEMBER) == 2
        for each in (volga, branch):
            found = [(notice.code, notice.text) for notice in notices(hub, each.sender, None)]
            assert found == [
                ("SCORECARD", "Rating of the exchange for November 2026: 0.0 (D). Quality 0.0 %."),
                ("SCORECARD", "Rating of the exchange for November 2026: 50.0 (D). Quality 50.0 %."),
            ]
