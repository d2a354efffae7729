"""Notices go to a real mail server and a real web server, at least once, in order, and under an id that stays."""

from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from connectors.notify import Message, Notifier
from gateway.domain.contact import Channel
from gateway.domain.incident import Severity, Subject
from gateway.notifying import LEASE, send_due, send_next
from tests.integration.crash import Crash, arm, crash
from tests.integration.incident_world import World, contact, world_in
from tests.notice_servers import mail_server, web_server

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz_12345"
TITLE = "[Error] VOLGA, stock: Stock does not balance"
RECOVERED = "[Recovered] VOLGA, stock: Stock does not balance"
NOWHERE = "mailto://127.0.0.1:9?from=hub@obmen.example&mode=insecure"


def with_mail_to(world: World, url: str) -> None:
    """The same store, with another mail server."""
    world.hub = replace(world.hub, notifier=Notifier(url))


def test_every_kind_of_channel_gets_the_notice_with_what_a_double_is_known_by(tmp_path: Path) -> None:
    with mail_server() as mail, web_server() as web:
        channels = (
            Channel(0, "email", "anna@hub.example"),
            Channel(0, "telegram", "4711"),
            Channel(0, "webhook", f"{web.url}/hook?room=7"),
            Channel(0, "other", f"json://127.0.0.1:{web.port}/other"),
        )
        settings = {"mail_url": mail.url, "telegram_token": TOKEN, "telegram_url": web.url}
        with world_in(tmp_path, public_url="https://hub.example", **settings) as world:
            world.book(contact("anna", channels=channels))
            world.breaks()
            assert [send_due(world.hub) for _ in range(2)] == [4, 0]
            with world.hub.exchange.reading() as connection:
                ids = [each.id for each in world.hub.outbox.of_incident(connection, 1)]
    ((_, letter),) = mail.mails
    assert (letter["Subject"], letter["To"], letter["Auto-Submitted"]) == (TITLE, "anna@hub.example", "auto-generated")
    assert letter.get_all("Message-ID") == [f"<{ids[0]}@hub.example>"]
    telegram, hook, other = web.taken
    assert (telegram[0], telegram[2]["chat_id"]) == (f"/bot{TOKEN}/sendMessage", 4711)
    assert (hook[0], hook[1]["Idempotency-Key"]) == ("/hook?room=7", ids[2])
    assert hook[2].items() >= {"incident": "1", "kind": "opened", "rule": "STOCK_DIFFERS", "severity": "error"}.items()
    facts = (
        "items: 3",
        "VOLGA (VOLGA), site main",
        "Feed: stock",
        "What to do: Open",
        "https://hub.example/incidents/1",
    )
    for text in (letter.get_content(), telegram[2]["text"], hook[2]["message"], other[2]["message"]):
        assert [each for each in facts if each not in text] == []


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("connectors.database.outbox:claim", "after"),
        ("gateway.notifying:_claim", "after"),
        ("connectors.notify_services:send", "after"),
        ("connectors.database.outbox:sent", "before"),
        ("connectors.database.outbox:sent", "after"),
        ("gateway.notifying:_sent", "after"),
    ],
)
def test_a_sender_that_dies_loses_nothing_and_what_it_sent_twice_bears_the_same_id(
    tmp_path: Path, place: str, when: str
) -> None:
    with mail_server() as mail, world_in(tmp_path, mail_url=mail.url) as world:
        world.book(contact("anna"), contact("boris", digest=time(16)))
        world.breaks()
        world.recovers()
        world.at("2026-12-01 13:00")
        disarm = arm(place, when, crash)
        with pytest.raises(Crash):
            send_due(world.hub)
        disarm()
        send_due(world.hub)
        world.clock.pass_by(LEASE.total_seconds())
        send_due(world.hub)
        once = {mail["Message-ID"]: (to, mail["Subject"]) for to, mail in mail.mails}
        assert list(once.values()).count(("boris@hub.example", "Exchange digest: 2 notices")) == 1
        mine = [title for to, title in once.values() if to == "anna@hub.example"]
        assert mine == [TITLE, RECOVERED]
        assert len(mail.mails) - len(once) in (0, 1)
        assert send_due(world.hub) == 0


def test_a_recovery_waits_for_the_notice_of_what_it_ends(tmp_path: Path) -> None:
    with mail_server() as mail, world_in(tmp_path, mail_url=mail.url) as world:
        world.book(contact("anna"))
        world.breaks()
        disarm = arm("gateway.notifying:_claim", "after", crash)
        with pytest.raises(Crash):
            send_next(world.hub)
        disarm()
        world.recovers()
        assert (send_due(world.hub), mail.titles) == (0, [])
        world.clock.pass_by(LEASE.total_seconds())
        assert (send_due(world.hub), mail.titles) == (2, [("anna", TITLE), ("anna", RECOVERED)])


def test_a_digest_is_one_message_a_day_with_all_since(tmp_path: Path) -> None:
    with mail_server() as mail, world_in(tmp_path, mail_url=mail.url) as world:
        world.book(contact("anna", digest=time(9, 30), language="ru", urgent=Severity.CRITICAL))
        world.breaks()
        world.breaks(subject=Subject(None, key="gate"))
        world.recovers()
        world.breaks(subject=Subject(None, key="fire"), severity=Severity.CRITICAL)
        assert send_due(world.hub) == 1
        for at, sent in (("2026-12-02 06:29", 0), ("2026-12-02 06:30", 1), ("2026-12-02 06:31", 0)):
            world.at(at)
            assert send_due(world.hub) == sent
        world.breaks()
        world.at("2026-12-03 06:30")
        assert send_due(world.hub) == 1
    digests = [f"Сводка обмена: уведомлений {number}" for number in (3, 1)]
    assert [title for _, title in mail.titles] == ["[Критично] fire: Остаток не сходится", *digests]
    text = mail.mails[1][1].get_content()
    parts = ("1. [Ошибка] VOLGA", "2. [Ошибка] gate", "3. [Восстановлено] VOLGA", "Что делать")
    places = [text.index(each) for each in parts]
    assert places == sorted(places)


