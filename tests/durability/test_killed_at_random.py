"""The real gateway and worker, killed again and again while clients send and resend: nothing is lost, nothing twice."""

import os
import random
import time
from pathlib import Path
from typing import Any

from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.wiring import Hub, now
from tests.durability.running import StubbornSender, Tree
from tests.hubs import add_site, hub_in, settings_for
from tests.integration import looking
from tests.integration.exchange import Clock
from tests.packets import element, line, shipment, shipments

KILLS = int(os.environ.get("OBMEN_TEST_KILLS", "8"))
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261121"))
SENDERS = 3
PACKETS = 150
RULES = {"lease_seconds": 2, "shrink_percent": 100, "tries": 1000, "lanes": 2}
"""Claims run out soon, nothing is held back for a person, and nobody is blamed for our kills."""


def packets() -> dict[str, bytes]:
    """Packets that correct, move, delete and withdraw each other's documents: their order shows in the facts."""
    draw, made = random.Random(SEED), {}
    for number in range(PACKETS):
        days = sorted(draw.choices(range(1, 10), k=2))
        replacing = draw.random() < 0.3
        window = {"from": f"2020-01-{days[0]:02}", "to": f"2020-01-{days[1]:02}"}
        documents = {name: _document(draw, name, *days) for name in draw.choices("ABCDEFGHIJKLMNOP", k=4)}
        made[f"p-{number}"] = shipments(
            f"p-{number}",
            *documents.values(),
            mode="replace" if replacing else "merge",
            created=f"2020-02-01T{number // 60:02}:{number % 60:02}:00Z",
            **window if replacing else {"from": None, "to": None},
        )
    return made


def _document(draw: random.Random, name: str, first: int, last: int) -> str:
    mark = element("mark", "QUJD")
    lines = [line(n, *[mark] * draw.randint(0, 1), quantity=draw.randint(1, 9)) for n in range(1, draw.randint(2, 9))]
    flag = "true" if draw.random() < 0.1 else None
    return shipment(name, *lines, date=f"2020-01-{draw.randint(first, last):02}", deleted=flag)


def facts(hub: Hub) -> tuple[Any, ...]:
    """All but the keys that the store gave."""
    return looking.contents(hub, "shipments", [1]), sorted(looking.extensions(hub)), looking.orphans(hub)


def undisturbed(folder: Path, sent: dict[str, bytes]) -> tuple[Any, ...]:
    with hub_in(folder, **RULES) as hub:
        sender = add_site(hub)
        for packet_id, content in sent.items():
            assert submit(hub, sender, Submission("shipments", packet_id, content)).status == "accepted"
        load_all(hub)
        return facts(hub)


def killing(tree: Tree, draw: random.Random) -> None:
    """A kill after another, each a random while after what was killed is up again."""
    for _ in range(KILLS):
        time.sleep(draw.uniform(0.05, 1.0))
        victim = draw.choice(["all", "gateway", "worker", "worker"])
        getattr(tree, f"kill_{victim}")()
        if victim != "worker":
            tree.start()


def load_what_is_left(hub: Hub, clock: Clock) -> None:
    """As workers will in the hours to come: claims of the killed run out, what failed is tried again."""
    for _ in range(hub.settings.tries + 1):
        clock.pass_by(3600)
        load_all(hub)


def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    sent = packets()
    expected = undisturbed(tmp_path / "undisturbed", sent)
    folder = tmp_path / "killed"
    with hub_in(folder, **RULES) as hub:
        add_site(hub)
    with Tree(settings_for(folder, **RULES)) as tree:
        senders = [StubbornSender(tree, dict(list(sent.items())[part::SENDERS])) for part in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            killing(tree, random.Random(SEED))
            for sender in senders:
                sender.finish()
        finally:
            for sender in senders:
                sender.give_up()
    answers = {packet_id: bodies for sender in senders for packet_id, bodies in sender.answers.items()}
    assert {packet_id for packet_id, bodies in answers.items() if len(bodies) != 1} == set()
    assert all(b"status>accepted<" in body for bodies in answers.values() for body in bodies)
    clock = Clock()
    clock.now = now()
    with hub_in(folder, clock, **RULES) as hub:
        load_what_is_left(hub, clock)
        states = {packet_id: state for packet_id, state, *_ in looking.journal(hub)["packet"]}
        assert states.keys() == sent.keys()
        assert set(states.values()) <= {"loaded", "loaded-with-problems", "superseded"}
        assert [key for key, *_ in looking.loads(hub)] == list(range(1, PACKETS + 1))
        assert facts(hub) == expected
        assert list(folder.glob("staging-*")) == []
