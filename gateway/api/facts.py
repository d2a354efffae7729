"""Facts as the analysts' views show them: shipments, stock and receivables of a window of dates, page by page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import Paging, hub_of, paged, place_of, scope
from gateway.api.door import JSON
from gateway.api.fact_records import Receivable, ReceivablePage, Shipment, ShipmentPage, StockPage, StockPosition
from gateway.api.shapes import Code, Day
from gateway.domain.errors import Declined
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.domain.token import Scope

router = APIRouter(prefix="/facts", tags=["facts"], dependencies=[scope(Scope.FACTS_READ)])


class Window(Paging):
    """Which facts, and which of them."""

    first: Day = Field(alias="from", description="First date of documents.", examples=["2026-11-01"])
    last: Day = Field(alias="to", description="Last date of documents.", examples=["2026-11-30"])
    party: Annotated[Code | None, Field(description="Code of the party; none: all.", examples=["VOLGA"])] = None


Wanted = Annotated[Window, Query()]


@router.get("/shipments", response_model=ShipmentPage)
def list_shipments(request: Request, window: Wanted) -> Response:
    """Secondary sales, line by line; returns are negative."""
    return _answered(request, "shipments", window, ShipmentPage, Shipment)


@router.get("/stock", response_model=StockPage)
def list_stock(request: Request, window: Wanted) -> Response:
    """Stock snapshots, position by position. Sum over one `as_of` of a warehouse, never over several."""
    return _answered(request, "stock", window, StockPage, StockPosition)


@router.get("/receivables", response_model=ReceivablePage)
def list_receivables(request: Request, window: Wanted) -> Response:
    """Outlets' open debts, item by item. Sum over one `date`, never over several."""
    return _answered(request, "receivables", window, ReceivablePage, Receivable)


def _answered(request: Request, feed: str, window: Window, page: type[BaseModel], shape: type[BaseModel]) -> Response:
    """Written out at once: thousands of rows a second are asked for here."""
    rows, onward = _rows(request, feed, window)
    found = page.model_construct(items=[shape.model_construct(**each) for each in rows], next=onward)
    return Response(found.model_dump_json(), 200, None, JSON)


def _rows(request: Request, feed: str, window: Window) -> tuple[list[dict[str, Any]], str | None]:
    """Raises Declined for an unknown party and a reversed window."""
    if window.first > window.last:
        expected = {"expected": str(window.first)}
        raise Declined(Problem("PERIOD_REVERSED", field="to", value=str(window.last), params=expected))
    hub, after = hub_of(request), place_of(window.cursor, int, int) or (0, 0)
    sites = None if window.party is None else _sites(request, window.party)
    with hub.warehouse.reading() as connection:
        found = hub.fact_rows.rows(connection, feed, sites, window.first, window.last, after, window.limit + 1)
    page, onward = paged(found, window.limit, lambda each: each.place)
    return [each.values for each in page], onward


def _sites(request: Request, party: str) -> list[int]:
    hub = hub_of(request)
    with hub.exchange.reading() as connection:
        key = hub.parties.find_party(connection, normal_code(party))
        if key is None:
            raise Declined(Problem("PARTY_UNKNOWN", field="party", value=party))
        found: list[int] = hub.parties.sites_by_party(connection).get(key, [])
    return found
