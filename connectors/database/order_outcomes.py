"""What the translation of some orders leads to: lines, problems, offers, states and steps, in a few statements."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from connectors.database.order_tables import (
    order_head,
    order_problem,
    order_revision,
    order_step,
    order_translated,
)
from connectors.database.prepared import insertion
from gateway.domain.order import Kind, State
from gateway.domain.order_translation import Translated
from gateway.domain.problem import Problem

Place = tuple[int, int]
"""An order's key and its revision."""


def put_routes(connection: Connection, routes: Sequence[dict[str, Any]]) -> None:
    """Who gets the orders (`its_key`, party, site, organization)."""
    connection.execute(update(order_head).where(order_head.c.key == bindparam("its_key")), list(routes))


def put_lines(connection: Connection, lines: Sequence[tuple[Place, Translated]]) -> None:
    _LINE.many(connection, [_line(place, each) for place, each in lines])


def drop_lines(connection: Connection, places: Sequence[Place]) -> None:
    """Of orders that are translated anew."""
    same = (
        order_translated.c.order == bindparam("its_order"),
        order_translated.c.revision == bindparam("its_revision"),
    )
    if places:
        connection.execute(delete(order_translated).where(*same), _named(places))


_LINE = insertion(order_translated)


def put_problems(
    connection: Connection, places: Sequence[Place], problems: Sequence[tuple[Place, Problem, str]]
) -> None:
    """In place of what the earlier tries for these orders found."""
    same = (order_problem.c.order == bindparam("its_order"), order_problem.c.revision == bindparam("its_revision"))
    if places:
        connection.execute(delete(order_problem).where(*same), _named(places))
    numbers: dict[Place, int] = {}
    rows = []
    for place, problem, severity in problems:
        numbers[place] = numbers.get(place, 0) + 1
        rows.append(
            {
                "order": place[0],
                "revision": place[1],
                "number": numbers[place],
                "n": problem.row,
                "code": problem.code,
                "severity": severity,
                "field": problem.field,
                "value": problem.value,
                "params": json.dumps(dict(problem.params), ensure_ascii=False) if problem.params else None,
            }
        )
    if rows:
        connection.execute(insert(order_problem), rows)


def put_offers(connection: Connection, offers: Sequence[tuple[Place, str | None, str | None]]) -> None:
    """The distributor's code of the outlet, and the order as he will get it."""
    same = (order_revision.c.order == bindparam("its_order"), order_revision.c.revision == bindparam("its_revision"))
    changed = update(order_revision).where(*same)
    rows = [
        {"its_order": order, "its_revision": revision, "their_outlet": outlet, "offer": text}
        for (order, revision), outlet, text in offers
    ]
    if rows:
        connection.execute(changed, rows)


def put_steps(
    connection: Connection,
    steps: Sequence[tuple[Place, State, str | None]],
    by: str,
    now: datetime,
    packet: str | None = None,
) -> None:
    """(order, state, note), in the order in which they are made."""
    fixed = {"at": now, "made_by": by, "refused": False, "packet": packet}
    rows = [
        {"order": order, "revision": revision, "state": state, "note": note, **fixed}
        for (order, revision), state, note in steps
    ]
    if rows:
        connection.execute(insert(order_step), rows)


def put_states(connection: Connection, keys: Sequence[int], state: State, now: datetime, **more: Any) -> None:
    """Where the orders stand now; those that are offered get the step by which they were."""
    if not keys:
        return
    transfer = case((order_head.c.kind == Kind.TRANSFER, 1), else_=0)
    values: dict[str, Any] = {"state": state, "changed_at": now, "untold": transfer, **more}
    if state is State.OFFERED:
        its = (order_step.c.order == order_head.c.key, order_step.c.state == State.OFFERED)
        values["offered"] = select(func.max(order_step.c.key)).where(*its).scalar_subquery()
    connection.execute(update(order_head).where(order_head.c.key.in_(keys)).values(values))


def seen(connection: Connection, keys: Sequence[int], last_change: int, look_at: datetime | None) -> None:
    """They were tried again, and nothing is different."""
    if keys:
        values = {"seen_change": last_change, "look_at": look_at}
        connection.execute(update(order_head).where(order_head.c.key.in_(keys)).values(values))


def problems_of(connection: Connection, keys: Sequence[int]) -> dict[Place, list[tuple[str, int | None, str | None]]]:
    """(code, line, value) of the problems that stand, by order and revision."""
    found: dict[Place, list[tuple[str, int | None, str | None]]] = {}
    statement = select(order_problem).where(order_problem.c.order.in_(keys))
    for row in connection.execute(statement.order_by(order_problem.c.order, order_problem.c.number)):
        found.setdefault((row.order, row.revision), []).append((row.code, row.n, row.value))
    return found


def _named(places: Sequence[Place]) -> list[dict[str, int]]:
    return [{"its_order": order, "its_revision": revision} for order, revision in places]


def _line(place: Place, each: Translated) -> dict[str, Any]:
    return {
        "order": place[0],
        "revision": place[1],
        "n": each.n,
        "sku": each.sku.key,
        "sku_code": each.sku.code,
        "product": each.product,
        "unit": each.unit,
        "quantity": each.quantity,
        "remainder": each.remainder,
        "ours": each.ours,
        "our_unit": each.sku.unit,
        "numerator": each.times.numerator,
        "denominator": each.times.denominator,
        "price": each.price,
    }
