"""The REST interface as one ASGI application, with its OpenAPI document."""

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from gateway import __version__
from gateway.api import facts, incidents, orders, parties, reference, sales
from gateway.api.door import DOCUMENT, Door, failed, refused
from gateway.api.openapi import document
from gateway.api.validation import problems_of
from gateway.domain.errors import Declined, ObmenError
from gateway.domain.problem import Problem

if TYPE_CHECKING:
    from gateway.wiring import Hub

PREFIX = "/api/v1"


def api(hub: "Hub") -> Door:
    """The interface behind its door."""
    return Door(application(), hub)


def application() -> FastAPI:
    """The interface itself; requests bring the hub along."""
    app = FastAPI(
        title="Obmen",
        version=__version__,
        openapi_url=DOCUMENT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for module in (reference, parties, sales, orders, facts, incidents):
        app.include_router(module.router, prefix=PREFIX)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_exception_handler(ObmenError, _refused)
    app.add_exception_handler(RequestValidationError, _wrong)
    app.add_exception_handler(HTTPException, _nothing_here)
    app.add_exception_handler(Exception, _failed)
    return app


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ObmenError)
    return refused(request.scope, error)


def _wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return refused(request.scope, Declined(*problems_of(error.errors())))


def _nothing_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = ", ".join(sorted(_methods(request)))
        problem = Problem("METHOD_REFUSED", value=request.method, params={"allowed": allowed})
    elif error.status_code == 404:
        problem = Problem("RESOURCE_UNKNOWN", value=request.url.path)
    else:
        problem = Problem("REQUEST_BROKEN", params={"reason": str(error.detail)})
    return refused(request.scope, Declined(problem))


def _methods(request: Request) -> set[str]:
    """What the path allows: each method has a route of its own."""
    matching = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in matching for method in route.methods}


def _failed(request: Request, error: Exception) -> Response:
    return failed(request.scope, error)
