"""Parties with their legal entities, and what they owe to the manufacturer."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import (
    IfMatch,
    IfNoneMatch,
    IfOther,
    Key,
    hub_of,
    paged,
    place_of,
    replaced,
    shown,
    write,
)
from gateway.api.openapi import CONFLICTS
from gateway.api.records import Debts, DebtsShown, Parties, Party, PartyPage, Servings, debt_of, party_of, placed
from gateway.api.reference import GUARDED, READ, VERSIONED, WRITE, Its, Pages, check_code
from gateway.api.shapes import Written
from gateway.domain.errors import Declined
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.referencing_records import put_debts, put_parties, put_servings

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

router = APIRouter(tags=["parties"])
Whose = Annotated[str, Path(description="Code of the party.", examples=["VOLGA"])]


@router.get("/parties", dependencies=[READ])
def list_parties(request: Request, paging: Pages) -> PartyPage:
    """All parties, by code."""
    hub, after = hub_of(request), place_of(paging.cursor, str) or ("",)
    with hub.exchange.reading() as connection:
        found = hub.erp_parties.parties(connection, after[0], paging.limit + 1)
    page, onward = paged(found, paging.limit, lambda each: (each.code,))
    return PartyPage.model_construct(items=[party_of(each) for each in page], next=onward)


@router.post("/parties", dependencies=[WRITE], response_model=Written)
def push_parties(request: Request, given: Parties, key: Key = None) -> Response:
    """Add or replace parties with their legal entities; their sites and logins stay as they are."""
    hub = hub_of(request)

    def change(connection: "Connection") -> Written:
        put_parties(hub, connection, [each.record(place) for each, place in placed(given.items)])
        return Written(count=len(given.items))

    return write(request, "exchange", key, change)


@router.get("/parties/{code:path}", dependencies=[READ], response_model=Party, responses=VERSIONED)
def show_party(request: Request, code: Its, if_none_match: IfOther = None) -> Response:
    """One party, with its version."""
    with hub_of(request).exchange.reading() as connection:
        return shown(_party(hub_of(request), connection, code), code, if_none_match)


@router.put("/parties/{code:path}", dependencies=[WRITE], response_model=Party, responses=GUARDED)
def put_party(
    request: Request,
    code: Its,
    given: Party,
    key: Key = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Add or replace one party."""
    hub = hub_of(request)
    check_code(code, given.code)

    def find(connection: "Connection") -> Party | None:
        return _party(hub, connection, code)

    def put(connection: "Connection") -> None:
        put_parties(hub, connection, [given.record()])

    return replaced(request, "exchange", key, (if_match, if_none_match), find, put)


@router.post("/servings", dependencies=[WRITE], response_model=Written)
def push_servings(request: Request, given: Servings, key: Key = None) -> Response:
    """Which sites serve which outlets, each in place of what was said for the same outlet and first day."""
    hub = hub_of(request)

    def change(connection: "Connection") -> Written:
        put_servings(hub, connection, [each.record(place) for each, place in placed(given.items)])
        return Written(count=len(given.items))

    return write(request, "exchange", key, change)


@router.get("/debts/{party:path}", dependencies=[READ])
def show_debts(request: Request, party: Whose) -> DebtsShown:
    """What a party owes to the manufacturer, as the ERP said last."""
    hub = hub_of(request)
    with hub.exchange.reading() as connection:
        key = hub.parties.find_party(connection, normal_code(party))
    if key is None:
        raise Declined(Problem("RESOURCE_UNKNOWN", value=party))
    with hub.warehouse.reading() as connection:
        as_of, items = hub.erp_parties.debts(connection, key)
    return DebtsShown.model_construct(as_of=as_of, items=[debt_of(each) for each in items])


@router.put("/debts/{party:path}", dependencies=[WRITE], response_model=Written, responses=CONFLICTS)
def push_debts(request: Request, party: Whose, given: Debts, key: Key = None) -> Response:
    """All that a party owes as of a day, in place of what was said before; no items: nothing."""
    hub = hub_of(request)

    def change(connection: "Connection") -> Written:
        put_debts(hub, connection, given.record(party))
        return Written(count=len(given.items))

    return write(request, "warehouse", key, change)


def _party(hub: "Hub", connection: "Connection", code: str) -> Party | None:
    found = hub.erp_parties.parties(connection, "", 1, normal_code(code))
    return party_of(found[0]) if found else None
