"""Incidents: what opens one, how it goes on, and when people are told. Pure: the clock is an argument.

open ─→ acknowledged ─→ recovered   what was wrong is right again
  │            └──────→ closed      a person ended it
  └─→ recovered, closed
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Severity(StrEnum):
    """Of incidents, the lightest first: beside the two of problems, what wakes people."""

    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class State(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RECOVERED = "recovered"
    CLOSED = "closed"


class Kind(StrEnum):
    """What a step of an incident's history is."""

    OPENED = "opened"
    WORSENED = "worsened"
    TOLD = "told"
    """It opened while muted, and the mute is over."""
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    MUTED = "muted"
    UNMUTED = "unmuted"
    RECOVERED = "recovered"
    CLOSED = "closed"


DISTRIBUTOR = "distributor"
"""The party that an incident is about: its contacts, and its 1C."""
NOT_AGREED: Mapping[str, str] = {"ended": "not agreed"}
"""What a recovery says where the rule itself does not hold any more."""
SITE_CLOSED: Mapping[str, str] = {"ended": "site closed"}


@dataclass(frozen=True)
class Subject:
    """What an incident is about: keys of party and site; `key` names what is neither, as a channel or a DAG."""

    party: int | None
    site: int | None = None
    feed: str | None = None
    warehouse: str | None = None
    key: str = ""


@dataclass(frozen=True)
class Escalation:
    """Whom to tell besides, where nobody has acknowledged for so long after people were told."""

    after: timedelta
    tell: tuple[str, ...]


@dataclass(frozen=True)
class Breach:
    """A rule is broken. `rule` is a problem's code, whose words `params` fill.

    `tell` names people and roles; none: whoever the contact book says. `at` is when it was broken, `slot` the key of
    the slot, and `packet_id` the packet that it is about, where there is one.
    """

    rule: str
    subject: Subject
    severity: Severity
    at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    slot: int | None = None
    packet_id: str | None = None
    tell: tuple[str, ...] = ()
    escalation: tuple[Escalation, ...] = ()


