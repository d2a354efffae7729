"""Notices go to a real mail server and a real web server, at least once, in order, and under an id that stays."""

from pathlib import Path

from connectors.notify import Message, Notifier
from gateway.domain.contact import Channel
from gateway.incidents import wake
from gateway.notifying import send_due
from tests.integration.incident_world import contact, world_in
from tests.notice_servers import mail_server, web_server

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz_12345"


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
            assert send_due(world.hub) == 4
            assert send_due(world.hub) == 0
    (_, letter), title = mail.mails[0], "[Error] VOLGA, stock: Stock does not balance"
    assert letter["Subject"] == title
    text = letter.get_content()
    print(letter.as_string())
    print(text)
    print(web.taken)
    for words in ("items: 3", "VOLGA (VOLGA), site main", "Feed: stock", "What to do: Open", "https://hub.example/incidents/1"):
        assert words in text
    assert 0
