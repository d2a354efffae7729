"""Incidents: the open one of a rule and subject, its steps, and mutes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.database.engine import new_key
from connectors.database.incident_tables import incident, incident_step, mute
from connectors.database.prepared import Prepared
from connectors.database.tables import party, site
from gateway.domain.incident import Escalation, Incident, Kind, Mute, Severity, State, Subject, identity

_OF_SITE = Prepared(
    select(incident).where(
        incident.c.site == bindparam("site", type_=incident.c.site.type),
        incident.c.feed == bindparam("feed", type_=incident.c.feed.type),
        incident.c.ended == 0,
    )
)


@dataclass(frozen=True)
class Wanted:
    """Which incidents; none means any."""

    open_only: bool = False
    party: int | None = None
    rule: str | None = None
    severity: str | None = None
    before: int | None = None
    """Only those with a lower key."""


def open_of(connection: Connection, rule: str, subject: Subject) -> tuple[int, Incident] | None:
    """Key and state of the open incident, which is ours until the transaction ends: others wait."""
    one = (incident.c.identity == identity(rule, subject), incident.c.ended == 0)
    if connection.execute(update(incident).where(*one).values(ended=0)).rowcount == 0:
        return None
    found = connection.execute(select(incident).where(*one)).one()
    return found.key, _incident(found)


def is_open(connection: Connection, rule: str, subject: Subject) -> bool:
    """A look only, by whoever needs not write where nothing is open."""
    one = (incident.c.identity == identity(rule, subject), incident.c.ended == 0)
    return connection.scalar(select(incident.c.key).where(*one)) is not None


def open_of_site(connection: Connection, rules: Sequence[str], site_key: int, feed: str) -> list[tuple[str, Subject]]:
    """Rule and subject of the open incidents of a site and feed."""
    found = _OF_SITE.rows(connection, {"site": site_key, "feed": feed})
    return [(each.rule, _subject(each)) for each in found if each.rule in rules]


def open_of_whole_site(connection: Connection, site_key: int) -> list[tuple[str, Subject]]:
    """Of every feed, the oldest first."""
    mine = select(incident).where(incident.c.site == site_key, incident.c.ended == 0).order_by(incident.c.key)
    return [(each.rule, _subject(each)) for each in connection.execute(mine)]


def taken(connection: Connection, key: int) -> Incident | None:
    """The incident with the key, ours until the transaction ends; None where there is none."""
    one = incident.c.key == key
    if connection.execute(update(incident).where(one).values(level=incident.c.level)).rowcount == 0:
        return None
    return _incident(connection.execute(select(incident).where(one)).one())


def add(connection: Connection, new: Incident) -> int | None:
    """Its key; None where somebody else has just opened one of the same rule and subject."""
    try:
        return new_key(connection.execute(insert(incident).values(**_values(new), ended=0)))
    except IntegrityError:
        return None


def store(connection: Connection, key: int, now: Incident) -> None:
    ended = 0 if now.is_open else key
    connection.execute(update(incident).where(incident.c.key == key).values(**_values(now), ended=ended))


def add_step(connection: Connection, key: int, kind: Kind, at: datetime, who: str | None, comment: str | None) -> int:
    """A row of the incident's history; its key."""
    values = {"incident": key, "at": at, "kind": kind, "who": who, "comment": comment and comment[:1000]}
    return new_key(connection.execute(insert(incident_step).values(values)))


def waking(connection: Connection, now: datetime) -> list[int]:
    """Keys of incidents for which something is due, longest first."""
    due = select(incident.c.key).where(incident.c.wakes_at <= now).order_by(incident.c.wakes_at, incident.c.key)
    return list(connection.scalars(due))


def open_with_rules(
    connection: Connection, rules: Sequence[str], party_key: int
) -> dict[tuple[str, Subject], dict[str, str]]:
    """Open incidents of a party by these rules, each with the params it has now."""
    mine = (incident.c.party == party_key, incident.c.ended == 0, incident.c.rule.in_(rules))
    found = connection.execute(select(incident).where(*mine)).all()
    return {(each.rule, _subject(each)): json.loads(each.params) for each in found}


def listed(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row[Any]]:
    """Incidents with codes of party and site, the newest first."""
    asked: list[ColumnElement[bool]] = [incident.c.ended == 0] if wanted.open_only else []
    asked += [incident.c.party == wanted.party] if wanted.party is not None else []
    asked += [incident.c.rule == wanted.rule] if wanted.rule else []
    asked += [incident.c.severity == wanted.severity] if wanted.severity else []
    asked += [incident.c.key < wanted.before] if wanted.before is not None else []
    return connection.execute(_SHOWN.where(*asked).order_by(incident.c.key.desc()).limit(limit)).all()


