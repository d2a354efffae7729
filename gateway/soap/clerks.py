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
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, Self

import structlog

from gateway.children import delay_after
from gateway.config import Settings
from gateway.domain.errors import Busy
from gateway.domain.party import Sender
from gateway.metrics import Submitted
from gateway.soap.desk import Answer
from gateway.soap.note import Note

LENGTH = struct.Struct("!I")
"""Before each message between gateway and clerk, which is pickled."""
STAY_SECONDS = 5.0
"""How long a clerk may take to end once there is nothing more to do."""
Told = tuple[Answer, tuple[str, str, str | None]]
"""The answer, and what the audit journal is told of it: operation, outcome, packet id."""


def message(*content: Any) -> bytes:
    packed = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(packed)) + packed


class Clerks:
    """Of one gateway, on its event loop. None works before `call_in`."""

    def __init__(self, settings: Settings, counted: Callable[[Submitted], None]) -> None:
        self._number = settings.clerks
        self._environment = {**os.environ, **settings.as_environment()}
        self._counted = counted
        self._clerks: list[_Clerk] = []
        """All that were begun; those that are ready can be asked."""
        self._keepers: list[asyncio.Task[None]] = []
        self._turns = asyncio.Semaphore(self._number * clerk_threads(settings))
        self._over = asyncio.Event()

    def call_in(self) -> None:
        """They begin to come; the first call alone counts."""
        if not self._keepers:
            self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._number)]

    @property
    def here(self) -> int:
        """How many can be asked."""
        return len(self._ready())

    def _ready(self) -> "list[_Clerk]":
        return [each for each in self._clerks if each.is_ready]

    async def answer(self, content: bytes, content_type: str, sender: Sender, note: Note) -> Answer | None:
        """As `Desk.answer`; None where they have all gone. Raises Busy where the clerk died over it."""
        async with self._turns:
            if not (ready := self._ready()):
                return None
            clerk = min(ready, key=lambda each: len(each.asked))
            answer, (note.operation, note.outcome, note.packet_id) = await clerk.answer(content, content_type, sender)
        return answer

    async def close(self) -> None:
        """When nothing is asked any more. No keeper is cancelled: one that is would leave its clerk half ended."""
        self._over.set()
        for clerk in self._clerks:
            clerk.dismiss()
        if self._keepers:
            await asyncio.wait(self._keepers, timeout=STAY_SECONDS)
            for clerk in self._clerks:
                clerk.kill()
            await asyncio.wait(self._keepers)

    async def _keep(self) -> None:
        """One clerk, and another whenever it has died: after a pause that doubles while none gets ready."""
        log, deaths = structlog.get_logger(), 0
        while not self._over.is_set():
            clerk: _Clerk | None = None
            try:
                clerk = await _Clerk.begun(self._environment, self._counted)
                await self._served(clerk)
            except Exception as error:
                log.error("a clerk fails", exc_info=error)
            if self._over.is_set():
                return
            deaths = 1 if clerk and clerk.is_ready else deaths + 1
            log.error("a clerk died", status=clerk and clerk.status, again_in=delay_after(deaths))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), delay_after(deaths))

    async def _served(self, clerk: "_Clerk") -> None:
        """It can be asked until its end."""
        self._clerks.append(clerk)
        try:
            if self._over.is_set():
                clerk.dismiss()
            with suppress(asyncio.IncompleteReadError):  # its end
                await clerk.ready()
                await clerk.listen()
        finally:
            self._clerks.remove(clerk)
            await clerk.leave()


class _Clerk:
    """The gateway's side of one: `asked` has the requests that it is at."""

    def __init__(self, running: Process, counted: Callable[[Submitted], None]) -> None:
        assert running.stdin
        assert running.stdout
        self._running, self._to, self._from, self._counted = running, running.stdin, running.stdout, counted
        self._numbers = count()
        self.asked: dict[int, asyncio.Future[Told]] = {}
        self.is_ready = False

    @classmethod
    async def begun(cls, environment: Mapping[str, str], counted: Callable[[Submitted], None]) -> Self:
        command = (sys.executable, "-m", "gateway.clerk")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment), counted)

    async def ready(self) -> None:
        """Once it has said its first word. Raises IncompleteReadError where it ends before."""
        await self._told()
        self.is_ready = True

    async def answer(self, *request: Any) -> Told:
        number, answered = next(self._numbers), asyncio.get_running_loop().create_future()
        self.asked[number] = answered
        try:
            self._to.write(message(number, *request))
            return await answered
        except (OSError, RuntimeError) as error:  # its pipe is closed: uvloop's word for it is RuntimeError
            raise _ended() from error
        finally:
            del self.asked[number]

    async def listen(self) -> None:
        """What it says; counted, whether or not anybody waits for the answer. Raises IncompleteReadError at its end."""
        while True:
            number, answer, noted, submitted = await self._told()
            for each in submitted:
                self._counted(each)
            answered = self.asked.get(number)
            if answered and not answered.done():
                answered.set_result((answer, noted))

    def dismiss(self) -> None:
        """It ends soon, at once where it is not ready."""
        self._to.close()
        if not self.is_ready:
            self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._running.kill()

    async def leave(self) -> None:
        """What it was asked is refused, and nothing of it stays."""
        for answered in self.asked.values():
            if not answered.done():
                answered.set_exception(_ended())
        self._to.close()
        self.kill()
        await self._running.wait()

    @property
    def status(self) -> int | None:
        return self._running.returncode

    async def _told(self) -> Any:
        (length,) = LENGTH.unpack(await self._from.readexactly(LENGTH.size))
        return pickle.loads(await self._from.readexactly(length))


def _ended() -> Busy:
    return Busy("a part of the hub ended under this request, send it again", retry_after=5)


def clerk_threads(settings: Settings) -> int:
    """How many requests one clerk works on at once."""
    return max(1, settings.threads // max(1, settings.clerks))
