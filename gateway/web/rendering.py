"""Makes pages from templates: one Jinja environment for each language, everything escaped."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gateway.config import Settings
from gateway.domain.party import LANGUAGES
from gateway.web import words
from gateway.web.formatting import Formatting
from gateway.web.locale import translations

if TYPE_CHECKING:
    from gateway.wiring import Hub

LANGUAGE_COOKIE = "obmen-language"


class Rendering:
    """The environments, and the choice between them."""

    def __init__(self, settings: Settings, static: Path) -> None:
        self._settings = settings
        hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in static.iterdir()}
        self._environments = {language: _environment(language, settings, hashes) for language in LANGUAGES}

    def language(self, request: Request) -> str:
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        return chosen if chosen in LANGUAGES else self._settings.language

    def text(self, request: Request, template: str, values: dict[str, Any]) -> str:
        query = f"?{request.url.query}" if request.url.query else ""
        here = {"path": request.url.path, "here": request.url.path + query}
        person = getattr(request.state, "person", None)
        environment = self._environments[self.language(request)]
        return environment.get_template(template).render(**here, person=person, **values)


def page(
    request: Request, template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page in the language of whoever asks."""
    rendering = cast(Rendering, request.app.state.rendering)
    return HTMLResponse(rendering.text(request, template, values), status, headers)


def hub_of(request: Request) -> "Hub":
    return cast("Hub", request.app.state.hub)


def language_of(request: Request) -> str:
    return cast(Rendering, request.app.state.rendering).language(request)


def local_path(text: str) -> str:
    """A path of ours to lead to, `/` in place of anything that a browser could take for another site's."""
    plain = text.startswith("/") and text.isprintable() and "\\" not in text
    return text if plain and not text.startswith("//") else "/"


def _environment(language: str, settings: Settings, hashes: dict[str, str]) -> Environment:
    environment = Environment(
        loader=PackageLoader("gateway.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalogue = translations(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= Formatting(language, settings.time_zone).filters()
    environment.globals |= {
        "language": language,
        "languages": words.LANGUAGE_NAMES,
        "navigation": words.NAVIGATION,
        "words": words,
        "time_zone": settings.time_zone,
        "static": lambda name: f"/static/{name}?v={hashes[name]}",
    }
    return environment
