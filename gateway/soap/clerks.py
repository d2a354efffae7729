"""Clerks: processes that work on requests for a gateway that gets many at once.

Threads of one process share Python's lock, so that a gateway alone has the good of one processor. It stays the one that
listens, knows logins, limits and lock-outs, and keeps the audit journal: a clerk gets whole requests and gives answers.
"""

import asyncio
import os
import pickle
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import structlog
from anyio import CapacityLimiter

from gateway.children import delay_after
from gateway.config import Settings
from gateway.domain.errors import Busy
from gateway.domain.party import Sender
from gateway.metrics import Submitted
from gateway.soap.desk import Answer
from gateway.soap.note import Note

LENGTH = struct.Struct("!I")
"""Before each message between gateway and clerk, which is pickled."""
_COMMAND = (sys.executable, "-m", "gateway.clerk")
STAY_SECONDS = 5.0
"""How long a clerk may take to end once there is nothing more to do."""
Told = tuple[Answer, tuple[str, str, str | None], list[Submitted]]
"""The answer, what the audit journal is told of it (operation, outcome, packet id), and what is to be counted."""


def message(*content: Any) -> bytes:
    packed = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(packed)) + packed


class Clerks:
    """Of one gateway, on its event loop. None works before `call_in`."""

    def __init__(self, settings: Settings, counted: Callable[[Submitted], None]) -> None:
        self._number, self._each = settings.clerks, clerk_threads(settings)
        self._environment = {**os.environ, **settings.as_environment()}
        self._counted = counted
        self._clerks: list[_Clerk] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._turns = CapacityLimiter(self._number * self._each)

    def call_in(self) -> None:
        """They begin to come; the first call alone counts."""
        if not self._keepers:
            self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._number)]

    @property
    def are_here(self) -> bool:
        return bool(self._clerks)

    async def answer(self, content: bytes, content_type: str, sender: Sender, note: Note) -> Answer | None:
        """As `Desk.answer`; None where they have all gone. Raises Busy where the clerk died over it."""
        async with self._turns:
            if not self._clerks:
                return None
            clerk = min(self._clerks, key=lambda each: len(each.asked))
            answer, noted, submitted = await clerk.answer(content, content_type, sender, note)
        note.operation, note.outcome, note.packet_id = noted
        for each in submitted:
            self._counted(each)
        return answer

    async def close(self) -> None:
        """When nothing is asked any more."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _keep(self) -> None:
        """One clerk, and another whenever it has died: after a pause that doubles while none gets ready."""
        log, deaths = structlog.get_logger(), 0
        while True:
            was_ready, status = False, "can't be started"
            with suppress(OSError):
                was_ready, status = await self._served()
            deaths = 1 if was_ready else deaths + 1
            log.error("a clerk died", status=status, again_in=delay_after(deaths))
            await asyncio.sleep(delay_after(deaths))

    async def _served(self) -> tuple[bool, str]:
        """A clerk to its end: whether it ever got ready, and its status. Raises OSError where there can't be one."""
        clerk = _Clerk(await asyncio.create_subprocess_exec(*_COMMAND, stdin=PIPE, stdout=PIPE, env=self._environment))
        try:
            with suppress(asyncio.IncompleteReadError):  # its end
                await clerk.ready()
                self._clerks.append(clerk)
                await clerk.listen()
        finally:
            was_ready = clerk in self._clerks
            if was_ready:
                self._clerks.remove(clerk)
            await clerk.leave(STAY_SECONDS if was_ready else 0)
        return was_ready, str(clerk.status)


class _Clerk:
    """The gateway's side of one: `asked` has the requests that it is at."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process, self._to, self._from = process, process.stdin, process.stdout
        self._numbers = count()
        self.asked: dict[int, asyncio.Future[Told]] = {}

    async def answer(self, *request: Any) -> Told:
        number, answered = next(self._numbers), asyncio.get_running_loop().create_future()
        self.asked[number] = answered
        try:
            self._to.write(message(number, *request))
            return await answered
        finally:
            del self.asked[number]

    async def listen(self) -> None:
        """Raises IncompleteReadError once it has ended."""
        while True:
            number, *told = await self._told()
            answered = self.asked.get(number)
            if answered and not answered.done():
                answered.set_result((told[0], told[1], told[2]))

    async def ready(self) -> None:
        """Once it has said its first word. Raises IncompleteReadError where it ends before."""
        await self._told()

    async def leave(self, seconds: float) -> None:
        """What it was asked is refused, and it ends: by itself in so many seconds, or killed."""
        for answered in self.asked.values():
            if not answered.done():
                answered.set_exception(Busy("a part of the hub ended under this request, send it again", retry_after=5))
        self._to.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    @property
    def status(self) -> int | None:
        return self._process.returncode

    async def _told(self) -> Any:
        (length,) = LENGTH.unpack(await self._from.readexactly(LENGTH.size))
        return pickle.loads(await self._from.readexactly(length))


def clerk_threads(settings: Settings) -> int:
    """How many requests one clerk works on at once."""
    return max(1, settings.threads // max(1, settings.clerks))
