"""The pages show themselves to the staff only, trust nothing that is sent, and fail with words."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from lxml import html
from sqlalchemy import select
from starlette.testclient import TestClient

from connectors.database.tables import visit
from gateway.domain.party import Sender
from gateway.wiring import Hub
from tests.hubs import add_site
from tests.integration.visiting import (
    Clock,
    break_acceptance,
    page_of,
    rename,
    send,
    sign_in,
    signed_in,
    staffed_hub,
    visitor,
)

FORMS: list[tuple[dict[str, str], bool]] = [
    ({}, True),
    ({"Origin": "http://hub.example"}, True),
    ({"Origin": "https://public.example"}, True),
    ({"Referer": "http://hub.example/login"}, True),
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "http://hub.example.evil.example"}, False),
    ({"Referer": "http://evil.example/?http://hub.example"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site", "Origin": "http://hub.example"}, False),
]
"""Headers that say where a form was, and whether it is ours; the hub is public.example to the world."""

PUBLIC = {"/login", "/reference", "/reference/problems", "/reference/{feed}", "/reference/{name}.{extension}"}
"""Where people sign in, and what integrators read."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    with staffed_hub(tmp_path / "store", clock) as hub:
        yield hub


@pytest.fixture
def sender(hub: Hub) -> Sender:
    return add_site(hub)


@pytest.fixture
def client(hub: Hub) -> TestClient:
    return signed_in(hub)


def test_every_page_but_the_public_ones_asks_for_a_session(hub: Hub) -> None:
    client = visitor(hub)
    app: Any = client.app
    routes = [each for each in app.routes if isinstance(each, APIRoute)]
    pages = {each.path.replace("{key:int}", "1") for each in routes if "GET" in each.methods}
    assert pages == {"/", "/packets/1", "/attempts/1", "/incidents", "/incidents/1"} | PUBLIC
    for address in pages - PUBLIC:
        answer = client.get(address + "?x=1")
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")


def test_a_wrong_password_opens_nothing(hub: Hub) -> None:
    client = visitor(hub)
    answer = sign_in(client, "wrong")
    assert answer.status_code == 403
    assert "Имя или пароль неверны." in answer.text
    assert client.get("/").status_code == 303


def test_signing_in_leads_to_where_one_was_going(hub: Hub) -> None:
    client = visitor(hub)
    login = client.get("/?state=failed&text=%D1%8F").headers["location"]
    (onward,) = page_of(client, login).xpath("//input[@name='next']/@value")
    assert sign_in(client, next=onward).headers["location"] == "/?state=failed&text=%D1%8F"


def test_nothing_leads_to_another_site(hub: Hub) -> None:
    client = visitor(hub)
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "evil", ""):
        assert sign_in(client, next=elsewhere).headers["location"] == "/"
        answer = client.post("/language", data={"language": "en", "back": elsewhere})
        assert answer.headers["location"] == "/"


def test_a_visit_ends_after_twelve_hours(client: TestClient, clock: Clock) -> None:
    clock.now += timedelta(hours=12, seconds=-1)
    assert client.get("/").status_code == 200
    clock.now += timedelta(seconds=1)
    assert client.get("/").status_code == 303


def test_signing_out_ends_the_visit_even_for_who_kept_the_cookie(hub: Hub, client: TestClient) -> None:
    token = client.cookies["obmen"]
    assert client.post("/logout").headers["location"] == "/login"
    assert "obmen" not in client.cookies
    thief = visitor(hub)
    thief.cookies.set("obmen", token)
    assert thief.get("/").status_code == 303


def test_the_store_knows_only_the_hash_of_the_cookie(hub: Hub, client: TestClient) -> None:
    token = client.cookies["obmen"]
    with hub.exchange.reading() as connection:
        kept = connection.scalars(select(visit.c.token)).all()
    assert list(kept) == [hashlib.sha256(token.encode()).hexdigest()]


@pytest.mark.parametrize(
    ("settings", "secure"),
    [
        ({"public_url": "https://hub.example"}, True),
        ({"tls_certificate": "hub.pem", "tls_key": "hub.key"}, True),
        ({}, False),
    ],
)
def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    tmp_path: Path, settings: dict[str, Any], secure: bool
) -> None:
    with staffed_hub(tmp_path, **settings) as hub:
        terms = sign_in(visitor(hub)).headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "max-age=43200", "path=/"} <= set(terms.split("; "))
    assert ("secure" in terms.split("; ")) is secure


def test_forms_of_other_sites_are_refused(tmp_path: Path) -> None:
    with staffed_hub(tmp_path, public_url="https://public.example") as hub:
        client = visitor(hub)
        for headers, allowed in FORMS:
            answer = client.post("/language", data={"language": "en"}, headers=headers)
            assert answer.status_code == (303 if allowed else 403), headers
            assert ("obmen-language" in answer.headers.get("set-cookie", "")) is allowed, headers


def test_a_form_of_unbelievable_size_is_refused_before_it_is_read(client: TestClient) -> None:
    assert client.post("/login", data={"name": "x" * 70_000}).status_code == 413
    assert client.post("/login", content=iter([b"name=x"])).status_code == 411


def test_a_form_that_makes_no_sense_is_answered_with_a_page(client: TestClient) -> None:
    answer = client.post("/login", files={"name": b"x"})
    assert answer.status_code == 422
    assert html.fromstring(answer.text).findtext(".//h1") == "Не получилось"


def test_every_answer_carries_the_headers_that_protect_it(hub: Hub, sender: Sender, client: TestClient) -> None:
    send(hub, sender, "p-1")
    answers = [
        client.get(each) for each in ("/", "/packets/1", "/login", "/nothing", "/static/style.css", "/packets/x")
    ]
    answers += [client.post("/logout", headers={"Origin": "http://evil.example"}), client.get("/attempts/1")]
    break_acceptance(hub)
    answers.append(client.get("/packets/1"))
    assert answers[-1].status_code == 500
    for answer in answers:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == ("no-cache" if answer.url.path.startswith("/static/") else "no-store")
    (style,) = page_of(client, "/").xpath("//link[@rel='stylesheet']/@href")
    assert "immutable" in client.get(style).headers["cache-control"]


def test_what_senders_write_is_shown_never_run(hub: Hub, sender: Sender, client: TestClient) -> None:
    hostile = "<script>alert(1)</script>%(x)s{{ 7*7 }}"
    send(hub, sender, hostile, b"<no/>", feed=hostile)
    rename(hub, "VOLGA", hostile)
    for address in ("/", "/attempts/1", f"/?feed={hostile}&party={hostile}&text={hostile}"):
        answer = client.get(address)
        assert "<script>alert" not in answer.text
        assert hostile in html.fromstring(answer.text).text_content()


def test_a_store_that_is_away_is_said_with_when_to_try_again(hub: Hub, client: TestClient, tmp_path: Path) -> None:
    hub.close()
    (tmp_path / "store").rename(tmp_path / "away")
    for address in ("/", "/nothing"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert html.fromstring(answer.text).xpath("//meta[@http-equiv='refresh']/@content") == ["30"]
    (tmp_path / "away").rename(tmp_path / "store")
    assert client.get("/").status_code == 200


def test_an_unforeseen_failure_shows_a_reference_and_nothing_of_the_inside(
    hub: Hub, sender: Sender, client: TestClient
) -> None:
    send(hub, sender, "p-1")
    break_acceptance(hub)
    answer = client.get("/packets/1")
    assert answer.status_code == 500
    assert re.fullmatch("[0-9a-f]{12}", html.fromstring(answer.text).findtext(".//code"))
    assert "JSON" not in answer.text
    assert "Traceback" not in answer.text
