"""The service's HTTP end (ASGI): reads a request within its bounds, answers it in a thread, lets nothing escape."""

import base64
import secrets
from typing import TYPE_CHECKING, Any

import anyio
from anyio import CapacityLimiter, to_thread

from gateway.domain.errors import AuthenticationFailed, Internal, Malformed, Refusal, TooLarge
from gateway.domain.party import Sender
from gateway.soap.dispatch import Dispatcher
from gateway.soap.faults import fault
from gateway.soap.front_door import judged
from gateway.soap.service import WITHOUT_LOGIN, Call

if TYPE_CHECKING:
    from gateway.wiring import Hub

PATH = "/ws/exchange"
XML = "text/xml; charset=utf-8"
Answer = tuple[int, list[tuple[str, str]], bytes]


class SoapEndpoint:
    """The ASGI application at `/ws/exchange`."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._dispatcher = Dispatcher()
        self._threads = CapacityLimiter(hub.settings.threads)
        self._wsdl = self._dispatcher.wsdl(hub.settings.address + PATH)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            answer = await self._post(scope, receive)
        elif scope["method"] in ("GET", "HEAD") and scope["query_string"].lower().startswith(b"wsdl"):
            answer = (200, [], self._wsdl)
        else:
            answer = fault(Malformed("POST SOAP 1.1 requests here; the WSDL is at ?wsdl"))
        await _send(send, answer, with_body=scope["method"] != "HEAD")

    async def _post(self, scope: Any, receive: Any) -> Answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await self._body(headers, receive)
        except Refusal as refusal:
            return fault(refusal)
        return await to_thread.run_sync(self._answer, headers, body, limiter=self._threads)

    async def _body(self, headers: dict[str, str], receive: Any) -> bytes:
        limit, seconds = self._hub.settings.request_bytes, self._hub.settings.request_seconds
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Malformed("Content-Encoding is not supported; compress the packet, not the request")
        declared = headers.get("content-length", "0")
        if not declared.isdecimal():
            raise Malformed("Content-Length is not a number")
        if int(declared) > limit:
            raise TooLarge(f"a request may have {limit} bytes; send the packet compressed")
        parts, size, more = [], 0, True
        with anyio.move_on_after(seconds) as waiting:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Malformed("the request was cut short")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
                if size > limit:
                    raise TooLarge(f"a request may have {limit} bytes; send the packet compressed")
        if waiting.cancelled_caught:
            raise Malformed(f"the request did not arrive within {seconds} seconds")
        return b"".join(parts)

    def _answer(self, headers: dict[str, str], body: bytes) -> Answer:
        """The boundary: whatever happens inside becomes an answer of the contract."""
        try:
            envelope = judged(body, headers.get("content-type", ""))
            sender = None if envelope.operation in WITHOUT_LOGIN else self._sender(headers)
            return 200, [], self._dispatcher.answer(envelope, Call(self._hub, sender))
        except Refusal as refusal:
            return fault(refusal)
        except Exception as error:
            reference = secrets.token_hex(6)
            self._hub.log.error("request failed", reference=reference, exc_info=error)
            return fault(Internal(reference))

    def _sender(self, headers: dict[str, str]) -> Sender:
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise AuthenticationFailed("HTTP Basic credentials are required")
        try:
            login, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError as error:  # of base64, UTF-8 or ASCII
            raise AuthenticationFailed("the credentials are not UTF-8 in base64") from error
        if not colon:
            raise AuthenticationFailed("the credentials have no password")
        return self._hub.access.sender(login, password)


async def _send(send: Any, answer: Answer, with_body: bool) -> None:
    status, headers, body = answer
    every = [("Content-Type", XML), ("Content-Length", str(len(body))), *headers]
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in every]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body if with_body else b""})
