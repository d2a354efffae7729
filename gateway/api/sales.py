"""Prices, primary sales and plans: what distributors pay, and what their purchases and sales are compared with."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import Key, day_of, hub_of, paged, place_of, scope, write
from gateway.api.records import Plans, Price, PricePage, Prices, Sales, placed
from gateway.api.reference import READ, Pages
from gateway.api.shapes import Written
from gateway.domain.token import Scope
from gateway.referencing_records import put_plans, put_prices, put_sales

if TYPE_CHECKING:
    from connectors.database.engine import Connection

router = APIRouter(tags=["sales"])
WRITE = scope(Scope.SALES_WRITE)


@router.post("/primary-sales", dependencies=[WRITE], response_model=Written)
def push_sales(request: Request, given: Sales, key: Key = None) -> Response:
    """Documents of primary sales, each in place of what stood under its party and number."""
    return _pushed(request, put_sales, given.items, key)


@router.post("/prices", dependencies=[WRITE], response_model=Written)
def push_prices(request: Request, given: Prices, key: Key = None) -> Response:
    """Prices, each in place of the one of the same party, product and day; distributors read them by GetCatalog."""
    return _pushed(request, put_prices, given.items, key)


@router.get("/prices", dependencies=[READ])
def list_prices(request: Request, paging: Pages) -> PricePage:
    """All prices, product by product."""
    hub = hub_of(request)
    place = place_of(paging.cursor, int, int, str) or (-1, -1, "0001-01-01")
    with hub.exchange.reading() as connection:
        codes = hub.parties.party_codes(connection)
    with hub.warehouse.reading() as connection:
        found = hub.erp_parties.prices(connection, (place[0], place[1], day_of(place[2])), paging.limit + 1)
    page, onward = paged(found, paging.limit, lambda each: (each.sku, each.party, str(each.valid_from)))
    items = [
        Price.model_construct(
            sku=each.code,
            party=codes.get(each.party),
            price=each.price,
            currency=each.currency,
            first=each.valid_from,
        )
        for each in page
    ]
    return PricePage.model_construct(items=items, next=onward)


@router.post("/plans", dependencies=[WRITE], response_model=Written)
def push_plans(request: Request, given: Plans, key: Key = None) -> Response:
    """Plans, each in place of the one for the same party, group and period."""
    return _pushed(request, put_plans, given.items, key)


def _pushed(request: Request, put: Callable[..., None], items: Sequence[Any], key: str | None) -> Response:
    hub = hub_of(request)

    def change(connection: "Connection") -> Written:
        put(hub, connection, [each.record(place) for each, place in placed(items)])
        return Written(count=len(items))

    return write(request, "warehouse", key, change)
