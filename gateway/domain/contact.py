"""People who are told: whom a name means, who stands in for him, and when he may be written to. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.incident import DISTRIBUTOR, Escalation, Severity, Subject

OPERATIONS = "operations"
"""The role that is told where nobody else is named."""
_MINUTE = timedelta(minutes=1)
CHANNELS = ("email", "telegram", "webhook", "other")


@dataclass(frozen=True)
class Absence:
    """From the first day to the last, in the person's zone."""

    first: date
    last: date
    stand_in: str | None = None


@dataclass(frozen=True)
class Channel:
    key: int
    kind: str
    address: str
    dead: bool = False


@dataclass(frozen=True)
class Contact:
    """Somebody with how and when he is told. `party` is the distributor that he belongs to, None for our own staff.

    With `digest` he gets one message a day at that time; in `quiet` hours nothing. What is as severe as `urgent`, or
    more, is told at once at any hour.
    """

    name: str
    language: str
    time_zone: str
    party: int | None = None
    roles: frozenset[str] = frozenset()
    digest: time | None = None
    quiet: tuple[time, time] | None = None
    urgent: Severity | None = None
    absences: tuple[Absence, ...] = ()
    channels: tuple[Channel, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def absence_at(self, moment: datetime) -> Absence | None:
        day = moment.astimezone(self.zone).date()
        return next((each for each in self.absences if each.first <= day <= each.last), None)

    def is_quiet(self, moment: datetime) -> bool:
        return self.quiet is not None and within(self.quiet, moment.astimezone(self.zone).time())

    def hurries(self, severity: Severity) -> bool:
        return self.urgent is not None and severity.rank >= self.urgent.rank

    def digest_at(self, now: datetime, severity: Severity) -> datetime | None:
        """The digest that a notice goes into; None where it goes by itself."""
        if self.digest is None or self.hurries(severity):
            return None
        return _next(self.digest, self.zone, now, folds=(0,))

    def due_at(self, now: datetime, severity: Severity) -> datetime:
        """When a notice of now may be sent."""
        return self.digest_at(now, severity) or self.rests_until(now, severity) or now

    def rests_until(self, now: datetime, severity: Severity) -> datetime | None:
        """The end of his quiet hours; None where he may be told now."""
        if self.quiet is None or self.hurries(severity) or not self.is_quiet(now):
            return None
        return _next(self.quiet[1], self.zone, now, folds=(0, 1))


def within(hours: tuple[time, time], wall: time) -> bool:
    """Whether a time of day lies in hours that may pass midnight."""
    begin, end = hours
    return begin <= wall < end if begin <= end else wall >= begin or wall < end


def _next(wall: time, zone: ZoneInfo, now: datetime, folds: Collection[int]) -> datetime:
    """The next moment after `now` at which clocks show `wall`; where they skip it, the one when they have jumped.

    `folds` says which of two counts where clocks show it twice.
    """
    today = now.astimezone(zone).date()
    for ahead in range(3):
        for fold in folds:
            moment = _after_skip(datetime.combine(today + timedelta(days=ahead), wall), zone, fold).astimezone(
                now.tzinfo
            )
            if moment > now:
                return moment
    raise AssertionError(f"{wall} does not come in {zone}")


def _after_skip(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    """The wall clock time, or the first that is not skipped."""
    while wall.replace(tzinfo=zone).timestamp() > wall.replace(tzinfo=zone, fold=1).timestamp():
        wall += _MINUTE
    return wall.replace(tzinfo=zone, fold=fold)


@dataclass(frozen=True)
class Route:
    """Whom to tell of what; what it does not name it takes whatever it is."""

    tell: tuple[str, ...]
    escalation: tuple[Escalation, ...] = ()
    rule: str | None = None
    severity: Severity | None = None
    party: int | None = None

    def takes(self, rule: str, severity: Severity, subject: Subject) -> bool:
        asked = ((self.rule, rule), (self.severity, severity), (self.party, subject.party))
        return all(wanted is None or wanted == has for wanted, has in asked)


KNOWN_TO_THE_DISTRIBUTOR = ("PACKET_HELD",)
"""The answer to his packet has said so, and he hears what is decided."""


def route_of(routes: Iterable[Route], rule: str, severity: Severity, subject: Subject) -> Route:
    """The first that takes it; where none does, the operations staff and the distributor."""
    usual = Route((OPERATIONS,) if rule in KNOWN_TO_THE_DISTRIBUTOR else (OPERATIONS, DISTRIBUTOR))
    return next((each for each in routes if each.takes(rule, severity, subject)), usual)


def told(
    names: Iterable[str], contacts: Sequence[Contact], party: int | None, now: datetime, severity: Severity
) -> list[Contact]:
    """Who is told where these names are: each once, and a stand-in for whoever is absent when his notice is due.

    A name that nobody bears, as a person's, role's or the distributor's, means the operations staff.
    """
    found: dict[str, Contact] = {}
    for name in names:
        people = _named(name, contacts, party)
        if not people and not (name == DISTRIBUTOR and party is not None):
            people = _named(OPERATIONS, contacts, party)
        for each in people:
            present = _present(each, contacts, now, severity)
            found.setdefault(present.name, present)
    return list(found.values())


def _named(name: str, contacts: Sequence[Contact], party: int | None) -> list[Contact]:
    if name == DISTRIBUTOR:
        return [each for each in contacts if party is not None and each.party == party]
    return [each for each in contacts if name == each.name or name in each.roles]


def _present(who: Contact, contacts: Sequence[Contact], now: datetime, severity: Severity) -> Contact:
    """Himself, or the first in the line of stand-ins who is there; himself again where there is none."""
    seen, each = {who.name}, who
    while absence := each.absence_at(each.due_at(now, severity)):
        stand_in = next((one for one in contacts if one.name == absence.stand_in), None)
        if stand_in is None or stand_in.name in seen:
            return who
        seen.add(stand_in.name)
        each = stand_in
    return each
