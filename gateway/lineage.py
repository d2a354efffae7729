"""Use case: where a fact comes from and what became of it: packet, row, and the row's bytes as they were sent."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import claim_key
from gateway.domain.receipt import State
from gateway.loading import batches

if TYPE_CHECKING:
    from gateway.wiring import Hub

CHANGES = 100
"""How many changes of one packet are told."""
FORESEEN_ROWS = 50_000
"""Of a packet whose changes a page foresees; a larger one is left to the command line."""


@dataclass(frozen=True)
class Changes:
    """What a packet changed in the facts, or would change: the first of them, as rows of `history`."""

    found: list[Any]
    more: bool
    foreseen: bool


@dataclass(frozen=True)
class Told:
    """What is known of a packet: what its page shows, why it is held, and what it changes."""

    details: Any
    asked: list[str]
    changes: Changes


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
    messages = [hub.problems.wording(each.problem, "en").message for found in asked for each in found]
    return Told(details, messages, changes(hub, packet, details.state))


def changes(hub: "Hub", packet: int, state: str) -> Changes:
    """What a held packet would change if it were loaded now; what any other has changed."""
    if state == State.HELD:
        found = _foreseen(hub, packet)
    else:
        with hub.warehouse.reading() as connection:
            found = hub.history.changes_by(connection, packet, CHANGES + 1)
    return Changes(found[:CHANGES], len(found) > CHANGES, state == State.HELD)


def _foreseen(hub: "Hub", packet: int) -> list[Any]:
    """As loading finds it: the packet is staged, compared with the facts, and forgotten."""
    with hub.exchange.reading() as connection:
        known = hub.journal.journalled(connection, packet)
        sender = hub.parties.sender(connection, known.site)
        content = hub.journal.read_payload(connection, known.payload)
    feed, stand_in = FEEDS[known.feed], hub.bulk.stand_in()
    known = replace(known, claim=claim_key(stand_in, 0))
    with hub.bulk.looked_at(
        hub.warehouse, feed, stand_in, lambda: batches(hub, known, sender, content, known.claim)
    ) as connection:
        found: list[Any] = hub.history.foreseen(connection, feed, known, sender.party, CHANGES + 1)
    return found


def traced(hub: "Hub", packet: int, number: int) -> Traced:
    """Follows a row of a packet into the facts. Raises Misuse where the packet has no such row."""
    with hub.exchange.reading() as connection:
        known = hub.journal.journalled(connection, packet)
        zone = hub.parties.sender(connection, known.site).zone
        content = hub.journal.read_payload(connection, known.payload)
    if not content:
        raise Misuse("the packet's content was pruned: it was older than OBMEN_PAYLOAD_DAYS")
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
