"""A hub with a distributor, a contact book and a clock that a test sets, for incidents and their notices."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.domain.contact import Channel, Contact, Route
from gateway.domain.incident import Breach, Severity, Subject
from gateway.domain.party import Sender
from gateway.incidents import breached, recovered
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.exchange import Clock, site

RULE = "STOCK_DIFFERS"
PARAMS = {"lines": "3", "gap": "-2", "worst": "-1"}


def contact(name: str, **override: Any) -> Contact:
    """Somebody of the operations staff with an e-mail address, told at once in English."""
    given: dict[str, Any] = {"language": "en", "time_zone": "Europe/Moscow", "roles": frozenset({"operations"})}
    given["channels"] = (Channel(0, "email", f"{name}@hub.example"),)
    return Contact(name, **given | override)


@dataclass
class World:
    hub: Hub
    clock: Clock
    sender: Sender

    def book(self, *people: Contact, routes: Sequence[Route] = ()) -> None:
        with self.hub.exchange.writing() as connection:
            self.hub.contacts.replace(connection, people, routes, "", "admin", self.clock())

    def at(self, text: str) -> None:
        """Sets the clock: as 2026-12-01 22:30, UTC."""
        self.clock.now = datetime.fromisoformat(text).replace(tzinfo=UTC)

    @property
    def subject(self) -> Subject:
        return Subject(self.sender.party, self.sender.site, "stock")

    def breach(self, **override: Any) -> Breach:
        given: dict[str, Any] = {"severity": Severity.ERROR, "at": self.clock(), "params": PARAMS}
        return Breach(RULE, **{"subject": self.subject} | given | override)

    def breaks(self, **override: Any) -> None:
        with self.hub.exchange.writing() as connection:
            breached(self.hub, connection, [self.breach(**override)])

    def recovers(self, **override: Any) -> None:
        given: dict[str, Any] = {"rule": RULE, "subject": self.subject, "at": self.clock()} | override
        with self.hub.exchange.writing() as connection:
            recovered(self.hub, connection, **given)

    def states(self) -> list[tuple[str, int]]:
        """State and repetitions of every incident, the oldest first."""
        with self.hub.exchange.reading() as connection:
            found = self.hub.incidents.listed(connection, self.hub.incidents.Wanted(), 1000)
        return [(each.state, each.repeats) for each in reversed(found)]

    def steps(self, key: int = 1) -> list[tuple[str, str | None]]:
        """What happened to an incident, and by whom."""
        with self.hub.exchange.reading() as connection:
            return [(each.kind, each.who) for each in self.hub.incidents.steps(connection, key)]

    def notices(self, key: int = 1) -> list[tuple[str, str, str]]:
        """(kind, who, when it is due) of an incident's notices, in UTC."""
        with self.hub.exchange.reading() as connection:
            found = self.hub.outbox.of_incident(connection, key)
        return [(each.kind, each.contact, f"{each.due_at:%d %H:%M}") for each in found]


@contextmanager
def world_in(folder: Path, **settings: Any) -> Iterator[World]:
    """A new one, at 1 December 2026, 12:00 UTC, which is 15:00 in Moscow."""
    clock = _noon()
    with hub_in(folder, clock, **settings) as hub:
        yield World(hub, clock, site(hub).sender)


@contextmanager
def reopened(folder: Path, **settings: Any) -> Iterator[World]:
    """The folder's, at the same hour."""
    clock = _noon()
    with hub_in(folder, clock, **settings) as hub:
        with hub.exchange.reading() as connection:
            found = hub.parties.find_login(connection, "VOLGA-main")
        yield World(hub, clock, found.sender)


def _noon() -> Clock:
    clock = Clock()
    clock.pass_by(12 * 3600)
    return clock
