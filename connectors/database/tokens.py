"""Tokens of the REST interface."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.database.erp_tables import token
from gateway.domain.errors import Misuse
from gateway.domain.token import Scope, Token


def add(
    connection: Connection,
    name: str,
    public: str,
    hash: str,
    scopes: Collection[Scope],
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Raises Misuse where the name is taken."""
    values = {"name": name, "public": public, "hash": hash, "scopes": " ".join(sorted(scopes))}
    try:
        connection.execute(insert(token).values(**values, made_at=now, expires_at=expires_at))
    except IntegrityError as error:
        raise Misuse(f"token {name} is there already; revoked ones keep their names too") from error


def find(connection: Connection, public: str) -> Token | None:
    found = connection.execute(select(token).where(token.c.public == public)).one_or_none()
    return _token(found) if found else None


def revoke(connection: Connection, name: str, now: datetime) -> None:
    """Raises Misuse where there is none, or it is revoked already."""
    valid = (token.c.name == name, token.c.revoked_at.is_(None))
    if connection.execute(update(token).where(*valid).values(revoked_at=now)).rowcount != 1:
        raise Misuse(f"there is no valid token {name}")


def listed(connection: Connection) -> list[Token]:
    return [_token(row) for row in connection.execute(select(token).order_by(token.c.name))]


def _token(row: Row[Any]) -> Token:
    scopes = frozenset(Scope(each) for each in row.scopes.split())
    return Token(row.key, row.name, row.hash, scopes, row.expires_at, row.revoked_at)
