"""Incidents: what is wrong with distributors' exchange, since when, and what has been done about it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import Paging, hub_of, paged, place_of, scope, shown
from gateway.api.orders import LARGEST_KEY
from gateway.api.problems import item_of
from gateway.api.records import Next
from gateway.api.shapes import Code, Shape
from gateway.domain.errors import Declined
from gateway.domain.incident import Severity, State
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.domain.token import Scope

router = APIRouter(prefix="/incidents", tags=["incidents"], dependencies=[scope(Scope.INCIDENTS_READ)])


class IncidentShown(Shape):
    """One rule broken by one subject, from its first breach to its end."""

    key: int
    rule: str = Field(description="Code of the problem.", examples=["LOAD_FAILED"])
    severity: Severity
    state: State
    party: str | None = Field(description="Code of the party.", examples=["VOLGA"])
    site: str | None
    feed: str | None
    warehouse: str | None
    subject: str = Field(description="What is neither party nor site, as a task; else empty.")
    opened_at: datetime
    last_at: datetime = Field(description="When it was last noticed.")
    closed_at: datetime | None
    repeats: int
    assignee: str | None
    packet_id: str | None
    message: str
    remedy: str


class StepTaken(Shape):
    at: datetime
    kind: str
    who: str | None = Field(description="None: the hub itself.")
    comment: str | None


class IncidentPage(Shape):
    """The newest first."""

    items: list[IncidentShown]
    next: Next = None


class IncidentHistory(Shape):
    items: list[StepTaken]


class Asked(Paging):
    """Which incidents."""

    open: bool = Field(default=False, description="Only those that have not ended.")
    party: Annotated[Code | None, Field(description="Code of the party; none: all.", examples=["VOLGA"])] = None


Its = Annotated[int, Path(ge=1, le=LARGEST_KEY, examples=[17])]


@router.get("")
def list_incidents(request: Request, asked: Annotated[Asked, Query()]) -> IncidentPage:
    """Incidents, the newest first."""
    hub, before = hub_of(request), place_of(asked.cursor, int) or (None,)
    with hub.exchange.reading() as connection:
        party = None
        if asked.party is not None:
            party = hub.parties.find_party(connection, normal_code(asked.party))
            if party is None:
                raise Declined(Problem("PARTY_UNKNOWN", field="party", value=asked.party))
        wanted = hub.incidents.Wanted(open_only=asked.open, party=party, before=before[0])
        found = hub.incidents.listed(connection, wanted, asked.limit + 1)
    page, onward = paged(found, asked.limit, lambda each: (each.key,))
    return IncidentPage.model_construct(items=[_shown(request, each) for each in page], next=onward)


@router.get("/{key}", response_model=IncidentShown)
def show_incident(request: Request, key: Its) -> Response:
    """One incident: what is wrong, since when, and who sees to it."""
    with hub_of(request).exchange.reading() as connection:
        found = hub_of(request).incidents.shown(connection, key)
    return shown(_shown(request, found) if found else None, str(key), None)


@router.get("/{key}/history")
def show_incident_history(request: Request, key: Its) -> IncidentHistory:
    """Every step of an incident, with who took it."""
    hub = hub_of(request)
    with hub.exchange.reading() as connection:
        if hub.incidents.shown(connection, key) is None:
            raise Declined(Problem("RESOURCE_UNKNOWN", value=str(key)))
        steps = hub.incidents.steps(connection, key)
    names = StepTaken.model_fields
    items = [StepTaken.model_construct(**{name: getattr(each, name) for name in names}) for each in steps]
    return IncidentHistory.model_construct(items=items)


def _shown(request: Request, found: Any) -> IncidentShown:
    """In the caller's language; of a rule that the catalogue has no more, or fills otherwise now, only the code."""
    hub, language = hub_of(request), request.scope["state"]["language"]
    try:
        words = item_of(hub, Problem(found.rule, params=hub.incidents.params(found)), language)
    except KeyError:
        words = {"message": found.rule, "remedy": ""}
    same = {name: getattr(found, name) for name in IncidentShown.model_fields if hasattr(found, name)}
    kinds = {"severity": Severity(found.severity), "state": State(found.state)}
    codes = {"party": found.party_code, "site": found.site_code}
    return IncidentShown.model_construct(
        **{**same, **kinds, **codes, "message": words["message"], "remedy": words["remedy"]}
    )
