"""What the pages show of the journal: every attempt, newest first, with the packet that came of it."""

import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, bindparam, case, func, or_, select

from connectors.database.tables import attempt, packet, party, problem, site, work
from gateway.domain.problem import Problem
from gateway.domain.receipt import State


@dataclass(frozen=True)
class Wanted:
    """Which attempts. A state is a packet's, or the status of an attempt that no packet came of; none means any."""

    states: tuple[str, ...] = ()
    feed: str = ""
    parties: tuple[int, ...] | None = None
    text: str = ""
    since: datetime | None = None
    site: int | None = None
    packet_id: str | None = None


@dataclass(frozen=True)
class Line:
    """One attempt in a list; `packet` is the key of what came of it, and only then the counts at the end are known."""

    key: int
    packet: int | None
    state: str
    party_code: str
    party_name: str
    site: int
    site_code: str
    feed: str
    packet_id: str
    received_at: datetime
    documents: int
    rows: int
    problems_total: int
    organization: str | None
    first_date: date | None
    last_date: date | None
    rows_loaded: int | None
    rows_unmapped: int | None
    rows_quarantined: int | None


@dataclass(frozen=True)
class Details(Line):
    """All there is to say about one attempt; `answered` is how many problems the sender was told of at once."""

    status: str
    sha256: str | None
    answered: int
    retry_after: int | None
    created: datetime | None
    mode: str | None
    software: str | None
    module: str | None
    changed_at: datetime | None
    tries: int | None
    failure: str | None
    due_at: datetime | None
    parked: bool | None


@dataclass(frozen=True)
class Slice:
    """A page of a list, newest first, and whether the list goes on at its two ends."""

    lines: list[Line]
    newer: bool
    older: bool


@dataclass(frozen=True)
class Found:
    """A problem as the journal has it."""

    number: int
    severity: str
    problem: Problem


def _said(name: str) -> ColumnElement[Any]:
    """The packet's, else the attempt's: of a refused one only that is known."""
    return func.coalesce(packet.c[name], attempt.c[name]).label(name)


_everything = (
    attempt.outerjoin(packet, packet.c.attempt == attempt.c.key)
    .join(site, site.c.key == attempt.c.site)
    .join(party, party.c.key == site.c.party)
)
_state = case((packet.c.key.is_(None), attempt.c.status), else_=packet.c.state).label("state")
_line = (
    attempt.c.key,
    packet.c.key.label("packet"),
    _state,
    party.c.code.label("party_code"),
    party.c.name.label("party_name"),
    site.c.key.label("site"),
    site.c.code.label("site_code"),
    *(attempt.c[name] for name in ("feed", "packet_id", "received_at", "documents", "rows", "problems_total")),
    *(_said(name) for name in ("organization", "first_date", "last_date")),
    *(packet.c[name] for name in ("rows_loaded", "rows_unmapped", "rows_quarantined")),
)


def listed(
    connection: Connection, wanted: Wanted, limit: int, before: int | None = None, after: int | None = None
) -> Slice:
    """The newest attempts older than the one with key `before`, or the oldest newer than `after`."""
    upwards = after is not None and before is None
    found: list[Row[Any]] = []
    # A statement for each state: each can follow an index in the order of keys and stop after `limit`.
    for state in wanted.states or (None,):
        position = _position(state)
        statement = select(*_line).select_from(_everything).where(*_conditions(wanted, position))
        if state is not None:
            statement = statement.where(_is_in(state))
        if before is not None:
            statement = statement.where(position < before)
        elif upwards:
            statement = statement.where(position > after)
        ordered = statement.order_by(position if upwards else position.desc())
        found.extend(connection.execute(ordered.limit(limit + 1)))
    found.sort(key=lambda row: row.key, reverse=not upwards)
    more, kept = len(found) > limit, found[:limit]
    lines = [Line(**row._mapping) for row in (reversed(kept) if upwards else kept)]
    return Slice(lines, newer=more if upwards else before is not None, older=upwards or more)


