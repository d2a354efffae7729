"""Builders for tests of orders: a manufacturer's orders, the distributor who serves the outlets, and what is seen."""

from datetime import date
from decimal import Decimal
from typing import Any

from gateway.domain.order import OrderLine, TransferOrder
from gateway.ordering import history_of
from gateway.wiring import Hub


def lines(*wanted: tuple[str, Any], unit: str | None = None) -> tuple[OrderLine, ...]:
    """Lines numbered from 1: our code and quantity."""
    return tuple(OrderLine(n, code, Decimal(str(quantity)), unit) for n, (code, quantity) in enumerate(wanted, 1))


def order(order_id: str = "T-1", *wanted: tuple[str, Any], unit: str | None = None, **override: Any) -> TransferOrder:
    """For outlet OUT-1, two of SKU TEA unless told otherwise."""
    given = {"number": order_id, "date": date(2026, 11, 20), "outlet": "OUT-1"} | override
    return TransferOrder(order_id, lines=lines(*(wanted or (("TEA", 2),)), unit=unit), **given)


def went(hub: Hub, key: int) -> list[str]:
    """The states that an order went through; `!` marks what was refused."""
    return [f"{'!' if step.refused else ''}{step.state}" for step in history_of(hub, key)]
