"""Packets that come in parts: what was announced, and the parts that are here. Every part is durable by itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from connectors.database.engine import new_key
from connectors.database.tables import attempt, payload, payload_part, transfer
from connectors.database.types import size_of

_judged = exists().where(attempt.c.payload == transfer.c.payload)


@dataclass(frozen=True)
class Transfer:
    """An open transfer; `key` is what the caller quotes, `payload` where its parts are kept."""

    key: str
    site: int
    feed: str
    packet_id: str
    total_bytes: int
    sha256: str | None
    payload: int


def find(connection: Connection, site: int, key: str) -> Transfer | None:
    """A site's own transfer."""
    return _one(connection, transfer.c.site == site, transfer.c.key == key)


def find_same(connection: Connection, wanted: Transfer) -> Transfer | None:
    """The latest open transfer that announced exactly the same: it resumes."""
    same = (
        transfer.c.site == wanted.site,
        transfer.c.packet_id == wanted.packet_id,
        transfer.c.feed == wanted.feed,
        transfer.c.total_bytes == wanted.total_bytes,
        transfer.c.sha256.is_(None) if wanted.sha256 is None else transfer.c.sha256 == wanted.sha256,
        ~_judged,
    )
    return _one(connection, *same)


def is_judged(connection: Connection, which: Transfer) -> bool:
    """Whether its content was taken in (or refused) as a whole: then no part may change any more."""
    return bool(connection.scalar(select(func.count()).where(attempt.c.payload == which.payload)))


def begin(connection: Connection, wanted: Transfer, now: datetime) -> Transfer:
    """Writes a transfer down, with an empty payload to be filled."""
    key = new_key(connection.execute(insert(payload).values(size=0, kept_at=now)))
    values = {name: getattr(wanted, name) for name in ("key", "site", "feed", "packet_id", "total_bytes", "sha256")}
    connection.execute(insert(transfer).values(**values, payload=key, opened_at=now))
    return Transfer(**values, payload=key)


def go_on(connection: Connection, which: Transfer, now: datetime) -> None:
    connection.execute(update(transfer).where(transfer.c.key == which.key).values(opened_at=now))


def put_part(connection: Connection, into: Transfer, number: int, content: bytes) -> int:
    """Keeps a part; the same number again takes its place. How many bytes there are now."""
    mine = (payload_part.c.payload == into.payload, payload_part.c.number == number)
    connection.execute(delete(payload_part).where(*mine))
    connection.execute(insert(payload_part).values(payload=into.payload, number=number, content=content))
    size = select(func.sum(size_of(payload_part.c.content))).where(payload_part.c.payload == into.payload)
    connection.execute(update(payload).where(payload.c.key == into.payload).values(size=size.scalar_subquery()))
    return int(connection.scalar(select(payload.c.size).where(payload.c.key == into.payload)) or 0)


def received(connection: Connection, into: Transfer) -> list[int]:
    """Numbers of the parts that are here."""
    numbers = select(payload_part.c.number).where(payload_part.c.payload == into.payload)
    return list(connection.scalars(numbers.order_by(payload_part.c.number)))


def _one(connection: Connection, *conditions) -> Transfer | None:  # type: ignore[no-untyped-def]
    statement = select(transfer).where(*conditions).order_by(transfer.c.opened_at.desc(), transfer.c.key).limit(1)
    found = connection.execute(statement).mappings().one_or_none()
    return Transfer(**{name: found[name] for name in Transfer.__dataclass_fields__}) if found else None
