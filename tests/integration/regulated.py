"""Sites under a regulation, a clock that a test sets, and what became of slots and incidents."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.clause import Clause, Level
from gateway.domain.delivery import Slot
from gateway.domain.terms import Value
from gateway.loading import load_all
from gateway.regulating import check
from gateway.regulating_rules import Agreed, agree
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site, site
from tests.packets import shipment, shipments

MOSCOW = ZoneInfo("Europe/Moscow")
EVENING: dict[str, Any] = {"schedule": "workdays at 21:00", "grace": "30 min", "missing_after": "1 day"}


def at(text: str) -> datetime:
    """An instant of November 2026 by Moscow's clock: `02 21:00`."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=MOSCOW)


def november(day: int) -> date:
    return date(2026, 11, day)


@dataclass
class World:
    hub: Hub
    clock: Clock
    volga: Site

    def agree(
        self,
        level: Level = Level.ALL,
        name: str = "",
        feed: str = "shipments",
        first: date | None = None,
        last: date | None = None,
        **body: Value,
    ) -> None:
        agree(self.hub, Agreed([Clause(level, name, feed, "", first, last, body)]), "anna")

    def join(self, code: str) -> None:
        """Another site of the party, of which the world tells from now on."""
        self.volga = site(self.hub, code=code)

    def go(self, text: str) -> None:
        """Sets the clock, and checks what is due by then."""
        self.clock.now = at(text)
        check(self.hub)

    def send(
        self,
        text: str,
        first: int,
        last: int,
        later: timedelta | None = None,
        check_too: bool = True,
        **override: Any,
    ) -> None:
        """Sends shipments of these days at an hour, or a little later, and loads them."""
        self.clock.now = at(text) + (later or timedelta())
        packet_id = override.pop("packet_id", f"p-{text}")
        documents = override.pop("documents", [shipment(f"РН-{last}", date=f"2026-11-{last:02}")])
        window = {"from": f"2026-11-{first:02}", "to": f"2026-11-{last:02}"}
        given = window | {"created": self.clock.now.isoformat()} | override
        content = shipments(packet_id, *documents, **given, **({} if documents else {"empty": True}))
        answer = self.volga.send(content)
        assert answer.status == "accepted", answer.problems
        load_all(self.hub)
        if check_too:
            check(self.hub)

    def slots(self, warehouse: str = "") -> list[tuple[Any, ...]]:
        """(day of November, state, when the packet came that meets it) of the slots that are due."""
        return [
            (each.day.day, str(each.state), f"{each.met_at.astimezone(MOSCOW):%d %H:%M}" if each.met_at else None)
            for each in self.kept()
            if each.warehouse == warehouse and each.due_at <= self.clock()
        ]

    def kept(self) -> list[Slot]:
        with self.hub.exchange.reading() as connection:
            days = (date(2026, 10, 1), date(2027, 1, 1))
            found: list[Slot] = self.hub.slots.of_days(connection, self.volga.sender.site, "*", *days)
        return found

    def incidents(self) -> list[tuple[str, ...]]:
        """(rule, state, opened at, ended at) of every incident, the oldest first."""
        with self.hub.exchange.reading() as connection:
            found = self.hub.incidents.listed(connection, self.hub.incidents.Wanted(), 1000)
        ended = [each.closed_at and f"{each.closed_at.astimezone(MOSCOW):%d %H:%M}" for each in found]
        return [
            (each.rule, each.state, f"{each.opened_at.astimezone(MOSCOW):%d %H:%M}", end)
            for each, end in reversed(list(zip(found, ended, strict=True)))
        ]

    def histories(self) -> list[list[tuple[str, int]]]:
        """The steps of every incident with how often it was repeated."""
        with self.hub.exchange.reading() as connection:
            found = self.hub.incidents.listed(connection, self.hub.incidents.Wanted(), 1000)
            return [
                [(step.kind, each.repeats) for step in self.hub.incidents.steps(connection, each.key)] for each in found
            ]


@contextmanager
def world_in(folder: Path, begin: str = "02 12:00", joins: bool = True, **settings: Any) -> Iterator[World]:
    """A site of Moscow on Monday, 2 November 2026; the 4th is a holiday. `joins`: it is new to the store."""
    clock = Clock()
    clock.now = at(begin)
    with hub_in(folder, clock, **settings) as hub:
        with hub.exchange.reading() as connection:
            known = None if joins else hub.parties.find_login(connection, "VOLGA-main")
        yield World(hub, clock, Site(hub, known.sender) if known else site(hub))
