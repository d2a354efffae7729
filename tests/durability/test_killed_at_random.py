"""Gateway, worker and reference loads, killed again and again while clients send: nothing is lost, nothing twice.

Packets go whole and in parts, are held and confirmed, and asked for once they were acknowledged.
"""

import os
import random
import time
from pathlib import Path

from tests.durability.correcting import RULES, check_acceptances, check_facts, packets, undisturbed
from tests.durability.running import Referring, Tree
from tests.durability.sending import StubbornSender, at_work
from tests.hubs import add_site, hub_in, settings_for

KILLS = int(os.environ.get("OBMEN_TEST_KILLS", "16"))
"""Thirty together with those at named places."""
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261121"))
SENDERS = 3
PER_KILL = 3
PACKETS = SENDERS * PER_KILL * KILLS


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


def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    sent = packets(SEED, PACKETS)
    expected = undisturbed(tmp_path / "undisturbed", sent)
    folder = tmp_path / "killed"
    with hub_in(folder, **RULES) as hub:
        add_site(hub)
    tree, referring = Tree(settings_for(folder, **RULES)), Referring(folder)
    with tree, referring, at_work(tree, sent, SENDERS) as senders:
        killing(tree, referring, senders)
    check_acceptances(senders)
    check_facts(folder, sent, expected)
