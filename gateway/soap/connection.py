"""A connection's clock and its end: with a fault that even a caller who still sends gets to read, in bounded time."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.callers import client_address
from gateway.domain.errors import Refusal
from gateway.soap.faults import fault
from gateway.soap.note import Note

if TYPE_CHECKING:
    from gateway.wiring import Hub

LINGER_SECONDS = 2.0
"""After its fault a connection is still listened to for a while: closing at once would cut the fault off."""
UNREAD_SECONDS = 30.0
"""A caller that takes nothing of its answer for so long is left."""


class _Counting:
    """A transport that knows how much its caller has taken: what waits may grow although the caller reads."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._given = transport, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def taken(self) -> int:
        return self._given - self._transport.get_write_buffer_size()

    def write(self, content: bytes) -> None:
        self._given += len(content)
        self._transport.write(content)


class Connection(HttpToolsProtocol):
    """What every connection can do; when it must is `HttpEdge`'s."""

    transport: Any

    def __init__(self, *, hub: "Hub", **given: Any) -> None:
        super().__init__(**given)
        self._hub = hub
        self._deadline: asyncio.TimerHandle | None = None
        self._over = self._watched = False
        self._unanswered: deque[RequestResponseCycle] = deque()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Counting(transport))  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._expect(None)
        self._answer_no_more()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._unanswered.append(self.cycle)

    def on_response_complete(self) -> None:
        self._unanswered.popleft()
        super().on_response_complete()
        self._watch_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reading()

    def _too_late(self) -> None:
        self.transport.abort()

    def _expect(self, seconds: float | None) -> None:
        """Something has to arrive within so many seconds; None: no longer."""
        if self._deadline:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._too_late)

    def _say(self, refusal: Refusal) -> None:
        """The fault, and the end of the connection."""
        status, headers, content = fault(refusal)
        every = [("content-type", "text/xml; charset=utf-8"), ("content-length", str(len(content))), *headers]
        lines = "".join(f"{name}: {value}\r\n" for name, value in [*every, ("connection", "close")])
        self.transport.write(STATUS_LINE[status] + lines.encode("latin-1") + b"\r\n" + content)
        self._end()

    def _end(self) -> None:
        """Nothing more from us, and nothing that is still sent to us is looked at."""
        self._over = True
        self._unset_keepalive_if_required()
        self._answer_no_more()
        if self.transport.is_closing() or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._expect(LINGER_SECONDS)

    def _answer_no_more(self) -> None:
        """Uvicorn tells only the latest of a connection's requests; an earlier one would write where nothing can."""
        for cycle in self._unanswered:
            cycle.disconnected, cycle.waiting_for_100_continue = True, False
            cycle.message_event.set()
        self._unanswered.clear()

    def _note(self, refusal: Refusal) -> None:
        """For the audit journal: of a request that never came to the endpoint."""
        scope = {"client": self.client, "headers": self.headers or []}
        address = client_address(scope, self._hub.settings.trusted_networks)
        note = Note(self._hub.clock(), address, outcome=refusal.code)
        self._hub.audit.record(note.entry(milliseconds=0))
        self._hub.metrics.request(*note.counted(frozenset()), 0.0)

    def _watch_reading(self) -> None:
        if not self._watched and self.transport.get_write_buffer_size():
            self._watched = True
            self.loop.call_later(UNREAD_SECONDS, self._leave_unread, self.transport.taken)

    def _leave_unread(self, before: int) -> None:
        self._watched = False
        if self.transport.taken <= before:
            self.transport.abort()
        else:
            self._watch_reading()
