"""Transfer orders that reconciliation has not heard of yet, and those that it has."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, update

from connectors.database.order_tables import order_head, order_line, order_revision, order_translated
from gateway.domain.order import State

AT_ONCE = 200


def untold(connection: Connection) -> list[tuple[Any, list[Any]]]:
    """Some orders, each with its last translated lines (sku, ours, amount)."""
    current = and_(order_revision.c.order == order_head.c.key, order_revision.c.revision == order_head.c.revision)
    columns = [order_head.c[name] for name in ("key", "id", "party", "state", "revision", "changed_at")]
    statement = select(*columns, order_revision.c.date, order_revision.c.outlet)
    statement = statement.select_from(order_head.join(order_revision, current))
    waits = order_head.c.state.not_in((State.RECEIVED, State.HELD))
    found = connection.execute(statement.where(order_head.c.untold, waits).limit(AT_ONCE)).all()
    lines: dict[int, list[Any]] = {row.key: [] for row in found}
    for line in connection.execute(_lines(list(lines))):
        lines[line.order].append(line)
    return [(row, lines[row.key]) for row in found]


def told(connection: Connection, orders: Sequence[tuple[int, datetime]]) -> None:
    """(order, when it changed last as it was told): one that has changed since is told again."""
    same = (order_head.c.key == bindparam("its_key"), order_head.c.changed_at == bindparam("its_change"))
    rows = [{"its_key": key, "its_change": changed_at} for key, changed_at in orders]
    connection.execute(update(order_head).where(*same).values(untold=False), rows)


def _lines(orders: list[int]) -> Any:
    done = order_translated.c
    last = select(done.order, func.max(done.revision).label("revision")).where(done.order.in_(orders))
    newest = last.group_by(done.order).subquery("newest")
    came = and_(order_line.c.order == done.order, order_line.c.revision == done.revision, order_line.c.n == done.n)
    source = order_translated.join(newest, and_(done.order == newest.c.order, done.revision == newest.c.revision))
    statement = select(done.order, done.sku, done.ours, order_line.c.amount).select_from(source.join(order_line, came))
    return statement.order_by(done.order, done.n)
