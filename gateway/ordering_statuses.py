"""Use case: tells a distributor's 1C what became of its purchase orders, in its own codes and units."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.domain.order import State
from gateway.domain.order_translation import exact
from gateway.domain.party import Sender
from gateway.domain.problem import Severity

if TYPE_CHECKING:
    from connectors.database.order_reading import Line, Order
    from gateway.wiring import Hub

AT_ONCE = 1000
OVERLAP = timedelta(minutes=1)
"""What is being written while somebody asks is told when he asks next: `until` lies that far back."""


@dataclass(frozen=True)
class LineTold:
    """How much of a line, in the sender's unit; in the SKU's where it comes to no exact number of his."""

    n: int
    product: str
    state: State
    unit: str | None
    quantity: Decimal


@dataclass(frozen=True)
class OrderTold:
    order: "Order"
    reason: str | None
    lines: tuple[LineTold, ...]


def statuses(hub: "Hub", sender: Sender, since: datetime | None) -> tuple[list[OrderTold], datetime]:
    """The site's orders that changed since, the oldest change first; from when on to ask next. Some come twice."""
    until = hub.clock() - OVERLAP
    with hub.exchange.reading() as connection:
        found = hub.order_reading.changed_of_site(connection, sender.site, since, AT_ONCE)
    if len(found) == AT_ONCE:
        until = found[-1].changed_at
    return [_told(hub, each, sender.language) for each in found], until


def _told(hub: "Hub", order: "Order", language: str) -> OrderTold:
    reason = order.reason
    if order.state is State.HELD:
        errors = [problem for problem, severity in order.problems if severity == Severity.ERROR]
        reason = " ".join(hub.problems.wording(each, language).message for each in errors)[:1000]
    return OrderTold(order, reason, tuple(_line(line, *answer) for line in order.lines for answer in line.answers))


def _line(line: "Line", state: State, ours: Decimal) -> LineTold:
    theirs = exact(Fraction(ours) * Fraction(line.quantity) / Fraction(line.ours)) if line.ours else None
    if theirs is None:
        return LineTold(line.n, line.product, state, line.our_unit, ours)
    return LineTold(line.n, line.product, state, line.unit, theirs)
