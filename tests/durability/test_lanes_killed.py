"""Random histories loaded by lanes that fail and are killed: the facts are those of loading one by one in order."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from gateway.loading import load_all
from gateway.wiring import Hub, now
from tests.durability.lane import RULES
from tests.hubs import hub_in
from tests.integration import histories, looking
from tests.integration.exchange import Clock, Site, site
from tests.integration.histories import Step, content
from tests.integration.model import Packet, facts
from tests.packets import INN

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261121"))
PARTIES = int(os.environ.get("OBMEN_TEST_EXAMPLES", "15"))
"""How many histories are loaded beside each other, each of a party of its own."""
LANES = 3
KILLS = int(os.environ.get("OBMEN_TEST_KILLS", "6"))
SENT = datetime(2027, 1, 4, tzinfo=UTC)
Sent = list[tuple[Site, Packet]]


def drawn(packets: Callable[[int], SearchStrategy[Packet]]) -> list[list[Step]]:
    """Random histories, always the same; all packets of one are of one scope, lest they pass each other by."""
    found: list[list[Step]] = []

    @settings(
        max_examples=PARTIES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories.histories(packets))
    def collect(steps: list[Step]) -> None:
        steps = [replace(step, packet=replace(step.packet, site=0, organization=INN)) for step in steps]
        found.append(steps)

    collect()
    return found


def send(hub: Hub, played: list[list[Step]]) -> Sent:
    """Every packet with its sender, in the order of their keys."""
    sent = []
    for number, steps in enumerate(played):
        sender = site(hub, f"P{number}")
        for step in steps:
            assert sender.send(content(step.packet, str(step.packet.received))).status == "accepted"
            sent.append((sender, step.packet))
    return sent


@contextmanager
def lane(folder: Path, ahead: timedelta) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.durability.lane", str(folder), str(ahead.total_seconds())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def kill_at_random(folder: Path, ahead: timedelta) -> None:
    """Several lanes at once; one after another is killed and followed by a new one."""
    draw = random.Random(SEED)
    with ExitStack() as stack:
        lanes = [stack.enter_context(lane(folder, ahead)) for _ in range(LANES)]
        for _ in range(KILLS):
            victim = lanes.pop(draw.randrange(LANES))
            assert victim.stdout
            assert any("at work" in said for said in victim.stdout), "a lane ended before it was at work"
            time.sleep(draw.uniform(0.5, 2.5))
            victim.kill()
            lanes.append(stack.enter_context(lane(folder, ahead)))


def are_covered(sent: Sent, left_out: set[int], loaded: set[int]) -> bool:
    """Whether each of the packets that were never loaded is covered by one of the same party that was."""
    newer = [sent[key - 1] for key in loaded]
    parties = [(sender.sender.party, packet) for sender, packet in newer]
    return all(
        any(party == sent[key - 1][0].sender.party and packet.covers(sent[key - 1][1]) for party, packet in parties)
        for key in left_out
    )


def expected(sent: Sent, loaded: set[int]) -> looking.Rows:
    """What stands after loading in order; what was superseded before it could be loaded was as good as not sent."""
    found: looking.Rows = []
    for party in {sender.sender.party for sender, _ in sent}:
        of_party = [(key, sender, packet) for key, (sender, packet) in enumerate(sent, start=1)]
        mine = [each for each in of_party if each[1].sender.party == party]
        keys = {packet.site: sender.sender.site for _, sender, packet in mine}
        standing = facts(packet for key, _, packet in mine if key in loaded)
        found += [(keys[fact.packet.site], *fact.content[1:]) for fact in standing]
    return sorted(found, key=repr)


@pytest.mark.parametrize("packets", [histories.shipments, histories.stock])
def test_lanes_that_fail_and_are_killed_end_in_the_facts_of_loading_in_order(
    tmp_path: Path, packets: Callable[[int], SearchStrategy[Packet]]
) -> None:
    clock = Clock()
    clock.now = SENT
    with hub_in(tmp_path, clock, **RULES) as hub:
        sent = send(hub, drawn(packets))
        kill_at_random(tmp_path, SENT + timedelta(days=1) - now())
        clock.pass_by(timedelta(days=2).total_seconds())
        while load_all(hub):
            clock.pass_by(3600)
        states = {key: sender.state(str(packet.received)) for key, (sender, packet) in enumerate(sent, start=1)}
        loaded = {key for key, *_ in looking.loads(hub)}
        left_out = {key for key in states if key not in loaded}
        assert {states[key] for key in left_out} <= {"superseded"}
        assert set(states.values()) <= {"loaded", "loaded-with-problems", "superseded"}
        assert are_covered(sent, left_out, loaded)
        sites = {sender.sender.site for sender, _ in sent}
        assert looking.contents(hub, sent[0][1].feed, sites) == expected(sent, loaded)
        assert (looking.orphans(hub), looking.journal(hub)["work"]) == (0, [])
        assert list(tmp_path.glob("staging-*")) == []
