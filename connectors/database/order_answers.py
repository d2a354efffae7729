"""How much of a purchase order's lines the manufacturer has accepted, picked, shipped and delivered."""

from decimal import Decimal

from sqlalchemy import Connection, delete, insert, select

from connectors.database.order_tables import order_answer_line
from gateway.domain.order import State


def lines(connection: Connection, order: int, state: State) -> dict[int, Decimal]:
    """Quantity in the SKU's unit by line."""
    mine = (order_answer_line.c.order == order, order_answer_line.c.state == state)
    found = connection.execute(select(order_answer_line.c.n, order_answer_line.c.quantity).where(*mine))
    return {row.n: row.quantity for row in found}


def put(connection: Connection, order: int, state: State, quantities: dict[int, Decimal]) -> None:
    """In place of what was said of this state before; nothing where there are none."""
    if not quantities:
        return
    mine = (order_answer_line.c.order == order, order_answer_line.c.state == state)
    connection.execute(delete(order_answer_line).where(*mine))
    rows = [{"order": order, "state": state, "n": n, "quantity": each} for n, each in quantities.items()]
    connection.execute(insert(order_answer_line), rows)
