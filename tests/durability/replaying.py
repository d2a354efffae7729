"""Replays the month under a moved clock in processes of their own: `python -m … FOLDER MAIL WAY WIDTH SEED`.

killed: each is killed before some step, and started anew until one gets to its end; with a
width of 1 before every step. crowd: several of each at once, and one of them is killed. Prints how many were killed.
"""

import os
import random
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from gateway.config import load_settings
from gateway.notifying import LEASE, send_due
from gateway.regulating import check
from gateway.wiring import Hub, open_hub
from tests.durability.striking import Striker
from tests.integration import month

Command = Callable[[Hub], object]
COMMANDS: tuple[Command, ...] = (check, send_due)
"""What `obmen regulation check` and `obmen notice send` do."""
CROWD = 2


def started(hub: Hub, command: Command, moment: datetime, step: int = 0) -> int:
    """The id of a process that does it at a moment, to be killed before its n-th step."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            Striker(step).arm()
            command(replace(hub, clock=lambda: moment))
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return child


def ended(child: int) -> bool:
    """Waits for its end; False where it was killed."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -9), status
    return status == 0


class Replay:
    """`hub` has no connection yet when processes part: each makes its own."""

    def __init__(self, hub: Hub, width: int, seed: int) -> None:
        self._started, self._width, self._luck = partial(started, hub), width, random.Random(seed)
        self.kills = 0

    def killed(self, moment: datetime) -> None:
        for command in COMMANDS:
            step = self._luck.randint(1, self._width)
            while not ended(self._started(command, moment, step)):
                self.kills += 1
                step += self._luck.randint(1, self._width)
                moment += LEASE if command is send_due else timedelta()

    def crowd(self, moment: datetime) -> None:
        steps = [self._luck.randint(1, self._width), *[0] * (CROWD - 1)]
        children = [self._started(command, moment, step) for step in steps for command in COMMANDS]
        self.kills += sum(not ended(child) for child in children)
        assert ended(self._started(send_due, moment + LEASE))


def main(folder: str, mail_url: str, way: str, width: str, seed: str) -> None:
    hub = open_hub(load_settings(database=f"sqlite:///{folder}", mail_url=mail_url), made=True)
    replay, moments = Replay(hub, int(width), int(seed)), list(month.moments())
    hub.calendars.is_working("russia", moments[0].date())  # what loads slowly is loaded once
    for moment in moments:
        {"killed": replay.killed, "crowd": replay.crowd}[way](moment)
    for command in COMMANDS:
        assert ended(started(hub, command, moments[-1] + month.AFTERWARDS))
    print(replay.kills)


if __name__ == "__main__":
    main(*sys.argv[1:])
