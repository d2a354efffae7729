"""The pages as one ASGI application; SOAP stands beside it, never inside: the guard here is for people's browsers."""

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from gateway.web import failures, incidents, languages, packets, reference, visits
from gateway.web.guard import Guard
from gateway.web.rendering import Rendering

if TYPE_CHECKING:
    from gateway.wiring import Hub

STATIC = Path(__file__).parent / "static"


def web(hub: "Hub") -> FastAPI:
    """The staff's pages at `/`, with `/login`, `/logout`, `/language`, `/static/…`; for all, `/reference`."""
    app = FastAPI(title="Obmen", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.hub = hub
    app.state.rendering = Rendering(hub.settings, STATIC)
    app.include_router(visits.router)
    app.include_router(languages.router)
    app.include_router(packets.router, dependencies=[Depends(visits.visitor)])
    app.include_router(incidents.router, dependencies=[Depends(visits.visitor)])
    app.include_router(reference.router, dependencies=[Depends(visits.find_visitor)])
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(Guard, public_url=hub.settings.public_url, refuse=failures.refusal)
    failures.answer_failures(app)
    return app
