"""A lane that kills itself with SIGKILL, or hangs, at a named place of intake or loading.

`python -m … FOLDER PLACE WHEN kill|hang`
"""

import os
import signal
import sys
import time
from pathlib import Path

from connectors.database import bulk
from gateway import deadline
from gateway.loading import load_all
from tests.hubs import hub_in
from tests.integration.crash import arm
from tests.integration.exchange import Clock, Site
from tests.integration.story import SECOND


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang() -> None:
    time.sleep(1000)


def main(folder: str, place: str, when: str, how: str) -> None:
    bulk.FEW = 0  # type: ignore[attr-defined]  # staged in a file, which a kill may leave behind
    deadline.end_when_late()
    deadline.LEAST_SECONDS = 1 if how == "hang" else 1000
    with hub_in(Path(folder), Clock()) as hub:
        with hub.exchange.reading() as connection:
            volga = Site(hub, hub.parties.find_login(connection, "VOLGA-main").sender)
        arm(place, when, {"kill": kill, "hang": hang}[how])
        volga.send(SECOND)
        load_all(hub)


if __name__ == "__main__":
    main(*sys.argv[1:])
