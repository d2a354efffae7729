"""An order's life as data: its states, who may go where, and what an order is when it comes in.

A *transfer order* goes from the manufacturer to the distributor who serves the outlet, a *purchase order* from the
distributor to the manufacturer. Each has revisions; a cancellation after the pull is a revision too, since the
distributor has to hear of it.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.domain.problem import Problem

LARGEST = Decimal(10) ** 12
MOST_LINES = 10_000
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The order goes to the distributor as XML."""


class Kind(StrEnum):
    TRANSFER = "transfer"
    PURCHASE = "purchase"


class State(StrEnum):
    RECEIVED = "received"
    HELD = "held"
    """Can't go on: its problems say why."""
    TRANSLATED = "translated"
    OFFERED = "offered"
    PULLED = "pulled"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PICKING = "picking"
    SHIPPED = "shipped"
    """In part or whole; each further shipment is a step of its own."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


S = State
_FULFILLING = frozenset({S.PICKING, S.SHIPPED, S.DELIVERED})
_ANSWERS = frozenset({S.ACCEPTED, S.REJECTED, S.CANCELLED}) | _FULFILLING
TRANSITIONS: Mapping[State, frozenset[State]] = {
    S.RECEIVED: frozenset({S.RECEIVED, S.HELD, S.TRANSLATED, S.CANCELLED}),
    S.HELD: frozenset({S.HELD, S.TRANSLATED, S.CANCELLED, S.RECEIVED}),
    S.TRANSLATED: frozenset({S.OFFERED, S.CANCELLED, S.RECEIVED}),
    S.OFFERED: frozenset({S.PULLED, S.CANCELLED, S.RECEIVED, S.TRANSLATED, S.HELD}),
    S.PULLED: frozenset({S.ACKNOWLEDGED, S.OFFERED, S.RECEIVED}) | _ANSWERS,
    S.ACKNOWLEDGED: frozenset({S.RECEIVED}) | _ANSWERS,
    S.ACCEPTED: frozenset({S.RECEIVED, S.REJECTED, S.CANCELLED}) | _FULFILLING,
    S.REJECTED: frozenset({S.RECEIVED, S.CANCELLED}),
    S.PICKING: frozenset({S.RECEIVED, S.REJECTED, S.CANCELLED}) | _FULFILLING,
    S.SHIPPED: frozenset({S.SHIPPED, S.DELIVERED}),
    S.DELIVERED: frozenset({S.SHIPPED, S.DELIVERED}),
    S.CANCELLED: frozenset(),
}
"""From each state where an order may go. To `received` a new revision brings it, back from `offered` a new mapping."""
KNOWN: Mapping[State, frozenset[State]] = {S.OFFERED: frozenset({S.ACKNOWLEDGED, *_ANSWERS})}
"""What may come besides of somebody who was given the order before: his lease ran out, and he answers late."""
PURCHASED: Mapping[State, frozenset[State]] = {S.OFFERED: frozenset({S.ACKNOWLEDGED, S.PICKING, *_ANSWERS})}
"""A purchase order besides: the ERP reads those that are offered, and its first word is its answer."""
BEFORE_PULL = frozenset({S.RECEIVED, S.HELD, S.TRANSLATED, S.OFFERED})
ENDED = frozenset({S.DELIVERED, S.CANCELLED, S.REJECTED})
UNDER_WAY = frozenset({S.OFFERED, S.PULLED, S.ACKNOWLEDGED, S.ACCEPTED, S.PICKING})
"""Offered or in the other side's hands, and nothing of it shipped yet."""
STATUSES = tuple(state for state in State if state in _ANSWERS)
"""What the other side may say of an order."""


def may(kind: Kind, state: State, to: State, known: bool) -> bool:
    """Whether an order may go from `state` to `to`; `known`: the other side has been given a revision of it."""
    return (
        to in TRANSITIONS[state]
        or (known and to in KNOWN.get(state, ()))
        or (kind is Kind.PURCHASE and to in PURCHASED.get(state, ()))
    )


def is_on_its_way(state: State, known: bool, current: int, revision: int | None) -> bool:
    """Whether what somebody says (of a revision, if he names one) is about one before that which he has not got yet."""
    if not known:
        return False
    not_given = state in BEFORE_PULL and state is not State.OFFERED
    return not_given or (state in (State.OFFERED, State.PULLED) and revision is not None and revision < current)


