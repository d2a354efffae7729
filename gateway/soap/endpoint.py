"""The service's HTTP end (ASGI): reads a request within its bounds, answers it in a thread, lets nothing escape."""

from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, Semaphore, to_thread

from gateway.access import CHECKS_AT_ONCE
from gateway.callers import client_address
from gateway.domain.errors import Busy, Malformed, Refusal, TooLarge
from gateway.domain.party import Sender
from gateway.soap.arrival import Heading, body, credentials, heading
from gateway.soap.clerks import Clerks
from gateway.soap.desk import Answer, Desk
from gateway.soap.note import WSDL, Note
from gateway.soap.room import SMALL, Room
from gateway.soap.service import OPERATIONS

if TYPE_CHECKING:
    from gateway.wiring import Hub

PATH = "/ws/exchange"
XML = "text/xml; charset=utf-8"
LARGE = 4 << 20
LARGE_AT_ONCE = 2
"""A request beyond LARGE takes about ten times its size while it is parsed, and a processor for seconds."""
LOOKS_AT_ONCE = 8
CHECKS_WAITING = 256
MANY = 4
"""Requests that are worked on at once, and clerks are called in: threads of one process stand in each other's way."""


class SoapEndpoint:
    """The ASGI application at `/ws/exchange`.

    A request passes these in turn: who calls, room for its bytes, the whole body, a turn among its site's requests.
    Looks at the store and checks of passwords have threads of their own: neither waits for the work, nor it for them.
    """

    def __init__(self, hub: "Hub", clerks: Clerks | None = None) -> None:
        settings = hub.settings
        self._hub, self._desk, self._clerks = hub, Desk(hub), clerks
        self._work, self._checks = CapacityLimiter(settings.threads), CapacityLimiter(CHECKS_AT_ONCE)
        self._many = min(MANY, max(1, settings.threads // 4))
        self._looks = ThreadPoolExecutor(LOOKS_AT_ONCE, "look")
        self._checking = 0
        self._large = Semaphore(LARGE_AT_ONCE, fast_acquire=True)
        room = max(settings.room_bytes, settings.request_bytes)
        self._room = Room(room, settings.site_requests, settings.threads // 2)
        self._wsdl = self._desk.wsdl(settings.address + PATH)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = perf_counter()
        note = Note(self._hub.clock(), client_address(scope, self._hub.settings.trusted_networks))
        try:
            answer = await self._answered(scope, receive, note)
        finally:
            seconds = perf_counter() - began
            self._hub.audit.record(note.entry(int(seconds * 1000)))
            self._hub.metrics.request(*note.counted(OPERATIONS), seconds)
        await _send(send, answer, with_body=scope["method"] != "HEAD")

    async def _answered(self, scope: Any, receive: Any, note: Note) -> Answer:
        try:
            return await self._judged(scope, receive, note)
        except Exception as error:
            return self._desk.refusal(error, note)

    async def _judged(self, scope: Any, receive: Any, note: Note) -> Answer:
        if scope["method"] == "POST":
            return await self._post(heading(scope), receive, note)
        if scope["method"] in ("GET", "HEAD") and scope["query_string"].lower().startswith(b"wsdl"):
            note.operation, note.outcome = WSDL, "ok"
            return 200, [], self._wsdl
        raise Malformed("POST SOAP 1.1 requests here; the WSDL is at ?wsdl")

    async def _post(self, head: Heading, receive: Any, note: Note) -> Answer:
        head.limited(self._hub.settings.request_bytes)
        try:
            sender = await self._sender(head, note)
        except Refusal as refusal:
            return await self._strangers(head, receive, note, refusal)
        with self._room.of_site(sender.site) as turn, self._room.space() as space:
            space.hold(head.declared or 0)
            content = await body(receive, space, note, self._hub.settings.request_bytes, self._seconds)
            async with turn:
                return await self._worked_on(content, head.content_type, sender, note)

    async def _strangers(self, head: Heading, receive: Any, note: Note, refusal: Refusal) -> Answer:
        """A request of nobody we know: small, and for an operation without a login. Raises the refusal for others."""
        limit = min(SMALL, self._hub.settings.request_bytes)
        try:
            head.limited(limit)
            with self._room.space() as space:
                content = await body(receive, space, note, limit, self._seconds)
        except TooLarge:
            raise refusal from None
        return await self._in_thread(content, head.content_type, refusal, note)

    async def _worked_on(self, content: bytes, content_type: str, sender: Sender, note: Note) -> Answer:
        """By a clerk, where they are here; a large request is not handed about."""
        request = content, content_type, sender, note
        if len(content) > LARGE:
            async with self._large:
                return await self._in_thread(*request)
        if self._clerks and self._clerks.here:
            return await self._clerks.answer(*request) or await self._in_thread(*request)
        if self._clerks and self._work.borrowed_tokens >= self._many:
            self._clerks.call_in()
        return await self._in_thread(*request)

    async def _in_thread(self, *request: Any) -> Answer:
        return await to_thread.run_sync(self._desk.answer, *request, limiter=self._work)

    async def _sender(self, head: Heading, note: Note) -> Sender:
        note.login, password = credentials(head.authorization)
        who = (note.login, password, note.address)
        sender = await get_running_loop().run_in_executor(self._looks, self._hub.access.remembered, *who)
        if sender is None:
            if self._checking >= CHECKS_AT_ONCE + CHECKS_WAITING:  # the limiter knows who waits too late
                raise Busy("too many logins are checked at once", retry_after=5)
            self._checking += 1
            try:
                sender = await to_thread.run_sync(self._hub.access.sender, *who, limiter=self._checks)
            finally:
                self._checking -= 1
        note.site = sender.site
        return sender

    @property
    def _seconds(self) -> int:
        return self._hub.settings.request_seconds


async def _send(send: Any, answer: Answer, with_body: bool) -> None:
    status, headers, content = answer
    every = [("Content-Type", XML), ("Content-Length", str(len(content))), *headers]
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in every]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content if with_body else b""})
