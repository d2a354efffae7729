"""Parties, their sites and logins, and the people of the operations staff."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.database.engine import new_key
from connectors.database.prepared import Prepared
from connectors.database.regulation_tables import unsettled
from connectors.database.tables import login, party, person, site, site_organization, visit
from gateway.domain.errors import Misuse
from gateway.domain.party import Login, Sender

_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


def add_party(connection: Connection, code: str, name: str, language: str) -> None:
    """Raises Misuse where the code is taken."""
    try:
        connection.execute(insert(party).values(code=code, name=name, language=language))
    except IntegrityError as error:
        raise Misuse(f"party {code} is there already") from error


def find_party(connection: Connection, code: str) -> int | None:
    """The key of the party with the code."""
    return connection.scalar(select(party.c.key).where(party.c.code == code))


def add_site(
    connection: Connection,
    party_code: str,
    site_code: str,
    login_name: str,
    secret: str,
    time_zone: str,
    organizations: tuple[str, ...] = (),
) -> None:
    """A site of a party with its first login; `secret` is the argon2 hash. Raises Misuse where a name is taken."""
    party_key = find_party(connection, party_code)
    if party_key is None:
        raise Misuse(f"there is no party {party_code}: add it first (obmen party add {party_code})")
    try:
        added = connection.execute(insert(site).values(party=party_key, code=site_code, time_zone=time_zone))
        key = new_key(added)
        connection.execute(insert(login).values(site=key, name=login_name, secret=secret))
    except IntegrityError as error:
        raise Misuse(f"site {site_code} of {party_code} or login {login_name} is there already") from error
    for inn in dict.fromkeys(organizations):
        connection.execute(insert(site_organization).values(site=key, inn=inn))
    connection.execute(insert(unsettled).values(site=key, due_at=_AT_ONCE))


def party_keys(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(select(party.c.code, party.c.key)).all())


def names(connection: Connection) -> dict[tuple[int, int | None], str]:
    """Party and site → `PARTY/site`; party and none → `PARTY`."""
    source = party.outerjoin(site, site.c.party == party.c.key)
    found = connection.execute(select(party.c.key, party.c.code, site.c.key, site.c.code).select_from(source)).all()
    sites: dict[tuple[int, int | None], str] = {(each[0], each[2]): f"{each[1]}/{each[3]}" for each in found}
    return sites | {(each[0], None): each[1] for each in found}


def find_login(connection: Connection, name: str) -> Login | None:
    """A login with whom it stands for, in one statement: every request asks it."""
    rows = _LOGIN.rows(connection, {"name": name})
    if not rows:
        return None
    found = rows[0]
    networks = tuple((found.addresses or "").split())
    return Login(_sender(rows), found.secret, found.old_secret, found.old_until, networks, found.closed_at is not None)


def rotate(connection: Connection, name: str, secret: str, old_until: datetime | None) -> None:
    """A new argon2 hash for a login; the one before stays valid until then. Raises Misuse where there is no login."""
    values = {"secret": secret, "old_secret": login.c.secret if old_until else None, "old_until": old_until}
    if connection.execute(update(login).where(login.c.name == name).values(values)).rowcount != 1:
        raise Misuse(f"there is no login {name}")


def allow_networks(connection: Connection, site_key: int, networks: tuple[str, ...]) -> None:
    """From where a site may call; none: from anywhere."""
    connection.execute(update(site).where(site.c.key == site_key).values(addresses=" ".join(networks) or None))


def close_site(connection: Connection, site_key: int, at: datetime, by: str) -> None:
    """From then on it exchanges no more. Raises Misuse where it is closed already."""
    open_now = update(site).where(site.c.key == site_key, site.c.closed_at.is_(None))
    if connection.execute(open_now.values(closed_at=at, closed_by=by)).rowcount != 1:
        raise Misuse("the site is closed already")


def reopen_site(connection: Connection, site_key: int) -> None:
    """Raises Misuse where it is not closed."""
    closed_now = update(site).where(site.c.key == site_key, site.c.closed_at.is_not(None))
    if connection.execute(closed_now.values(closed_at=None, closed_by=None)).rowcount != 1:
        raise Misuse("the site is not closed")


def closed_sites(connection: Connection) -> set[int]:
    return set(connection.scalars(select(site.c.key).where(site.c.closed_at.is_not(None))))


def sites_listed(connection: Connection) -> Sequence[Any]:
    """Every site with its party's code and its login."""
    columns = (party.c.code.label("party_code"), site.c.code, login.c.name.label("login"), site.c.time_zone)
    source = site.join(party, party.c.key == site.c.party).join(login, login.c.site == site.c.key)
    statement = select(*columns, site.c.closed_at, site.c.closed_by).select_from(source)
    return connection.execute(statement.order_by(party.c.code, site.c.code, login.c.name)).all()


