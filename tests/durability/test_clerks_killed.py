"""Clerks, and their gateway, killed over the work of many senders: nothing is lost, nothing twice."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.durability.correcting import RULES, check_acceptances, check_facts, packets, undisturbed
from tests.durability.running import PATIENCE, Tree
from tests.durability.sending import StubbornSender, at_work
from tests.hubs import add_site, hub_in, settings_for

SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261122"))
SENDERS = 12
"""So many that clerks are called in."""
KILLS = ["clerk", "clerk", "clerk", "gateway", "clerk", "all", "clerk"]

pytestmark = pytest.mark.sqlite


def killing(tree: Tree, senders: list[StubbornSender]) -> None:
    """Each a random while after clerks are at work; those of a gateway go with it."""
    draw = random.Random(SEED)
    for victim in KILLS:
        wait_for_clerks(tree)
        for sender in senders:
            sender.go_on(1)
        time.sleep(draw.uniform(0.0, 0.3))
        match victim:
            case "clerk":
                tree.kill_clerk()
            case "gateway":
                tree.kill_gateway()
                tree.start()
            case "all":
                tree.kill_all()
                tree.start()


def wait_for_clerks(tree: Tree) -> None:
    ends = time.monotonic() + PATIENCE
    while not tree.clerks():
        assert time.monotonic() < ends, "no clerk came"
        time.sleep(0.05)


def test_clerks_killed_over_their_work_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    sent = packets(SEED, SENDERS * (len(KILLS) + 1))
    expected = undisturbed(tmp_path / "undisturbed", sent)
    folder = tmp_path / "killed"
    with hub_in(folder, **RULES) as hub:
        add_site(hub)
    with Tree(settings_for(folder, **RULES)) as tree, at_work(tree, sent, SENDERS) as senders:
        for sender in senders:
            sender.go_on(1)
        killing(tree, senders)
    check_acceptances(senders)
    check_facts(folder, sent, expected)