def test_quiet_hours_hold_what_is_late_too(tmp_path: Path) -> None:
    """Due before the quiet hours, and the hub was down until they had begun."""
    with mail_server() as mail, world_in(tmp_path, mail_url=mail.url) as world:
        world.book(contact("anna", quiet=(time(22), time(7))))
        world.breaks()
        for at, sent in (("2026-12-01 19:00", 0), ("2026-12-02 03:59", 0), ("2026-12-02 04:00", 1)):
            world.at(at)
            assert (send_due(world.hub), len(mail.mails)) == (sent, sent)


def test_a_mail_server_that_is_away_is_asked_ever_more_rarely_opens_one_incident_and_gets_everything_afterwards(
    tmp_path: Path,
) -> None:
    with mail_server() as mail, web_server() as web, world_in(tmp_path, notice_tries=3) as world:
        with_mail_to(world, NOWHERE)
        hook = (Channel(0, "email", "anna@hub.example"), Channel(0, "webhook", web.url))
        others = [contact(f"p{number}", party=world.sender.party, roles=frozenset()) for number in range(3)]
        world.book(contact("anna", channels=hook), *others)
        world.breaks()
        sent = []
        for seconds in (0, 29, 1, 59, 1, 0):
            world.clock.pass_by(seconds)
            sent.append(send_due(world.hub))
        assert sent == [1, 0, 0, 0, 1, 0]
        assert [each[2]["rule"] for each in web.taken] == ["STOCK_DIFFERS", "CHANNEL_DEAD"]
        assert "email: notices to anna, p0, p1, p2 are not delivered" in web.taken[1][2]["message"]
        assert "ConnectionRefusedError" in web.taken[1][2]["message"]
        with_mail_to(world, mail.url)
        world.clock.pass_by(3600)
        assert send_due(world.hub) == 5
        assert sorted(to for to, _ in mail.titles) == ["anna", "p0", "p1", "p2"]
        assert web.taken[2][2]["kind"] == "recovered"
        assert world.states() == [("open", 0), ("recovered", 0)]


def test_an_address_that_is_refused_is_dead_alone_and_what_waits_for_it_goes_with_it_from_the_book(
    tmp_path: Path,
) -> None:
    with mail_server() as mail, world_in(tmp_path, mail_url=mail.url, notice_tries=2) as world:
        mail.refused = {"anna@hub.example"}
        both = (contact("anna"), contact("boris"))
        world.book(*both)
        world.breaks()
        world.breaks(subject=Subject(None, key="x"))
        assert send_due(world.hub) == 2
        world.clock.pass_by(30)
        assert send_due(world.hub) == 1
        assert mail.titles[-1] == ("boris", "[Error] email: Notices do not arrive")
        world.recovers()
        assert send_due(world.hub) == 1
        world.book(both[1])
        with world.hub.exchange.writing() as connection:
            assert world.hub.outbox.drop_removed(connection) == 3
            assert world.hub.outbox.depth(connection, world.clock()) == (0, 0)


def test_channels_that_all_die_leave_their_incidents_and_no_end_of_notices(tmp_path: Path) -> None:
    with web_server() as web, world_in(tmp_path, mail_url=NOWHERE, notice_tries=1) as world:
        web.status = 500
        world.book(contact("anna", channels=(Channel(0, "email", "a@hub.example"), Channel(0, "webhook", web.url))))
        world.breaks()
        for _ in range(50):
            world.clock.pass_by(3600)
            send_due(world.hub)
        assert [state for state, _ in world.states()] == ["open"] * 3
        with world.hub.exchange.reading() as connection:
            assert world.hub.outbox.depth(connection, world.clock())[0] <= 4


@pytest.mark.parametrize(
    ("given", "kind", "address", "says"),
    [
        ({}, "email", "anna@hub.example", "OBMEN_MAIL_URL"),
        ({}, "telegram", "4711", "OBMEN_TELEGRAM_TOKEN"),
        ({"telegram_token": TOKEN, "telegram_url": "http://127.0.0.1:9"}, "telegram", "4711", "connection error"),
        (
            {"mail_url": "mailto://me:s3cret@127.0.0.1:9?from=a@b.example&mode=insecure"},
            "email",
            "a@b.example",
            "refused",
        ),
        ({}, "webhook", "http://me:s3cret@127.0.0.1:9/s3cret", "onnection error"),
        ({}, "other", "nonsense://s3cret", "does not know"),
    ],
)
def test_a_failure_says_why_and_neither_it_nor_what_is_printed_holds_a_secret(
    given: dict[str, Any], kind: str, address: str, says: str
) -> None:
    notifier = Notifier(**given)
    failure = notifier.send(kind, address, Message("1", "title", "text"))
    assert failure
    assert says in failure.text
    for shown in (failure.text, repr(notifier)):
        assert "s3cret" not in shown
        assert TOKEN not in shown
