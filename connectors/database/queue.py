"""The queue of work: a row for each accepted packet that is not loaded yet. Claims expire, tokens only rise.

Packets of one scope (site, feed and organisation) are claimed in the order of their `created`, one at a time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from connectors.database.parameters import BESIDE, CLAIM, THE, given_beside
from connectors.database.prepared import Prepared, Values
from connectors.database.tables import scope, work
from gateway.domain.feed import Mode

SCOPE = ("site", "feed", "organization")


_IN_SCOPE = [work.c[name] == getattr(THE, name) for name in SCOPE]
_MINE = (work.c.packet == CLAIM.packet, work.c.token == CLAIM.token)
_FINISHED = Prepared(delete(work).where(*_MINE))
_REVOKED = Prepared(update(work).where(*_IN_SCOPE, work.c.token.is_not(None)).values(token=None))
_TAKEN = Prepared(
    update(work).where(work.c.packet == CLAIM.packet).values(token=CLAIM.token, tries=CLAIM.tries, due_at=BESIDE.now)
)
_RAISED = Prepared(
    update(scope)
    .where(*(scope.c[name] == getattr(THE, name) for name in SCOPE), scope.c.token == CLAIM.last)
    .values(token=CLAIM.token)
)


@dataclass(frozen=True)
class Claim:
    """The right to load a packet, until the claim expires or a higher token of its scope is given out.

    `overtakes` says that an earlier claimant of the scope never came back, and may still be at work.
    """

    packet: int
    token: int
    tries: int
    overtakes: bool = False


def claim(connection: Connection, now: datetime, lease: timedelta) -> Claim | None:
    """Takes the packet that is due longest of those whose turn it is; None if there is none.

    Must run in a writing transaction. Whoever loses a race for a packet looks for another.
    """
    while (due := _next(connection, now)) is not None:
        if taken := _taken(connection, due, now + lease):
            return taken
    return None


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether `claim` would find something."""
    return _next(connection, now) is not None


def renew(connection: Connection, held: Claim, until: datetime) -> bool:
    """Puts off the end of the claim; False if the claimant was overtaken."""
    return _changed(connection, held, due_at=until)


def finish(connection: Connection, done: Claim) -> bool:
    """Takes the work off the queue; False if the claimant was overtaken."""
    return _FINISHED.run(connection, given_beside(**vars(done))) == 1


def postpone(connection: Connection, failed: Claim, failure: str, due_at: datetime | None) -> bool:
    """After a failure: due again later, or parked where `due_at` is None; False if the claimant was overtaken."""
    later = {"due_at": due_at} if due_at else {"failed": True}
    return _changed(connection, failed, token=None, failure=failure[:500], **later)


def put_back(connection: Connection, unused: Claim, now: datetime) -> bool:
    """Due again at once, and this was no try; False if the claimant was overtaken."""
    return _changed(connection, unused, token=None, tries=unused.tries - 1, due_at=now)


def retry(connection: Connection, packet: int, now: datetime) -> bool:
    """A parked packet is due again, with all its tries; False where it is not parked."""
    fresh = {"failed": False, "tries": 0, "due_at": now}
    parked = (work.c.packet == packet, work.c.failed)
    return connection.execute(update(work).where(*parked).values(fresh)).rowcount == 1


def live_claims(connection: Connection, now: datetime) -> set[tuple[int, int]]:
    """(packet, token) of the claims that have not expired."""
    live = select(work.c.packet, work.c.token).where(work.c.token.is_not(None), work.c.due_at > now)
    return {(packet, token) for packet, token in connection.execute(live)}


def waiting(connection: Connection) -> int:
    """How many packets wait to be loaded, those under a claim included."""
    return int(connection.scalar(select(func.count()).select_from(work).where(~work.c.failed)) or 0)


def _next(connection: Connection, now: datetime) -> Row[Any] | None:
    """The first packet of the scope whose packets are due longest, of those that nobody has.

    Two steps, each by an index: thousands of packets may wait in one scope.
    """
    longest, first = _steps()
    scope_of = longest.first(connection, given_beside(now=now))
    if scope_of is None:
        return None
    found: Row[Any] | None = first.first(connection, given_beside(now=now, **scope_of._asdict()))
    return found


@cache
def _steps() -> tuple[Prepared, Prepared]:
    """The scope, then its first packet that is ready."""
    now, other = BESIDE.now, work.alias("other")
    claimed = exists().where(_one_scope(other, work), other.c.token.is_not(None), other.c.due_at > now)
    longest = select(*(work.c[name] for name in SCOPE)).where(_ready(work, now), ~claimed)
    first = select(work, scope.c.token.label("last")).select_from(work.outerjoin(scope, _one_scope(scope, work)))
    due = case((work.c.due_at <= now, 1), else_=0) == 1  # said so, it keeps SQLite to the index that is in order
    first = first.where(*_IN_SCOPE, due, *_free(work, now))
    ordered = longest.order_by(work.c.due_at, work.c.packet), first.order_by(work.c.created, work.c.packet)
    return Prepared(ordered[0].limit(1)), Prepared(ordered[1].limit(1))


def _ready(each: FromClause, now: Any) -> ColumnElement[bool]:
    """Due, and not held back: after what failed in its scope, a `merge` packet waits; others may cover it."""
    return and_(each.c.due_at <= now, *_free(each, now))


def _free(each: FromClause, now: Any) -> tuple[ColumnElement[bool], ...]:
    failed = work.alias("failed")
    waits = and_(failed.c.failure.is_not(None), or_(failed.c.failed, failed.c.due_at > now))
    held_back = exists().where(_one_scope(failed, each), _older(failed, each), waits)
    return ~each.c.failed, or_(each.c.mode != Mode.MERGE, ~held_back)


def _taken(connection: Connection, due: Row[Any], until: datetime) -> Claim | None:
    """None where somebody else has just claimed a packet of the scope."""
    token = (due.last or 0) + 1
    if not _raised(connection, due, token):
        return None
    revoked = _REVOKED.run(connection, _scope_of(due))
    held = Claim(due.packet, token, due.tries + 1, overtakes=revoked > 0)
    _TAKEN.run(connection, given_beside(now=until, **vars(held)))
    return held


def _raised(connection: Connection, due: Row[Any], token: int) -> bool:
    if due.last is not None:
        return _RAISED.run(connection, _scope_of(due) | given_beside(last=due.last, token=token)) == 1
    try:
        connection.execute(insert(scope).values(token=token, **{name: getattr(due, name) for name in SCOPE}))
    except IntegrityError:
        return False
    return True


def _scope_of(due: Row[Any]) -> Values:
    return given_beside(**{name: getattr(due, name) for name in SCOPE})


def _one_scope(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in SCOPE))


def _older(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """By `created`; of equals, the one received earlier."""
    same_moment = and_(one.c.created == other.c.created, one.c.packet < other.c.packet)
    return or_(one.c.created < other.c.created, same_moment)


def _mine(held: Claim) -> tuple[ColumnElement[bool], ...]:
    return work.c.packet == held.packet, work.c.token == held.token


def _changed(connection: Connection, held: Claim, **values: object) -> bool:
    return connection.execute(update(work).where(*_mine(held)).values(values)).rowcount == 1
