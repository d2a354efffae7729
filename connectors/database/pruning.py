"""What may go with time: contents of packets that are done with, and transfers that nobody finished.

Journal rows, ids and problems stay. A payload whose content went keeps its row, with a size of 0.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, or_, select, update

from connectors.database.tables import attempt, packet, payload, payload_part, transfer
from gateway.domain.receipt import State

_NEEDED = (State.ACCEPTED, State.LOADING, State.HELD, State.FAILED)
"""Of these the content may still be loaded."""
_UNFINISHED = ~exists().where(attempt.c.payload == transfer.c.payload)
_JUDGED = exists().where(attempt.c.payload == payload.c.key)
_PACKET = attempt.join(packet, packet.c.attempt == attempt.c.key)
_OF_PACKET = exists(1).select_from(_PACKET).where(attempt.c.payload == payload.c.key)


def outdated(connection: Connection, before: datetime, refused_before: datetime, after: int, limit: int) -> list[int]:
    """Payloads above `after`, lowest first: of packets kept before the one moment, of what was refused the other."""
    needed = _OF_PACKET.where(packet.c.state.in_(_NEEDED))
    refused = ~_OF_PACKET & _JUDGED & (payload.c.kept_at < refused_before)
    old = or_(_OF_PACKET & ~needed & (payload.c.kept_at < before), refused)
    statement = select(payload.c.key).where(payload.c.key > after, payload.c.size > 0, old)
    return list(connection.scalars(statement.order_by(payload.c.key).limit(limit)))


def drop_contents(connection: Connection, keys: Sequence[int]) -> None:
    """Whoever still quotes a transfer of theirs is told to open another."""
    connection.execute(delete(transfer).where(transfer.c.payload.in_(keys)))
    connection.execute(delete(payload_part).where(payload_part.c.payload.in_(keys)))
    connection.execute(update(payload).where(payload.c.key.in_(keys)).values(size=0))


def abandoned(connection: Connection, before: datetime, limit: int) -> list[tuple[int, int]]:
    """(site, payload) of transfers opened before the moment and never completed."""
    statement = select(transfer.c.site, transfer.c.payload).where(transfer.c.opened_at < before, _UNFINISHED)
    return [tuple(row) for row in connection.execute(statement.order_by(transfer.c.opened_at).limit(limit))]


def drop_transfer(connection: Connection, its_payload: int, before: datetime) -> bool:
    """Must have the site's turn; False where somebody has gone on with it meanwhile."""
    abandoned_still = (transfer.c.payload == its_payload, transfer.c.opened_at < before, _UNFINISHED)
    if not connection.execute(delete(transfer).where(*abandoned_still)).rowcount:
        return False
    connection.execute(delete(payload_part).where(payload_part.c.payload == its_payload))
    connection.execute(delete(payload).where(payload.c.key == its_payload))
    return True
