"""Stands before the REST interface (ASGI): who calls, how much, the whole body within bounds; notes every request.

What a request passes is in the order of the SOAP service, with its parts: token, pace, room, body, turn.
"""

import hashlib
import secrets
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from gateway.api import problems
from gateway.api.pace import Pace
from gateway.callers import client_address
from gateway.domain.errors import AuthenticationFailed, Declined, Internal, ObmenError
from gateway.domain.problem import Problem
from gateway.domain.token import Token
from gateway.soap.arrival import body, heading
from gateway.soap.note import UNKNOWN, Note
from gateway.soap.room import Room
from gateway.tokens import admitted

if TYPE_CHECKING:
    from gateway.wiring import Hub

DOCUMENT = "/api/v1/openapi.json"
"""Anybody may read it."""
LOOKS_AT_ONCE = 8
JSON = "application/json"


class Door:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, hub: "Hub") -> None:
        settings = hub.settings
        self._app, self._hub = app, hub
        self._looks = CapacityLimiter(LOOKS_AT_ONCE)
        self._pace = Pace(settings.api_rate, monotonic)
        self._room = Room(settings.room_bytes, settings.api_requests, settings.threads // 2)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = perf_counter()
        note = Note(self._hub.clock(), client_address(scope, self._hub.settings.trusted_networks))
        language = problems.language_of(_header(scope, b"accept-language"), self._hub.settings.language)
        scope.setdefault("state", {}).update(hub=self._hub, note=note, language=language)
        answering = _Answering(send)
        try:
            response = await self._passed(scope, receive, answering, note)
            if response is not None:
                await response(scope, receive, answering)
        finally:
            note.operation = _operation(scope)
            self._hub.audit.record(note.entry(int((perf_counter() - began) * 1000)))

    async def _passed(self, scope: Any, receive: Any, send: Any, note: Note) -> Response | None:
        """A response of our own, where the application has not answered."""
        try:
            await self._admit(scope, receive, send, note)
        except ObmenError as error:
            return refused(scope, error)
        except Exception as error:
            if send.begun:  # the application's last resort has told and logged it, and raises it once more
                return None
            return failed(scope, error)
        return None

    async def _admit(self, scope: Any, receive: Any, send: Any, note: Note) -> None:
        if scope["path"] == DOCUMENT:
            note.outcome = "ok"
            await self._app(scope, receive, send)
            return
        head = heading(scope)
        head.limited(self._hub.settings.api_bytes)
        scope["headers"] = [each for each in scope["headers"] if each[0] != b"authorization"]  # no log may have it
        token = await to_thread.run_sync(admitted, self._hub, _bearer(head.authorization), limiter=self._looks)
        note.login = f"token {token.name}"
        self._pace.step(token.key)
        with self._room.of_site(token.key) as turn, self._room.space() as space:
            space.hold(head.declared or 0)
            seconds = self._hub.settings.request_seconds
            content = await body(receive, space, note, self._hub.settings.api_bytes, seconds)
            _check_type(head.content_type, content)
            scope["state"].update(token=token, digest=_digest(scope, content))
            note.outcome = "ok"
            async with turn:
                await self._app(scope, _replayed(content), send)


class _Answering:
    """Passes an answer on, and knows whether it has begun."""

    def __init__(self, send: Any) -> None:
        self._send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


def refused(scope: Any, error: ObmenError) -> Response:
    """The answer to what was foreseen."""
    state = scope["state"]
    state["note"].outcome = problems.code_of(error)
    return problems.answer(state["hub"], error, state["language"])


def failed(scope: Any, error: Exception) -> Response:
    """The answer to what was not."""
    reference = secrets.token_hex(6)
    scope["state"]["hub"].log.error("request failed", reference=reference, exc_info=error)
    response = refused(scope, Internal(reference))
    scope["state"]["note"].outcome += f" {reference}"
    return response


def _bearer(authorization: str) -> str:
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise AuthenticationFailed("a bearer token is required")
    return text.strip()


def _check_type(given: str, content: bytes) -> None:
    kind = given.partition(";")[0].strip().lower()
    if content and kind != JSON:
        raise Declined(Problem("CONTENT_TYPE_REFUSED", field="Content-Type", value=kind, params={"expected": JSON}))


def _digest(scope: Any, content: bytes) -> str:
    said = hashlib.sha256(content).hexdigest()
    query = scope["query_string"].decode("latin-1")
    return hashlib.sha256(f"{scope['method']} {scope['path']}?{query} {said}".encode()).hexdigest()


def _operation(scope: Any) -> str:
    """The route, not the path: what is noted must not grow with what callers write."""
    route = getattr(scope.get("route"), "path", None)
    return f"{scope['method']} {route}" if route else UNKNOWN


def _header(scope: Any, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _replayed(content: bytes) -> Any:
    """The body, for the application to receive."""
    waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


def token_of(scope: Any) -> Token:
    found: Token = scope["state"]["token"]
    return found
