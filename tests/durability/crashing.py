"""A process that kills itself with SIGKILL at a named place of intake or loading: `python -m … FOLDER PLACE WHEN`."""

import os
import signal
import sys
from pathlib import Path

from gateway.loading import load_all
from tests.hubs import hub_in
from tests.integration.crash import arm
from tests.integration.exchange import Clock, Site
from tests.integration.story import SECOND


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, place: str, when: str) -> None:
    with hub_in(Path(folder), Clock()) as hub:
        with hub.exchange.reading() as connection:
            volga = Site(hub, hub.parties.find_login(connection, "VOLGA-main").sender)
        arm(place, when, kill)
        volga.send(SECOND)
        load_all(hub)


if __name__ == "__main__":
    main(*sys.argv[1:])
