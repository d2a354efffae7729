"""Packets that correct, move, delete and withdraw each other's documents, and what must come of them whatever dies."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.wiring import Hub, now
from tests.durability.referring import PRODUCTS, refer
from tests.durability.sending import StubbornSender
from tests.hubs import add_site, hub_in
from tests.integration import looking
from tests.integration.exchange import Clock
from tests.packets import element, line, shipment, shipments

MADE = datetime(2020, 2, 1, tzinfo=UTC)
DOCUMENTS = [f"D-{number}" for number in range(40)]
RULES = {"lease_seconds": 2, "shrink_percent": 1, "tries": 1000, "lanes": 2}
"""Claims run out soon; what withdraws anything is held until its sender confirms it; our kills are nobody's fault."""


def packets(seed: int, number: int) -> dict[str, bytes]:
    """Their order shows in the facts."""
    draw = random.Random(seed)
    return {f"p-{each}": _packet(draw, f"p-{each}", MADE + timedelta(minutes=each)) for each in range(number)}


def _packet(draw: random.Random, packet_id: str, created: datetime) -> bytes:
    days = sorted(draw.choices(range(1, 10), k=2))
    replacing = draw.random() < 0.3
    window = {"from": f"2020-01-{days[0]:02}", "to": f"2020-01-{days[1]:02}"}
    documents = {name: _document(draw, name, *days) for name in draw.choices(DOCUMENTS, k=8)}
    return shipments(
        packet_id,
        *documents.values(),
        mode="replace" if replacing else "merge",
        created=created.isoformat(),
        **window if replacing else {"from": None, "to": None},
    )


def _document(draw: random.Random, name: str, first: int, last: int) -> str:
    mark = element("mark", "QUJD")
    lines = [
        line(n, *[mark] * draw.randint(0, 1), quantity=draw.randint(1, 9), product=draw.choice([*PRODUCTS, "UNKNOWN"]))
        for n in range(1, draw.randint(2, 9))
    ]
    flag = "true" if draw.random() < 0.1 else None
    return shipment(name, *lines, date=f"2020-01-{draw.randint(first, last):02}", deleted=flag)


def facts(hub: Hub) -> tuple[Any, ...]:
    """All but the keys that the store gave."""
    return (
        looking.contents(hub, "shipments", [1]),
        sorted(looking.extensions(hub)),
        looking.skus(hub),
        looking.orphans(hub),
    )


def undisturbed(folder: Path, sent: dict[str, bytes]) -> tuple[Any, ...]:
    """The facts where nothing has happened."""
    with hub_in(folder, **RULES) as hub:
        sender = add_site(hub)
        for packet_id, content in sent.items():
            assert submit(hub, sender, Submission("shipments", packet_id, content, confirm=True)).status == "accepted"
        load_all(hub)
        refer(hub)
        return facts(hub)


def check_acceptances(senders: list[StubbornSender]) -> None:
    """Nothing acknowledged was lost, and no id has two acceptances."""
    accepted = {packet_id: bodies for sender in senders for packet_id, bodies in sender.accepted.items()}
    held = {packet_id: bodies for sender in senders for packet_id, bodies in sender.held.items()}
    assert [sender.lost for sender in senders] == [set()] * len(senders)
    assert {packet_id for found in (accepted, held) for packet_id, bodies in found.items() if len(bodies) > 1} == set()
    assert all(bodies or held.get(packet_id) for packet_id, bodies in accepted.items())
    assert all(b"status>accepted<" in body for bodies in accepted.values() for body in bodies)
    assert held


def check_facts(folder: Path, sent: dict[str, bytes], expected: tuple[Any, ...]) -> None:
    """Once all is loaded they are as if nothing had happened."""
    clock = Clock()
    clock.now = now()
    with hub_in(folder, clock, **RULES) as hub:
        _load_what_is_left(hub, clock)
        states = {packet_id: state for packet_id, state, *_ in looking.journal(hub)["packet"]}
        assert states.keys() == sent.keys()
        assert set(states.values()) <= {"loaded", "loaded-with-problems", "superseded"}
        assert len(looking.loads(hub)) >= sum(state != "superseded" for state in states.values())
        assert facts(hub) == expected
        assert looking.staged(hub) == []


def _load_what_is_left(hub: Hub, clock: Clock) -> None:
    """As workers will in the hours to come: claims of the killed run out, what failed is tried again."""
    for _ in range(hub.settings.tries + 1):
        clock.pass_by(3600)
        load_all(hub)
    refer(hub)
