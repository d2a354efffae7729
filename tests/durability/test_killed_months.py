"""A month with known gaps under a moved clock, its commands SIGKILLed between any two steps, and several at once.

Slots, incidents and notices are exactly what the gaps call for: in the store, and at servers for mail and webhooks.
`make soak` kills before every single step.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.notifying import send_due
from gateway.regulating import check
from tests.integration import month
from tests.integration.regulated import at, world_in
from tests.notice_servers import Mailbox, Requests, mail_server, web_server

pytestmark = pytest.mark.sqlite  # the store's folder is copied
LINKS = "https://hub.example"
ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261122"))
WIDTH = 1 if "OBMEN_TEST_KILLS" in os.environ else 12


@dataclass
class Post:
    """What the servers got."""

    mail: Mailbox
    web: Requests

    def emptied(self) -> tuple[int, dict[str, set[tuple[str, str]]]]:
        """How many messages, and under each id what to whom."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for to, mail in self.mail.mails:
            found[str(mail["Message-ID"])].add((to, f"{mail['Subject']}\n{mail.get_content()}"))
        for _, headers, told in self.web.taken:
            found[headers["Idempotency-Key"]].add(("robot", f"{told['title']}\n{told['message']}"))
        total = len(self.mail.mails) + len(self.web.taken)
        self.mail.mails.clear()
        self.web.taken.clear()
        return total, found


def replayed(folder: Path, way: str, mail: Mailbox) -> int:
    """How many processes were killed on the way."""
    command = [sys.executable, "-m", "tests.durability.replaying", str(folder), mail.url, way]
    environment = {**os.environ, "OBMEN_PUBLIC_URL": LINKS}
    done = subprocess.run(
        [*command, str(WIDTH), str(SEED)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout.splitlines()[-1])


def calm(folder: Path, mail: Mailbox) -> None:
    with world_in(folder, joins=False, public_url=LINKS, mail_url=mail.url) as world:
        moments = list(month.moments())
        for moment in [*moments, moments[-1] + month.AFTERWARDS]:
            world.clock.now = moment
            check(world.hub)
            send_due(world.hub)


def in_store(folder: Path) -> tuple[object, ...]:
    """Slots, incidents with their steps, notices to people, and those to the distributor's 1C."""
    with world_in(folder, joins=False) as world:
        world.clock.now = at(month.END)
        with world.hub.exchange.reading() as connection:
            waiting = world.hub.notices.waiting(connection, world.volga.sender.site, None)
        return *month.told(world), month.written(world), [each.text for each in waiting]


def once(came: dict[str, set[tuple[str, str]]]) -> Counter[tuple[str, str]]:
    """What came to whom, doubles dropped by their ids; what comes under one id is the same each time."""
    return Counter(told for each in came.values() for told in each)


def test_however_processes_are_killed_and_crowd_each_other_nothing_is_lost_and_nothing_is_doubled(
    tmp_path: Path,
) -> None:
    with mail_server() as mail, web_server() as web:
        post = Post(mail, web)
        month.journal(tmp_path / "journal", f"{web.url}/hook")
        folders = {way: shutil.copytree(tmp_path / "journal", tmp_path / way) for way in ("calm", "killed", "crowd")}
        calm(folders["calm"], mail)
        (sent, came), store = post.emptied(), in_store(folders["calm"])
        slots, incidents, _, notices, _ = store
        assert (slots, incidents, notices) == (month.SLOTS, month.INCIDENTS, month.notices())
        assert sent == len(came)
        for way in ("killed", "crowd"):
            kills = replayed(folders[way], way, mail)
            assert in_store(folders[way]) == store
            sent_now, came_now = post.emptied()
            assert once(came_now) == once(came)
            assert sent_now - len(came_now) <= kills
            assert kills > (50 if way == "killed" else 5)
