"""The embedded worker: loads and reconciles what is due, in lanes beside the gateway, each a process of its own.

Processes, so that a million rows neither slow the gateway's answers nor count as its memory, and a packet that kills
its lane leaves the others alone. Any number of them, on any machine, may work on one store.
"""

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, suppress
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Self

from gateway.calling import call_due
from gateway.children import Child, kept, when_parent_ends
from gateway.config import Settings, load_settings
from gateway.deadline import end_when_late
from gateway.domain.errors import Busy
from gateway.loading import load_all, load_next, sweep
from gateway.log import configure
from gateway.mapping import catch_up
from gateway.notifying import send_due
from gateway.ordering_advancing import advance
from gateway.ordering_mailing import mail_next
from gateway.reconciling import reconcile_next
from gateway.regulating import check_next
from gateway.scoring import refresh
from gateway.sealing import seal_when_due
from gateway.wiring import Hub, open_hub

LANE_NICENESS = 10
SCORE_SECONDS = 300.0
"""A month is counted as a whole, for one new packet as for a thousand: not after each."""
NOTICE_SECONDS = 5.0
"""How long slots and notices wait at most while there is always something to load."""
NOTICES_AT_ONCE = 10
CHORE_AGAIN_SECONDS = 60.0
HOUR_SECONDS, DAY_SECONDS = 3600, 86400


class Stop:
    """Says when to end. A signal may set it at any moment: `threading.Event` could lock itself out then."""

    def __init__(self) -> None:
        self._is_set = False
        self._calls: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        self._is_set = True
        self._calls.put(None)

    def on_signals(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())
        return self

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """For one thread only; whether it was set in that time. A signal may be heard as late as that."""
        if not self._is_set:
            with suppress(Empty):
                self._calls.get(timeout=seconds)
        return self._is_set


class Chore:
    """Something that is done in between, once in so many seconds at most.

    Where it fails the rest goes on, and it is tried again after a while.
    """

    def __init__(self, name: str, step: Callable[[Hub], bool], seconds: float = 0.0) -> None:
        self._name, self._step, self._seconds = name, step, seconds
        self._again_at = 0.0

    def done(self, hub: Hub) -> bool:
        """Whether there was anything to do. Raises Busy."""
        if monotonic() < self._again_at:
            return False
        try:
            found = self._step(hub)
            self._again_at = monotonic() + self._seconds
            return found
        except Busy:
            raise
        except Exception as error:
            hub.log.error(f"{self._name} failed", exc_info=error)
            self._again_at = monotonic() + CHORE_AGAIN_SECONDS
            return False


def run(hub: Hub, stop: Stop) -> None:
    """Loads until told to stop, never within a packet.

    In between receipts and audit catch up, it reconciles, and looks who is late.
    """

    def pauses() -> bool:
        return not stop.wait(hub.settings.poll_seconds)

    checks = Chore("check", lambda hub: check_next(hub) is not None)
    calls = Chore("webhooks", lambda hub: call_due(hub) > 0)
    notices = Chore("notices", lambda hub: send_due(hub, NOTICES_AT_ONCE) > 0)
    letters = Chore("orders by e-mail", lambda hub: mail_next(hub) > 0)
    scores = Chore("scorecards", lambda hub: refresh(hub) > 0, SCORE_SECONDS)
    swept, tells_at = False, 0.0
    set_aside: set[int] = set()
    while not stop.is_set():
        try:
            if not swept:
                sweep(hub)
                swept = True
            worked = load_next(hub, pauses)
            if not worked:
                catch_up(hub)
                seal_when_due(hub)
                worked = advance(hub) or reconcile_next(hub, set_aside)
            if not worked or monotonic() > tells_at:
                worked = checks.done(hub) or worked
                worked = notices.done(hub) or worked
                worked = calls.done(hub) or worked
                worked = letters.done(hub) or worked
                tells_at = monotonic() + NOTICE_SECONDS
            worked = worked or scores.done(hub)
        except Busy as error:
            hub.log.warning("store away", error=str(error))
            worked = False
        if not worked:
            pauses()


def run_once(settings: Settings) -> int:
    """Loads in all lanes until nothing is due; how many packets were taken."""
    with ProcessPoolExecutor(settings.lanes, mp_context=get_context("spawn")) as lanes:
        return sum(lanes.map(_run_once, [settings] * settings.lanes))


def _run_once(settings: Settings) -> int:
    when_parent_ends(lambda: os._exit(1))
    _become_a_lane()
    configure(settings)
    hub = open_hub(settings, made=True)
    try:
        return load_all(hub)
    finally:
        hub.close()


def beside(settings: Settings) -> AbstractContextManager[None]:
    """A process for each lane, for the time of the block, started again if it dies.

    Once a day one that prunes, and one that exchanges with the ERP, where it has a service of its own.
    """
    lane = Child([sys.executable, "-m", "gateway.worker"])
    pruning = Child([sys.executable, "-m", "gateway.cli", "prune"], first=HOUR_SECONDS, pause=DAY_SECONDS)
    erp = [Child([sys.executable, "-m", "gateway.erp_worker"])] if settings.erp_url else []
    children = [*[lane] * settings.lanes, pruning, *erp] if settings.lanes else []
    return kept(children, {**os.environ, **settings.as_environment()})


def _become_a_lane() -> None:
    """It takes what processor time the gateway leaves: to acknowledge is urgent, to load is not."""
    os.nice(LANE_NICENESS)
    end_when_late()


def main() -> None:
    """One lane: ends on SIGTERM, or when the gateway that started it is gone (its end of stdin closes)."""
    settings = load_settings()
    configure(settings)
    stop = Stop().on_signals()
    when_parent_ends(stop.set)
    _become_a_lane()
    hub = open_hub(settings, made=True)
    try:
        run(hub, stop)
    finally:
        hub.close()


if __name__ == "__main__":
    main()
