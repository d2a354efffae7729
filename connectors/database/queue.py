"""The queue of work: a row for each accepted packet that is not loaded yet. Claims expire, tokens only rise."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from connectors.database.tables import work


@dataclass(frozen=True)
class Claim:
    """The right to load a packet, until the claim expires or a higher token is given out."""

    packet: int
    token: int
    tries: int


def claim(connection: Connection, now: datetime, lease: timedelta) -> Claim | None:
    """Takes the packet that is due longest; None if nothing is due. Must run in a writing transaction."""
    due = connection.execute(
        select(work).where(~work.c.failed, work.c.due_at <= now).order_by(work.c.due_at, work.c.packet).limit(1)
    ).one_or_none()
    if due is None:
        return None
    mine = (work.c.packet == due.packet) & (work.c.token == due.token)
    values = {"token": due.token + 1, "tries": due.tries + 1, "due_at": now + lease}
    taken = connection.execute(update(work).where(mine).values(values))
    return Claim(due.packet, due.token + 1, due.tries + 1) if taken.rowcount == 1 else None


def finish(connection: Connection, done: Claim) -> bool:
    """Takes the work off the queue; False if the claimant was overtaken."""
    mine = (work.c.packet == done.packet) & (work.c.token == done.token)
    return connection.execute(delete(work).where(mine)).rowcount == 1


def postpone(connection: Connection, failed: Claim, failure: str, due_at: datetime | None) -> bool:
    """After a failure: due again later, or parked where `due_at` is None; False if the claimant was overtaken."""
    values = {"failure": failure[:500], "failed": due_at is None}
    if due_at is not None:
        values["due_at"] = due_at
    mine = (work.c.packet == failed.packet) & (work.c.token == failed.token)
    return connection.execute(update(work).where(mine).values(values)).rowcount == 1


def waiting(connection: Connection) -> int:
    """How many packets wait to be loaded, those under a claim included."""
    return int(connection.scalar(select(func.count()).select_from(work).where(~work.c.failed)) or 0)
