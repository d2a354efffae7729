"""Use case: reconciliation and analytics hear what was ordered, in the SKU's unit, from the translated transfer orders.

1. The order's lines take the place of those before in the warehouse.
2. The order is told; where that was cut off, 1 is done again and comes to the same.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.domain.order import State
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub


@repeated
def tell_next(hub: "Hub") -> int:
    """Tells of some orders; how many there were."""
    with hub.exchange.reading() as connection:
        orders = hub.order_telling.untold(connection)
    if not orders:
        return 0
    lines = [line for each in orders for line in _lines(each)]
    with hub.warehouse.writing() as connection:
        changed = hub.erp_lines.put_lines(connection, hub.erp_lines.TRANSFER_ORDER, lines) if lines else {}
        for party, days in changed.items():
            hub.touching.note_days(connection, party, *days)
    with hub.exchange.writing() as connection:
        hub.order_telling.told(connection, [(head.key, head.changed_at) for head, _ in orders])
    return len(orders)


def _lines(order: tuple[Any, list[Any]]) -> list[dict[str, Any]]:
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
