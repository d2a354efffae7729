"""Primary sales and plans: what distributors' purchases and sales are compared with."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import Key, hub_of, scope, write
from gateway.api.records import Plans, Sales, placed
from gateway.api.shapes import Written
from gateway.domain.token import Scope
from gateway.referencing_records import put_plans, put_sales

if TYPE_CHECKING:
    from connectors.database.engine import Connection

router = APIRouter(tags=["sales"])
WRITE = scope(Scope.SALES_WRITE)


@router.post("/primary-sales", dependencies=[WRITE], response_model=Written)
def push_sales(request: Request, given: Sales, key: Key = None) -> Response:
    """Documents of primary sales, each in place of what stood under its party and number."""
    return _pushed(request, put_sales, given.items, key)


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
