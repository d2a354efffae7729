"""The contact book: versions of it, the people in it, and their channels with how they fare."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from connectors.database.engine import new_key
from connectors.database.incident_tables import channel, contact, contact_book
from gateway.domain.contact import Absence, Channel, Contact, Route
from gateway.domain.incident import Escalation, Severity


def replace(
    connection: Connection, people: Sequence[Contact], routes: Sequence[Route], text: str, who: str, now: datetime
) -> None:
    """A new version takes the place of the one in force. A channel that stays keeps how it fares."""
    values = {"at": now, "who": who, "text": text, "routes": json.dumps([_plain_route(each) for each in routes])}
    connection.execute(insert(contact_book).values(values))
    known = {each.name: each.key for each in connection.execute(select(contact.c.name, contact.c.key))}
    connection.execute(update(contact).where(contact.c.active).values(active=False))
    connection.execute(update(channel).where(channel.c.active).values(active=False))
    for each in people:
        person = {"party": each.party, "active": True, "terms": json.dumps(_terms(each), ensure_ascii=False)}
        if key := known.get(each.name):
            connection.execute(update(contact).where(contact.c.key == key).values(person))
        else:
            key = new_key(connection.execute(insert(contact).values(**person, name=each.name)))
        _keep_channels(connection, key, each.channels)


def _keep_channels(connection: Connection, key: int, wanted: Iterable[Channel]) -> None:
    for each in wanted:
        one = (channel.c.contact == key, channel.c.kind == each.kind, channel.c.address == each.address)
        if connection.execute(update(channel).where(*one).values(active=True)).rowcount == 0:
            values = {"contact": key, "kind": each.kind, "address": each.address, "active": True, "failures": 0}
            connection.execute(insert(channel).values(**values, refused=False))


def versions(connection: Connection) -> Sequence[Row[Any]]:
    """(key, at, who, text), the newest first."""
    return connection.execute(select(contact_book).order_by(contact_book.c.key.desc())).all()


def routes(connection: Connection) -> list[Route]:
    """Of the version in force."""
    newest = select(contact_book.c.routes).order_by(contact_book.c.key.desc()).limit(1)
    return [_route(each) for each in json.loads(connection.scalar(newest) or "[]")]


def people(connection: Connection, party_key: int | None) -> list[Contact]:
    """Our own staff and the contacts of a party, by name."""
    theirs = contact.c.party.is_(None) if party_key is None else or_(
        contact.c.party.is_(None), contact.c.party == party_key
    )  # fmt: skip
    return _people(connection, contact.c.active, theirs)


def everybody(connection: Connection) -> list[Contact]:
    return _people(connection, contact.c.active)


def _people(connection: Connection, *asked: Any) -> list[Contact]:
    joined = contact.outerjoin(channel, (channel.c.contact == contact.c.key) & channel.c.active)
    named = (channel.c.key.label("channel"), channel.c.kind, channel.c.address, channel.c.dead_since)
    statement = select(contact, *named).select_from(joined).where(*asked).order_by(contact.c.name, channel.c.key)
    found: dict[str, tuple[Any, list[Channel]]] = {}
    for row in connection.execute(statement):
        channels = found.setdefault(row.name, (row, []))[1]
        if row.channel is not None:
            channels.append(Channel(row.channel, row.kind, row.address, row.dead_since is not None))
    return [contact_of(row, tuple(channels)) for row, channels in found.values()]


def _terms(of: Contact) -> dict[str, Any]:
    return {
        "language": of.language,
        "time_zone": of.time_zone,
        "roles": sorted(of.roles),
        "digest": of.digest and of.digest.isoformat(),
        "quiet": of.quiet and [each.isoformat() for each in of.quiet],
        "urgent": of.urgent,
        "absences": [(str(each.first), str(each.last), each.stand_in) for each in of.absences],
    }


def contact_of(row: Any, channels: tuple[Channel, ...] = ()) -> Contact:
    """The person of a row of `contact`."""
    terms = json.loads(row.terms)
    quiet = terms["quiet"]
    return Contact(
        name=row.name,
        party=row.party,
        language=terms["language"],
        time_zone=terms["time_zone"],
        roles=frozenset(terms["roles"]),
        digest=time.fromisoformat(terms["digest"]) if terms["digest"] else None,
        quiet=(time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])) if quiet else None,
        urgent=Severity(terms["urgent"]) if terms["urgent"] else None,
        absences=tuple(
            Absence(date.fromisoformat(first), date.fromisoformat(last), stand_in)
            for first, last, stand_in in terms["absences"]
        ),
        channels=channels,
    )


def _plain_route(of: Route) -> dict[str, Any]:
    escalation = [(each.after.total_seconds(), each.tell) for each in of.escalation]
    return {**vars(of), "escalation": escalation}


def _route(plain: dict[str, Any]) -> Route:
    steps = (Escalation(timedelta(seconds=after), tuple(tell)) for after, tell in plain["escalation"])
    severity = Severity(plain["severity"]) if plain["severity"] else None
    return Route(tuple(plain["tell"]), tuple(steps), plain["rule"], severity, plain["party"])
