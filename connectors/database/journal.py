"""The journal: attempts, accepted packets, their problems and payloads. History: rows are added, states move on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, func, insert, literal, select, update

from connectors.database.prepared import Prepared, insertion
from connectors.database.regulation_tables import unjudged
from connectors.database.tables import attempt, login, packet, payload, payload_part, problem, work
from gateway.domain.packet import Header, Stated
from gateway.domain.problem import Problem
from gateway.domain.receipt import Acceptance, Loaded, Progress, ReportedProblem, State, Status

_ACCEPTANCE = Prepared(
    select(attempt.c.acceptance)
    .join(packet, packet.c.attempt == attempt.c.key)
    .where(packet.c.site == bindparam("site"), packet.c.packet_id == bindparam("packet_id"))
)
_NEW_ATTEMPT, _NEW_PACKET, _NEW_PROBLEM = insertion(attempt), insertion(packet), insertion(problem)
_NEW_PAYLOAD, _NEW_PART = insertion(payload), insertion(payload_part)
_LOADED = (State.LOADED, State.LOADED_WITH_PROBLEMS, State.SUPERSEDED)
_OF = bindparam("of", type_=packet.c.key.type)
_NOW = bindparam("now", type_=packet.c.changed_at.type)
_ITS = problem.c.attempt == _OF
_PARTS = Prepared(select(payload_part.c.content).where(payload_part.c.payload == _OF).order_by(payload_part.c.number))
_STATE = Prepared(select(packet.c.state, packet.c.attempt).where(packet.c.key == _OF))
_MOVED = Prepared(
    update(packet)
    .where(packet.c.key == _OF)
    .values(state=bindparam("now_in", type_=packet.c.state.type), changed_at=_NOW)
)
_COUNTS = ("rows_loaded", "rows_unmapped", "rows_quarantined")
_COUNTED = Prepared(
    update(packet)
    .where(packet.c.key == _OF)
    .values({name: bindparam(f"now_{name}", type_=packet.c[name].type) for name in _COUNTS})
)
_PROBLEMS = Prepared(select(func.count()).select_from(problem).where(_ITS))
_LAST_PROBLEM = Prepared(select(func.max(problem.c.number)).where(_ITS))
_FORGOTTEN = Prepared(delete(problem).where(_ITS, problem.c.code == "CODE_UNKNOWN"))
_TOTALLED = Prepared(
    update(attempt)
    .where(attempt.c.key == _OF)
    .values(problems_total=bindparam("total", type_=attempt.c.problems_total.type))
)
_JUDGED = Prepared(
    insert(unjudged).from_select(
        ["packet", "site", "feed", "accepted_at", "loaded_at", "again"],
        select(packet.c.key, packet.c.site, packet.c.feed, attempt.c.received_at, _NOW)
        .add_columns(bindparam("again", type_=unjudged.c.again.type))
        .join(attempt, attempt.c.key == packet.c.attempt)
        .where(packet.c.key == _OF, ~exists().where(unjudged.c.packet == packet.c.key)),
    )
)


@dataclass(frozen=True)
class Journalled:
    """What the journal knows of an accepted packet, for its loading. `key` names it in both schemas."""

    key: int
    site: int
    packet_id: str
    feed: str
    organization: str
    created: datetime
    first_date: date | None
    last_date: date | None
    mode: str
    payload: int
    claim: int = 0
    """Under which key a load has brought it to staging."""


_JOURNALLED = Prepared(
    select(*(packet.c[name] for name in Journalled.__dataclass_fields__ if name in packet.c)).where(packet.c.key == _OF)
)


def stored_acceptance(connection: Connection, site: int, packet_id: str) -> Acceptance | None:
    """The acceptance of the packet that has the id, exactly as it was given."""
    text = _ACCEPTANCE.value(connection, {"site": site, "packet_id": packet_id})
    return _acceptance(text) if text else None


def latest_attempt(connection: Connection, site: int, packet_id: str) -> tuple[int, Acceptance] | None:
    """Key and answer of the last try under an id."""
    found = connection.execute(
        select(attempt.c.key, attempt.c.acceptance)
        .where(attempt.c.site == site, attempt.c.packet_id == packet_id)
        .order_by(attempt.c.key.desc())
        .limit(1)
    ).one_or_none()
    return (found.key, _acceptance(found.acceptance)) if found else None


def progress(connection: Connection, site: int, packet_id: str) -> Progress | None:
    """How far an accepted packet has come."""
    found = connection.execute(
        select(packet, attempt.c.problems_total)
        .join(attempt, attempt.c.key == packet.c.attempt)
        .where(packet.c.site == site, packet.c.packet_id == packet_id)
    ).one_or_none()
    if found is None:
        return None
    counts = (found.rows_loaded, found.rows_unmapped, found.rows_quarantined)
    return Progress(found.state, found.changed_at, *counts, found.problems_total)


def keep_payload(connection: Connection, content: bytes, now: datetime) -> int:
    """Keeps compressed bytes; their key."""
    key = _NEW_PAYLOAD.key(connection, {"size": len(content), "kept_at": now})
    _NEW_PART.run(connection, {"payload": key, "number": 1, "content": content})
    return key


def read_payload(connection: Connection, key: int) -> bytes:
    return b"".join(row.content for row in _PARTS.rows(connection, {"of": key}))


def add_attempt(
    connection: Connection,
    site: int,
    acceptance: Acceptance,
    problems: Sequence[tuple[Problem, str]],
    payload: int | None,
    stated: Stated | None = None,
    historic: bool = False,
) -> int:
    """Writes down a try with all its problems (and their severities) and the packet's own words; its key."""
    values = {
        "site": site,
        "packet_id": acceptance.packet_id,
        "feed": acceptance.feed,
        "status": acceptance.status,
        "received_at": acceptance.received_at,
        "sha256": acceptance.sha256,
        "documents": acceptance.documents,
        "rows": acceptance.rows,
        "problems_total": acceptance.problems_total,
        "acceptance": _text(acceptance),
        "payload": payload,
        "historic": historic or None,
        **vars(stated or Stated()),
    }
    key = _NEW_ATTEMPT.key(connection, values)
    add_problems(connection, key, problems, after=0)
    return key


