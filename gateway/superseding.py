"""Use case: what newer packets have spoken for is superseded, though it failed or is held.

What merely waits for its turn is loaded all the same and comes out as superseded: the documents that it named stay on
record, so that nothing older brings them back.
"""

from typing import TYPE_CHECKING

from gateway.domain.feed import Mode
from gateway.domain.feeds import FEEDS

if TYPE_CHECKING:
    from connectors.database.journal import Journalled
    from gateway.wiring import Hub


def superseded_by(hub: "Hub", newer: "Journalled") -> list[int]:
    """Keys of the packets that failed or are held, and of which nothing is left to say now that a newer one is in."""
    if Mode(newer.mode) is Mode.MERGE:
        return []
    with hub.exchange.reading() as connection:
        older = [hub.journal.journalled(connection, key) for key in hub.failures.left_behind(connection, newer)]
    return [packet.key for packet in older if is_covered(hub, packet)]


def is_covered(hub: "Hub", packet: "Journalled") -> bool:
    """Whether newer packets have spoken for all that this one, which was never loaded, speaks for."""
    feed = FEEDS[packet.feed]
    warehouses, dates = _listed(hub, packet) if feed.per_warehouse else ((), (None, None))
    with hub.warehouse.reading() as connection:
        return hub.failures.is_covered(connection, feed, packet, warehouses, dates)


def _listed(hub: "Hub", packet: "Journalled"):  # type: ignore[no-untyped-def]
    """The warehouses of a packet of stock and their dates: only its content knows them."""
    with hub.exchange.reading() as connection:
        sender = hub.parties.sender(connection, packet.site)
        content = hub.journal.read_payload(connection, packet.payload)
    found = hub.formats.survey(FEEDS[packet.feed], content, hub.settings.packet_bytes, sender.zone)
    return found.numbers, (found.first_date, found.last_date)