def counts(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many attempts there are in each state, whatever states are wanted."""
    statement = select(_state, func.count()).select_from(_everything)
    conditions = _conditions(wanted, attempt.c.key)
    found = connection.execute(statement.where(*conditions).group_by(_state))
    return {row.state: row[1] for row in found}


def details(connection: Connection, attempt_key: int) -> Details | None:
    extra = (attempt.c.status, attempt.c.sha256, attempt.c.acceptance)
    of_packet = (*(_said(name) for name in ("created", "mode", "software", "module")), packet.c.changed_at)
    of_work = (work.c.tries, work.c.failure, work.c.due_at, work.c.failed.label("parked"))
    statement: Select[Any] = select(*_line, *extra, *of_packet, *of_work).select_from(
        _everything.outerjoin(work, work.c.packet == packet.c.key)
    )
    row = connection.execute(statement.where(attempt.c.key == attempt_key)).one_or_none()
    if row is None:
        return None
    answer = json.loads(row.acceptance)
    known = {"answered": answer["problems_total"], "retry_after": answer["retry_after"], **row._mapping}
    return Details(**{field.name: known[field.name] for field in fields(Details)})


def attempt_of(connection: Connection, packet_key: int) -> int | None:
    """The attempt that a packet came of."""
    return connection.scalar(select(packet.c.attempt).where(packet.c.key == packet_key))


def problems(connection: Connection, attempt_key: int, code: str, offset: int, limit: int) -> list[Found]:
    """A slice of an attempt's problems in their order; only those with the code, if one is given."""
    statement = select(problem).where(problem.c.attempt == attempt_key)
    if code:
        statement = statement.where(problem.c.code == code)
    return [_found(row) for row in connection.execute(statement.order_by(problem.c.number).offset(offset).limit(limit))]


def problem_counts(connection: Connection, attempt_key: int) -> list[tuple[str, int]]:
    """Each code among an attempt's problems with how often it is there, the most frequent first."""
    count = func.count()
    statement = select(problem.c.code, count).where(problem.c.attempt == attempt_key).group_by(problem.c.code)
    return [(code, times) for code, times in connection.execute(statement.order_by(count.desc(), problem.c.code))]


def party_names(connection: Connection) -> list[tuple[int, str, str]]:
    """Key, code and name of every party, by name."""
    statement = select(party.c.key, party.c.code, party.c.name).order_by(party.c.name, party.c.code)
    return [(key, code, name) for key, code, name in connection.execute(statement)]


def _position(state: str | None) -> ColumnElement[int]:
    """The key of the attempt, from the table whose index on the state holds it too."""
    return packet.c.attempt if state in set(State) else attempt.c.key


def _is_in(state: str) -> ColumnElement[bool]:
    if state in set(State):
        return packet.c.state == state
    return (attempt.c.status == state) & packet.c.key.is_(None)


def _conditions(wanted: Wanted, position: ColumnElement[int]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.feed:
        conditions.append(attempt.c.feed == wanted.feed)
    if wanted.parties is not None:
        # Written into the statement: a server takes 2,100 parameters at most.
        keys: BindParameter[int] = bindparam("parties", wanted.parties, expanding=True, literal_execute=True)
        conditions.append(site.c.party.in_(keys))
    if wanted.text:
        conditions.append(_contains(attempt.c.packet_id, wanted.text))
    if wanted.since is not None:
        # Keys rise with time but for minutes: bounded by key, the search stops where the period begins.
        # The sum keeps SQLite from looking for the least key along all keys, instead of along the time.
        since = attempt.alias()
        first = select(func.min(since.c.key + 0)).where(since.c.received_at >= wanted.since).scalar_subquery()
        conditions += [position >= first, attempt.c.received_at >= wanted.since]
    if wanted.site is not None:
        conditions.append(attempt.c.site == wanted.site)
    if wanted.packet_id is not None:
        conditions.append(attempt.c.packet_id == wanted.packet_id)
    return conditions


def _contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """As written, or with the case of Latin letters ignored: ids are often GUIDs. In MS SQL `[` is a wildcard too."""
    for wild in "/%_[":
        text = text.replace(wild, f"/{wild}")
    folded = func.lower(column).like(f"%{text.lower()}%", escape="/")
    return or_(column.like(f"%{text}%", escape="/"), folded)


def _found(row: Row[Any]) -> Found:
    params = json.loads(row.params) if row.params else {}
    return Found(row.number, row.severity, Problem(row.code, row.document, row.row, row.field, row.value, params))
