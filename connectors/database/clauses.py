"""Clauses of the regulation with who agreed them when; what they come to for each site is kept beside them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from connectors.database.regulation_tables import clause, timetable, unsettled
from connectors.database.tables import party, site
from gateway.domain.clause import Clause, Level, Span
from gateway.domain.terms import Body
from gateway.domain.working_days import OwnDays

CALENDAR, MEMBERS = "calendar", "members"
Periods = dict[str, list[Span]]
"""Of a feed of a site: what holds, by warehouse; under an empty one what holds for the feed as a whole."""


@dataclass(frozen=True)
class Located:
    """A site and what names it in clauses."""

    party: int
    site: int
    party_code: str
    site_code: str
    zone: str
    closed_at: datetime | None
    """Since then nothing is agreed with it, whatever clauses say."""


def in_force(connection: Connection) -> list[Clause]:
    """All clauses that hold, have held until a day or will."""
    found = connection.execute(_now().where(clause.c.level.in_([each.value for each in Level])))
    return [_clause(row) for row in found]


def members(connection: Connection) -> dict[str, list[str]]:
    """Codes of the parties in each group."""
    found = connection.execute(_now().where(clause.c.level == MEMBERS))
    return {row.name: json.loads(row.body)["parties"] for row in found}


def calendars(connection: Connection) -> dict[str, OwnDays]:
    """A company's own calendars by name."""
    found: dict[str, OwnDays] = {}
    for row in connection.execute(_now().where(clause.c.level == CALENDAR)):
        body = json.loads(row.body)
        free, worked = (frozenset(map(date.fromisoformat, body.get(name, ()))) for name in ("free", "worked"))
        found[row.name] = OwnDays(body["base"], free, worked)
    return found


def agree(connection: Connection, agreed: Clause, by: str, now: datetime) -> bool:
    """Puts a clause in the place of the one with its identity; one without a body only ends that. False: no change."""
    level, name, feed, warehouse, first = agreed.identity
    return _lay(connection, (level, name, feed, warehouse, first, agreed.last), agreed.body, by, now)


def keep_members(connection: Connection, group: str, parties: Sequence[str], by: str, now: datetime) -> bool:
    """The parties of a group; None: there is no such group any more."""
    return _lay(connection, (MEMBERS, group, "", "", None, None), {"parties": sorted(parties)}, by, now)


def keep_calendar(connection: Connection, name: str, own: OwnDays, by: str, now: datetime) -> bool:
    days = {"free": own.free, "worked": own.worked}
    body: Body = {"base": own.base} | {each: [day.isoformat() for day in sorted(found)] for each, found in days.items()}
    return _lay(connection, (CALENDAR, name, "", "", None, None), body, by, now)


def _lay(connection: Connection, place: tuple[Any, ...], body: Body, by: str, now: datetime) -> bool:
    level, name, feed, warehouse, first, last = place
    same_first = clause.c.first_date.is_(None) if first is None else clause.c.first_date == first
    mine = (clause.c.level == level, clause.c.name == name, clause.c.feed == feed, clause.c.warehouse == warehouse)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True) if body else ""
    old = connection.execute(_now().where(*mine, same_first)).one_or_none()
    if (old is None and not text) or (old is not None and (old.body, old.last_date) == (text, last)):
        return False
    if old is not None:
        connection.execute(update(clause).where(clause.c.key == old.key).values(ended_at=now, ended_by=by))
    if text:
        values = {"level": level, "name": name, "feed": feed, "warehouse": warehouse, "first_date": first}
        connection.execute(insert(clause).values(**values, last_date=last, body=text, made_at=now, made_by=by))
    return True


def history(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Clauses of all times, the youngest first."""
    return connection.execute(select(clause).order_by(clause.c.key.desc()).limit(limit)).all()


def located(connection: Connection, only: int | None = None) -> list[Located]:
    """Every site, or the one."""
    columns = (party.c.key, site.c.key, party.c.code, site.c.code, site.c.time_zone, site.c.closed_at)
    statement = select(*columns).join(site, site.c.party == party.c.key).order_by(site.c.key)
    found = connection.execute(statement if only is None else statement.where(site.c.key == only))
    return [Located(*row) for row in found]


def periods(connection: Connection, site_key: int) -> dict[str, Periods]:
    """What holds for a site, by feed."""
    found = connection.execute(select(timetable).where(timetable.c.site == site_key))
    return {row.feed: _periods(row.periods) for row in found}


def keep_periods(connection: Connection, site_key: int, feed: str, found: Periods) -> None:
    mine = (timetable.c.site == site_key, timetable.c.feed == feed)
    text = json.dumps({name: [_span(each) for each in spans] for name, spans in found.items()}, ensure_ascii=False)
    if connection.execute(update(timetable).where(*mine).values(periods=text)).rowcount == 0:
        connection.execute(insert(timetable).values(site=site_key, feed=feed, periods=text))


def to_settle(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Sites that are new, or for which other clauses begin to hold."""
    due = select(unsettled.c.site).where(unsettled.c.due_at <= now).order_by(unsettled.c.due_at)
    return list(connection.scalars(due.limit(limit)))


def settle_at(connection: Connection, site_key: int, due_at: datetime | None) -> None:
    """When to look at a site's clauses again; None: when they change."""
    connection.execute(delete(unsettled).where(unsettled.c.site == site_key))
    if due_at is not None:
        connection.execute(insert(unsettled).values(site=site_key, due_at=due_at))


def _now() -> Any:
    return select(clause).where(clause.c.ended_at.is_(None))


def _clause(row: Row[Any]) -> Clause:
    place = (Level(row.level), row.name, row.feed, row.warehouse, row.first_date, row.last_date)
    return Clause(*place, json.loads(row.body))


def _span(span: Span) -> list[Any]:
    return [span.first and span.first.isoformat(), span.last and span.last.isoformat(), span.body]


def _periods(text: str) -> Periods:
    return {
        name: [Span(_day(first), _day(last), body) for first, last, body in found]
        for name, found in json.loads(text).items()
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
