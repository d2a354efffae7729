"""Orders as they are shown and read on: with their lines in both codes, problems, steps and answers."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from connectors.database.order_tables import (
    order_answer_line,
    order_head,
    order_line,
    order_problem,
    order_revision,
    order_step,
    order_translated,
)
from connectors.database.tables import packet, party, site
from gateway.domain.order import Kind, State
from gateway.domain.problem import Problem


@dataclass(frozen=True)
class Step:
    """When, where to, by whom, by which packet or batch; `refused` says that it was asked for and may not be."""

    key: int
    at: datetime.datetime
    revision: int
    state: State
    made_by: str
    packet: str | None
    note: str | None
    refused: bool


@dataclass(frozen=True)
class Line:
    """A line as it came, and as it goes on where it is translated: `their_quantity` of `their_unit`, and `remainder`.

    `ours` is all of it in the SKU's own unit. `answers` tell how much of it, in that unit, by state.
    """

    n: int
    product: str
    unit: str | None
    quantity: Decimal
    price: Decimal | None
    amount: Decimal | None
    sku: str | None = None
    their_product: str | None = None
    their_unit: str | None = None
    their_quantity: Decimal | None = None
    their_price: Decimal | None = None
    remainder: Decimal | None = None
    ours: Decimal | None = None
    our_unit: str | None = None
    numerator: int | None = None
    denominator: int | None = None
    answers: tuple[tuple[State, Decimal], ...] = ()


@dataclass(frozen=True)
class Order:
    """An order in its current revision. `cursor` is the step by which it was last offered."""

    key: int
    kind: Kind
    id: str
    number: str
    date: datetime.date
    revision: int
    state: State
    changed_at: datetime.datetime
    received_at: datetime.datetime
    party: str | None
    site: str | None
    organization: str | None
    outlet: str | None
    their_outlet: str | None
    wanted: datetime.date | None
    place: str | None
    agreement: str | None
    comment: str | None
    currency: str | None
    cancels: bool
    packet: str | None
    released_by: str | None
    released_reason: str | None
    batch: str | None
    reason: str | None
    document_id: str | None
    document_number: str | None
    cursor: int | None
    lines: tuple[Line, ...] = ()
    problems: tuple[tuple[Problem, str], ...] = ()


_SOURCE = (
    order_head.join(
        order_revision,
        (order_revision.c.order == order_head.c.key) & (order_revision.c.revision == order_head.c.revision),
    )
    .outerjoin(party, party.c.key == order_head.c.party)
    .outerjoin(site, site.c.key == order_head.c.site)
    .outerjoin(packet, packet.c.key == order_revision.c.packet)
)
_HEAD = ("key", "kind", "id", "revision", "state", "changed_at", "received_at", "organization")
_OTHERS = ("document_id", "document_number")
_REVISION = ("number", "date", "outlet", "their_outlet", "wanted", "place", "agreement", "comment", "currency")
_ANSWER = ("cancels", "released_by", "released_reason", "batch", "reason")
_ORDERS = select(
    *(order_head.c[name] for name in (*_HEAD, *_OTHERS)),
    *(order_revision.c[name] for name in (*_REVISION, *_ANSWER)),
    party.c.code.label("party"),
    site.c.code.label("site"),
    packet.c.packet_id.label("packet"),
    order_head.c.offered.label("cursor"),
).select_from(_SOURCE)


def order(connection: Connection, key: int) -> Order:
    """An order with everything about its current revision."""
    return _filled(connection, [_order(connection.execute(_ORDERS.where(order_head.c.key == key)).one())])[0]


def offered_purchases(connection: Connection, cursor: int, limit: int) -> list[Order]:
    """Purchase orders that were offered after a step, each in its current revision, in that order."""
    which = (order_head.c.kind == Kind.PURCHASE, order_head.c.offered > cursor)
    statement = _ORDERS.where(*which).order_by(order_head.c.offered).limit(limit)
    return _filled(connection, [_order(row) for row in connection.execute(statement)])


def changed_of_site(connection: Connection, site_key: int, since: datetime.datetime | None, limit: int) -> list[Order]:
    """A site's own purchase orders that changed at or after `since`, the oldest change first."""
    which = [order_head.c.kind == Kind.PURCHASE, order_head.c.site == site_key]
    if since is not None:
        which.append(order_head.c.changed_at >= since)
    statement = _ORDERS.where(*which).order_by(order_head.c.changed_at, order_head.c.key).limit(limit)
    return _filled(connection, [_order(row) for row in connection.execute(statement)])


