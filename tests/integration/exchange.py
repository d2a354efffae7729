"""Sites over a real store, driven through the use cases themselves: no network, and a clock that a test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gateway.domain.party import Sender
from gateway.domain.receipt import Acceptance, Progress
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.receipts import problems, receipt
from gateway.wiring import Hub
from tests.hubs import hub_in


class Clock:
    """Time that stands still, after all that the packets of the builders tell of, until it is told to pass."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Site:
    """One site's end of the exchange, and the hub that it talks to."""

    hub: Hub
    sender: Sender

    def send(self, content: bytes) -> Acceptance:
        """Submits a packet under its own id and feed."""
        header = ElementTree.fromstring(content).attrib
        return submit(self.hub, self.sender, Submission(header["feed"], header["id"], content))

    def load(self, *contents: bytes) -> None:
        """Submits packets, and loads each before the next."""
        for content in contents:
            answer = self.send(content)
            assert answer.status == "accepted", answer.problems
            load_all(self.hub)

    def progress(self, packet_id: str) -> Progress:
        return receipt(self.hub, self.sender, packet_id).progress

    def state(self, packet_id: str) -> str:
        return str(self.progress(packet_id).state)

    def problem_codes(self, packet_id: str) -> list[str]:
        return [problem.code for problem in problems(self.hub, self.sender, packet_id, 0, 1000)[0]]


def site(
    hub: Hub, party: str = "VOLGA", code: str = "main", organizations: tuple[str, ...] = (), zone: str = "Europe/Moscow"
) -> Site:
    """A party (if it is new) with a site that may send for any organisation; nobody can log in to it."""
    login = f"{party}-{code}"
    with hub.exchange.writing() as connection:
        if hub.parties.find_party(connection, party) is None:
            hub.parties.add_party(connection, party, party, "en")
        hub.parties.add_site(connection, party, code, login, "no hash", zone, organizations)
        found = hub.parties.find_login(connection, login)
    assert found
    return Site(hub, found.sender)


@contextmanager
def site_in(folder: Path, clock: Clock | None = None, **settings: Any) -> Iterator[Site]:
    """The only site of a new store in the folder."""
    with hub_in(folder, clock or Clock(), **settings) as hub:
        yield site(hub)
