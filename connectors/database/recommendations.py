"""Recommended orders as the last reconciliation left them, by the codes of both sides."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from connectors.database.facts import distributor_code, outlet, sku
from connectors.database.reconciliation_tables import recommended_order


def of_party(connection: Connection, party: int, our_outlet: str = "") -> Sequence[Any]:
    """(outlet_key, their_outlet, outlet, sku_key, sku, day, shipped, unfilled, cycle_days), outlet by outlet."""
    code, target = distributor_code.c, outlet.c
    source = recommended_order.join(distributor_code, code.key == recommended_order.c.outlet)
    source = source.outerjoin(outlet, target.key == code.target).join(sku, sku.c.key == recommended_order.c.sku)
    figures = [recommended_order.c[name] for name in ("day", "shipped", "unfilled", "cycle_days")]
    columns = (
        recommended_order.c.outlet.label("outlet_key"),
        code.code.label("their_outlet"),
        target.code.label("outlet"),
        recommended_order.c.sku.label("sku_key"),
        sku.c.code.label("sku"),
        *figures,
    )
    which = recommended_order.c.party == party
    if our_outlet:
        which = and_(which, target.code == our_outlet)
    return connection.execute(select(*columns).select_from(source).where(which).order_by(code.code, sku.c.code)).all()
