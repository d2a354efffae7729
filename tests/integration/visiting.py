"""Builders for tests of the pages: a person at a browser, what he reads, and something to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import html
from sqlalchemy import update
from starlette.testclient import TestClient

from connectors.database import tables
from gateway.domain.party import Sender
from gateway.domain.receipt import Acceptance
from gateway.intake import Submission, submit
from gateway.web.pages import web
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.packets import shipments

NAME, PASSWORD = "olga", "correct horse"
NOON = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""In Moscow."""


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def staffed_hub(folder: Path, clock: Clock | None = None, **override: Any) -> Iterator[Hub]:
    """A hub that knows one person of the operations staff."""
    with hub_in(folder, clock or Clock(), **override) as hub:
        with hub.exchange.writing() as connection:
            hub.parties.add_person(connection, NAME, hub.access.hash(PASSWORD))
        yield hub


def visitor(hub: Hub) -> TestClient:
    """Somebody at a browser that follows nothing by itself."""
    return TestClient(web(hub), base_url="http://hub.example", follow_redirects=False, raise_server_exceptions=False)


def sign_in(client: TestClient, password: str = PASSWORD, **fields: str) -> Any:
    return client.post("/login", data={"name": NAME, "password": password, **fields})


def signed_in(hub: Hub) -> TestClient:
    client = visitor(hub)
    assert sign_in(client).status_code == 303
    return client


def send(hub: Hub, sender: Sender, packet_id: str, content: bytes | None = None, feed: str = "shipments") -> Acceptance:
    return submit(hub, sender, Submission(feed, packet_id, shipments(packet_id) if content is None else content))


def rename(hub: Hub, party: str, name: str) -> None:
    with hub.exchange.writing() as connection:
        connection.execute(update(tables.party).where(tables.party.c.code == party).values(name=name))


def break_acceptance(hub: Hub) -> None:
    """Makes the pages of attempts fail in a way that nobody foresaw."""
    with hub.exchange.writing() as connection:
        connection.execute(update(tables.attempt).values(acceptance="{"))


def page_of(client: TestClient, address: str, status: int = 200) -> Any:
    answer = client.get(address)
    assert answer.status_code == status, address
    return html.fromstring(answer.text)


def texts(page: Any, path: str) -> list[str]:
    """What a person reads in each element found."""
    return [" ".join(" ".join(each.itertext()).split()) for each in page.xpath(path)]


def ids(page: Any) -> list[str]:
    """Of the packets listed."""
    return texts(page, "//tbody[@id='packets']//td[contains(@class, 'code')]/a")


def facts(page: Any) -> dict[str, str]:
    """The names and values of a packet's page."""
    return dict(zip(texts(page, "//dt"), texts(page, "//dd"), strict=True))
