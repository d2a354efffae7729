"""Signing in and out. The cookie is a random token; the store knows only its hash."""

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.callers import client_address
from gateway.web.rendering import hub_of, local_path, page

COOKIE = "obmen"
LASTS = timedelta(hours=12)
router = APIRouter()


class NotSignedIn(Exception):
    """The page needs a visit and there is none (any more)."""


def visitor(request: Request) -> str:
    """The name of the person signed in. Raises NotSignedIn."""
    name = find_visitor(request)
    if name is None:
        raise NotSignedIn
    return name


def find_visitor(request: Request) -> str | None:
    """The name of the person signed in, kept with the request for its page."""
    hub, token = hub_of(request), request.cookies.get(COOKIE)
    name: str | None = None
    if token:
        with hub.exchange.reading() as connection:
            name = hub.parties.visitor(connection, _hash(token), hub.clock())
    request.state.person = name
    return name


def to_login(request: Request, _: Exception) -> Response:
    """The answer to NotSignedIn: the login page, which leads back."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse("/login?" + urlencode({"next": request.url.path + query}), 303)


@router.get("/login")
def ask(request: Request) -> Response:
    return page(request, "login.html", next=local_path(request.query_params.get("next", "")), name="", wrong=False)


@router.post("/login")
def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    hub, onward = hub_of(request), local_path(next)
    person = hub.access.verify_person(name, password, client_address(request.scope, hub.settings.trusted_networks))
    if person is None:
        hub.log.warning("sign-in refused", person=name[:100])
        return page(request, "login.html", status=403, next=onward, name=name, wrong=True)
    token = secrets.token_urlsafe(32)
    with hub.exchange.writing() as connection:
        hub.parties.begin_visit(connection, _hash(token), person, hub.clock() + LASTS)
    answer = RedirectResponse(onward, 303)
    answer.set_cookie(COOKIE, token, max_age=int(LASTS.total_seconds()), **_cookie_terms(request))
    return answer


@router.post("/logout")
def sign_out(request: Request) -> Response:
    hub, token = hub_of(request), request.cookies.get(COOKIE)
    if token:
        with hub.exchange.writing() as connection:
            hub.parties.end_visit(connection, _hash(token), hub.clock())
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, **_cookie_terms(request))
    return answer


def _cookie_terms(request: Request) -> dict[str, Any]:
    secure = hub_of(request).settings.address.startswith("https://")
    return {"httponly": True, "samesite": "lax", "secure": secure, "path": "/"}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
