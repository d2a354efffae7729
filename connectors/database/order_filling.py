"""What was ordered and handed over, by order and SKU."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select

from connectors.database.order_tables import order_head, order_revision, order_translated
from gateway.domain.order import BEFORE_PULL, Kind, State


def ordered(connection: Connection, party: int | None, first: date, last: date) -> Sequence[Any]:
    """(party, id, date, sku, sku_code, ours) of transfer orders that their distributor has; `ours` in the SKU's unit.

    Of an order whose next revision is on its way, the one that was handed over last is not told apart: it is the
    current one that counts.
    """
    current = and_(order_revision.c.order == order_head.c.key, order_revision.c.revision == order_head.c.revision)
    done = and_(order_translated.c.order == order_head.c.key, order_translated.c.revision == order_head.c.revision)
    given = order_head.c.state.not_in((*BEFORE_PULL, State.PULLED, State.REJECTED, State.CANCELLED))
    which = [order_head.c.kind == Kind.TRANSFER, given, order_revision.c.date.between(first, last)]
    if party is not None:
        which.append(order_head.c.party == party)
    by = (
        order_head.c.party,
        order_head.c.id,
        order_revision.c.date,
        order_translated.c.sku,
        order_translated.c.sku_code,
    )
    source = order_head.join(order_revision, current).join(order_translated, done)
    statement = select(*by, func.sum(order_translated.c.ours).label("ours")).select_from(source).where(*which)
    return connection.execute(
        statement.group_by(*by).order_by(order_head.c.party, order_head.c.id, order_translated.c.sku_code)
    ).all()
