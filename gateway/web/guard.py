"""Stands before every page: other sites' and oversized POSTs stop here, and every answer leaves with its headers."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM_BYTES = 64 * 1024
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: with that, browsers send forms as of origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Guard:
    """ASGI middleware. `refuse` makes the page that says why a request went no further."""

    def __init__(self, app: ASGIApp, public_url: str, refuse: Callable[[Request, int], Response]) -> None:
        self._app = app
        self._refuse = refuse
        self._public_host = urlsplit(public_url).netloc.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Cache-Control"] = _caching(scope)
            await send(message)

        status = self._refused(scope)
        app = self._refuse(Request(scope), status) if status else self._app
        await app(scope, receive, send_with_headers)

    def _refused(self, scope: Scope) -> int | None:
        """The status that a request is refused with."""
        if scope["method"] not in UNSAFE:
            return None
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return 411
        if int(length) > FORM_BYTES:
            return 413
        return None if self._is_ours(headers) else 403

    def _is_ours(self, headers: Headers) -> bool:
        """Whether a form came from our own pages; a client that is no browser says nothing and has no cookie to steal.

        Sec-Fetch-Site is the browser's own word; older ones tell where the form was.
        """
        if site := headers.get("sec-fetch-site"):
            return site in ("same-origin", "none")
        source = headers.get("origin") or headers.get("referer")
        if source is None:
            return True
        return urlsplit(source).netloc.lower() in {headers.get("host", "").lower(), self._public_host} - {""}


def _caching(scope: Scope) -> str:
    """Pages are never kept. What is static is asked for by its content's hash, and may be kept for ever."""
    if not scope["path"].startswith("/static/"):
        return "no-store"
    return "public, max-age=31536000, immutable" if scope["query_string"] else "no-cache"
