"""Use case: a person decides about a held packet, of which the distributor's 1C learns by a notice, or a parked one."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from gateway.domain.errors import Misuse
from gateway.domain.party import Sender
from gateway.domain.receipt import Acceptance, Status
from gateway.incident_sources import goes_on
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub

_TEXTS = {
    ("PACKET_RELEASED", "ru"): "Пакет {packet} пропущен оператором и будет загружен.",
    ("PACKET_RELEASED", "en"): "The packet {packet} was released by an operator and will be loaded.",
    ("PACKET_REFUSED", "ru"): "Пакет {packet} отклонён оператором: {reason}",
    ("PACKET_REFUSED", "en"): "The packet {packet} was refused by an operator: {reason}",
}


@repeated
def release(hub: "Hub", sender: Sender, packet_id: str) -> None:
    """The packet goes on to loading. Raises Misuse where it is not held."""
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
        held = _held(hub.journal.stored_acceptance(connection, sender.site, packet_id), packet_id)
        answer = replace(held, status=Status.ACCEPTED, received_at=now)
        if not hub.journal.release(connection, sender.site, answer):
            raise Misuse(f"packet {packet_id} is no longer held")
        goes_on(hub, connection, sender.site, held.feed)
        _notify(hub, connection, sender, "PACKET_RELEASED", packet_id)


@repeated
def refuse(hub: "Hub", sender: Sender, packet_id: str, reason: str) -> None:
    """The packet will never be loaded. Raises Misuse where it is not held."""
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
        held = _held(hub.journal.stored_acceptance(connection, sender.site, packet_id), packet_id)
        if not hub.journal.refuse(connection, sender.site, packet_id, hub.clock()):
            raise Misuse(f"packet {packet_id} is no longer held")
        goes_on(hub, connection, sender.site, held.feed)
        _notify(hub, connection, sender, "PACKET_REFUSED", packet_id, reason)


@repeated
def retry(hub: "Hub", sender: Sender, packet_id: str) -> None:
    """A parked packet is loaded again, with all its tries before it. Raises Misuse where it is not parked."""
    with hub.exchange.writing() as connection:
        found = [key for key, site, _ in hub.failures.packets_of_id(connection, packet_id) if site == sender.site]
        if not found or not hub.queue.retry(connection, found[0], hub.clock()):
            raise Misuse(f"packet {packet_id} is not parked")
        hub.failures.revive(connection, found[0], hub.clock())


def retry_all(hub: "Hub", parties: Collection[int], feed: str, first: date | None, last: date | None) -> int:
    """Loads again what is parked of these parties and came in these days (UTC), of one feed or any; how many."""
    with hub.exchange.reading() as connection:
        parked = hub.failures.parked(connection, parties, feed, first, last)
    return sum(_retried(hub, key) for key in parked)


@repeated
def _retried(hub: "Hub", key: int) -> bool:
    with hub.exchange.writing() as connection:
        if not hub.queue.retry(connection, key, hub.clock()):
            return False
        hub.failures.revive(connection, key, hub.clock())
    return True


def _held(stored: Acceptance | None, packet_id: str) -> Acceptance:
    if stored is None or stored.status is not Status.HELD:
        raise Misuse(f"packet {packet_id} is not held")
    return stored


def _notify(hub: "Hub", connection: object, sender: Sender, code: str, packet_id: str, reason: str = "") -> None:
    text = _TEXTS[code, sender.language].format(packet=packet_id, reason=reason)
    hub.notices.add_notice(connection, sender.site, code, text, packet_id, hub.clock())
