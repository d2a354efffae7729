"""Notices a breach, tells of it and kills itself at a named place: `python -m … FOLDER MAIL PLACE WHEN`."""

import sys
from pathlib import Path

from gateway.notifying import send_due
from tests.durability.crashing import kill
from tests.integration.crash import arm
from tests.integration.incident_world import reopened


def main(folder: str, mail_url: str, place: str, when: str) -> None:
    with reopened(Path(folder), mail_url=mail_url) as world:
        arm(place, when, kill)
        world.breaks()
        send_due(world.hub)


if __name__ == "__main__":
    main(*sys.argv[1:])
