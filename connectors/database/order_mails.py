"""Sites that get their orders by e-mail: where to, as what, and how that fares."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from connectors.database.order_tables import order_batch, order_head, order_mail
from connectors.database.tables import party, site
from gateway.domain.order import Kind, State

_OFFERED = and_(
    order_head.c.site == order_mail.c.site,
    order_head.c.kind == Kind.TRANSFER,
    order_head.c.state == State.OFFERED,
)
_BATCH = and_(order_batch.c.site == order_mail.c.site, order_batch.c.ended_at.is_(None))


def agree(connection: Connection, site_key: int, address: str | None, form: str) -> None:
    """From now on a site's orders go to this address; None: it pulls them."""
    connection.execute(delete(order_mail).where(order_mail.c.site == site_key))
    if address:
        connection.execute(insert(order_mail), {"site": site_key, "address": address, "form": form, "failures": 0})


def listed(connection: Connection) -> Sequence[Any]:
    """(party, code, address, form, failures, failure) of every such site."""
    source = order_mail.join(site, site.c.key == order_mail.c.site).join(party, party.c.key == site.c.party)
    names = [order_mail.c[name] for name in ("address", "form", "failures", "failure")]
    statement = select(party.c.code.label("party"), site.c.code, *names).select_from(source)
    return connection.execute(statement.order_by(party.c.code, site.c.code)).all()


def due(connection: Connection, now: datetime) -> Sequence[Any]:
    """Sites for which orders wait, or a batch that was begun."""
    waits = or_(exists().where(_OFFERED), exists().where(_BATCH))
    return connection.execute(select(order_mail).where(waits, _is_due(now)).order_by(order_mail.c.site)).all()


def claim(connection: Connection, site_key: int, now: datetime, until: datetime) -> bool:
    """Whether the turn to write to the site is ours; where we never come back, another's from `until` on."""
    mine = (order_mail.c.site == site_key, _is_due(now))
    return connection.execute(update(order_mail).where(*mine).values(due_at=until)).rowcount == 1


def succeeded(connection: Connection, site_key: int) -> None:
    values = {"due_at": None, "failures": 0, "failure": None}
    connection.execute(update(order_mail).where(order_mail.c.site == site_key).values(values))


def failed(connection: Connection, site_key: int, failure: str, due_at: datetime) -> None:
    values = {"due_at": due_at, "failures": order_mail.c.failures + 1, "failure": failure[:500]}
    connection.execute(update(order_mail).where(order_mail.c.site == site_key).values(values))


def _is_due(now: datetime) -> Any:
    """To a site that is closed nothing is written."""
    is_open = exists().where(site.c.key == order_mail.c.site, site.c.closed_at.is_(None))
    return and_(or_(order_mail.c.due_at.is_(None), order_mail.c.due_at <= now), is_open)