def listed(
    connection: Connection,
    kind: Kind | None = None,
    states: Sequence[State] = (),
    party_key: int | None = None,
    first: datetime.date | None = None,
    last: datetime.date | None = None,
    limit: int = 100,
) -> list[Order]:
    """Orders without their lines, the last changed first."""
    which: list[Any] = []
    if kind:
        which.append(order_head.c.kind == kind)
    if states:
        which.append(order_head.c.state.in_(states))
    if party_key is not None:
        which.append(order_head.c.party == party_key)
    if first:
        which.append(order_revision.c.date >= first)
    if last:
        which.append(order_revision.c.date <= last)
    statement = _ORDERS.where(*which).order_by(order_head.c.changed_at.desc(), order_head.c.key.desc()).limit(limit)
    return [_order(row) for row in connection.execute(statement)]


def steps(connection: Connection, key: int) -> list[Step]:
    """Everything that happened to an order, in order."""
    found = connection.execute(select(order_step).where(order_step.c.order == key).order_by(order_step.c.key))
    return [
        Step(row.key, row.at, row.revision, State(row.state), row.made_by, row.packet, row.note, bool(row.refused))
        for row in found
    ]


def keys_of_id(connection: Connection, order_id: str) -> list[int]:
    """Orders of any giver with this id or, where there is none, with this number."""
    by_id = list(connection.scalars(select(order_head.c.key).where(order_head.c.id == order_id)))
    numbered = select(order_head.c.key).select_from(_SOURCE).where(order_revision.c.number == order_id)
    return by_id or list(connection.scalars(numbered))


def _order(row: Any) -> Order:
    values = dict(row._mapping)
    return Order(**values | {"kind": Kind(row.kind), "state": State(row.state), "cancels": bool(row.cancels)})


def _filled(connection: Connection, orders: list[Order]) -> list[Order]:
    """With lines and problems; several hundred at most."""
    revisions = {each.key: each.revision for each in orders}
    lines: dict[int, list[Line]] = {key: [] for key in revisions}
    problems: dict[int, list[tuple[Problem, str]]] = {key: [] for key in revisions}
    answers: dict[tuple[int, int], list[tuple[State, Decimal]]] = {}
    keys = list(revisions)
    answered = select(order_answer_line).where(order_answer_line.c.order.in_(keys))
    for row in connection.execute(answered.order_by(order_answer_line.c.state)):
        answers.setdefault((row.order, row.n), []).append((State(row.state), row.quantity))
    for row in connection.execute(
        _lines().where(order_line.c.order.in_(keys)).order_by(order_line.c.order, order_line.c.n)
    ):
        if row.revision == revisions[row.order]:
            values = {name: value for name, value in row._mapping.items() if name not in ("order", "revision")}
            lines[row.order].append(Line(**values, answers=tuple(answers.get((row.order, row.n), ()))))
    found = (
        select(order_problem)
        .where(order_problem.c.order.in_(keys))
        .order_by(order_problem.c.order, order_problem.c.number)
    )
    for row in connection.execute(found):
        if row.revision == revisions[row.order]:
            params = json.loads(row.params) if row.params else {}
            problem = Problem(row.code, row=row.n, field=row.field, value=row.value, params=params)
            problems[row.order].append((problem, row.severity))
    return [replace(each, lines=tuple(lines[each.key]), problems=tuple(problems[each.key])) for each in orders]


def _lines() -> Any:
    done, came = order_translated.c, order_line.c
    same = (done.order == came.order) & (done.revision == came.revision) & (done.n == came.n)
    return select(
        *order_line.columns,
        done.sku_code.label("sku"),
        done.product.label("their_product"),
        done.unit.label("their_unit"),
        done.quantity.label("their_quantity"),
        done.price.label("their_price"),
        done.remainder,
        done.ours,
        done.our_unit,
        done.numerator,
        done.denominator,
    ).select_from(order_line.outerjoin(order_translated, same))
