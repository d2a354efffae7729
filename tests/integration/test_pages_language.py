"""The pages speak Russian and English, whole."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from starlette.testclient import TestClient

import gateway.web
from gateway.domain import incident
from gateway.domain.feed import Mode
from gateway.domain.feeds import FEEDS
from gateway.domain.problem import Severity
from gateway.domain.receipt import State, Status
from gateway.web import words
from tests.hubs import add_site
from tests.integration.visiting import facts, page_of, send, signed_in, staffed_hub, texts
from tests.packets import line, shipment, shipments

WEB = Path(gateway.web.__path__[0])


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with staffed_hub(tmp_path) as hub:
        yield signed_in(hub)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def test_pages_are_russian_until_somebody_chooses(client: TestClient) -> None:
    page = page_of(client, "/?state=failed")
    assert (page.get("lang"), texts(page, "//h1")) == ("ru", ["Пакеты"])
    (back,) = page.xpath("//form[@action='/language']/input[@name='back']/@value")
    answer = client.post("/language", data={"language": "en", "back": back})
    assert answer.headers["location"] == "/?state=failed"
    page = page_of(client, "/")
    assert (page.get("lang"), texts(page, "//h1")) == ("en", ["Packets"])
    client.post("/language", data={"language": "xx"})
    assert page_of(client, "/").get("lang") == "en"


def test_instants_and_numbers_are_written_as_people_of_the_language_do(tmp_path: Path) -> None:
    with staffed_hub(tmp_path, language="en", time_zone="Asia/Yekaterinburg") as hub:
        lines = [line(n) for n in range(1, 1235)]
        send(hub, add_site(hub), "p-1", shipments("p-1", shipment("РН-1", *lines)))
        client = signed_in(hub)
        shown = facts(page_of(client, "/packets/1"))
        assert (shown["Received"], shown["Rows"], shown["Window"]) == ("21 Nov 2026 14:00", "1,234", "1 – 30 Nov 2026")
        client.post("/language", data={"language": "ru"})
        assert facts(page_of(client, "/packets/1"))["Строки"] == "1 234"


def test_every_msgid_has_its_russian_words_and_none_is_left_over() -> None:
    options = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    used = {message for _, _, message, _, _ in extract_from_dir(WEB, methods, options)}
    with (WEB / "locale" / "ru.po").open("rb") as file:
        said = {message.id: message for message in read_po(file, locale="ru") if message.id}
    assert {"Packets", "accepted", "Sign in", "The store is away"} <= used
    assert set(said) == used
    for msgid, message in said.items():
        assert message.string
        assert not message.fuzzy
        assert placeholders(str(message.string)) == placeholders(str(msgid))


def test_every_state_feed_mode_and_severity_has_a_word() -> None:
    answered = {Status.REJECTED, Status.CONFLICT, Status.THROTTLED}
    assert set(words.STATES) == set(State) | answered
    assert set(FEEDS) <= set(words.FEEDS)
    assert set(words.MODES) == set(Mode)
    assert set(words.SEVERITIES) == set(Severity) | set(incident.Severity)
    assert set(words.INCIDENT_STATES) == set(incident.State)
    assert set(words.STEPS) == set(incident.Kind)
    assert {state for group in words.GROUPS.values() for state in group.states} <= set(words.STATES)
