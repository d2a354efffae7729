"""The language of the pages: the person's choice in a cookie, before that the setting."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.domain.party import LANGUAGES
from gateway.web.rendering import LANGUAGE_COOKIE, hub_of, local_path

YEAR_SECONDS = 365 * 24 * 3600
router = APIRouter()


@router.post("/language")
def choose(request: Request, language: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "") -> Response:
    """Remembers a language and leads back to where it was chosen."""
    answer = RedirectResponse(local_path(back), 303)
    if language in LANGUAGES:
        secure = hub_of(request).settings.public_url.startswith("https://")
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS, samesite="lax", secure=secure, httponly=True)
    return answer
