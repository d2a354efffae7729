"""Use case: where a fact comes from and what became of it: packet, row, and the row's bytes as they were sent."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS

if TYPE_CHECKING:
    from gateway.wiring import Hub

CHANGES = 100
"""How many changes of one packet are told."""


@dataclass(frozen=True)
class Told:
    """What is known of a packet: what its page shows, why it is held, and what it changed in the facts."""

    details: Any
    asked: list[str]
    changes: list[Any]


@dataclass(frozen=True)
class Traced:
    """A row of a packet: its bytes, its document as the facts hold it now, and what became of that document.

    `fact` is what stands of the row; where nothing does, `reason` may say why it is in quarantine.
    """

    content: bytes
    document: Any
    fact: Any
    reason: str | None
    changes: list[Any]


def told(hub: "Hub", packet: int) -> Told:
    with hub.exchange.reading() as connection:
        attempt = hub.pages.attempt_of(connection, packet)
        details = hub.pages.details(connection, attempt)
        asked = [hub.pages.problems(connection, attempt, code, 0, 1) for code in ("PERIOD_CLOSED", "SHRINK_GUARD")]
    with hub.warehouse.reading() as connection:
        changes = hub.history.changes_by(connection, packet, CHANGES)
    return Told(
        details, [hub.problems.wording(each.problem, "en").message for found in asked for each in found], changes
    )


def traced(hub: "Hub", packet: int, number: int) -> Traced:
    """Follows a row of a packet into the facts. Raises Misuse where the packet has no such row."""
    with hub.exchange.reading() as connection:
        known = hub.journal.journalled(connection, packet)
        zone = hub.parties.sender(connection, known.site).zone
        content = hub.journal.read_payload(connection, known.payload)
    feed, limit = FEEDS[known.feed], hub.settings.packet_bytes
    found = hub.formats.row_of(feed, content, limit, zone, known.organization, known.last_date, number)
    if found is None:
        raise Misuse(f"the packet has no row {number}")
    cut, identity = found
    with hub.warehouse.reading() as connection:
        document = hub.history.standing(connection, feed, known.site, identity)
        fact = document if document and document.packet == packet and not document.deleted else None
        if fact and feed.row:
            fact = hub.history.row_of(connection, feed, fact.key, number)
        reason = hub.history.reason(connection, packet, number)
        return Traced(cut, document, fact, reason, hub.history.changes_of(connection, known.site, feed.name, identity))
