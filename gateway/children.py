"""Child processes of ours end with the process that started them, and are started again where they die."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import IO

import structlog

RESTART_SECONDS, LONGEST_RESTART_SECONDS = 1.0, 60.0
HEALTHY_SECONDS = 60.0
"""Who lived that long was well: where he dies then, the first pause is short again."""
GRACE_SECONDS = 60
"""How long it may take to end: a load is not broken off."""


def when_parent_ends(act: Callable[[], object]) -> None:
    """Called by a child as it begins: `act` comes once the process that started it is gone, however that ended.

    Then its end of a pipe is closed: of our standard input (see `kept`), or of what `multiprocessing` has laid.
    """
    parent = parent_process()
    pipe = sys.stdin.fileno() if parent is None else parent.sentinel

    def watch() -> None:
        while os.read(pipe, 1024):  # through a buffer, it would hold a lock that our exit needs
            pass
        act()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


@dataclass(frozen=True)
class Child:
    """A command; what it says goes to `log`. It begins after `first` seconds, and again `pause` seconds after an end.

    One that dies soon after it began begins again after a pause that doubles. `apart` from the terminal, whose Ctrl-C
    is then for us alone to hear; what such a child started itself is killed once the child has ended.
    """

    command: Sequence[str]
    log: IO[bytes] | None = None
    first: float = 0
    pause: float = RESTART_SECONDS
    apart: bool = False


@contextmanager
def kept(children: Sequence[Child], environment: Mapping[str, str]) -> Iterator[None]:
    """A process for each child, for the time of the block. Its standard input closes when we are gone."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_keep, args=(child, environment, stop)) for child in children]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _keep(child: Child, environment: Mapping[str, str], stop: threading.Event) -> None:
    deaths = 0
    stop.wait(child.first)
    while not stop.is_set():
        began = time.monotonic()
        with _started(child, environment) as process:
            while process.poll() is None and not stop.wait(0.1):
                pass
            process.terminate()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if child.apart:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        deaths = deaths + 1 if time.monotonic() - began < HEALTHY_SECONDS else 1
        pause = child.pause
        if process.returncode and not stop.is_set():
            pause = max(pause, delay_after(deaths))
            command = " ".join(child.command[1:])
            structlog.get_logger().error("child died", command=command, status=process.returncode, again_in=pause)
        stop.wait(pause)


def delay_after(deaths: int) -> float:
    """Seconds until a child begins again that died so many times, each time soon after it had begun."""
    doublings = min(deaths - 1, int(LONGEST_RESTART_SECONDS).bit_length())
    return min(RESTART_SECONDS * 2**doublings, LONGEST_RESTART_SECONDS)


def _started(child: Child, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        child.command,
        stdin=subprocess.PIPE,
        stdout=child.log,
        stderr=child.log,
        env=environment,
        start_new_session=child.apart,
    )
