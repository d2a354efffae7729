"""SIGKILL at every place between two commits, and within them: after the next run it is as if nothing had happened."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.loading import load_all
from tests.hubs import hub_in
from tests.integration.exchange import Clock, Site, site
from tests.integration.looking import staged
from tests.integration.story import FIRST, SECOND, everything, reference, undisturbed

ROOT = Path(__file__).parents[2]
INTAKE = [
    ("connectors.database.journal:keep_payload", "after"),
    ("connectors.database.journal:add_packet", "after"),
    ("gateway.intake:_kept", "after"),  # committed, and nobody was told
]
LOADING = [
    ("gateway.loading:_claim", "before"),
    ("gateway.loading:_claim", "after"),  # step 1 is committed
    ("connectors.database.bulk:_fill", "before"),
    ("connectors.database.bulk:_verify", "before"),
    ("connectors.database.merging:merge", "before"),
    ("connectors.database.scopes:withdraw", "after"),
    ("connectors.database.merging:_write_down", "after"),
    ("connectors.database.bulk:_remove", "before"),  # step 2 is committed, and staging is still there
    ("gateway.loading:_facts_of", "after"),
    ("connectors.database.journal:record_load", "after"),
    ("gateway.loading:_load", "after"),  # step 3 is committed
]


HANGING = "connectors.database.scopes:withdraw"


def ended_at(folder: Path, place: str, when: str, how: str) -> None:
    command = [sys.executable, "-m", "tests.durability.crashing", str(folder), place, when, how]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False, timeout=120)
    assert done.returncode == {"kill": -signal.SIGKILL, "hang": 1}[how]


@pytest.mark.parametrize(
    ("place", "when", "how"), [*((*each, "kill") for each in [*INTAKE, *LOADING]), (HANGING, "before", "hang")]
)
def test_after_a_kill_or_a_load_that_hangs_everything_is_there_once_and_whole(
    tmp_path: Path, place: str, when: str, how: str
) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        volga = site(hub)
        reference(volga, "000123")
        volga.load(FIRST)
    ended_at(tmp_path, place, when, how)
    clock.pass_by(hub.settings.lease_seconds)
    with hub_in(tmp_path, clock) as hub:
        volga = Site(hub, volga.sender)
        answers = [volga.send(SECOND) for _ in range(2)]
        assert (answers[0].status, answers[1]) == ("accepted", answers[0])
        load_all(hub)
        assert everything(volga) == undisturbed()
        assert staged(hub) == []
