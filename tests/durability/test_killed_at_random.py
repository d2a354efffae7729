"""Gateway, worker and reference loads, killed again and again while clients send: nothing is lost, nothing twice.

Packets go whole and in parts, are held and confirmed, and asked for once they were acknowledged.
"""

import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.wiring import Hub, now
from tests.durability.referring import PRODUCTS, refer
from tests.durability.running import Referring, Tree
from tests.durability.sending import StubbornSender
from tests.hubs import add_site, hub_in, settings_for
from tests.integration import looking
from tests.integration.exchange import Clock
from tests.packets import element, line, shipment, shipments

KILLS = int(os.environ.get("OBMEN_TEST_KILLS", "16"))
"""Thirty together with those at named places."""
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261121"))
SENDERS = 3
PER_KILL = 3
PACKETS = SENDERS * PER_KILL * KILLS
MADE = datetime(2020, 2, 1, tzinfo=UTC)
DOCUMENTS = [f"D-{number}" for number in range(40)]
RULES = {"lease_seconds": 2, "shrink_percent": 1, "tries": 1000, "lanes": 2}
"""Claims run out soon; what withdraws anything is held until its sender confirms it; our kills are nobody's fault."""


def packets() -> dict[str, bytes]:
    """Packets that correct, move, delete and withdraw each other's documents: their order shows in the facts."""
    draw, made = random.Random(SEED), {}
    for number in range(PACKETS):
        days = sorted(draw.choices(range(1, 10), k=2))
        replacing = draw.random() < 0.3
        window = {"from": f"2020-01-{days[0]:02}", "to": f"2020-01-{days[1]:02}"}
        documents = {name: _document(draw, name, *days) for name in draw.choices(DOCUMENTS, k=8)}
        made[f"p-{number}"] = shipments(
            f"p-{number}",
            *documents.values(),
            mode="replace" if replacing else "merge",
            created=(MADE + timedelta(minutes=number)).isoformat(),
            **window if replacing else {"from": None, "to": None},
        )
    return made


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
    with hub_in(folder, **RULES) as hub:
        sender = add_site(hub)
        for packet_id, content in sent.items():
            assert submit(hub, sender, Submission("shipments", packet_id, content, confirm=True)).status == "accepted"
        load_all(hub)
        refer(hub)
        return facts(hub)


def killing(tree: Tree, referring: Referring, senders: list[StubbornSender]) -> None:
    """A kill after another, each a random while after what was killed is up again and further packets may be sent."""
    draw = random.Random(SEED)
    for _ in range(KILLS):
        for sender in senders:
            sender.go_on(PER_KILL)
        time.sleep(draw.uniform(0.05, 1.0))
        match draw.choice(["all", "gateway", "gateway", "worker", "worker", "worker", "reference"]):
            case "all":
                tree.kill_all()
                tree.start()
            case "gateway":
                tree.kill_gateway()
                tree.start()
            case "worker":
                tree.kill_worker()
            case "reference":
                referring.kill()


def load_what_is_left(hub: Hub, clock: Clock) -> None:
    """As workers will in the hours to come: claims of the killed run out, what failed is tried again."""
    for _ in range(hub.settings.tries + 1):
        clock.pass_by(3600)
        load_all(hub)
    refer(hub)


def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    sent = packets()
    expected = undisturbed(tmp_path / "undisturbed", sent)
    folder = tmp_path / "killed"
    with hub_in(folder, **RULES) as hub:
        add_site(hub)
    with Tree(settings_for(folder, **RULES)) as tree, Referring(folder) as referring:
        senders = [StubbornSender(tree, dict(list(sent.items())[part::SENDERS])) for part in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            killing(tree, referring, senders)
            for sender in senders:
                sender.finish()
        finally:
            for sender in senders:
                sender.give_up()
    accepted = {packet_id: bodies for sender in senders for packet_id, bodies in sender.accepted.items()}
    held = {packet_id: bodies for sender in senders for packet_id, bodies in sender.held.items()}
    assert [sender.lost for sender in senders] == [set()] * SENDERS
    assert {packet_id for found in (accepted, held) for packet_id, bodies in found.items() if len(bodies) > 1} == set()
    assert all(bodies or held.get(packet_id) for packet_id, bodies in accepted.items())
    assert all(b"status>accepted<" in body for bodies in accepted.values() for body in bodies)
    assert held
    clock = Clock()
    clock.now = now()
    with hub_in(folder, clock, **RULES) as hub:
        load_what_is_left(hub, clock)
        states = {packet_id: state for packet_id, state, *_ in looking.journal(hub)["packet"]}
        assert states.keys() == sent.keys()
        assert set(states.values()) <= {"loaded", "loaded-with-problems", "superseded"}
        assert len(looking.loads(hub)) >= sum(state != "superseded" for state in states.values())
        assert facts(hub) == expected
        assert looking.staged(hub) == []
