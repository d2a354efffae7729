"""The audit journal: a row for each request, and the seals over them. Rows are only ever added."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from connectors.database import locks
from connectors.database.prepared import insertion
from connectors.database.tables import audit, audit_seal
from gateway.domain.audit import Entry, Seal, StoredEntry

_NEW = insertion(audit)
_FIELDS = [audit.c[field.name] for field in fields(Entry)]


def take_turn(connection: Connection) -> None:
    """Batches of several gateways, and the sealer, follow each other: keys are committed in their order.

    Else a row could appear below a key that is sealed already. Raises Busy.
    """
    locks.take_turn(connection, locks.AUDIT)


def add(connection: Connection, entries: Sequence[Entry]) -> None:
    """Adds a batch. Must run in a writing transaction."""
    take_turn(connection)
    _NEW.many(connection, [entry.told() for entry in entries])


def entries_after(connection: Connection, key: int, limit: int) -> list[StoredEntry]:
    """The oldest rows above a key."""
    statement = select(audit.c.key, *_FIELDS).where(audit.c.key > key).order_by(audit.c.key).limit(limit)
    return [_stored(row) for row in connection.execute(statement)]


def count_after(connection: Connection, key: int) -> int:
    return int(connection.scalar(select(func.count()).select_from(audit).where(audit.c.key > key)) or 0)


def add_seal(connection: Connection, seal: Seal) -> None:
    connection.execute(insert(audit_seal).values(**asdict(seal)))


def last_seal(connection: Connection) -> Seal | None:
    found = connection.execute(select(audit_seal).order_by(audit_seal.c.number.desc()).limit(1)).one_or_none()
    return _seal(found) if found else None


def seal_after(connection: Connection, number: int) -> Seal | None:
    """The first seal with a higher number."""
    statement = select(audit_seal).where(audit_seal.c.number > number).order_by(audit_seal.c.number).limit(1)
    found = connection.execute(statement).one_or_none()
    return _seal(found) if found else None


def _stored(row: Row[Any]) -> StoredEntry:
    values = dict(row._mapping)
    return StoredEntry(values.pop("key"), Entry(**values))


def _seal(row: Row[Any]) -> Seal:
    return Seal(**row._mapping)
