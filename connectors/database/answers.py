"""Answers kept for requests that may come again, in the schema where what they asked for was done."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from connectors.database import locks
from connectors.database.erp_tables import answered


def take_turn(connection: Connection, token: int, name: str) -> None:
    """The same request twice at once: the second waits, and finds the first one's answer. Raises Busy."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:32]
    locks.take_turn(connection, f"obmen answer {token} {mark}")


def find(connection: Connection, schema: str, token: int, name: str) -> tuple[str, str] | None:
    """Digest of the request that had the key, and its answer."""
    table = answered[schema]
    mine = (table.c.token == token, table.c.name == name)
    found = connection.execute(select(table.c.digest, table.c.answer).where(*mine)).one_or_none()
    return (found.digest, found.answer) if found else None


def keep(connection: Connection, schema: str, token: int, name: str, digest: str, answer: str, now: datetime) -> None:
    values = {"token": token, "name": name, "digest": digest, "answer": answer, "kept_at": now}
    connection.execute(insert(answered[schema]).values(values))


def forget(connection: Connection, schema: str, before: datetime) -> None:
    table = answered[schema]
    connection.execute(delete(table).where(table.c.kept_at < before))