def add_problems(connection: Connection, attempt_key: int, problems: Sequence[tuple[Problem, str]], after: int) -> None:
    """Adds problems with numbers from `after` + 1."""
    rows = [
        {
            "attempt": attempt_key,
            "number": number,
            "code": each.code,
            "severity": severity,
            "document": each.document,
            "row": each.row,
            "field": each.field,
            "value": each.value,
            "params": json.dumps(dict(each.params), ensure_ascii=False) if each.params else None,
        }
        for number, (each, severity) in enumerate(problems, start=after + 1)
    ]
    _NEW_PROBLEM.many(connection, rows)


def problems_of(connection: Connection, attempt_key: int, offset: int, limit: int) -> list[tuple[Problem, str]]:
    """A slice of an attempt's problems, with their severities."""
    statement = select(problem).where(problem.c.attempt == attempt_key).order_by(problem.c.number)
    return [_problem(row) for row in connection.execute(statement.offset(offset).limit(limit))]


def count_problems(connection: Connection, attempt_key: int) -> int:
    return int(_PROBLEMS.value(connection, {"of": attempt_key}) or 0)


def add_packet(
    connection: Connection,
    site: int,
    acceptance: Acceptance,
    header: Header,
    attempt_key: int,
    payload_key: int,
    historic: bool = False,
) -> int:
    """The journal row of an accepted or held packet, and where it is accepted its row of work, due at once; its key."""
    values: dict[str, Any] = {
        "site": site,
        "packet_id": acceptance.packet_id,
        "attempt": attempt_key,
        "payload": payload_key,
        "feed": acceptance.feed,
        "organization": header.organization,
        "created": header.created,
        "first_date": header.first_date,
        "last_date": header.last_date,
        "mode": header.mode,
        "software": header.software or None,
        "module": header.module or None,
        "sha256": acceptance.sha256,
        "received_at": acceptance.received_at,
        "documents": acceptance.documents,
        "rows": acceptance.rows,
        "state": State(acceptance.status),
        "changed_at": acceptance.received_at,
        "rows_loaded": 0,
        "rows_unmapped": 0,
        "rows_quarantined": 0,
        "historic": historic or None,
    }
    key = _NEW_PACKET.key(connection, values)
    if acceptance.status is Status.ACCEPTED:
        _enqueue(connection, key, acceptance.received_at)
    return key


def release(connection: Connection, site: int, answer: Acceptance) -> bool:
    """A held packet goes on under a new acceptance; False where it is no longer held."""
    held = connection.execute(_packet_of(site, answer.packet_id).where(packet.c.state == State.HELD)).one_or_none()
    if held is None:
        return False
    problems = problems_of(connection, held.attempt, 0, held.problems_total)
    attempt_key = add_attempt(connection, site, answer, problems, held.payload)
    moved = {"attempt": attempt_key, "state": State.ACCEPTED, "changed_at": answer.received_at}
    connection.execute(update(packet).where(packet.c.key == held.key).values(moved))
    _enqueue(connection, held.key, answer.received_at)
    return True


def refuse(connection: Connection, site: int, packet_id: str, now: datetime) -> bool:
    """A held packet will not be loaded; False where it is not held."""
    held = (packet.c.site == site, packet.c.packet_id == packet_id, packet.c.state == State.HELD)
    moved = update(packet).where(*held).values(state=State.REFUSED, changed_at=now)
    return connection.execute(moved).rowcount == 1


