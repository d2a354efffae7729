"""The HTTP edge: uvicorn's protocol with bounds on headers and time, and with the contract's faults for its words.

A request's headers, and then its body, must be there within so many seconds, with so many bytes around the body. What
breaks a bound, or is no HTTP at all, gets a SOAP fault, and the connection ends.
"""

import asyncio
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any

import httptools

from gateway.domain.errors import Busy, Malformed, Refusal
from gateway.soap.connection import Connection

if TYPE_CHECKING:
    from gateway.wiring import Hub

MAX_HEADERS = 100
HEADER_BYTES = 64 * 1024
"""Of headers, chunk sizes and trailers together; a chunk may add as much as it carries."""
GRACE_SECONDS = 10
"""How much longer than the endpoint this edge waits for a body: the endpoint's answer is the better one."""


class Stage(Enum):
    """What of a request is arriving."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class HttpEdge(Connection):
    """One connection."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._stage = Stage.NOTHING
        self._around = self._around_before = self._named = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect(self._hub.settings.header_seconds)
        if len(self.connections) > self._hub.settings.connections:
            self._refuse(Busy("too many connections are open", retry_after=5))

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        self._unset_keepalive_if_required()
        self._around_before = self._around
        self._around += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(Malformed("this is plain HTTP/1.1: Upgrade and CONNECT are not supported"))
        except httptools.HttpParserError as error:
            self._refuse(_reason(error))
        else:
            if self._around > HEADER_BYTES:
                self._refuse(_too_long())
            self._keep_time()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A caller may say that it sends no more, and still wait for its answer; not so over TLS."""
        if not self._over and self._stage is not Stage.NOTHING:
            self._refuse(Malformed("the request was cut short"))
        waits = self._answering() and not self.cycle.disconnected and self.scheme == "http"
        if waits:
            self.cycle.keep_alive = False
        return waits

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage = Stage.HEAD
        self._around -= self._around_before
        self._around_before = self._named = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value))
        if len(self.headers) > MAX_HEADERS:
            raise Malformed(f"there are more than {MAX_HEADERS} headers")

    def on_headers_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_headers_complete()
        self._stage = Stage.BODY
        self._expect(None)

    def on_body(self, body: bytes) -> None:
        self._around = max(0, self._around - 2 * len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stage = Stage.NOTHING
        self._expect(None)
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """A body that is not wanted any more is read and forgotten, so that its sender comes to read our answer.

        Who asked whether to send it at all may have taken the answer for a no: what follows could be anything.
        """
        super().on_response_complete()
        if self._stage is Stage.BODY and self.expect_100_continue and not self._unanswered:
            self._end()

    def shutdown(self) -> None:
        """What is not here yet when the hub stops is refused at once; what is here is answered."""
        if self._stage is Stage.NOTHING:
            super().shutdown()
        else:
            self._refuse(Busy("the hub is stopping", retry_after=5))

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _count(self, size: int) -> None:
        """What is named in a request's address and headers is counted by itself: `_around` allows for the body."""
        self._named += size
        if self._named > HEADER_BYTES:
            raise _too_long()

    def _keep_time(self) -> None:
        if self._deadline or self._over:
            return
        if self._stage is Stage.BODY:
            self._expect(self._hub.settings.request_seconds + GRACE_SECONDS)
        elif self._stage is Stage.HEAD or not self._answering():
            self._expect(self._hub.settings.header_seconds)

    def _too_late(self) -> None:
        self._deadline = None
        if self._over or self._stage is Stage.NOTHING:
            self.transport.abort()
        else:
            self._refuse(Malformed("the request did not arrive in time"))

    def _refuse(self, refusal: Refusal) -> None:
        """The end of the connection. A request under way gets its own answer first."""
        stage, answering = self._stage, self._answering()
        self._over = True
        self._expect(None)
        if self.pipeline or (stage is Stage.BODY and (not answering or self.cycle.response_started)):
            self.transport.abort()
        elif stage is Stage.BODY:
            self._say(refusal)  # whoever reads it learns that it ended here, and notes it
        elif answering:
            self.cycle.keep_alive = False
        else:
            self._note(refusal)
            self._say(refusal)


def _too_long() -> Malformed:
    return Malformed(f"there are more than {HEADER_BYTES} bytes of headers")


def _reason(error: httptools.HttpParserError) -> Refusal:
    """Why the parser stopped, in its own words or in ours."""
    if isinstance(error.__context__, Refusal):
        return error.__context__
    words = str(error)[:100] if type(error) is not httptools.HttpParserCallbackError else "its address can't be read"
    return Malformed(f"this is not HTTP/1.1: {words}")


def edge(hub: "Hub") -> Any:
    """What uvicorn makes a protocol with, for each connection."""
    return partial(HttpEdge, hub=hub)
