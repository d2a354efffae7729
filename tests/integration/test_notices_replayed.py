"""Days of breaches, mutes and answers, replayed with a moved clock: with crashes in between nothing differs."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.notify import Failure, Message
from gateway.domain.contact import Absence
from gateway.domain.incident import Escalation, Mute, Severity, Subject
from gateway.incidents import acknowledge, mute
from gateway.notifying import LEASE, send_due
from tests.integration.crash import Crash, arm, crash
from tests.integration.incident_world import World, contact, world_in

BEGIN, STEP, STEPS = "2026-10-23 00:00", timedelta(minutes=20), 216
"""Three days, in whose last night the clocks of Berlin go back."""
ESCALATION = (Escalation(timedelta(hours=4), ("boris",)), Escalation(timedelta(hours=20), ("clara",)))
PLACES = [
    "connectors.database.incidents:add",
    "connectors.database.incidents:store",
    "connectors.database.outbox:add",
    "connectors.database.outbox:claim",
    "connectors.database.outbox:sent",
    "gateway.notifying:_claim",
    "gateway.notifying:_sent",
    "gateway.incidents:_woke",
]


class Post:
    """Takes every message, with when it came; the first under an id counts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.came: dict[str, tuple[str, str, datetime]] = {}

    def send(self, kind: str, address: str, message: Message) -> Failure | None:
        self.came.setdefault(message.id, (address.partition("@")[0], message.title, self._world.clock()))
        return None

    def told(self) -> list[tuple[str, str]]:
        """(who, title) of every notice but digests, whose parts may fall on either side of a delay."""
        return sorted((who, title) for who, title, _ in self.came.values() if "digest" not in title)


def story(seed: int) -> list[list[tuple[str, int]]]:
    """What happens at each step: (what, which subject)."""
    chance = random.Random(seed)
    happens: list[list[tuple[str, int]]] = [[] for _ in range(STEPS)]
    for subject in range(4):
        at = chance.randrange(STEPS)
        while at < STEPS:
            for _ in range(chance.randint(1, 3)):
                happens[at].append(("breaks", subject))
                at = min(at + chance.randint(1, 20), STEPS - 1)
                if chance.random() < 0.3:
                    happens[at].append((chance.choice(["acknowledge", "mute"]), subject))
            happens[at].append(("recovers", subject))
            at += chance.randint(5, 80)
    return happens


def act(world: World, what: str, number: int) -> None:
    subject = Subject(None, key=f"s{number}")
    if what == "breaks":
        severity = Severity.CRITICAL if number == 0 else Severity.ERROR
        world.breaks(subject=subject, severity=severity, escalation=ESCALATION)
    elif what == "recovers":
        world.recovers(subject=subject)
    elif what == "mute":
        mute(world.hub, Mute(world.clock(), world.clock() + timedelta(hours=5), rule="STOCK_DIFFERS"), "anna", "x")
    else:
        with world.hub.exchange.reading() as connection:
            found = world.hub.incidents.listed(connection, world.hub.incidents.Wanted(open_only=True), 10)
        for each in found:
            if each.subject == subject.key:
                acknowledge(world.hub, each.key, "anna")


@contextmanager
def replayed(folder: Path, seed: int) -> Iterator[tuple[World, Post]]:
    with world_in(folder) as world:
        post = Post(world)
        notifier: Any = post
        world.hub = replace(world.hub, notifier=notifier)
        world.at(BEGIN)
        night: dict[str, Any] = {"time_zone": "Europe/Berlin", "quiet": (time(22), time(7))}
        night["absences"] = (Absence(date(2026, 10, 25), date(2026, 10, 25), "clara"),)
        people = (contact("anna", urgent=Severity.CRITICAL, **night), contact("dora", digest=time(2, 30)))
        world.book(*people, contact("boris", roles=frozenset()), contact("clara", roles=frozenset()))
        yield world, post


def run(world: World, happens: list[list[tuple[str, int]]], chance: random.Random | None) -> None:
    """Acts and sends, step by step; with a chance some of it is cut off at a named place and done again."""
    for each in happens:
        for what, number in each:
            cut_off(lambda what=what, number=number: act(world, what, number), chance)
        cut_off(lambda: send_due(world.hub), chance)
        world.clock.pass_by(LEASE.total_seconds())
        send_due(world.hub)
        world.clock.pass_by((STEP - LEASE).total_seconds())
    world.clock.pass_by(2 * 24 * 3600)
    send_due(world.hub)


def cut_off(what: Any, chance: random.Random | None) -> None:
    if chance is None or chance.random() > 0.5:
        what()
        return
    disarm = arm(chance.choice(PLACES), chance.choice(["before", "after"]), crash)
    try:
        what()
    except Crash:
        disarm()
        what()
    finally:
        disarm()


@pytest.mark.parametrize("seed", range(3))
def test_crashes_lose_no_notice_and_double_none(tmp_path: Path, seed: int) -> None:
    with replayed(tmp_path / "calm", seed) as (world, calm):
        run(world, story(seed), None)
        states, in_order = world.states(), calm.told()
        assert len(in_order) > 20
        for who, title, at in calm.came.values():
            quiet = contact("x", time_zone="Europe/Berlin", quiet=(time(22), time(7))).is_quiet(at)
            assert not (who == "anna" and quiet and "s0" not in title)
        digests = [at for who, _, at in calm.came.values() if who == "dora"]
        assert len({f"{at:%d}" for at in digests}) == len(digests)
    with replayed(tmp_path / "cut-off", seed) as (world, cut):
        run(world, story(seed), random.Random(seed))
        assert world.states() == states
        assert cut.told() == in_order
