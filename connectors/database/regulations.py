"""What is agreed with a site for a feed; and how problems weigh for a party."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from connectors.database.prepared import Prepared
from connectors.database.tables import packet, regulation, severity
from gateway.domain.regulation import Regulation

_AGREED = Prepared(
    select(regulation).where(regulation.c.site == bindparam("site"), regulation.c.feed == bindparam("feed"))
)
_WEIGHTS = Prepared(select(severity.c.code, severity.c.severity).where(severity.c.party == bindparam("party")))


def regulation_of(connection: Connection, site: int, feed: str) -> Regulation:
    """The agreed rules; nothing agreed is a regulation without any."""
    row = _AGREED.first(connection, {"site": site, "feed": feed})
    if row is None:
        return Regulation()
    values = {name: getattr(row, name) for name in Regulation.__dataclass_fields__}
    return Regulation(**values | {"modes": tuple((row.modes or "").split())})


def replace(connection: Connection, site: int, feed: str, rules: dict[str, Any] | None) -> None:
    """What intake asks of a site's packets; None: nothing is agreed. Its clauses are where it comes from."""
    connection.execute(delete(regulation).where(regulation.c.site == site, regulation.c.feed == feed))
    if rules is not None:
        connection.execute(insert(regulation).values(site=site, feed=feed, **rules))


def last_received(connection: Connection, site: int, feed: str) -> datetime | None:
    """When the last accepted packet of the feed came; what was imported came at no time of its own."""
    mine = (packet.c.site == site, packet.c.feed == feed, packet.c.historic.is_(None))
    newest = select(packet.c.received_at).where(*mine).order_by(packet.c.received_at.desc()).limit(1)
    last: datetime | None = connection.scalar(newest)
    return last


def severities(connection: Connection, party: int) -> dict[str, str]:
    """Problems that count more or less than usual for the party."""
    return {row.code: row.severity for row in _WEIGHTS.rows(connection, {"party": party})}


def weigh(connection: Connection, party: int, code: str, weight: str | None) -> None:
    """Sets how a problem counts for a party; None: as for everybody."""
    connection.execute(delete(severity).where(severity.c.party == party, severity.c.code == code))
    if weight is not None:
        connection.execute(insert(severity).values(party=party, code=code, severity=weight))
