"""The exchange format for integrators, made from the XSDs and the catalogue of problems; no session is asked for."""

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.rendering import hub_of, language_of, page

router = APIRouter(prefix="/reference")


@router.get("")
def contents(request: Request) -> Response:
    reference = hub_of(request).formats.reference
    formats = [reference.format_of(feed) for feed in reference.FORMATS]
    return page(request, "reference.html", formats=formats, problems=len(hub_of(request).problems.definitions))


@router.get("/problems")
def problems(request: Request) -> Response:
    language, formats = language_of(request), hub_of(request).formats
    return page(
        request,
        "reference_problems.html",
        definitions=list(hub_of(request).problems.definitions.values()),
        pieces=lambda message: formats.reference_words.pieces(message, language),
    )


@router.get("/{name}.{extension}")
def file(request: Request, name: str, extension: str) -> Response:
    """An XSD or a sample, to be saved: our security policy leaves browsers no styles to show XML with."""
    content = hub_of(request).formats.reference.published(f"{name}.{extension}")
    if content is None:
        raise HTTPException(404)
    saved = {"Content-Disposition": f'attachment; filename="{name}.{extension}"'}
    return Response(content, media_type="application/xml", headers=saved)


@router.get("/{feed}")
def feed(request: Request, feed: str) -> Response:
    if feed not in hub_of(request).formats.reference.FORMATS:
        raise HTTPException(404)
    language, formats = language_of(request), hub_of(request).formats
    return page(
        request,
        "reference_feed.html",
        shown=formats.reference.format_of(feed),
        said=lambda form: formats.reference_words.said(form, language),
    )