def shown(connection: Connection, key: int) -> Row[Any] | None:
    """One incident with codes of party and site."""
    return connection.execute(_SHOWN.where(incident.c.key == key)).one_or_none()


def steps(connection: Connection, key: int) -> Sequence[Row[Any]]:
    """(at, kind, who, comment), the oldest first."""
    statement = select(incident_step).where(incident_step.c.incident == key).order_by(incident_step.c.key)
    return connection.execute(statement).all()


def params(shown: Row[Any]) -> dict[str, str]:
    """What fills the words of a row of `listed` or `shown`."""
    return dict(json.loads(shown.params))


def add_mute(connection: Connection, new: Mute, reason: str, who: str) -> int:
    return new_key(connection.execute(insert(mute).values(**vars(new), reason=reason[:1000], who=who)))


def end_mute(connection: Connection, key: int, now: datetime) -> Mute | None:
    """The mute as it was until now; None where there is none that lasts."""
    found = connection.execute(select(mute).where(mute.c.key == key, mute.c.until > now)).one_or_none()
    if found is None:
        return None
    connection.execute(update(mute).where(mute.c.key == key).values(until=now))
    return _mute(found)


def mutes_at(connection: Connection, at: datetime) -> list[Mute]:
    """Those that last at that moment."""
    lasting = select(mute).where(mute.c.until > at, mute.c.since <= at)
    return [_mute(each) for each in connection.execute(lasting)]


def mutes_listed(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Those that are not over, with the codes of party and site."""
    names = (party.c.code.label("party_code"), site.c.code.label("site_code"))
    joined = mute.outerjoin(party, party.c.key == mute.c.party).outerjoin(site, site.c.key == mute.c.site)
    statement = select(mute, *names).select_from(joined).where(mute.c.until > now).order_by(mute.c.until, mute.c.key)
    return connection.execute(statement).all()


def covered(connection: Connection, by: Mute) -> list[int]:
    """Keys of the open incidents that a mute covers."""
    asked = [incident.c[name] == value for name in _MUTED if (value := getattr(by, name)) is not None]
    return list(connection.scalars(select(incident.c.key).where(incident.c.ended == 0, *asked)))


_MUTED = ("rule", "party", "site", "feed", "identity")
_SHOWN = (
    select(
        incident,
        party.c.code.label("party_code"),
        party.c.name.label("party_name"),
        site.c.code.label("site_code"),
    )
    .select_from(incident)
    .outerjoin(party, party.c.key == incident.c.party)
    .outerjoin(site, site.c.key == incident.c.site)
)


def _values(of: Incident) -> dict[str, Any]:
    same = ("rule", "severity", "state", "opened_at", "last_at", "closed_at", "repeats", "slot", "packet_id", "level")
    values = {name: getattr(of, name) for name in (*same, "told_at", "muted_until", "assignee", "due_at", "wakes_at")}
    where = {name: getattr(of.subject, name) for name in ("party", "site", "feed", "warehouse")}
    escalation = [(each.after.total_seconds(), each.tell) for each in of.escalation]
    lists = {"params": dict(of.params), "tell": of.tell, "escalation": escalation}
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in lists.items()}
    return {**values, **where, **texts, "subject": of.subject.key, "identity": identity(of.rule, of.subject)}


def _incident(row: Row[Any]) -> Incident:
    same = ("rule", "opened_at", "last_at", "closed_at", "repeats", "slot", "packet_id", "level", "told_at")
    values = {name: getattr(row, name) for name in (*same, "muted_until", "assignee", "due_at")}
    steps = (Escalation(timedelta(seconds=after), tuple(tell)) for after, tell in json.loads(row.escalation))
    return Incident(
        **values,
        subject=_subject(row),
        severity=Severity(row.severity),
        state=State(row.state),
        params=json.loads(row.params),
        tell=tuple(json.loads(row.tell)),
        escalation=tuple(steps),
    )


def _subject(row: Row[Any]) -> Subject:
    return Subject(row.party, row.site, row.feed, row.warehouse, row.subject)


def _mute(row: Row[Any]) -> Mute:
    return Mute(row.since, row.until, *(getattr(row, name) for name in _MUTED))
