"""Batches of offered orders: given to a site, leased, the same again until it is acknowledged or its lease runs out."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, insert, select, update

from connectors.database.order_tables import order_batch, order_batch_item, order_head, order_revision
from connectors.database.orders import hold as hold_orders
from connectors.database.orders import hold_those
from gateway.domain.order import Kind, State


@dataclass(frozen=True)
class Batch:
    id: str
    made_at: datetime
    lease_until: datetime
    more: bool
    acknowledged: bool
    ended: bool


def open_batch(connection: Connection, site: int) -> Batch | None:
    """The batch that a site has been given and not acknowledged yet, be its lease over or not."""
    statement = select(order_batch).where(order_batch.c.site == site, order_batch.c.ended_at.is_(None))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _batch(row)


def find(connection: Connection, site: int, batch: str) -> Batch | None:
    """A site's own batch, ended or not."""
    statement = select(order_batch).where(order_batch.c.site == site, order_batch.c.id == batch)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _batch(row)


def is_any_offered(connection: Connection, site: int) -> bool:
    return bool(connection.execute(select(1).where(exists().where(*_offered(site)))).first())


def offered(connection: Connection, site: int, limit: int) -> tuple[Sequence[Any], bool]:
    """(key, revision) of the orders that wait for a site, in the order in which they were offered; they are held.

    And whether others may wait beside them.
    """
    statement = select(order_head.c.key, order_head.c.revision).where(*_offered(site))
    waiting = connection.scalars(statement.order_by(order_head.c.offered).limit(limit + 1)).all()
    hold_orders(connection, waiting[:limit])
    still = statement.where(order_head.c.key.in_(waiting[:limit]))
    return connection.execute(still.order_by(order_head.c.offered)).all(), len(waiting) > limit


def make(
    connection: Connection, site: int, orders: Sequence[tuple[int, int]], more: bool, now: datetime, lease: timedelta
) -> Batch:
    """A batch of these orders, in their current revisions."""
    batch = Batch(secrets.token_hex(16), now, now + lease, more, acknowledged=False, ended=False)
    values = {"id": batch.id, "site": site, "made_at": now, "lease_until": batch.lease_until}
    connection.execute(insert(order_batch), {**values, "acknowledged": False, "more": more})
    rows = [{"batch": batch.id, "order": order, "revision": revision} for order, revision in orders]
    connection.execute(insert(order_batch_item), rows)
    connection.execute(
        update(order_revision)
        .where(order_revision.c.order == bindparam("its_order"), order_revision.c.revision == bindparam("its_revision"))
        .values(batch=batch.id),
        [{"its_order": order, "its_revision": revision} for order, revision in orders],
    )
    return batch


def texts(connection: Connection, batch: str) -> list[str]:
    """The orders of a batch as they are given."""
    source = order_batch_item.join(order_revision, _REVISION_OF_ITEM)
    statement = select(order_revision.c.offer).select_from(source).where(order_batch_item.c.batch == batch)
    return list(connection.scalars(statement.order_by(order_batch_item.c.order)))


def items(connection: Connection, batch: str) -> Sequence[Any]:
    """The orders of a batch as heads, with the revision that was given and what was said of it since."""
    source = order_batch_item.join(order_revision, _REVISION_OF_ITEM).join(
        order_head, order_head.c.key == order_batch_item.c.order
    )
    given = order_batch_item.c.revision.label("given")
    columns = (given, order_revision.c.cancels, order_revision.c.before, order_revision.c.answered_at)
    statement = select(order_head, *columns).select_from(source).where(order_batch_item.c.batch == batch)
    return connection.execute(statement.order_by(order_batch_item.c.order)).all()


def hold(connection: Connection, batch: str) -> None:
    """Nobody else moves the orders of a batch until the commit."""
    hold_those(
        connection, order_head.c.key.in_(select(order_batch_item.c.order).where(order_batch_item.c.batch == batch))
    )


def end(connection: Connection, batch: str, acknowledged: bool, now: datetime) -> None:
    values = {"ended_at": now, "acknowledged": acknowledged}
    connection.execute(update(order_batch).where(order_batch.c.id == batch).values(values))


def expired(connection: Connection, now: datetime) -> Sequence[Any]:
    """(id, site) of batches whose lease is over."""
    which = (order_batch.c.ended_at.is_(None), order_batch.c.lease_until <= now)
    return connection.execute(select(order_batch.c.id, order_batch.c.site).where(*which)).all()


def put_answers(connection: Connection, answers: Sequence[dict[str, Any]]) -> None:
    """What a site said of revisions: `its_order`, `its_revision`, answered_at, accepted, reason."""
    same = (order_revision.c.order == bindparam("its_order"), order_revision.c.revision == bindparam("its_revision"))
    if answers:
        connection.execute(update(order_revision).where(*same), list(answers))


def put_documents(connection: Connection, documents: Sequence[dict[str, Any]]) -> None:
    """The other side's documents: `its_key`, document_id, document_number."""
    if documents:
        connection.execute(update(order_head).where(order_head.c.key == bindparam("its_key")), list(documents))


_REVISION_OF_ITEM = and_(
    order_revision.c.order == order_batch_item.c.order, order_revision.c.revision == order_batch_item.c.revision
)


def _offered(site: int) -> tuple[Any, ...]:
    return order_head.c.site == site, order_head.c.kind == Kind.TRANSFER, order_head.c.state == State.OFFERED


def _batch(row: Any) -> Batch:
    return Batch(row.id, row.made_at, row.lease_until, bool(row.more), bool(row.acknowledged), row.ended_at is not None)