@dataclass(frozen=True)
class Incident:
    """A run of breaches of one rule by one subject. `level` counts the escalations that were told."""

    rule: str
    subject: Subject
    severity: Severity
    opened_at: datetime
    last_at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    slot: int | None = None
    packet_id: str | None = None
    tell: tuple[str, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    state: State = State.OPEN
    repeats: int = 0
    level: int = 0
    told_at: datetime | None = None
    muted_until: datetime | None = None
    assignee: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in (State.OPEN, State.ACKNOWLEDGED)

    @property
    def wakes_at(self) -> datetime | None:
        """When something is due of itself: the end of a mute, an escalation, a due date."""
        if not self.is_open:
            return None
        if self.muted_until:
            return self.muted_until
        return min((each for each in (self._escalates_at, self.due_at) if each), default=None)

    @property
    def _escalates_at(self) -> datetime | None:
        if self.state is not State.OPEN or self.told_at is None or self.level >= len(self.escalation):
            return None
        return self.told_at + self.escalation[self.level].after


@dataclass(frozen=True)
class Change:
    """An incident after a step, and whom the step tells; none: a silent one."""

    incident: Incident
    kind: Kind
    tell: tuple[str, ...] = ()


def identity(rule: str, subject: Subject) -> str:
    """What there is one open incident of: a short text for the store's unique key."""
    parts = [rule, subject.party, subject.site, subject.feed, subject.warehouse, subject.key]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def opened(breach: Breach, now: datetime, muted_until: datetime | None = None) -> Change:
    """A new incident; while it is muted nobody is told. `breach.tell` says whom to tell."""
    incident = Incident(
        rule=breach.rule,
        subject=breach.subject,
        severity=breach.severity,
        opened_at=breach.at,
        last_at=breach.at,
        params=breach.params,
        slot=breach.slot,
        packet_id=breach.packet_id,
        tell=breach.tell,
        escalation=tuple(sorted(breach.escalation, key=lambda each: each.after)),
        told_at=None if muted_until else now,
        muted_until=muted_until,
    )
    return Change(incident, Kind.OPENED, () if muted_until else breach.tell)


def repeated(incident: Incident, breach: Breach) -> Change | Incident:
    """The same again: counted, with its newest words. What got worse is a step, and tells nobody."""
    again = replace(
        incident,
        repeats=incident.repeats + 1,
        last_at=max(incident.last_at, breach.at),
        params=breach.params,
        slot=breach.slot,
        packet_id=breach.packet_id,
    )
    if breach.severity.rank <= incident.severity.rank:
        return again
    return Change(replace(again, severity=breach.severity), Kind.WORSENED)


def woken(incident: Incident, now: datetime, muted_until: datetime | None = None) -> Change | Incident | None:
    """What is due by now, one step at a time; None where nothing is.

    `muted_until` is the end of a mute that goes on, where one ended.
    """
    wakes_at = incident.wakes_at
    if wakes_at is None or wakes_at > now:
        return None
    if incident.muted_until:
        awake = replace(incident, muted_until=muted_until)
        if muted_until or incident.told_at:
            return awake
        return Change(replace(awake, told_at=now), Kind.TOLD, incident.tell)
    if incident.due_at and incident.due_at <= now:
        people = dict.fromkeys((*filter(None, [incident.assignee]), *incident.tell))
        people.pop(DISTRIBUTOR, None)  # the date is our own people's
        return Change(replace(incident, due_at=None), Kind.OVERDUE, tuple(people))
    step = incident.escalation[incident.level]
    return Change(replace(incident, level=incident.level + 1), Kind.ESCALATED, step.tell)


def acknowledged(incident: Incident) -> Change:
    """Somebody is at it: no escalation any more."""
    return Change(replace(incident, state=State.ACKNOWLEDGED), Kind.ACKNOWLEDGED)


def assigned(incident: Incident, assignee: str, due_at: datetime | None) -> Change:
    """The assignee is told; past the due date, all of our own are reminded once."""
    return Change(replace(incident, assignee=assignee, due_at=due_at), Kind.ASSIGNED, (assignee,))


def commented(incident: Incident) -> Change:
    return Change(incident, Kind.COMMENTED)


def muted(incident: Incident, until: datetime) -> Change:
    return Change(replace(incident, muted_until=max(until, incident.muted_until or until)), Kind.MUTED)


def unmuted(incident: Incident, now: datetime) -> Change:
    """What was never told is told at once when the incident wakes."""
    return Change(replace(incident, muted_until=now), Kind.UNMUTED)


def recovered(incident: Incident, at: datetime, params: Mapping[str, str]) -> Change:
    """Whoever was told is told again; who these are the outbox knows."""
    ended = replace(incident, state=State.RECOVERED, closed_at=at, params={**incident.params, **params})
    return Change(ended, Kind.RECOVERED)


def closed(incident: Incident, at: datetime) -> Change:
    return Change(replace(incident, state=State.CLOSED, closed_at=at), Kind.CLOSED)


@dataclass(frozen=True)
class Mute:
    """Nobody is told of what it covers; what it does not name it covers whatever it is."""

    since: datetime
    until: datetime
    rule: str | None = None
    party: int | None = None
    site: int | None = None
    feed: str | None = None
    identity: str | None = None

    def covers(self, rule: str, subject: Subject) -> bool:
        asked = (
            (self.rule, rule),
            (self.party, subject.party),
            (self.site, subject.site),
            (self.feed, subject.feed),
            (self.identity, identity(rule, subject)),
        )
        return all(wanted is None or wanted == has for wanted, has in asked)


def muted_until(mutes: Iterable[Mute], rule: str, subject: Subject, at: datetime) -> datetime | None:
    """The last end of the mutes that cover it at that moment."""
    ends = [each.until for each in mutes if each.since <= at < each.until and each.covers(rule, subject)]
    return max(ends, default=None)
