"""The operations staff's pages about incidents: the list, and one with its history and who was told."""

from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.domain.problem import Problem, Wording
from gateway.web.filters import LARGEST_KEY
from gateway.web.rendering import hub_of, language_of, page

LINES = 200
router = APIRouter()


@router.get("/incidents")
def incidents(request: Request) -> Response:
    """The open ones; with `all` those that are over, too."""
    hub, everything = hub_of(request), request.query_params.get("all") == "1"
    with hub.exchange.reading() as connection:
        found = hub.incidents.listed(connection, hub.incidents.Wanted(open_only=not everything), LINES)
    lines = [(each, _worded(request, each)) for each in found]
    return page(request, "incidents.html", lines=lines, everything=everything, most=LINES)


@router.get("/incidents/{key:int}")
def incident(request: Request, key: int) -> Response:
    hub = hub_of(request)
    with hub.exchange.reading() as connection:
        shown = hub.incidents.shown(connection, key) if key <= LARGEST_KEY else None
        if shown is None:
            raise HTTPException(404)
        steps, told = hub.incidents.steps(connection, key), hub.outbox.of_incident(connection, key)
    return page(request, "incident.html", shown=shown, worded=_worded(request, shown), steps=steps, told=told)


def _worded(request: Request, shown: Any) -> Wording:
    """The problem's words; of a rule that the catalogue has no more, or fills otherwise now, only the code."""
    hub = hub_of(request)
    try:
        return hub.problems.wording(Problem(shown.rule, params=hub.incidents.params(shown)), language_of(request))
    except KeyError:
        return Wording(shown.rule, "", "")
