"""Scorecards: which changed, what is counted of a month from its begin to its end, and the results."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
)

from connectors.database.incident_tables import incident
from connectors.database.regulation_tables import slot
from connectors.database.scorecard_tables import score_mark, scorecard
from connectors.database.tables import attempt, packet, party, problem, site
from gateway.domain.delivery import SlotState
from gateway.domain.feeds import FEEDS
from gateway.domain.receipt import State, Status
from gateway.domain.scorecard import COUNTS, Score, Tally, minutes_late, month_of, next_month

AT_ONCE, DELETED_AT_ONCE = 10_000, 500
_MARKED = insert(score_mark)
Of = tuple[int, str]
"""A party and a feed."""


class Changed(NamedTuple):
    key: int
    party: int
    month: date


class Opened(NamedTuple):
    """An incident; `closed_at` is None while it is open."""

    party: int
    feed: str | None
    rule: str
    opened_at: datetime
    closed_at: datetime | None
    params: dict[str, str]


def note(connection: Connection, party_key: int, day: date) -> None:
    """The party's scorecard of the day's month is to be counted again. Every change leaves a mark of its own:

    one that stands already may be of a count that has not seen this change.
    """
    connection.execute(_MARKED, {"party": party_key, "month": month_of(day)})


def changed(connection: Connection) -> list[Changed]:
    """Marks, the oldest first; there may be more."""
    found = connection.execute(select(score_mark).order_by(score_mark.c.key).limit(AT_ONCE))
    return [Changed(row.key, row.party, row.month) for row in found]


def counted(connection: Connection, keys: Sequence[int]) -> None:
    for start in range(0, len(keys), DELETED_AT_ONCE):  # a server takes 2,100 parameters at most
        some = keys[start : start + DELETED_AT_ONCE]
        connection.execute(delete(score_mark).where(score_mark.c.key.in_(some)))


def due(connection: Connection, now: datetime) -> set[tuple[int, date]]:
    """(party, month) of the scorecards that time has changed."""
    ripe = select(scorecard.c.party, scorecard.c.month).where(scorecard.c.look_at <= now)
    return {(row.party, row.month) for row in connection.execute(ripe)}


def parties(connection: Connection, keys: Collection[int]) -> dict[int, Any]:
    """(code, name) by key."""
    return {row.key: row for row in connection.execute(select(party).where(party.c.key.in_(_listed(keys))))}


def tallies(
    connection: Connection, keys: Collection[int], month: date, begin: datetime, end: datetime
) -> dict[Of, Tally]:
    """What the parties' slots of the month's days, and their packets received in it, come to, feed by feed."""
    found: dict[Of, Tally] = defaultdict(Tally)
    for of, tally in (
        *_slots(connection, keys, month),
        *_packets(connection, keys, begin, end),
        *_rejected(connection, keys, begin, end),
    ):
        found[of] += tally
    return dict(found)


def incidents(connection: Connection, keys: Collection[int], begin: datetime, end: datetime) -> list[Opened]:
    """Incidents about the parties that were opened in the month; the oldest first."""
    mine = (incident.c.party.in_(_listed(keys)), incident.c.opened_at >= begin, incident.c.opened_at < end)
    found = connection.execute(select(incident).where(*mine).order_by(incident.c.opened_at, incident.c.key))
    names = ("party", "feed", "rule", "opened_at", "closed_at")
    return [Opened(**{name: row._mapping[name] for name in names}, params=json.loads(row.params)) for row in found]


def breached_slots(connection: Connection, party_key: int, month: date) -> Sequence[Row[Any]]:
    """Slots of the month that were met late, badly or not at all, with the code of their site."""
    wrong = slot.c.state.in_([SlotState.LATE.value, SlotState.MISSING.value, SlotState.BAD.value])
    statement = select(slot, site.c.code.label("site_code"), site.c.time_zone).join(site, site.c.key == slot.c.site)
    mine = (slot.c.party == party_key, *_days(month), wrong)
    return connection.execute(statement.where(*mine).order_by(slot.c.expected_at, slot.c.key)).all()


def rejections(connection: Connection, party_key: int, begin: datetime, end: datetime) -> list[tuple[str, int]]:
    """Codes of the errors that packets were rejected for, each with the number of attempts; the most frequent first."""
    attempts = func.count(attempt.c.key.distinct())
    joined = attempt.join(site, site.c.key == attempt.c.site + 0).join(problem, problem.c.attempt == attempt.c.key)
    mine = (site.c.party == party_key, *_refused(begin, end), problem.c.severity == "error")
    statement = select(problem.c.code, attempts).select_from(joined).where(*mine).group_by(problem.c.code)
    return [(code, count) for code, count in connection.execute(statement.order_by(attempts.desc(), problem.c.code))]


def replace(connection: Connection, keys: Collection[int], month: date, rows: Sequence[dict[str, Any]]) -> None:
    """Puts a month's scorecards of the parties in place of those that stood."""
    connection.execute(delete(scorecard).where(scorecard.c.month == month, scorecard.c.party.in_(_listed(keys))))
    if rows:
        connection.execute(insert(scorecard), rows)


