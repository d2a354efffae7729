"""Use case: what loaded packets say of orders: purchase orders come in, statuses and shipments move transfer orders on.

A packet's documents are seen to some hundred at a time; how far, is of the same commit as what they led to.
A packet over which that fails is tried again later, with those of its site that follow; other sites' go on.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Busy
from gateway.domain.order import OrderLine, State
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.ordering_steps import called_off, illegal, revised, said
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from connectors.database.order_news import News
    from gateway.wiring import Hub

WAREHOUSE = "warehouse"
LOOK_AGAIN = timedelta(minutes=5)
MADE_BY = 200


def match_next(hub: "Hub") -> bool:
    """Sees to some documents of the packet that was loaded first; False where there is none."""
    with hub.exchange.reading() as connection:
        news = hub.order_news.next_news(connection, hub.clock())
    if news is None:
        return False
    try:
        _matched(hub, news)
    except Busy:
        raise
    except Exception as error:
        _put_off(hub, news, error)
    return True


@repeated
def _put_off(hub: "Hub", news: "News", error: Exception) -> None:
    hub.log.error("a packet's orders failed", packet=news.id, exc_info=error)
    with hub.exchange.writing() as connection:
        hub.order_news.put_off(connection, news, hub.clock() + LOOK_AGAIN)


@repeated
def _matched(hub: "Hub", first: "News") -> None:
    with hub.exchange.writing(beside=WAREHOUSE) as connection:
        hub.locks.take_turn(connection, hub.locks.ORDERS)
        hub.order_news.forget_foreign(connection)
        news = hub.order_news.next_news(connection, hub.clock())
        if news is None or news.packet != first.packet:  # another process has seen to it
            return
        sender = hub.parties.sender(connection, news.site)
        done = None
        if news.feed == hub.order_news.ORDERS:
            done = _purchases(hub, connection, news, sender)
        elif news.feed == hub.order_news.STATUSES:
            _statuses(hub, connection, news, sender)
        else:
            _shipments(hub, connection, news, sender)
        hub.order_news.settle(connection, news, done)


def _purchases(hub: "Hub", connection: "Connection", news: "News", sender: Sender) -> int | None:
    rows = hub.order_news.purchase_orders(connection, news)
    lines = hub.order_news.lines_of(connection, [row.key for row in rows])
    since = hub.clock().date() - timedelta(days=hub.settings.order_days)
    new = [(row, lines[row.key]) for row in rows if row.head is None and not row.deleted and row.date >= since]
    if new:
        hub.order_news.add_purchase_orders(connection, news.site, new, _name(sender), news, hub.clock())
    known = [row for row in rows if row.head is not None]
    hub.orders.hold(connection, [row.head for row in known])
    for row in known:
        _changed(hub, connection, news, sender, row, lines[row.key])
    return rows[-1].key if len(rows) == hub.order_news.AT_ONCE else None


def _changed(
    hub: "Hub", connection: "Connection", news: "News", sender: Sender, row: Any, lines: tuple[OrderLine, ...]
) -> None:
    """A purchase order that came before: called off, changed, or the same as it was."""
    head, by = hub.orders.by_key(connection, row.head), _name(sender)
    assert head
    if row.deleted:
        called_off(hub, connection, head, by, "", packet=news.id)
        return
    told = hub.order_news.columns_of(row)
    was = hub.orders.revision_of(connection, head.key, head.revision)
    same = all(getattr(was, name) == value for name, value in told.items()) and not was.cancels
    if same and hub.orders.lines_of(connection, head.key, head.revision) == lines:
        return
    if illegal(hub, connection, head, State.RECEIVED, by, packet=news.id) is None:
        revised(hub, connection, head, by, lines, told | {"packet": news.packet}, packet=news.id)


def _statuses(hub: "Hub", connection: "Connection", news: "News", sender: Sender) -> None:
    rows = hub.order_news.statuses(connection, news)
    hub.orders.hold(connection, [row.head for row in rows if row.head is not None])
    for row in rows:
        if row.head is None:
            unknown = hub.problems.wording(Problem("ORDER_UNKNOWN", document=row.number), sender.language)
            hub.notices.add_notice(connection, sender.site, "ORDER_UNKNOWN", unknown.message, news.id, hub.clock())
            continue
        if hub.orders.is_taken(connection, row.head, source := f"{sender.site} {row.identity}"):
            continue
        head = hub.orders.by_key(connection, row.head)
        note = " ".join(part for part in (row.reason, row.shipment) if part) or None
        step = {"packet": news.id, "note": note, "source": source}
        problem = said(hub, connection, head, State(row.status), _name(sender), row.revision, **step)
        if problem is None and row.sender_number:
            hub.orders.set_head(connection, row.head, document_number=row.sender_number)


def _shipments(hub: "Hub", connection: "Connection", news: "News", sender: Sender) -> None:
    """Each shipment is a step, once; the goods themselves are counted from the facts."""
    rows = hub.order_news.shipments(connection, news)
    hub.orders.hold(connection, [row.head for row in rows])
    for row in rows:
        if hub.orders.is_taken(connection, row.head, source := f"shipment {sender.site} {row.identity}"):
            continue
        head = hub.orders.by_key(connection, row.head)
        step = {"packet": news.id, "note": row.number, "source": source}
        said(hub, connection, head, State.SHIPPED, _name(sender), **step)


def _name(sender: Sender) -> str:
    return f"{sender.party_code}/{sender.site_code}"[:MADE_BY]
