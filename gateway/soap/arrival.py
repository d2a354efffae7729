"""A request as it arrives: its headers, its credentials, and its body within bounds of size and time."""

import base64
from dataclasses import dataclass
from typing import Any

import anyio

from gateway.domain.errors import AuthenticationFailed, Malformed, TooLarge
from gateway.soap.note import Note
from gateway.soap.room import Space


@dataclass(frozen=True)
class Heading:
    """A request's headers, judged."""

    content_type: str
    authorization: str
    declared: int | None
    """The body's length; None where it comes in chunks."""

    def limited(self, limit: int) -> None:
        """Raises TooLarge."""
        if (self.declared or 0) > limit:
            raise too_large(limit)


def heading(scope: Any) -> Heading:
    """Raises Malformed. The server's parser has refused what has two lengths, or none that can be believed."""
    given = [(name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in scope["headers"]]
    headers = dict(given)
    if sum(name == "authorization" for name, _ in given) > 1:
        raise Malformed("the header Authorization is given twice")
    if headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise Malformed("Content-Encoding is not supported; compress the packet, not the request")
    coding, length = headers.get("transfer-encoding"), headers.get("content-length", "0")
    if coding is not None and (coding.lower() != "chunked" or scope["http_version"] != "1.1"):
        raise Malformed("of transfer encodings only HTTP/1.1's chunked is supported")
    if not (length.isascii() and length.isdecimal() and len(length) <= 20):
        raise Malformed("Content-Length is not a number")
    declared = None if coding else int(length)
    return Heading(headers.get("content-type", ""), headers.get("authorization", ""), declared)


def credentials(authorization: str) -> tuple[str, str]:
    """Login and password. Raises AuthenticationFailed."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise AuthenticationFailed("HTTP Basic credentials are required")
    try:
        login, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:  # of base64, UTF-8 or ASCII
        raise AuthenticationFailed("the credentials are not UTF-8 in base64") from error
    if not colon:
        raise AuthenticationFailed("the credentials have no password")
    return login, password


async def body(receive: Any, space: Space, note: Note, limit: int, seconds: int) -> bytes:
    """The whole body. Raises Malformed where it is late or cut short, TooLarge, and Busy where there is no room."""
    parts, more = [], True
    with anyio.move_on_after(seconds) as waiting:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Malformed("the request was cut short")
            parts.append(message.get("body", b""))
            note.bytes += len(parts[-1])
            if note.bytes > limit:
                raise too_large(limit)
            space.hold(note.bytes)
            more = message.get("more_body", False)
    if waiting.cancelled_caught:
        raise Malformed(f"the request did not arrive within {seconds} seconds")
    return b"".join(parts)


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"a request may have {limit} bytes; send the packet compressed, or in parts")