def row_of(of: Of, tally: Tally, score: Score) -> dict[str, Any]:
    """Values of a scorecard's columns; who the party is, its month and its instants come to them."""
    parts = {name: getattr(score, name) for name in Score.__dataclass_fields__}
    return {"party": of[0], "feed": of[1], **vars(tally), **parts, "rating": score.rating, "grade": score.grade}


def listed(connection: Connection, month: date, party_key: int | None, feed: str | None) -> Sequence[Row[Any]]:
    """Scorecards of a month, by party, all feeds together first."""
    asked: list[ColumnElement[bool]] = [scorecard.c.month == month]
    asked += [scorecard.c.party == party_key] if party_key is not None else []
    asked += [scorecard.c.feed == feed] if feed is not None else []
    order = (scorecard.c.party_name, scorecard.c.party_code, scorecard.c.feed)
    return connection.execute(select(scorecard).where(*asked).order_by(*order)).all()


def tally_of(row: Row[Any]) -> Tally:
    return Tally(*(row._mapping[name] for name in COUNTS))


def _slots(connection: Connection, keys: Collection[int], month: date) -> Iterator[tuple[Of, Tally]]:
    """Of what came late the instants are read: no function of both stores tells what lies between two."""
    asked = slot.c.state != SlotState.EXCUSED.value
    late = and_(asked, slot.c.met_at > slot.c.due_at)
    sums = (
        _number(asked),
        _number(and_(asked, slot.c.met_at.is_not(None))),
        _number(and_(asked, slot.c.met_at <= slot.c.due_at)),
        _number(slot.c.state == SlotState.BAD.value),
        _number(slot.c.state == SlotState.EXCUSED.value),
    )
    mine = (slot.c.party.in_(_listed(keys)), *_days(month))
    of = (slot.c.party, slot.c.feed)
    over = (*mine, slot.c.state != SlotState.EXPECTED.value)
    for party_key, feed, slots, met, in_time, bad, excused in connection.execute(
        select(*of, *sums).where(*over).group_by(*of)
    ):
        yield (party_key, feed), Tally(slots=slots, met=met, in_time=in_time, bad=bad, excused=excused)
    for row in connection.execute(select(*of, slot.c.due_at, slot.c.met_at).where(*mine, late)):
        yield (row.party, row.feed), Tally(minutes_late=minutes_late(row.due_at, row.met_at))


def _packets(
    connection: Connection, keys: Collection[int], begin: datetime, end: datetime
) -> Iterator[tuple[Of, Tally]]:
    """Every feed is named, so that an index leads to the month within each site and feed."""
    names = ("rows_loaded", "rows_unmapped", "rows_quarantined")
    rows = (func.sum(cast(packet.c[name], BigInteger)) for name in names)
    its = (site.c.key == packet.c.site, packet.c.feed.in_(list(FEEDS)))
    accepted = packet.c.state.not_in([State.HELD.value, State.REFUSED.value])
    received = (packet.c.received_at >= begin, packet.c.received_at < end, packet.c.historic.is_(None))
    mine = (site.c.party.in_(_listed(keys)), *received, accepted)
    statement = select(site.c.party, packet.c.feed, func.count(), *rows).select_from(packet.join(site, and_(*its)))
    grouped = statement.where(*mine).group_by(site.c.party, packet.c.feed)
    for party_key, feed, packets, *sums in connection.execute(grouped):
        yield (party_key, feed), Tally(packets=packets, **dict(zip(names, map(int, sums), strict=True)))


def _rejected(
    connection: Connection, keys: Collection[int], begin: datetime, end: datetime
) -> Iterator[tuple[Of, Tally]]:
    joined = attempt.join(site, site.c.key == attempt.c.site + 0)
    statement = select(site.c.party, attempt.c.feed, func.count()).select_from(joined)
    mine = (site.c.party.in_(_listed(keys)), *_refused(begin, end))
    for party_key, feed, count in connection.execute(statement.where(*mine).group_by(site.c.party, attempt.c.feed)):
        yield (party_key, feed), Tally(rejected=count)


def _refused(begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """Said so that no index on the status is tempting: it would bring those of all years."""
    is_rejected = func.coalesce(attempt.c.status, "") == Status.REJECTED.value
    return attempt.c.received_at >= begin, attempt.c.received_at < end, is_rejected, attempt.c.historic.is_(None)


def _days(month: date) -> tuple[ColumnElement[bool], ...]:
    return slot.c.day >= month, slot.c.day < next_month(month)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _listed(keys: Collection[int]) -> BindParameter[Any]:
    """Written into the statement: a server takes 2,100 parameters at most."""
    return bindparam("parties", list(keys), expanding=True, literal_execute=True)
