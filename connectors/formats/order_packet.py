"""The order packet as a distributor pulls it (`schemas/packet/v1/transfer-orders.xsd`); an order is written once."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from gateway.domain.credit import plain
from gateway.domain.order_translation import Translated

_quoted, _figure = lru_cache(10_000)(quoteattr), lru_cache(10_000)(plain)
"""A day's lines name the same goods and quantities over and over."""
NAMESPACE = "urn:obmen:packet:v1"
FEED = "transfer-orders"


def order_element(order: dict[str, Any], lines: Sequence[Translated]) -> str:
    """`<order>` with its lines; attributes without a value are left out."""
    head = _attributes(order)
    if not lines:
        return f"<order{head}/>"
    return "\n".join([f"<order{head}>", *(_line(each) for each in lines), "</order>"])


def order_packet(batch: str, made_at: datetime, orders: Sequence[str]) -> str:
    """The packet around orders that are written already."""
    head = f'<packet xmlns="{NAMESPACE}" id="{batch}" feed="{FEED}" created="{made_at.isoformat()}" mode="merge">'
    control = f'<control documents="{len(orders)}"/>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, control, *orders, "</packet>"])


def _line(line: Translated) -> str:
    words = f'  <line n="{line.n}" product={_quoted(line.product)}'
    if line.unit:
        words += f" unit={_quoted(line.unit)}"
    words += f' quantity="{_figure(line.quantity)}"'
    if line.price is not None:
        words += f' price="{_figure(line.price)}"'
    if line.amount is not None:
        words += f' amount="{_figure(line.amount)}"'
    if line.remainder:
        words += f' remainder="{_figure(line.remainder)}"'
        if line.sku.unit:
            words += f" remainderUnit={_quoted(line.sku.unit)}"
    return words + "/>"


def _attributes(values: dict[str, Any]) -> str:
    given = ((name, _text(value)) for name, value in values.items() if value not in (None, ""))
    return "".join(f" {name}={quoteattr(text)}" for name, text in given)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
