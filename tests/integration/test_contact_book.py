"""The contact book is a YAML file whose mistakes are named with their place; every version of it is kept."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from connectors.database.incident_tables import channel
from gateway.contact_book import load_book
from gateway.domain.contact import Absence, Route
from gateway.domain.errors import Misuse
from gateway.domain.incident import Escalation, Severity
from tests.integration.incident_world import world_in

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "contacts.yaml"


def test_the_sample_says_what_its_comments_say(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        assert load_book(world.hub, SAMPLE.read_text(encoding="utf-8"), "admin") == 5
        with world.hub.exchange.reading() as connection:
            people = {each.name: each for each in world.hub.contacts.everybody(connection)}
            routes = world.hub.contacts.routes(connection)
            theirs = world.hub.contacts.people(connection, world.sender.party)
            ours = world.hub.contacts.people(connection, None)
    ivanova = people["ivanova"]
    assert (ivanova.quiet, ivanova.urgent, ivanova.time_zone) == ((time(22), time(7)), "critical", "Europe/Moscow")
    assert ivanova.absences == (Absence(date(2026, 12, 28), date(2027, 1, 11), "petrov"),)
    assert [each.kind for each in ivanova.channels] == ["email", "telegram"]
    assert (people["petrov"].digest, people["petrov"].time_zone) == (time(9), "Asia/Yekaterinburg")
    assert ({each.name for each in theirs} - {each.name for each in ours}) == {"volga-1c"}
    assert routes[0] == Route(("operations",), (Escalation(timedelta(hours=4), ("shift lead",)),), rule="LOAD_FAILED")
    assert (routes[1].severity, len(routes[1].escalation)) == (Severity.CRITICAL, 2)


MISTAKES = [
    ("people: {anna: {email: a@b.c, emial: x}}", "people.anna.emial"),
    ("people: {anna: {email: nobody}}", "people.anna.email: is no e-mail address"),
    ("people: {anna: {telegram: anna}}", "people.anna.telegram: is no Telegram chat"),
    ("people: {anna: {webhook: 'ftp://x'}}", "people.anna.webhook: is no web address"),
    ("people: {anna: {other: 'nonsense://x'}}", "people.anna.other: is no address that apprise knows"),
    ("people: {anna: {quiet: 22:00}}", "people.anna.quiet: is two times, as 22:00-07:00"),
    ("people: {anna: {quiet: 22:00-07:00, digest: 06:00}}", "people.anna: the digest's time lies in the quiet"),
    ("people: {anna: {zone: Moscow}}", "people.anna.zone: is no time zone"),
    ("people: {anna: {absent: [{from: 2026-12-02, to: 2026-12-01}]}}", "absent.0: ends before it begins"),
    ("people: {anna: {absent: [{from: 2026-12-01, to: 2026-12-02, stand-in: b}]}}", "there is no b"),
    ("people: {anna: {party: DON}}", "there is no party DON"),
    ("people: {distributor: {}}", "call nobody so"),
    ("people: {}\ntell: [{tell: chief}]", "tell.0: nobody is called chief"),
    ("people: {anna: {}}\ntell: [{rule: LATE, tell: anna}]", "tell.0.rule: there is no problem LATE"),
    ("people: {anna: {}}\ntell: [{tell: anna, escalate: {soon: anna}}]", "tell.0.escalate.soon"),
    ("people: {anna: {}, anna: {}}", "anna stands here twice"),
    ("people: [", "line 1"),
    ("[]", "people: Field required"),
]


def test_a_mistake_is_named_with_its_place_and_the_book_before_stays(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        load_book(world.hub, "people: {boris: {}}", "admin")
        for text, says in MISTAKES:
            with pytest.raises(Misuse) as refused:
                load_book(world.hub, text, "admin")
            assert says in str(refused.value)
        with world.hub.exchange.reading() as connection:
            assert [each.name for each in world.hub.contacts.everybody(connection)] == ["boris"]
            assert len(world.hub.contacts.versions(connection)) == 1


def test_a_channel_that_stays_in_the_book_keeps_how_it_fares(tmp_path: Path) -> None:
    book = "people: {anna: {email: [a@hub.example, b@hub.example]}}"
    with world_in(tmp_path) as world:
        load_book(world.hub, book, "admin")
        with world.hub.exchange.writing() as connection:
            connection.execute(channel.update().values(dead_since=world.clock()))
        load_book(world.hub, "people: {anna: {email: b@hub.example}}", "admin")
        load_book(world.hub, book, "admin")
        with world.hub.exchange.reading() as connection:
            ((anna),) = world.hub.contacts.everybody(connection)
    assert [(each.address, each.dead) for each in anna.channels] == [("a@hub.example", True), ("b@hub.example", True)]
