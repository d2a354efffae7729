"""What loaded packets say of orders: purchase orders, statuses of transfer orders, shipments for them.

A packet is noted in the commit in which the journal learns of its load, and stays noted until all of it is seen to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, and_, delete, exists, insert, or_, select, update

from connectors.database.facts import FACTS, distributor_code
from connectors.database.journal import Journalled
from connectors.database.order_tables import order_head, order_line, order_news, order_revision, order_step
from connectors.database.prepared import insertion
from connectors.database.tables import packet
from gateway.domain.order import Kind, OrderLine, State

ORDERS, STATUSES, SHIPMENTS = "orders", "order-statuses", "shipments"
AT_ONCE = 500
_ORDER, _LINE = FACTS[ORDERS].document, cast(Table, FACTS[ORDERS].row)
_STATUS = FACTS[STATUSES].document
_SHIPMENT = FACTS[SHIPMENTS].document
_NOTED = insertion(order_news)
TOLD = ("number", "date", "wanted", "place", "agreement", "comment", "currency")
"""A purchase order's words, the same in facts and in revisions."""


@dataclass(frozen=True)
class News:
    """A packet whose documents after `done` are to be seen to; `id` is the sender's."""

    packet: int
    id: str
    feed: str
    site: int
    done: int


def note(connection: Connection, loaded: Journalled) -> None:
    """A packet's facts are there; nothing where its feed does not speak of orders."""
    if loaded.feed in (ORDERS, STATUSES, SHIPMENTS):
        values = {"packet": loaded.key, "feed": loaded.feed, "site": loaded.site, "done": 0, "look_at": None}
        _NOTED.run(connection, values)


def next_news(connection: Connection, now: datetime) -> News | None:
    """The packet that was noted first, of the sites for whose packets nobody has to wait."""
    source = order_news.join(packet, packet.c.key == order_news.c.packet)
    failed = order_news.alias("failed")
    rests = exists().where(failed.c.site == order_news.c.site, failed.c.look_at > now)
    statement = select(order_news, packet.c.packet_id).select_from(source).where(~rests)
    statement = statement.order_by(order_news.c.packet).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else News(row.packet, row.packet_id, row.feed, row.site, row.done)


def forget_foreign(connection: Connection) -> int:
    """Shipments of sites that nobody has given a transfer order; how many packets there were."""
    given = exists().where(order_head.c.site == order_news.c.site, order_head.c.kind == Kind.TRANSFER)
    return connection.execute(delete(order_news).where(order_news.c.feed == SHIPMENTS, ~given)).rowcount


def put_off(connection: Connection, news: News, look_at: datetime) -> None:
    """Its site's packets wait so long: each is seen to after those before it."""
    connection.execute(update(order_news).where(order_news.c.packet == news.packet).values(look_at=look_at))


def settle(connection: Connection, news: News, done: int | None) -> None:
    """So far the packet's documents are seen to; None: all of them."""
    mine = order_news.c.packet == news.packet
    connection.execute(
        delete(order_news).where(mine) if done is None else update(order_news).where(mine).values(done=done)
    )


def purchase_orders(connection: Connection, news: News) -> Sequence[Any]:
    """Orders that a packet brought, beside the heads of those that are known: the next few."""
    known = and_(order_head.c.origin == _ORDER.c.site, order_head.c.id == _ORDER.c.identity)
    columns = [_ORDER.c[name] for name in ("key", "party", "identity", "organization", "deleted", *TOLD)]
    statement = select(*columns, order_head.c.key.label("head")).select_from(_ORDER.outerjoin(order_head, known))
    statement = statement.where(_ORDER.c.packet == news.packet, _ORDER.c.key > news.done)
    return connection.execute(statement.order_by(_ORDER.c.key).limit(AT_ONCE)).all()


