"""Transfer orders, which the ERP gives and follows, and purchase orders, which it reads and answers."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import (
    IfMatch,
    IfNoneMatch,
    Key,
    Paging,
    check_version,
    cursor_of,
    hub_of,
    place_of,
    scope,
    shown,
    write,
)
from gateway.api.door import token_of
from gateway.api.openapi import CONFLICTS
from gateway.api.order_records import (
    ChangePage,
    OrderHistory,
    OrderShown,
    PurchasePage,
    PurchaseStatus,
    Taken,
    TakenOrders,
    TransferOrder,
    TransferOrders,
    change_shown,
    order_shown,
    step_shown,
)
from gateway.api.problems import ProblemItem, item_of
from gateway.domain import order as domain
from gateway.domain.errors import Declined
from gateway.domain.problem import Problem
from gateway.domain.token import Scope
from gateway.ordering import (
    cancel,
    find_order,
    history_of,
    purchase_order,
    purchase_orders_since,
    revise,
    set_purchase_status,
    take_transfer_order,
)

if TYPE_CHECKING:
    from connectors.database.engine import Connection

router = APIRouter(tags=["orders"])
READ, WRITE = scope(Scope.ORDERS_READ), scope(Scope.ORDERS_WRITE)
LARGEST_KEY = 2**53
Its = Annotated[str, Path(alias="id", description="The ERP's own identity of it.", examples=["0f6e2a51"])]
Purchase = Annotated[int, Path(ge=1, le=LARGEST_KEY, description="The hub's key of it.", examples=[17])]
Pages = Annotated[Paging, Query()]
Reason = Annotated[str, Query(max_length=1000, description="Why; the distributor reads it.")]


@router.put("/transfer-orders/{id:path}", dependencies=[WRITE], response_model=Taken, responses=CONFLICTS | {412: {}})
def put_transfer_order(
    request: Request,
    id: Its,
    given: TransferOrder,
    key: Key = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Give a transfer order, or a new revision of it. The same content again changes nothing.

    It is translated into the distributor's codes and offered to his 1C, or held with problems until it can be.
    """
    hub, by = hub_of(request), token_of(request.scope).name

    def change(connection: "Connection") -> domain.Taken:
        order, known = given.order(id), find_order(hub, id, connection)
        check_version(order_shown(known, _worded(request)) if known else None, if_match, if_none_match)
        if known is None:
            return take_transfer_order(hub, order, by, connection)
        return revise(hub, order, by, connection)

    return _written(request, key, id, change)


@router.post("/transfer-orders", dependencies=[WRITE])
def push_transfer_orders(request: Request, given: TransferOrders, key: Key = None) -> TakenOrders:
    """Give many transfer orders, or new revisions of them: each is taken or refused by itself.

    What this document does not allow (no date, a negative price) refuses the whole request, and the answer names it.
    """
    hub, by = hub_of(request), token_of(request.scope).name

    def change(connection: "Connection") -> BaseModel:
        found = []
        for each in given.items:
            known = find_order(hub, each.id, connection) is not None
            taken = (revise if known else take_transfer_order)(hub, each.named(), by, connection)
            found.append(_taken(request, each.id, taken))
        return TakenOrders(items=found)

    return write(request, "exchange", key, change)  # type: ignore[return-value]


@router.delete("/transfer-orders/{id:path}", dependencies=[WRITE], response_model=Taken, responses=CONFLICTS)
def cancel_transfer_order(request: Request, id: Its, reason: Reason = "", key: Key = None) -> Response:
    """Call a transfer order off. Who has it already is offered the cancellation, and his answer decides."""
    hub, by = hub_of(request), token_of(request.scope).name
    return _written(request, key, id, lambda connection: cancel(hub, id, by, reason, connection))


@router.get("/transfer-orders/{id:path}/history", dependencies=[READ])
def show_transfer_history(request: Request, id: Its) -> OrderHistory:
    """Everything that happened to a transfer order."""
    found = find_order(hub_of(request), id)
    return _history(request, found.key if found else None, id)


