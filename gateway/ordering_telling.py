"""Use case: reconciliation and analytics hear what was ordered, in the SKU's unit, from the translated transfer orders.

1. The order's lines take the place of those before in the warehouse.
2. The order is told; where that was cut off, 1 is done again and comes to the same.

An order over which it fails is found by halving, and left until its next step; the others go on. Where it fails over
all of them it is no order's fault, and none is left.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.domain.order import State
from gateway.domain.problem import Problem
from gateway.isolating import isolated
from gateway.ordering_draft import WARNING
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub


UNTOLD = "ORDER_UNTOLD"
Told = tuple[Any, list[Any]]
"""An order's head, and its lines."""


def tell_next(hub: "Hub") -> int:
    """Tells of some orders; how many there were."""
    with hub.exchange.reading() as connection:
        orders: list[Told] = hub.order_telling.untold(connection)
    if orders:
        failed = isolated(partial(_tell, hub), orders)
        if len(failed) == len(orders) > 1:
            raise failed[0][1]
        for (head, _), error in failed:
            _leave(hub, head, error)
    return len(orders)


@repeated
def _tell(hub: "Hub", orders: Sequence[Told]) -> None:
    lines = [line for each in orders for line in _lines(each)]
    with hub.warehouse.writing() as connection:
        changed = hub.erp_lines.put_lines(connection, hub.erp_lines.TRANSFER_ORDER, lines) if lines else {}
        for party, days in changed.items():
            hub.touching.note_days(connection, party, *days)
    with hub.exchange.writing() as connection:
        hub.order_telling.told(connection, [(head.key, head.changed_at) for head, _ in orders])
        hub.order_following.drop_problems(connection, [head.key for head, _ in orders], UNTOLD)


@repeated
def _leave(hub: "Hub", head: Any, error: Exception) -> None:
    hub.log.error("an order can't be told", order=head.key, exc_info=error)
    problem = Problem(UNTOLD, value=type(error).__name__)
    with hub.exchange.writing() as connection:
        hub.order_telling.told(connection, [(head.key, head.changed_at)])
        hub.order_following.drop_problems(connection, [head.key], UNTOLD)
        hub.order_following.add_problems(connection, (head.key, head.revision), [problem], WARNING)


def _lines(order: Told) -> list[dict[str, Any]]:
    """Of what is called off nothing is expected."""
    head, lines = order
    nothing = head.state in (State.CANCELLED, State.REJECTED)
    return [
        {
            "party": head.party,
            "document": head.id,
            "date": head.date,
            "outlet": head.outlet,
            "sku": line.sku,
            "quantity": Decimal(0) if nothing else line.ours,
            "amount": line.amount,
        }
        for line in lines
    ]
