"""Use case: orders come in, are changed and called off; the ERP answers purchase orders. All of it is written down.

Each function takes the caller's open connection of the exchange schema, so that his own rows are of the same commit, or
makes a commit of its own. Nothing is raised for what may not be: the answer carries the problem, and the step that was
refused stands in the order's history.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.domain.order import STATUSES, Kind, LineStatus, State, Taken, TransferOrder, faults, is_figure
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.ordering_steps import called_off, illegal, revised, said
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from connectors.database.order_reading import Order, Step
    from connectors.database.orders import Head
    from gateway.wiring import Hub

AT_ONCE = 500


def take_transfer_order(hub: "Hub", order: TransferOrder, by: str, connection: "Connection | None" = None) -> Taken:
    """Takes a new order; the same order again changes nothing, another one of its id is a problem (`ORDER_KNOWN`)."""
    order = _normal(order)
    if problem := next(faults(order), None):
        return Taken(None, problem=problem)
    return _in(hub, connection, lambda open_connection: _take(hub, open_connection, order, by))


def revise(hub: "Hub", order: TransferOrder, by: str, connection: "Connection | None" = None) -> Taken:
    """Puts a new revision in place of the one before; the distributor gets it, whether he has had that or not."""
    order = _normal(order)
    if problem := next(faults(order), None):
        return Taken(None, problem=problem)
    return _in(hub, connection, lambda open_connection: _revise(hub, open_connection, order, by))


def cancel(hub: "Hub", order_id: str, by: str, reason: str = "", connection: "Connection | None" = None) -> Taken:
    """Calls a transfer order off. Who has it already is offered the cancellation, and his answer decides."""

    def called(open_connection: "Connection") -> Taken:
        found = _found(hub, open_connection, normal_code(order_id))
        if found is None:
            return Taken(None, problem=Problem("ORDER_UNKNOWN", document=order_id))
        return called_off(hub, open_connection, found, by, reason)

    return _in(hub, connection, called)


def set_purchase_status(
    hub: "Hub",
    key: int,
    status: State,
    by: str,
    lines: Sequence[LineStatus] = (),
    reason: str = "",
    number: str | None = None,
    revision: int | None = None,
    connection: "Connection | None" = None,
) -> Taken:
    """The ERP's word on a purchase order: a status, how much of each line (in the SKU's unit), its own number.

    Named with the `revision` that it has read, a word on an earlier one doesn't stand in the way of a later one.

    The same word again changes nothing. Lines stand in place of those of the same status before.
    """
    if status not in STATUSES or not all(is_figure(each.quantity) and each.quantity >= 0 for each in lines):
        return Taken(None, problem=Problem("ORDER_INVALID", document=str(key), field="status", value=str(status)))
    word = _Word(status, revision, {each.n: each.quantity for each in lines}, by, reason, number)
    return _in(hub, connection, lambda open_connection: _answer(hub, open_connection, key, word))


def find_order(hub: "Hub", order_id: str, connection: "Connection | None" = None) -> "Order | None":
    """A transfer order by the id that the manufacturer gave it, with everything about its current revision."""
    with _view(hub, connection) as open_connection:
        head = hub.orders.find(open_connection, hub.orders.MANUFACTURER, normal_code(order_id))
        return hub.order_reading.order(open_connection, head.key) if head else None


def purchase_order(hub: "Hub", key: int, connection: "Connection | None" = None) -> "Order | None":
    """A purchase order by the key under which the ERP has read it."""
    with _view(hub, connection) as open_connection:
        head = hub.orders.by_key(open_connection, key)
        return hub.order_reading.order(open_connection, key) if head and head.kind is Kind.PURCHASE else None


def purchase_orders_since(hub: "Hub", cursor: int = 0, limit: int = 100) -> "tuple[list[Order], int, bool]":
    """Translated purchase orders that were offered after `cursor`, the next cursor, and whether there are more.

    A new revision, or a cancellation by the distributor, comes again. Reading them is no answer: that is a status.
    """
    limit = min(limit, AT_ONCE)
    with hub.exchange.reading() as connection:
        found = hub.order_reading.offered_purchases(connection, cursor, limit + 1)
    page = found[:limit]
    return page, (page[-1].cursor or cursor) if page else cursor, len(found) > limit


def history_of(hub: "Hub", key: int) -> "list[Step]":
    """Every step of an order, those that were refused too."""
    with hub.exchange.reading() as connection:
        return list(hub.order_reading.steps(connection, key))


@dataclass(frozen=True)
class _Word:
    """What the ERP says of a purchase order."""

    status: State
    revision: int | None
    lines: dict[int, Decimal]
    by: str
    reason: str
    number: str | None


def _take(hub: "Hub", connection: "Connection", order: TransferOrder, by: str) -> Taken:
    found = _found(hub, connection, order.id)
    if found is None:
        head = hub.orders.add(connection, Kind.TRANSFER, hub.orders.MANUFACTURER, order.id, hub.clock())
        return revised(hub, connection, head, by, order.lines, hub.orders.columns_of(order))
    same = hub.orders.transfer_order(connection, found) == order
    known = None if same else Problem("ORDER_KNOWN", document=order.id)
    return Taken(found.key, found.revision, found.state, known)


def _revise(hub: "Hub", connection: "Connection", order: TransferOrder, by: str) -> Taken:
    found = _found(hub, connection, order.id)
    if found is None:
        return Taken(None, problem=Problem("ORDER_UNKNOWN", document=order.id))
    was = hub.orders.transfer_order(connection, found)
    if was == order:
        return Taken(found.key, found.revision, found.state)
    if found.known and (was.outlet, was.party) != (order.outlet, order.party):
        hub.orders.refuse(connection, found, State.RECEIVED, by, hub.clock(), note="ORDER_REROUTED")
        rerouted = Problem("ORDER_REROUTED", document=order.id, value=order.outlet)
        return Taken(found.key, found.revision, found.state, rerouted)
    if problem := illegal(hub, connection, found, State.RECEIVED, by):
        return Taken(found.key, found.revision, found.state, problem)
    return revised(hub, connection, found, by, order.lines, hub.orders.columns_of(order))


def _answer(hub: "Hub", connection: "Connection", key: int, word: _Word) -> Taken:
    hub.orders.hold(connection, [key])
    head = hub.orders.by_key(connection, key)
    if head is None or head.kind is not Kind.PURCHASE:
        return Taken(None, problem=Problem("ORDER_UNKNOWN", document=str(key)))
    known = {each.n for each in hub.orders.lines_of(connection, key, head.revision)}
    if strange := next((n for n in word.lines if n not in known), None):
        unknown = Problem("ORDER_LINE_UNKNOWN", document=head.id, row=strange, value=str(strange))
        return Taken(key, head.revision, head.state, unknown)
    was = hub.order_answers.lines(connection, key, word.status)
    if head.state is word.status and word.lines in ({}, was):
        return Taken(key, head.revision, head.state)
    if problem := said(hub, connection, head, word.status, word.by, word.revision, note=word.reason or None):
        return Taken(key, head.revision, head.state, problem)
    hub.order_answers.put(connection, key, word.status, word.lines)
    hub.orders.set_head(connection, key, known=True, **({"document_number": word.number} if word.number else {}))
    if word.reason:
        hub.orders.set_revision(connection, key, head.revision, reason=word.reason[:1000])
    return Taken(key, head.revision, hub.orders.by_key(connection, key).state, changed=True)


def _found(hub: "Hub", connection: "Connection", order_id: str) -> "Head | None":
    hub.locks.take_turn(connection, hub.locks.of_order(hub.orders.MANUFACTURER, order_id))
    found: Head | None = hub.orders.find(connection, hub.orders.MANUFACTURER, order_id)
    if found:
        hub.orders.hold(connection, [found.key])
        found = hub.orders.by_key(connection, found.key)
    return found


def _normal(order: TransferOrder) -> TransferOrder:
    """Codes as the store compares them, lines in their order."""
    lines = tuple(
        replace(line, product=normal_code(line.product), unit=normal_code(line.unit) if line.unit else None)
        for line in sorted(order.lines, key=lambda each: each.n)
    )
    party = normal_code(order.party) if order.party else None
    return replace(order, id=normal_code(order.id), outlet=normal_code(order.outlet), party=party, lines=lines)


def _in(hub: "Hub", connection: "Connection | None", step: "Callable[[Connection], Taken]") -> Taken:
    return step(connection) if connection is not None else _alone(hub, step)


@repeated
def _alone(hub: "Hub", step: "Callable[[Connection], Taken]") -> Taken:
    with hub.exchange.writing() as connection:
        return step(connection)


@contextmanager
def _view(hub: "Hub", connection: "Connection | None") -> "Iterator[Connection]":
    if connection is not None:
        yield connection
        return
    with hub.exchange.reading() as own:
        yield own
