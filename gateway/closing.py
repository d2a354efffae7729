"""Use case: a site exchanges no more, as when its distributor leaves; or it does again."""

from typing import TYPE_CHECKING

from gateway.domain.incident import SITE_CLOSED
from gateway.incident_sources import FOR_A_PERSON
from gateway.incidents import recovered
from gateway.regulating import check
from gateway.regulating_clauses import settle
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.domain.party import Sender
    from gateway.wiring import Hub


def close(hub: "Hub", who: "Sender", by: str) -> int:
    """Its login is refused, nothing is expected of it, its incidents end; how many. Raises Misuse where it is closed.

    What fell due before stays as it is. What it has sent is still loaded, and waits for a person where it did.
    """
    check(hub)
    ended = _close(hub, who, by)
    _look_at_findings(hub, who)
    return ended


@repeated
def _close(hub: "Hub", who: "Sender", by: str) -> int:
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        hub.locks.take_turn(connection, hub.locks.of_findings(who.party))
        hub.parties.close_site(connection, who.site, now, by)
        incidents = hub.incidents.open_of_whole_site(connection, who.site)
        incidents = [(rule, subject) for rule, subject in incidents if rule not in FOR_A_PERSON]
        for rule, subject in incidents:
            recovered(hub, connection, rule, subject, now, SITE_CLOSED)
        settle(hub, connection, hub.clauses.located(connection, who.site))
    return len(incidents)


def reopen(hub: "Hub", who: "Sender") -> None:
    """Whatever is agreed holds from now on. Raises Misuse where it is not closed."""
    _reopen(hub, who)
    _look_at_findings(hub, who)


@repeated
def _reopen(hub: "Hub", who: "Sender") -> None:
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        hub.parties.reopen_site(connection, who.site)
        settle(hub, connection, hub.clauses.located(connection, who.site))


@repeated
def _look_at_findings(hub: "Hub", who: "Sender") -> None:
    """What stands against the party as a whole depends on whether a site of his is open."""
    with hub.warehouse.writing() as connection:
        hub.judgements.note(connection, who.party)
