"""Facts as the analysts' views show them: shipments, stock and receivables of a window of dates, page by page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from gateway.api.asking import Paging, hub_of, paged, place_of, scope
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


@router.get("/shipments")
def list_shipments(request: Request, window: Wanted) -> ShipmentPage:
    """Secondary sales, line by line; returns are negative."""
    items, onward = _rows(request, "shipments", window)
    return ShipmentPage.model_construct(items=[Shipment.model_construct(**each) for each in items], next=onward)


@router.get("/stock")
def list_stock(request: Request, window: Wanted) -> StockPage:
    """Stock snapshots, position by position. Sum over one `as_of` of a warehouse, never over several."""
    items, onward = _rows(request, "stock", window)
    return StockPage.model_construct(items=[StockPosition.model_construct(**each) for each in items], next=onward)


@router.get("/receivables")
def list_receivables(request: Request, window: Wanted) -> ReceivablePage:
    """Outlets' open debts, item by item. Sum over one `date`, never over several."""
    items, onward = _rows(request, "receivables", window)
    return ReceivablePage.model_construct(items=[Receivable.model_construct(**each) for each in items], next=onward)


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
