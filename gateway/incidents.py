"""Use case: opens, repeats and ends incidents, and writes down who is told of it, in the commit of whoever noticed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.contact import route_of
from gateway.domain.errors import Interrupted, Misuse
from gateway.domain.incident import (
    Breach,
    Change,
    Incident,
    Kind,
    Mute,
    Subject,
    acknowledged,
    assigned,
    closed,
    commented,
    identity,
    muted,
    muted_until,
    opened,
    repeated,
    unmuted,
    woken,
)
from gateway.domain.incident import recovered as ended
from gateway.notice_texts import why
from gateway.repeating import repeated as run_again
from gateway.scoring import touch
from gateway.telling import tell

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

SCORED = frozenset({Kind.OPENED, Kind.RECOVERED, Kind.CLOSED})
"""Steps that a scorecard shows."""


RACES = 3


def breached(hub: "Hub", connection: "Connection", breaches: Iterable[Breach]) -> None:
    """Opens an incident for each, or counts it where one is open of its rule and subject.

    Runs within the caller's writing transaction of `exchange`, in the order given: what was noticed, the incident, its
    history and the notices are one commit.
    """
    for breach in breaches:
        _breached(hub, connection, breach)


def recovered(
    hub: "Hub",
    connection: "Connection",
    rule: str,
    subject: Subject,
    at: datetime,
    params: Mapping[str, str] | None = None,
) -> None:
    """Ends the open incident of the rule and subject, if there is one, as `breached` opens it."""
    if found := hub.incidents.open_of(connection, rule, subject):
        comment = why(params or {}, hub.settings.language) or None
        _write(hub, connection, found[0], ended(found[1], at, params or {}), text=comment)


def wake(hub: "Hub") -> int:
    """Escalates what nobody acknowledged, tells what a mute held back, reminds of due dates; how many steps."""
    steps = 0
    with hub.exchange.reading() as connection:
        waking = hub.incidents.waking(connection, hub.clock())
    for key in waking:
        while _woke(hub, key):
            steps += 1
    return steps


@run_again
def _woke(hub: "Hub", key: int) -> bool:
    """One step of one incident, whatever others do meanwhile; False where nothing is due."""
    now = hub.clock()
    with hub.exchange.writing() as connection:
        incident = hub.incidents.taken(connection, key)
        still = muted_until(hub.incidents.mutes_at(connection, now), incident.rule, incident.subject, now)
        change = woken(incident, now, still)
        if change is None:
            return False
        _write(hub, connection, key, change)
    return True


def acknowledge(hub: "Hub", key: int, who: str, comment: str | None = None) -> None:
    """Somebody is at it. Raises Misuse where the incident is not open."""
    _by_hand(hub, key, who, comment, acknowledged)


def assign(hub: "Hub", key: int, who: str, assignee: str, due_at: datetime | None = None) -> None:
    """Raises Misuse where the incident is not open, or nobody bears the name."""
    with hub.exchange.reading() as connection:
        names = {each.name for each in hub.contacts.everybody(connection)}
    if assignee not in names:
        raise Misuse(f"nobody in the contact book is called {assignee}")
    _by_hand(hub, key, who, assignee, lambda incident: assigned(incident, assignee, due_at))


def comment(hub: "Hub", key: int, who: str, text: str) -> None:
    """Of an ended incident too."""
    _by_hand(hub, key, who, text, commented, ended_too=True)


def close(hub: "Hub", key: int, who: str, reason: str) -> None:
    """Ended by a person, of which nobody is told; what is still wrong opens a new one when it is noticed again."""
    _by_hand(hub, key, who, reason, lambda incident: closed(incident, hub.clock()))


@run_again
def mute(hub: "Hub", new: Mute, who: str, reason: str) -> int:
    """Nobody is told of what it covers until it ends; its number. What opened meanwhile and stands is told then."""
    with hub.exchange.writing() as connection:
        number = hub.incidents.add_mute(connection, new, reason, who)
        for key in hub.incidents.covered(connection, new):
            if incident := hub.incidents.taken(connection, key):
                _write(hub, connection, key, muted(incident, new.until), who, reason)
    return int(number)


@run_again
def unmute(hub: "Hub", number: int, who: str) -> None:
    """Ends a mute now. Raises Misuse where none of the number lasts."""
    now = hub.clock()
    with hub.exchange.writing() as connection:
        ended_mute = hub.incidents.end_mute(connection, number, now)
        if ended_mute is None:
            raise Misuse(f"there is no mute {number}, or it is over")
        for key in hub.incidents.covered(connection, ended_mute):
            if incident := hub.incidents.taken(connection, key):
                _write(hub, connection, key, unmuted(incident, now), who)


@run_again
def mute_incident(hub: "Hub", key: int, until: datetime, who: str, reason: str) -> int:
    """Mutes the rule and subject of an incident. Raises Misuse where there is no such incident."""
    with hub.exchange.writing() as connection:
        incident = hub.incidents.taken(connection, key)
        if incident is None:
            raise Misuse(f"there is no incident {key}")
    one = Mute(hub.clock(), until, identity=identity(incident.rule, incident.subject))
    return mute(hub, one, who, reason)


def _breached(hub: "Hub", connection: "Connection", breach: Breach) -> None:
    """Whoever loses the race to open it counts as a repetition."""
    for _ in range(RACES):
        if found := hub.incidents.open_of(connection, breach.rule, breach.subject):
            _write(hub, connection, found[0], repeated(found[1], breach))
            return
        mutes = hub.incidents.mutes_at(connection, breach.at)
        until = muted_until(mutes, breach.rule, breach.subject, breach.at)
        change = opened(_routed(hub, connection, breach), hub.clock(), until)
        if key := hub.incidents.add(connection, change.incident):
            _record(hub, connection, key, change)
            return
    raise Interrupted("the incident could be neither opened nor found, try again", retry_after=5)


def _routed(hub: "Hub", connection: "Connection", breach: Breach) -> Breach:
    """What the breach itself does not say about whom to tell is said by the contact book."""
    if breach.tell and breach.escalation:
        return breach
    route = route_of(hub.contacts.routes(connection), breach.rule, breach.severity, breach.subject)
    tell_them = breach.tell or route.tell
    return replace(breach, tell=tell_them, escalation=breach.escalation or route.escalation)


@run_again
def _by_hand(
    hub: "Hub",
    key: int,
    who: str,
    text: str | None,
    step: Callable[[Incident], Change],
    ended_too: bool = False,
) -> None:
    with hub.exchange.writing() as connection:
        incident = hub.incidents.taken(connection, key)
        if incident is None:
            raise Misuse(f"there is no incident {key}")
        if not incident.is_open and not ended_too:
            raise Misuse(f"incident {key} is {incident.state} already")
        _write(hub, connection, key, step(incident), who, text)


def _write(
    hub: "Hub",
    connection: "Connection",
    key: int,
    change: Change | Incident,
    who: str | None = None,
    text: str | None = None,
) -> None:
    if isinstance(change, Incident):
        hub.incidents.store(connection, key, change)
    else:
        hub.incidents.store(connection, key, change.incident)
        _record(hub, connection, key, change, who, text)


def _record(
    hub: "Hub",
    connection: "Connection",
    key: int,
    change: Change,
    who: str | None = None,
    text: str | None = None,
) -> None:
    step = hub.incidents.add_step(connection, key, change.kind, hub.clock(), who, text)
    if change.kind in SCORED and change.incident.subject.party is not None:
        touch(hub, connection, change.incident.subject.party, change.incident.opened_at)
    tell(hub, connection, key, step, change)
