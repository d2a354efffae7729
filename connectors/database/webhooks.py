"""Webhooks and their calls: written with what they tell of, claimed by who sends them, kept until they are done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, String, cast, delete, exists, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from connectors.database.erp_tables import call, webhook
from connectors.database.order_tables import order_head, order_step
from connectors.database.prepared import Prepared
from connectors.database.types import Instant, Text
from gateway.domain.errors import Misuse
from gateway.domain.webhook import Call, Event, Webhook

SETTLING = timedelta(seconds=30)
STEP = "order-step-"
"""Begins the ids of events that are steps of orders."""


def add(connection: Connection, name: str, url: str, secret: str, events: Collection[Event], now: datetime) -> None:
    """Raises Misuse where the name is taken."""
    values = {"name": name, "url": url, "secret": secret, "events": " ".join(sorted(events)), "made_at": now}
    try:
        connection.execute(insert(webhook).values(values))
    except IntegrityError as error:
        raise Misuse(f"webhook {name} is there already; those that ended keep their names too") from error


def end(connection: Connection, name: str, now: datetime) -> None:
    """Nothing is called there any more. Raises Misuse where there is none."""
    mine = (webhook.c.name == name, webhook.c.ended_at.is_(None))
    if connection.execute(update(webhook).where(*mine).values(ended_at=now)).rowcount != 1:
        raise Misuse(f"there is no webhook {name}")
    its = select(webhook.c.key).where(webhook.c.name == name).scalar_subquery()
    connection.execute(update(call).where(call.c.webhook == its, call.c.due_at.is_not(None)).values(due_at=None))


def listed(connection: Connection) -> list[tuple[Webhook, int, int]]:
    """Every webhook with the number of its calls that wait, and of those given up."""
    found = []
    for row in connection.execute(select(webhook).order_by(webhook.c.name)).all():
        mine = select(call.c.due_at).where(call.c.webhook == row.key, call.c.done_at.is_(None))
        waiting = [each is not None for each in connection.scalars(mine)]
        found.append((_webhook(row), sum(waiting), len(waiting) - sum(waiting)))
    return found


def retry(connection: Connection, name: str, now: datetime) -> int:
    """Calls that were given up are due again; how many."""
    its = select(webhook.c.key).where(webhook.c.name == name, webhook.c.ended_at.is_(None)).scalar_subquery()
    given_up = (call.c.webhook == its, call.c.done_at.is_(None), call.c.due_at.is_(None))
    return connection.execute(update(call).where(*given_up).values(due_at=now, tries=0)).rowcount


def tell(connection: Connection, event: Event, bodies: Mapping[str, str], now: datetime) -> None:
    """Writes a call of each event (id → body) for every webhook that asks for its kind, unless it is written."""
    if not bodies:
        return
    asking = [each.key for each in _standing(connection) if event in each.events]
    for name, body in bodies.items() if asking else ():
        known = exists().where(call.c.webhook == webhook.c.key, call.c.event == name)
        values = {"event": literal(name), "body": literal(body, Text), "tries": literal(0)}
        values |= {each: literal(now, Instant) for each in ("made_at", "due_at")}
        new = select(webhook.c.key, *values.values()).where(webhook.c.key.in_(asking), ~known)
        connection.execute(insert(call).from_select(["webhook", *values], new))


def wanted(connection: Connection) -> frozenset[Event]:
    """What any webhook asks for."""
    return frozenset(event for each in _standing(connection) for event in each.events)


def any_due(connection: Connection, now: datetime) -> bool:
    return connection.scalar(select(call.c.key).where(call.c.due_at <= now).limit(1)) is not None


def claimed(connection: Connection, now: datetime, until: datetime, limit: int) -> list[Call]:
    """Calls that are due, the oldest first; nobody else gets them until then."""
    due = _CALLS.where(call.c.due_at <= now).order_by(call.c.due_at, call.c.key).limit(limit)
    found = []
    for row in connection.execute(due).all():
        mine = (call.c.key == row.call, call.c.due_at == row.due_at)
        taken = update(call).where(*mine).values(due_at=until, tries=row.tries + 1)
        if connection.execute(taken).rowcount == 1:
            found.append(Call(row.call, _webhook(row), row.event, row.body, row.tries + 1, until))
    return found


def done(connection: Connection, sent: Call, now: datetime) -> None:
    connection.execute(update(call).where(call.c.key == sent.key).values(done_at=now, due_at=None, failure=None))


def failed(connection: Connection, tried: Call, failure: str, due_at: datetime | None) -> None:
    """Due again later, or given up. Who has claimed it meanwhile goes on with it."""
    mine = (call.c.key == tried.key, call.c.due_at == tried.due_at)
    connection.execute(update(call).where(*mine).values(failure=failure[:500], due_at=due_at))


def forget(connection: Connection, before: datetime) -> None:
    """Drops calls that were done before."""
    connection.execute(delete(call).where(call.c.done_at < before))


def untold_steps(connection: Connection, position: int, kinds: Collection[str], limit: int) -> Sequence[Any]:
    """Steps of orders of these kinds after a row of their journal of which no call is written, the oldest first."""
    told = exists().where(call.c.event == literal(STEP) + cast(order_step.c.key, String(20)))
    which = (order_step.c.key > position, ~order_step.c.refused, order_head.c.kind.in_(kinds), ~told)
    return connection.execute(_STEPS.where(*which).order_by(order_step.c.key).limit(limit)).all()


def steps_after(connection: Connection, position: int, limit: int, now: datetime) -> Sequence[Any]:
    """Steps of orders after a row of their journal, the oldest first.

    SQL Server may commit a key before a lower one: there the last ones wait until all before them must be seen.
    """
    lag = SETTLING if connection.dialect.name == "mssql" else timedelta(0)
    which = (order_step.c.key > position, ~order_step.c.refused, order_step.c.at <= now - lag)
    return connection.execute(_STEPS.where(*which).order_by(order_step.c.key).limit(limit)).all()


def last_step(connection: Connection, before: datetime | None = None) -> int:
    """Of the orders' journal: its last row, or the last that was written before."""
    statement = select(func.max(order_step.c.key))
    return connection.scalar(statement.where(order_step.c.at < before) if before else statement) or 0


_CALLS = select(webhook, call.c.key.label("call"), call.c.event, call.c.body, call.c.tries, call.c.due_at).join(
    webhook, webhook.c.key == call.c.webhook
)


_STEPS = select(
    *(order_step.c.key, order_step.c.at, order_step.c.state, order_step.c.revision),
    *(order_head.c.key.label("order"), order_head.c.id, order_head.c.kind),
).join(order_head, order_head.c.key == order_step.c.order)


def _standing(connection: Connection) -> list[Webhook]:
    return [_webhook(row) for row in _STANDING.rows(connection, {})]


_STANDING = Prepared(select(webhook).where(webhook.c.ended_at.is_(None)))


def _webhook(row: Row[Any]) -> Webhook:
    events = frozenset(Event(each) for each in row.events.split())
    return Webhook(row.key, row.name, row.url, row.secret, events, row.ended_at)
