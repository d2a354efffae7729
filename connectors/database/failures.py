"""Packets whose loading failed or waits for a person, and what a newer packet has spoken for in their stead."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from connectors.database import scopes
from connectors.database.journal import Journalled, add_problems, count_problems
from connectors.database.parameters import THE, given
from connectors.database.prepared import Prepared
from connectors.database.tables import attempt, packet, problem, site, work
from gateway.domain.feed import Feed
from gateway.domain.problem import Problem
from gateway.domain.receipt import State

NOT_LOADED = "LOAD_FAILED"


def park(connection: Connection, key: int, why: Problem, now: datetime) -> None:
    """The packet waits for a person; its sender is told by a problem."""
    connection.execute(update(packet).where(packet.c.key == key).values(state=State.FAILED, changed_at=now))
    _replace_problem(connection, key, [(why, "error")])


def revive(connection: Connection, key: int, now: datetime) -> None:
    """A parked packet goes on: back to accepted, and its sender is told nothing any more."""
    connection.execute(update(packet).where(packet.c.key == key).values(state=State.ACCEPTED, changed_at=now))
    _replace_problem(connection, key, [])


@dataclass(frozen=True)
class Waiting:
    """How many packets wait for a person."""

    parked: int
    held: int


def waiting_for_a_person(connection: Connection, site_key: int, feed: str) -> Waiting:
    """Packets of a site and feed; by their state, which only a few have."""
    states = (State.FAILED, State.HELD)
    # the sum keeps SQLite from walking all packets of the site
    mine = (packet.c.state.in_(states), packet.c.site + 0 == site_key, packet.c.feed == feed)
    counted = select(packet.c.state, func.count()).where(*mine).group_by(packet.c.state)
    found: dict[str, int] = dict(connection.execute(counted).all())
    return Waiting(found.get(State.FAILED, 0), found.get(State.HELD, 0))


def parked(
    connection: Connection, parties: Collection[int], feed: str, first: date | None, last: date | None
) -> list[int]:
    """Keys of parked packets of these parties, received in these days (UTC); no feed means any."""
    source = work.join(packet, packet.c.key == work.c.packet).join(site, site.c.key == packet.c.site)
    wanted = [work.c.failed, site.c.party.in_(parties)]
    if feed:
        wanted.append(packet.c.feed == feed)
    if first and last:
        begin, end = (datetime.combine(day, time.min, UTC) for day in (first, last + timedelta(days=1)))
        wanted += [packet.c.received_at >= begin, packet.c.received_at < end]
    return list(connection.scalars(select(packet.c.key).select_from(source).where(*wanted).order_by(packet.c.key)))


def left_behind(connection: Connection, newer: Journalled) -> list[int]:
    """Keys of packets older than the given one of its scope that have failed or are held."""
    return [row.key for statement in _left_behind() for row in statement.rows(connection, given(newer))]


@cache
def _left_behind() -> tuple[Prepared, Prepared]:
    older = or_(packet.c.created < THE.created, and_(packet.c.created == THE.created, packet.c.key < THE.key))
    scope = (packet.c.feed == THE.feed, packet.c.organization == THE.organization, older)
    failed = select(packet.c.key).join(work, work.c.packet == packet.c.key)
    failed = failed.where(work.c.site == THE.site, work.c.feed == THE.feed, work.c.failure.is_not(None), *scope)
    # the sum keeps SQLite from walking all packets of the site instead of those that are held
    held = select(packet.c.key).where(packet.c.state == State.HELD, packet.c.site + 0 == THE.site, *scope)
    return Prepared(failed), Prepared(held)


def is_covered(
    connection: Connection,
    feed: Feed,
    packet: Journalled,
    warehouses: Collection[str],
    dates: tuple[date | None, date | None],
) -> bool:
    """Whether newer packets have spoken for all that a packet speaks for that was not staged.

    Of a feed with warehouses, `warehouses` are those that it lists, and `dates` their first and last.
    """
    if feed.warehouse_field is None:
        return scopes.is_superseded(connection, feed, packet, scopes.windows(connection, feed, packet))
    first, last = packet.first_date or dates[0], packet.last_date or dates[1]
    if not first or not last:
        return False
    spoken = [scopes.Window(first, last, code=code) for code in warehouses]
    return scopes.is_superseded(connection, feed, packet, spoken)


def supersede(connection: Connection, keys: Collection[int], now: datetime) -> None:
    """These packets are never loaded: their work is off the queue."""
    for key in keys:
        connection.execute(delete(work).where(work.c.packet == key))
        moved = update(packet).where(packet.c.key == key, packet.c.state != State.REFUSED)
        connection.execute(moved.values(state=State.SUPERSEDED, changed_at=now))
        _replace_problem(connection, key, [])


def packets_of_id(connection: Connection, packet_id: str) -> list[tuple[int, int, str]]:
    """(packet, site, code of the site) of every packet with the id; sites choose ids each for itself."""
    its_site = and_(packet.c.site == site.c.key, packet.c.packet_id == packet_id)
    statement = select(packet.c.key, site.c.key, site.c.code).select_from(site.join(packet, its_site))
    return [tuple(row) for row in connection.execute(statement.order_by(packet.c.key))]


def _replace_problem(connection: Connection, key: int, now: list[tuple[Problem, str]]) -> None:
    """What is said about the packet's loading itself."""
    of = connection.execute(select(packet.c.attempt).where(packet.c.key == key)).scalar_one()
    connection.execute(delete(problem).where(problem.c.attempt == of, problem.c.code == NOT_LOADED))
    last = connection.scalar(select(func.max(problem.c.number)).where(problem.c.attempt == of)) or 0
    add_problems(connection, of, now, after=last)
    total = count_problems(connection, of)
    connection.execute(update(attempt).where(attempt.c.key == of).values(problems_total=total))
