"""Orders as they come in: heads, revisions and lines; and the steps that an order goes. A step is one row for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from connectors.database.engine import new_key
from connectors.database.order_tables import order_head, order_line, order_revision, order_step
from gateway.domain.order import BEFORE_PULL, Kind, OrderLine, State, TransferOrder

MANUFACTURER = 0
"""In place of the site that a purchase order came from."""
HELD_AT_ONCE = 1000


@dataclass(frozen=True)
class Head:
    """An order and where it stands."""

    key: int
    kind: Kind
    origin: int
    id: str
    revision: int
    state: State
    known: bool
    site: int | None


def find(connection: Connection, origin: int, order_id: str) -> Head | None:
    """The order that its giver knows by this id."""
    return _one(connection, order_head.c.origin == origin, order_head.c.id == order_id)


def by_key(connection: Connection, key: int) -> Head | None:
    return _one(connection, order_head.c.key == key)


def hold(connection: Connection, keys: Sequence[int]) -> None:
    """Nobody else moves these orders until the commit; what is read of them from here on is what they are.

    Where several may write at once, what was read before may have been changed by a revision, a pull or an answer.
    """
    for start in range(0, len(keys), HELD_AT_ONCE):
        hold_those(connection, order_head.c.key.in_(keys[start : start + HELD_AT_ONCE]))


def hold_those(connection: Connection, which: ColumnElement[bool]) -> None:
    """A row that is written is locked, and is read as it was committed last, whatever the isolation of reads."""
    connection.execute(update(order_head).where(which).values(revision=order_head.c.revision))


def add(connection: Connection, kind: Kind, origin: int, order_id: str, now: datetime, **whose: Any) -> Head:
    """An order without a revision yet; `whose` tells party, site and organisation where they are known."""
    values = {
        "kind": kind,
        "origin": origin,
        "id": order_id,
        "revision": 0,
        "state": State.RECEIVED,
        "received_at": now,
        "changed_at": now,
        "known": False,
        "seen_change": 0,
        "untold": kind is Kind.TRANSFER,
        **whose,
    }
    key = new_key(connection.execute(insert(order_head), values))
    return Head(key, kind, origin, order_id, 0, State.RECEIVED, False, whose.get("site"))


def add_revision(
    connection: Connection, head: Head, by: str, now: datetime, lines: Sequence[OrderLine], **told: Any
) -> int:
    """What the order now is; its number. `told` are the revision's columns."""
    number = head.revision + 1
    same = {"order": head.key, "revision": number}
    fixed = {"received_at": now, "received_by": by, "cancels": False, "before": _before(connection, head)}
    connection.execute(insert(order_revision), {**same, **fixed, **told})
    if lines:
        connection.execute(insert(order_line), [{**same, **vars(line)} for line in lines])
    connection.execute(update(order_head).where(order_head.c.key == head.key).values(revision=number))
    return number


def _before(connection: Connection, head: Head) -> State | None:
    """What was said last of the revisions that the other side has."""
    if not head.revision:
        return None
    if head.state in BEFORE_PULL:
        before: State | None = revision_of(connection, head.key, head.revision).before
        return before
    return head.state


def go(
    connection: Connection,
    head: Head,
    to: State,
    by: str,
    now: datetime,
    revision: int | None = None,
    **told: Any,
) -> int:
    """Moves an order on and writes the step down; its key. `told` are the step's packet, note and source."""
    key = _step(connection, head, to, by, now, revision, refused=False, **told)
    connection.execute(update(order_head).where(order_head.c.key == head.key).values(_moved(head, to, now)))
    return key


def _moved(head: Head, to: State, now: datetime) -> dict[str, Any]:
    return {"state": to, "changed_at": now, "untold": head.kind is Kind.TRANSFER}


def tell(connection: Connection, head: Head, state: State, by: str, now: datetime, **told: Any) -> int:
    """Writes down what was said of the order, and moves it nowhere."""
    return _step(connection, head, state, by, now, None, refused=False, **told)


def refuse(
    connection: Connection, head: Head, to: State, by: str, now: datetime, revision: int | None = None, **told: Any
) -> int:
    """Writes down that an order was asked to go where it may not."""
    return _step(connection, head, to, by, now, revision, refused=True, **told)


def is_taken(connection: Connection, order: int, source: str) -> bool:
    """Whether a step was taken from this source already."""
    statement = select(order_step.c.key).where(order_step.c.order == order, order_step.c.source == source)
    return connection.scalar(statement) is not None


def set_head(connection: Connection, order: int, **values: Any) -> None:
    connection.execute(update(order_head).where(order_head.c.key == order).values(values))


def set_revision(connection: Connection, order: int, revision: int, **values: Any) -> None:
    same = (order_revision.c.order == order, order_revision.c.revision == revision)
    connection.execute(update(order_revision).where(*same).values(values))


def revision_of(connection: Connection, order: int, revision: int) -> Any:
    same = (order_revision.c.order == order, order_revision.c.revision == revision)
    return connection.execute(select(order_revision).where(*same)).one()


def lines_of(connection: Connection, order: int, revision: int) -> tuple[OrderLine, ...]:
    same = (order_line.c.order == order, order_line.c.revision == revision)
    found = connection.execute(select(order_line).where(*same).order_by(order_line.c.n))
    return tuple(OrderLine(row.n, row.product, row.quantity, row.unit, row.price, row.amount) for row in found)


def transfer_order(connection: Connection, head: Head) -> TransferOrder:
    """The current revision as it came."""
    row = revision_of(connection, head.key, head.revision)
    return TransferOrder(
        id=head.id,
        number=row.number,
        date=row.date,
        outlet=row.outlet,
        lines=lines_of(connection, head.key, head.revision),
        party=row.named_party,
        wanted=row.wanted,
        agreement=row.agreement,
        comment=row.comment,
        currency=row.currency,
    )


def columns_of(order: TransferOrder) -> dict[str, Any]:
    """A transfer order's words as columns of its revision."""
    names: tuple[str, ...] = ("number", "date", "outlet", "wanted", "agreement", "comment", "currency")
    return {name: getattr(order, name) for name in names} | {"named_party": order.party}


def _one(connection: Connection, *which: Any) -> Head | None:
    row = connection.execute(select(order_head).where(*which)).one_or_none()
    return None if row is None else head_of(row)


def head_of(row: Any) -> Head:
    return Head(row.key, Kind(row.kind), row.origin, row.id, row.revision, State(row.state), bool(row.known), row.site)


def _step(
    connection: Connection, head: Head, state: State, by: str, now: datetime, revision: int | None, **told: Any
) -> int:
    values = {
        "order": head.key,
        "revision": revision or head.revision,
        "at": now,
        "state": state,
        "made_by": by,
        **told,
    }
    if values.get("note"):
        values["note"] = values["note"][:1000]
    return new_key(connection.execute(insert(order_step), values))
