"""Use case: who is told of a step of an incident, by which channels, when and in which words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gateway.domain.contact import Channel, Contact, told
from gateway.domain.incident import DISTRIBUTOR, Change, Kind
from gateway.notice_texts import Letter, in_band, letter

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

CHANNEL_DEAD = "CHANNEL_DEAD"


def tell(hub: "Hub", connection: "Connection", key: int, step: int, change: Change) -> None:
    """Writes the notices of a step into the outbox, in the words of each reader, and those to the distributor's 1C."""
    reached = list(_reached(hub, connection, key, change))
    to_1c = _to_1c(change)
    if not reached and not to_1c:
        if change.tell:
            hub.log.warning("nobody to tell", incident=key, rule=change.incident.rule, tell=change.tell)
        return
    place = hub.incidents.shown(connection, key)
    for contact, channel in reached:
        words = letter(hub, key, change, place, contact)
        _add(hub, connection, key, step, change, contact, channel, words)
    if to_1c:
        _add_in_band(hub, connection, change, place)


def _reached(hub: "Hub", connection: "Connection", key: int, change: Change) -> Iterator[tuple[Contact, Channel]]:
    """Of a recovery learns whoever learnt of the incident, by the same channels."""
    incident = change.incident
    if change.kind is not Kind.RECOVERED and not change.tell:
        return
    people = hub.contacts.people(connection, incident.subject.party)
    known = hub.outbox.channels_told(connection, key) if change.kind is Kind.RECOVERED else None
    if known is None:
        people = told(change.tell, people, incident.subject.party, hub.clock(), incident.severity)
    for contact in people:
        for channel in contact.channels:
            if known is not None and channel.key not in known:
                continue
            if channel.dead and incident.rule == CHANNEL_DEAD:
                continue  # it would wait for what it tells of
            yield contact, channel


def _add(
    hub: "Hub",
    connection: "Connection",
    key: int,
    step: int,
    change: Change,
    contact: Contact,
    channel: Channel,
    words: Letter,
) -> None:
    now, severity = hub.clock(), change.incident.severity
    times = (contact.due_at(now, severity), contact.digest_at(now, severity))
    addressed = hub.outbox.Addressed(channel.key, words.title, words.text, *times)
    hub.outbox.add(connection, key, step, change.kind, now, addressed)


def _to_1c(change: Change) -> bool:
    incident = change.incident
    if incident.subject.party is None:
        return False
    if change.kind is Kind.RECOVERED:
        return incident.told_at is not None and DISTRIBUTOR in incident.tell
    return DISTRIBUTOR in change.tell


def _add_in_band(hub: "Hub", connection: "Connection", change: Change, place: Any) -> None:
    """For `GetNotices` of the site, or of every site where the incident is about the party as a whole."""
    subject = change.incident.subject
    sites = [subject.site] if subject.site else hub.parties.sites_by_party(connection).get(subject.party, [])
    for site in sites:
        sender = hub.parties.sender(connection, site)
        text = in_band(hub, change, place, sender.language, sender.time_zone)
        hub.notices.add_notice(connection, site, change.incident.rule, text, change.incident.packet_id, hub.clock())
