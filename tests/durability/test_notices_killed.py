"""SIGKILL between any two steps from a breach to its notice: none is lost, and a double bears the same id."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.notifying import LEASE, send_due
from tests.integration.incident_world import contact, reopened, world_in
from tests.notice_servers import mail_server

ROOT = Path(__file__).parents[2]
STEPS = [
    ("connectors.database.incidents:add", "after", 0),
    ("connectors.database.outbox:add", "after", 0),
    ("gateway.notifying:_claim", "before", 0),
    ("gateway.notifying:_claim", "after", 0),
    ("connectors.notify_services:send", "after", 1),
    ("gateway.notifying:_sent", "after", 1),
]


@pytest.mark.parametrize(("place", "when", "sent"), STEPS)
def test_after_a_kill_each_notice_arrives_and_doubles_are_known(
    tmp_path: Path, place: str, when: str, sent: int
) -> None:
    with mail_server() as mail:
        with world_in(tmp_path, mail_url=mail.url) as world:
            world.book(contact("anna"))
        command = [sys.executable, "-m", "tests.durability.noticing", str(tmp_path), mail.url, place, when]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        assert (done.returncode, len(mail.mails)) == (-signal.SIGKILL, sent)
        with reopened(tmp_path, mail_url=mail.url) as world:
            if not world.states():  # its transaction is as if it had never been: whoever noticed does so again
                world.breaks()
            world.clock.pass_by(LEASE.total_seconds())
            send_due(world.hub)
            world.recovers()
            send_due(world.hub)
            assert world.states() == [("recovered", 0)]
        once = {mail["Message-ID"]: str(mail["Subject"]).partition("]")[0] for _, mail in mail.mails}
        assert list(once.values()) == ["[Error", "[Recovered"]
