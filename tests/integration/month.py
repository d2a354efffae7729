"""A journal of November 2026 with known gaps, and what they call for: slots, incidents and notices."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from gateway.domain.contact import Channel, Contact
from gateway.regulating_rules import Excuse, excuse
from tests.integration.incident_world import contact
from tests.integration.regulated import EVENING, World, at, november, world_in

HOUR = timedelta(hours=1)
END = "20 23:00"
AFTERWARDS = timedelta(hours=11)
"""What was put off to a digest, or the end of quiet hours, has gone by then."""
SENT = {  # when → the days that the packet covers
    "02 20:10": (1, 2),
    "03 21:30": (1, 3),  # the last moment of grace
    "05 21:30": (5, 5),  # a second later than that
    "06 20:00": (1, 5),  # the day itself is not among them
    "10 09:00": (1, 9),
    "11 08:00": (11, 11),  # the 10th never comes
    "12 20:00": (12, 12),
    "13 23:59": (13, 13),
    "16 20:00": (16, 16),
}
LATER = {"05 21:30": timedelta(seconds=1)}
EMPTY = ("12 20:00",)  # which is not allowed
SLOTS = [
    (2, "on-time", "02 20:10"),
    (3, "on-time", "03 21:30"),
    (5, "late", "05 21:30"),
    (6, "late", "10 09:00"),
    (9, "late", "10 09:00"),
    (10, "missing", None),
    (11, "on-time", "11 08:00"),
    (12, "bad", "12 20:00"),
    (13, "late", "13 23:59"),
    (16, "on-time", "16 20:00"),
    (17, "excused", None),
    (18, "excused", None),
    (19, "missing", None),
    (20, "late", None),
]
INCIDENTS = [
    ("SLOT_LATE", "recovered", "05 21:30", "05 21:30"),
    ("SLOT_LATE", "recovered", "06 21:30", "10 09:00"),
    ("SLOT_MISSING", "recovered", "07 21:30", "10 09:00"),
    ("SLOT_LATE", "recovered", "10 21:30", "11 08:00"),
    ("SLOT_MISSING", "open", "11 21:30", None),
    ("PACKET_EMPTY", "recovered", "12 20:00", "13 23:59"),
    ("SLOT_LATE", "recovered", "13 21:30", "13 23:59"),
    ("SLOT_LATE", "open", "19 21:30", None),
]
NOT_SOLVED = (2, 3, 4, 5, 6, 8)
"""Incidents, counted from 1, that nobody has acknowledged for four hours."""
LOOKS = (time(0, 10), time(7), time(9, 45), time(21, 31))
DAYS = (3, 5, 6, 7, 10, 11, 12, 13, 14, 19, 20)
"""When somebody looks, while the month is replayed step by step."""


def people(volga: int, hook: str) -> list[Contact]:
    """Our own: one by mail, a program, one by a digest, and a chief if it lasts; and the party's."""
    robot = {"channels": (Channel(0, "webhook", hook),)} if hook else {}
    chief: dict[str, Any] = {"roles": frozenset({"chiefs"}), "quiet": (time(22), time(8))}
    theirs: dict[str, Any] = {"roles": frozenset(), "party": volga, "language": "ru"}
    return [
        contact("anna"),
        contact("robot", **robot),
        contact("boris", digest=time(9, 30)),
        contact("chief", **chief),
        contact("ivan", **theirs),
    ]


def journal(folder: Path, hook: str = "") -> None:
    """A store with the month's packets, all loaded and none judged."""
    with world_in(folder) as world:
        book = people(world.volga.sender.party, hook)
        with world.hub.exchange.writing() as connection:
            world.hub.contacts.replace(connection, book, (), "", "anna", world.clock())
        world.agree(**EVENING, empty="forbidden", escalate={"4 h": "chiefs"})
        given = Excuse(world.volga.sender.party, None, "*", november(17), november(18), "отпуск")
        excuse(world.hub, given, "anna")
        for text, (first, last) in SENT.items():
            documents: dict[str, Any] = {"documents": []} if text in EMPTY else {}
            world.send(text, first, last, later=LATER.get(text), check_too=False, **documents)


def moments() -> Iterator[datetime]:
    """The month from its first look to its last."""
    for day in DAYS:
        for hour in LOOKS:
            moment = at(f"{day:02} {hour:%H:%M}")
            if moment < at(END):
                yield moment
    yield at(END)


def notices() -> Counter[tuple[int, str, str]]:
    """(incident, what of it, to whom) of every notice that the gaps call for."""
    found: Counter[tuple[int, str, str]] = Counter()
    for number, (_, state, _, _) in enumerate(INCIDENTS, start=1):
        told = ["anna", "robot", "boris", "ivan"]
        found.update((number, "opened", who) for who in told)
        if number in NOT_SOLVED:
            found[number, "escalated", "chief"] += 1
            told.append("chief")
        if state == "recovered":
            found.update((number, "recovered", who) for who in told)
    return found


def written(world: World) -> Counter[tuple[int, str, str]]:
    """The same, as it stands in the outbox."""
    found: Counter[tuple[int, str, str]] = Counter()
    with world.hub.exchange.reading() as connection:
        for number in range(1, len(INCIDENTS) + 2):
            found.update((number, each.kind, each.contact) for each in world.hub.outbox.of_incident(connection, number))
    return found


def told(world: World) -> tuple[object, ...]:
    return world.slots(), world.incidents(), world.histories()
