"""Bytes over a bare socket, as no HTTP library would send them."""

import base64
import re
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from gateway.soap.endpoint import PATH
from tests.hubs import LOGIN, PASSWORD

PATIENCE = 30.0
"""A gateway that says nothing for so long hangs, and the test fails."""
BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
PING = (
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<Ping xmlns="urn:obmen:exchange:v1"/></e:Body></e:Envelope>'
)
_HEADERS_END = b"\r\n\r\n"


def head(*lines: str, line: str = f"POST {PATH} HTTP/1.1", length: int | None = None) -> bytes:
    """A request's head; `length` adds a Content-Length."""
    given = ["Host: hub", *lines, *([] if length is None else [f"Content-Length: {length}"])]
    return "\r\n".join([line, *given, "", ""]).encode("latin-1")


def ping(*lines: str) -> bytes:
    return head(*lines, length=len(PING)) + PING


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


class Raw:
    """A connection to the gateway."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname
        self.socket = socket.create_connection((parts.hostname, parts.port or 80), PATIENCE)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """What the gateway no longer wants to hear is no failure of the sender."""
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                self.socket.sendall(piece)

    def say_no_more(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def answers(self, rests: float = 0.0) -> list[bytes]:
        """Every response until the gateway closes the connection; the reader rests for so long between two reads."""
        received = b"".join(self._until_closed(rests))
        return [part for part in re.split(rb"(?=HTTP/1\.1 \d{3} )", received) if part]

    def answer(self) -> bytes:
        """One response, of a connection that stays open."""
        received = b""
        while _HEADERS_END not in received:
            received += self._some()
        headers, _, content = received.partition(_HEADERS_END)
        found = re.search(rb"content-length: (\d+)", headers)
        assert found, headers
        while len(content) < int(found[1]):
            content += self._some()
        return headers + _HEADERS_END + content

    def is_closed(self) -> bool:
        """Whether the gateway closes it without another word."""
        return b"".join(self._until_closed()) == b""

    def _some(self) -> bytes:
        received = self.socket.recv(1 << 16)
        assert received, "the connection was closed in the middle of an answer"
        return received

    def _until_closed(self, rests: float = 0.0) -> Iterable[bytes]:
        try:
            while received := self.socket.recv(1 << 16):
                yield received
                time.sleep(rests)
        except ConnectionResetError:
            return


def exchanged(address: str, *pieces: bytes) -> list[bytes]:
    """What comes back for these bytes, once the sender says that it sends no more."""
    with Raw(address) as raw:
        raw.send(*pieces)
        with suppress(OSError):
            raw.say_no_more()
        return raw.answers()


def code(answer: bytes) -> str:
    """The fault's code, or `ok`."""
    found = re.search(rb"<faultcode>soap:([A-Za-z.]+)</faultcode>", answer)
    if found is None:
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
        return "ok"
    assert answer.startswith(b"HTTP/1.1 401 " if found[1] == b"Client.Authentication" else b"HTTP/1.1 500 ")
    assert b"content-type: text/xml" in answer
    return found[1].decode()