def sites_by_party(connection: Connection) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in connection.execute(select(site.c.party, site.c.key)):
        found.setdefault(row.party, []).append(row.key)
    return found


def party_codes(connection: Connection) -> dict[int, str]:
    """Each party's code, by key."""
    return {row.key: row.code for row in connection.execute(select(party.c.key, party.c.code))}


def sender(connection: Connection, site_key: int) -> Sender:
    """A site with its party and organisations."""
    return _sender(_OF_SITE.rows(connection, {"of": site_key}))


_SENDER = (
    select(
        site.c.key,
        site.c.party,
        site.c.code,
        site.c.time_zone,
        party.c.code.label("party_code"),
        party.c.name.label("party_name"),
        party.c.language,
        site_organization.c.inn,
    )
    .join(party, party.c.key == site.c.party)
    .outerjoin(site_organization, site_organization.c.site == site.c.key)
)
"""A row for each organisation, one at least."""
_OF_SITE = Prepared(_SENDER.where(site.c.key == bindparam("of", type_=site.c.key.type)))
_LOGIN = Prepared(
    _SENDER.add_columns(login.c.secret, login.c.old_secret, login.c.old_until, site.c.addresses, site.c.closed_at)
    .join(login, login.c.site == site.c.key)
    .where(login.c.name == bindparam("name"))
)


def _sender(rows: Sequence[Any]) -> Sender:
    found = rows[0]
    return Sender(
        site=found.key,
        party=found.party,
        site_code=found.code,
        party_code=found.party_code,
        party_name=found.party_name,
        language=found.language,
        time_zone=found.time_zone,
        organizations=frozenset(row.inn for row in rows if row.inn is not None),
    )


def add_person(connection: Connection, name: str, secret: str) -> None:
    """Somebody of the operations staff. Raises Misuse where the name is taken."""
    try:
        connection.execute(insert(person).values(name=name, secret=secret))
    except IntegrityError as error:
        raise Misuse(f"person {name} is there already") from error


def person_secret(connection: Connection, name: str) -> tuple[int, str] | None:
    """A person's key and argon2 hash."""
    found = connection.execute(select(person.c.key, person.c.secret).where(person.c.name == name)).one_or_none()
    return (found.key, found.secret) if found else None


def begin_visit(connection: Connection, token: str, person_key: int, ends: datetime) -> None:
    """`token` is the SHA-256 of the cookie's."""
    connection.execute(insert(visit).values(token=token, person=person_key, ends=ends))


def visitor(connection: Connection, token: str, now: datetime) -> str | None:
    """The name of the person whose visit it is, while it lasts."""
    statement = select(person.c.name).join(visit, visit.c.person == person.c.key)
    return connection.scalar(statement.where(visit.c.token == token, visit.c.ends > now))


def end_visit(connection: Connection, token: str, now: datetime) -> None:
    """Ends this visit, and forgets those that ran out."""
    connection.execute(delete(visit).where((visit.c.token == token) | (visit.c.ends <= now)))
