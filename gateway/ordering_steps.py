"""The moves that every use case of orders makes: a revision more, a calling off, a step that may not be."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.domain.order import BEFORE_PULL, Kind, State, Taken, is_on_its_way, may
from gateway.domain.problem import Problem

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from connectors.database.orders import Head
    from gateway.wiring import Hub

KEPT = ("number", "date", "outlet", "named_party", "their_outlet", "agreement", "currency")
"""What a revision that cancels says again."""


def revised(
    hub: "Hub",
    connection: "Connection",
    head: "Head",
    by: str,
    lines: Sequence[Any],
    told: dict[str, Any],
    **step: str | None,
) -> Taken:
    """A revision more, to be translated and offered; `told` are its columns, `step` the step's packet and note."""
    number = hub.orders.add_revision(connection, head, by, hub.clock(), lines, **told)
    hub.orders.go(connection, head, State.RECEIVED, by, hub.clock(), number, **step)
    return Taken(head.key, number, State.RECEIVED, changed=True)


def called_off(
    hub: "Hub", connection: "Connection", head: "Head", by: str, reason: str, packet: str | None = None
) -> Taken:
    """At once where nobody has the order yet (or who had it has rejected it), else by a revision that cancels."""
    revision = hub.orders.revision_of(connection, head.key, head.revision)
    if head.state is State.CANCELLED or (revision.cancels and head.state in {*BEFORE_PULL, State.PULLED}):
        return Taken(head.key, head.revision, head.state)
    step = {"note": reason or None, "packet": packet}
    if head.state is State.REJECTED or (head.state in BEFORE_PULL and not head.known):
        key = hub.orders.go(connection, head, State.CANCELLED, by, hub.clock(), **step)
        if head.kind is Kind.PURCHASE:  # the ERP may have read it
            hub.orders.set_head(connection, head.key, offered=key)
        return Taken(head.key, head.revision, State.CANCELLED, changed=True)
    if problem := illegal(hub, connection, head, State.CANCELLED, by, **step):
        return Taken(head.key, head.revision, head.state, problem)
    told = {name: getattr(revision, name) for name in KEPT} | {"cancels": True, "comment": reason[:1000] or None}
    return revised(hub, connection, head, by, (), told, **step)


def said(
    hub: "Hub",
    connection: "Connection",
    head: "Head",
    status: State,
    by: str,
    revision: int | None = None,
    **step: str | None,
) -> Problem | None:
    """What the other side says of an order moves it; of a revision before the one under way, it is kept for that's end.

    What may not be is written down as refused, and told.
    """
    if not is_on_its_way(head.state, head.known, head.revision, revision):
        if head.state is not status and (problem := illegal(hub, connection, head, status, by, **step)):
            return problem
        hub.orders.go(connection, head, status, by, hub.clock(), **step)
        return None
    current = hub.orders.revision_of(connection, head.key, head.revision)
    before = State(current.before)
    earlier = replace(head, state=before, revision=revision or head.revision - 1)
    if before is not status and (problem := illegal(hub, connection, earlier, status, by, **step)):
        return problem
    hub.orders.tell(connection, earlier, status, by, hub.clock(), **step)
    hub.orders.set_revision(connection, head.key, head.revision, before=status)
    return None


def illegal(
    hub: "Hub", connection: "Connection", head: "Head", to: State, by: str, **step: str | None
) -> Problem | None:
    """What is wrong with going there, written down as refused; None where it may be."""
    if may(head.kind, head.state, to, head.known):
        return None
    hub.orders.refuse(connection, head, to, by, hub.clock(), **step)
    return Problem("ORDER_TRANSITION", document=head.id, params={"held": head.state, "said": to})