@router.get("/transfer-orders/{id:path}", dependencies=[READ], response_model=OrderShown)
def show_transfer_order(request: Request, id: Its) -> Response:
    """A transfer order: what it is now, in both sides' codes, where it is and why."""
    return _shown(request, find_order(hub_of(request), id), id)


@router.get("/purchase-orders", dependencies=[READ])
def list_purchase_orders(request: Request, paging: Pages) -> PurchasePage:
    """Purchase orders in the manufacturer's codes, as they come; a new revision or a cancellation comes again."""
    hub, (after,) = hub_of(request), place_of(paging.cursor, int) or (0,)
    page, onward, more = purchase_orders_since(hub, after, paging.limit)
    items = [order_shown(each, _worded(request)) for each in page]
    return PurchasePage.model_construct(items=items, next=cursor_of(onward), more=more)


@router.get("/purchase-orders/{key}", dependencies=[READ], response_model=OrderShown)
def show_purchase_order(request: Request, key: Purchase) -> Response:
    """A purchase order as it is now."""
    return _shown(request, purchase_order(hub_of(request), key), str(key))


@router.get("/purchase-orders/{key}/history", dependencies=[READ])
def show_purchase_history(request: Request, key: Purchase) -> OrderHistory:
    """Everything that happened to a purchase order."""
    return _history(request, key if purchase_order(hub_of(request), key) else None, str(key))


@router.post("/purchase-orders/{key}/status", dependencies=[WRITE], response_model=Taken, responses=CONFLICTS)
def set_status(
    request: Request,
    key: Purchase,
    given: PurchaseStatus,
    idempotency: Key = None,
) -> Response:
    """Answer a purchase order: accepted, rejected, picking, shipped, delivered or cancelled, and how much of it.

    The distributor's 1C reads it by GetOrderStatuses. The same answer again changes nothing.
    """
    hub, by = hub_of(request), token_of(request.scope).name
    lines = tuple(domain.LineStatus(each.n, each.quantity) for each in given.lines)

    def change(connection: "Connection") -> domain.Taken:
        said = (given.status, by, lines, given.reason, given.number, given.revision)
        return set_purchase_status(hub, key, *said, connection=connection)

    return _written(request, idempotency, str(key), change)


@router.get("/order-changes", dependencies=[READ])
def list_order_changes(request: Request, paging: Pages) -> ChangePage:
    """Every step of every order, as they come: what to read again."""
    hub, (after,) = hub_of(request), place_of(paging.cursor, int) or (0,)
    with hub.exchange.reading() as connection:
        found = hub.webhooks.steps_after(connection, after, paging.limit + 1, hub.clock())
    page = found[: paging.limit]
    onward = page[-1].key if page else after
    items = [change_shown(each) for each in page]
    return ChangePage.model_construct(items=items, next=cursor_of(onward), more=len(found) > paging.limit)


def _written(request: Request, key: str | None, id: str, change: Any) -> Response:
    """A refusal stands in the order's history, so it is committed before it is answered; no key keeps it."""
    refused: list[Problem] = []

    def changed(connection: "Connection") -> BaseModel | None:
        taken = change(connection)
        if taken.problem is not None:
            refused.append(taken.problem)
            return None
        return _taken(request, id, taken)

    response = write(request, "exchange", key, changed)
    if refused:
        raise Declined(refused[-1])
    return response


def _taken(request: Request, id: str, found: domain.Taken) -> Taken:
    problem = None if found.problem is None else _worded(request)(found.problem, "error")
    return Taken(id=id, revision=found.revision, state=found.state, changed=found.changed, problem=problem)


def _shown(request: Request, found: Any, what: str) -> Response:
    return shown(order_shown(found, _worded(request)) if found else None, what, None)


def _history(request: Request, key: int | None, what: str) -> OrderHistory:
    if key is None:
        raise Declined(Problem("RESOURCE_UNKNOWN", value=what))
    return OrderHistory.model_construct(items=[step_shown(each) for each in history_of(hub_of(request), key)])


def _worded(request: Request) -> Any:
    """Problems in the language of whoever asks."""
    hub, language = hub_of(request), request.scope["state"]["language"]

    def worded(problem: Problem, severity: str) -> ProblemItem:
        return ProblemItem(**{**item_of(hub, problem, language), "severity": severity})

    return worded
