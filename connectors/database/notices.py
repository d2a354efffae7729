"""Messages to a distributor's 1C, until it acknowledges them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from connectors.database.tables import notice

AT_ONCE = 500


@dataclass(frozen=True)
class Notice:
    id: int
    made_at: datetime
    code: str
    text: str
    packet_id: str | None


def add_notice(connection: Connection, site: int, code: str, text: str, packet_id: str | None, now: datetime) -> None:
    values = {"site": site, "made_at": now, "code": code, "text": text[:1000], "packet_id": packet_id}
    connection.execute(insert(notice).values(values))


def was_told(connection: Connection, site: int, code: str, text: str) -> bool:
    """Whether the site has had the very same notice before."""
    same = (notice.c.site == site, notice.c.code == code, notice.c.text == text)
    return connection.scalar(select(notice.c.key).where(*same).limit(1)) is not None


def waiting(connection: Connection, site: int, since: datetime | None) -> list[Notice]:
    """A site's notices that are not acknowledged, oldest first, made at or after `since`."""
    mine = [notice.c.site == site, notice.c.acknowledged_at.is_(None)]
    if since is not None:
        mine.append(notice.c.made_at >= since)
    statement = select(notice).where(*mine).order_by(notice.c.key).limit(AT_ONCE)
    return [Notice(row.key, row.made_at, row.code, row.text, row.packet_id) for row in connection.execute(statement)]


def acknowledge(connection: Connection, site: int, ids: list[int], now: datetime) -> int:
    """How many of the ids are the site's own; acknowledging again changes nothing and counts all the same."""
    own = 0
    for start in range(0, len(ids), AT_ONCE):  # a server takes 2,100 parameters at most
        mine = (notice.c.site == site, notice.c.key.in_(ids[start : start + AT_ONCE]))
        connection.execute(update(notice).where(*mine, notice.c.acknowledged_at.is_(None)).values(acknowledged_at=now))
        own += len(list(connection.scalars(select(notice.c.key).where(*mine))))
    return own
