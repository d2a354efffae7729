"""The pages for what went wrong: each says what it is and what to do; none shows anything of the inside."""

import secrets
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.domain.errors import Busy
from gateway.web.guard import HEADERS
from gateway.web.rendering import hub_of, page
from gateway.web.visits import NotSignedIn, find_visitor, to_login
from gateway.web.words import FAILURES, OTHER_FAILURE

RETRY_SECONDS = 30


def answer_failures(app: FastAPI) -> None:
    app.add_exception_handler(NotSignedIn, to_login)
    app.add_exception_handler(HTTPException, _no_page)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(Busy, _store_away)
    app.add_exception_handler(Exception, _failed)


def refusal(request: Request, status: int) -> Response:
    """The page for a request that goes no further."""
    return _page(request, status)


def _no_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not hasattr(request.state, "person"):
        try:
            find_visitor(request)  # a wrong address below the pages: the navigation still leads back to them
        except Busy as busy:
            return _store_away(request, busy)
    return _page(request, error.status_code, headers=dict(error.headers or {}))


def _not_understood(request: Request, _: Exception) -> Response:
    return _page(request, 422)


def _store_away(request: Request, error: Exception) -> Response:
    retry = getattr(error, "retry_after", None) or RETRY_SECONDS
    return _page(request, 503, headers={"Retry-After": str(retry)}, again_in=retry if request.method == "GET" else None)


def _failed(request: Request, error: Exception) -> Response:
    """Stands outside of the guard, so it brings the headers itself."""
    reference = secrets.token_hex(6)
    hub_of(request).log.error("page failed", reference=reference, path=request.url.path, exc_info=error)
    return _page(request, 500, headers={**HEADERS, "Cache-Control": "no-store"}, reference=reference)


def _page(request: Request, status: int, headers: dict[str, str] | None = None, **values: Any) -> Response:
    title, text = FAILURES.get(status, OTHER_FAILURE)
    shown = {"again_in": None, "reference": None, **values}
    return page(request, "failure.html", status, headers, title=title, text=text, **shown)