def lines_of(connection: Connection, documents: Sequence[int]) -> dict[int, tuple[OrderLine, ...]]:
    """Lines as they were sent, by the key of their document."""
    source = _LINE.join(distributor_code, distributor_code.c.key == _LINE.c.product)
    columns = (_LINE.c.document, _LINE.c.n, distributor_code.c.code, *(_LINE.c[name] for name in _FIGURES))
    statement = select(*columns).select_from(source).where(_LINE.c.document.in_(documents))
    found: dict[int, list[OrderLine]] = {key: [] for key in documents}
    for row in connection.execute(statement.order_by(_LINE.c.document, _LINE.c.n)):
        found[row.document].append(OrderLine(row.n, row.code, row.quantity, row.unit, row.price, row.amount))
    return {key: tuple(lines) for key, lines in found.items()}


_FIGURES = ("quantity", "unit", "price", "amount")


def add_purchase_orders(
    connection: Connection,
    site: int,
    orders: Sequence[tuple[Any, tuple[OrderLine, ...]]],
    by: str,
    news: News,
    now: datetime,
) -> None:
    """New orders of a site, all in a few statements: each in its first revision."""
    heads = [
        {
            "kind": Kind.PURCHASE,
            "origin": site,
            "id": row.identity,
            "party": row.party,
            "site": site,
            "organization": row.organization,
            "revision": 1,
            "state": State.RECEIVED,
            "received_at": now,
            "changed_at": now,
            "known": False,
            "seen_change": 0,
            "untold": False,
        }
        for row, _ in orders
    ]
    connection.execute(insert(order_head), heads)
    ids = [row.identity for row, _ in orders]
    mine = select(order_head.c.id, order_head.c.key).where(order_head.c.origin == site, order_head.c.id.in_(ids))
    keys = {row.id: row.key for row in connection.execute(mine)}
    fixed = {"revision": 1, "received_at": now, "received_by": by, "packet": news.packet, "cancels": False}
    revisions = [{"order": keys[row.identity], **fixed, **columns_of(row)} for row, _ in orders]
    connection.execute(insert(order_revision), revisions)
    lines = [{"order": keys[row.identity], "revision": 1, **vars(line)} for row, found in orders for line in found]
    if lines:
        connection.execute(insert(order_line), lines)
    step = {"revision": 1, "at": now, "state": State.RECEIVED, "made_by": by, "packet": news.id, "refused": False}
    connection.execute(insert(order_step), [{"order": keys[row.identity], **step} for row, _ in orders])


def columns_of(row: Any) -> dict[str, Any]:
    """A purchase order's words as columns of its revision."""
    return {name: getattr(row, name) for name in TOLD}


def statuses(connection: Connection, news: News) -> Sequence[Any]:
    """What a packet says of orders, as it came about; `head` is None where the party was given no such order."""
    names = ("key", "identity", "happened_at", "revision", "status", "reason", "shipment", "sender_number")
    columns = [_STATUS.c[name] for name in names]
    known = and_(order_head.c.origin == 0, order_head.c.id == _STATUS.c.number, order_head.c.party == _STATUS.c.party)
    source = _STATUS.outerjoin(order_head, known)
    statement = select(*columns, _STATUS.c.number, order_head.c.key.label("head")).select_from(source)
    statement = statement.where(_STATUS.c.packet == news.packet, ~_STATUS.c.deleted)
    return connection.execute(statement.order_by(_STATUS.c.happened_at, _STATUS.c.key)).all()


def shipments(connection: Connection, news: News) -> Sequence[Any]:
    """Sales of a packet that name an order which the party was given."""
    known = and_(
        order_head.c.origin == 0, order_head.c.id == _SHIPMENT.c.order, order_head.c.party == _SHIPMENT.c.party
    )
    sold = or_(_SHIPMENT.c.kind.is_(None), _SHIPMENT.c.kind == "sale")
    columns = (_SHIPMENT.c.key, _SHIPMENT.c.identity, _SHIPMENT.c.number, order_head.c.key.label("head"))
    statement = select(*columns).select_from(_SHIPMENT.join(order_head, known))
    statement = statement.where(_SHIPMENT.c.packet == news.packet, ~_SHIPMENT.c.deleted, sold)
    return connection.execute(statement.order_by(_SHIPMENT.c.date, _SHIPMENT.c.key)).all()