def after_answer(cancels: bool, accepted: bool | None, before: State | None) -> list[State]:
    """Where an acknowledged revision goes; `before` is what was said last of the revisions before it.

    Without a word on whether it is accepted, a status will tell. A cancellation that comes too late leaves the order
    as it is; goods that are under way stay so.
    """
    stands = before if before in _FULFILLING else State.ACCEPTED
    if cancels:
        return [State.ACKNOWLEDGED, stands if accepted is False else State.CANCELLED]
    if accepted is None:
        return [State.ACKNOWLEDGED]
    return [State.ACKNOWLEDGED, stands if accepted else State.REJECTED]


@dataclass(frozen=True)
class OrderLine:
    """A line as it came: the product by the giver's code, the quantity in the giver's unit."""

    n: int
    product: str
    quantity: Decimal
    unit: str | None = None
    price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class TransferOrder:
    """What the manufacturer's side gives: `id` is its own, `outlet` and products are the manufacturer's codes.

    `party` is the code of the distributor; where it isn't named, the one who serves the outlet on `date` gets it.
    """

    id: str
    number: str
    date: datetime.date
    outlet: str
    lines: tuple[OrderLine, ...]
    party: str | None = None
    wanted: datetime.date | None = None
    agreement: str | None = None
    comment: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a request about an order; with a `problem` nothing of it was done but that it stands recorded.

    Without a key there is no such order.
    """

    key: int | None
    revision: int = 0
    state: State | None = None
    problem: Problem | None = None
    changed: bool = False


@dataclass(frozen=True)
class LineStatus:
    """How much of line `n` a status speaks of: for a purchase order in the SKU's unit."""

    n: int
    quantity: Decimal


def faults(order: TransferOrder) -> Iterator[Problem]:
    """What is wrong with an order in itself."""
    texts = (order.id, order.number, order.outlet, order.agreement, order.comment)
    more = (text for line in order.lines for text in (line.product, line.unit))
    if strange := next((text for text in (*texts, *more) if text and _NOT_IN_XML.search(text)), None):
        yield Problem("ORDER_INVALID", document=order.id, field="text", value=_NOT_IN_XML.sub("?", strange))
    for name, text in (("id", order.id), ("number", order.number), ("outlet", order.outlet)):
        if not text.strip() or len(text) > 100:
            yield Problem("ORDER_INVALID", document=order.id, field=name, value=text)
    for name, words, most in (("agreement", order.agreement, 100), ("comment", order.comment, 1000)):
        if len(words or "") > most:
            yield Problem("ORDER_INVALID", document=order.id, field=name, value=words)
    if order.currency is not None and not (len(order.currency) == 3 and order.currency.isascii()):
        yield Problem("ORDER_INVALID", document=order.id, field="currency", value=order.currency)
    if not 0 < len(order.lines) <= MOST_LINES:
        yield Problem("ORDER_INVALID", document=order.id, field="lines", value=str(len(order.lines)))
    seen: set[int] = set()
    for line in order.lines:
        if line.n in seen or not 0 < line.n < 10**9:
            yield Problem("ORDER_INVALID", document=order.id, row=line.n, field="n", value=str(line.n))
        seen.add(line.n)
        yield from _line_faults(order.id, line)


def _line_faults(document: str, line: OrderLine) -> Iterator[Problem]:
    if not line.product.strip() or len(line.product) > 100:
        yield Problem("ORDER_INVALID", document=document, row=line.n, field="product", value=line.product)
    if line.unit is not None and len(line.unit) > 100:
        yield Problem("ORDER_INVALID", document=document, row=line.n, field="unit", value=line.unit)
    if not is_figure(line.quantity) or line.quantity <= 0:
        yield Problem("ORDER_INVALID", document=document, row=line.n, field="quantity", value=str(line.quantity))
    for name, figure in (("price", line.price), ("amount", line.amount)):
        if figure is not None and (not is_figure(figure) or figure < 0):
            yield Problem("ORDER_INVALID", document=document, row=line.n, field=name, value=str(figure))


def is_figure(value: Decimal) -> bool:
    """Whether the store keeps it exactly: at most six decimals, twelve digits before the point."""
    return value.is_finite() and abs(value) < LARGEST and value == round(value, 6)