def held_packets(connection: Connection) -> list[tuple[str, str, str, datetime]]:
    """(login, packet id, feed, received at) of every packet that waits for a person; the oldest first."""
    first_login = select(func.min(login.c.name)).where(login.c.site == packet.c.site).scalar_subquery()
    statement = select(first_login, packet.c.packet_id, packet.c.feed, packet.c.received_at)
    found = connection.execute(statement.where(packet.c.state == State.HELD).order_by(packet.c.received_at))
    return [tuple(row) for row in found]


def _packet_of(site: int, packet_id: str) -> Select[Any]:
    joined = packet.join(attempt, attempt.c.key == packet.c.attempt)
    statement = select(packet.c.key, packet.c.attempt, packet.c.payload, attempt.c.problems_total)
    return statement.select_from(joined).where(packet.c.site == site, packet.c.packet_id == packet_id)


_COPIED = [packet.c[name] for name in ("site", "feed", "organization", "created", "mode")]
_FRESH = [bindparam("now", type_=work.c.due_at.type), literal(0), literal(0, work.c.failed.type)]
_ENQUEUED = Prepared(
    insert(work).from_select(
        ["packet", *(column.name for column in _COPIED), "due_at", "tries", "failed"],
        select(packet.c.key, *_COPIED, *_FRESH).where(packet.c.key == bindparam("of")),
    )
)


def _enqueue(connection: Connection, key: int, now: datetime) -> None:
    _ENQUEUED.run(connection, {"of": key, "now": now})


def journalled(connection: Connection, key: int) -> Journalled:
    return Journalled(**_JOURNALLED.rows(connection, {"of": key})[0]._asdict())


def set_state(connection: Connection, key: int, state: State, now: datetime) -> None:
    _MOVED.run(connection, {"of": key, "now_in": state, "now": now})


def record_load(connection: Connection, key: int, done: Loaded, problems: Sequence[Problem], now: datetime) -> None:
    """The journal catches up with what the facts say; the same again changes nothing, but that it is judged again.

    `problems` are the codes that are unknown now; they take the place of those that were unknown before.
    """
    found = _STATE.rows(connection, {"of": key})[0]
    _COUNTED.run(connection, {"of": key, **{f"now_{name}": getattr(done, name) for name in _COUNTS}})
    if found.state != done.state:
        set_state(connection, key, done.state, now)
    _replace_unknown(connection, found.attempt, problems)
    _to_be_judged(connection, key, again=found.state in _LOADED, now=now)


def _replace_unknown(connection: Connection, attempt_key: int, problems: Sequence[Problem]) -> None:
    its = {"of": attempt_key}
    gone = _FORGOTTEN.run(connection, its)
    if gone or problems:
        last = _LAST_PROBLEM.value(connection, its) or 0
        add_problems(connection, attempt_key, [(each, "warning") for each in problems], after=last)
        _TOTALLED.run(connection, {**its, "total": count_problems(connection, attempt_key)})


def _to_be_judged(connection: Connection, key: int, again: bool, now: datetime) -> None:
    """The regulation is held against it; a mark that stands already is the first judgement's, or says the same."""
    _JUDGED.run(connection, {"of": key, "now": now, "again": again})


def is_loaded(connection: Connection, key: int) -> bool:
    """Whether the journal says so already; before that, its load will tell of it."""
    return connection.scalar(select(packet.c.state).where(packet.c.key == key)) in _LOADED


def packets_with_unmapped(connection: Connection) -> list[Journalled]:
    """Loaded packets of which rows still wait for a SKU."""
    found = connection.execute(select(packet).where(packet.c.rows_unmapped > 0).order_by(packet.c.key))
    return [_journalled(row) for row in found]


def _text(acceptance: Acceptance) -> str:
    told = {**vars(acceptance), "problems": [vars(each) for each in acceptance.problems]}  # `asdict` copies it all
    return json.dumps(told, ensure_ascii=False, default=str)


def _acceptance(text: str) -> Acceptance:
    kept = json.loads(text)
    kept["status"] = Status(kept["status"])
    kept["received_at"] = datetime.fromisoformat(kept["received_at"])
    kept["problems"] = tuple(ReportedProblem(**each) for each in kept["problems"])
    return Acceptance(**kept)


def _journalled(row: Row[Any]) -> Journalled:
    names = Journalled.__dataclass_fields__
    return Journalled(**{name: value for name, value in row._mapping.items() if name in names})


def _problem(row: Row[Any]) -> tuple[Problem, str]:
    params = json.loads(row.params) if row.params else {}
    return Problem(row.code, row.document, row.row, row.field, row.value, params), row.severity
