"""Use case: people agree clauses of the regulation, and excuse days of which nothing is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.clause import ANY, Clause, Level
from gateway.domain.delivery import Slot, excused
from gateway.domain.errors import Misuse
from gateway.domain.feeds import FEEDS
from gateway.domain.terms import Body, terms
from gateway.domain.working_days import BASES, OwnDays
from gateway.regulating import StoreShelf, check
from gateway.regulating_clauses import settle
from gateway.regulating_events import recover
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub


@dataclass(frozen=True)
class Agreed:
    """What a file says: clauses, parties of groups, companies' calendars. A clause without a body is withdrawn.

    `places` tells of each clause where it stands, for people.
    """

    clauses: Sequence[Clause] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    calendars: Mapping[str, OwnDays] = field(default_factory=dict)
    places: Sequence[str] = ()


def agree(hub: "Hub", agreed: Agreed, by: str) -> int:
    """Makes the regulation say so from now on; how many clauses changed. Raises Misuse for what makes no sense.

    What was due before is judged by what was agreed then; what is due later, by this.
    """
    check(hub)
    return _agreed(hub, agreed, by)


def change(hub: "Hub", site: int, feed: str, words: Body, by: str) -> bool:
    """Sets some words of a site's own clause for a feed, and leaves the others."""
    with hub.exchange.reading() as connection:
        (located,) = hub.clauses.located(connection, site)
        name = f"{located.party_code}/{located.site_code}"
        mine = (Level.SITE.value, name, feed, "", None)
        bodies = [each.body for each in hub.clauses.in_force(connection) if each.identity == mine]
    body = {**(bodies[0] if bodies else {}), **words}
    return agree(hub, Agreed([Clause(Level.SITE, name, feed, body=body)]), by) > 0


@repeated
def _agreed(hub: "Hub", agreed: Agreed, by: str) -> int:
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        verify(hub, connection, agreed)
        done = 0
        for name, parties in agreed.groups.items():
            done += hub.clauses.keep_members(connection, name, parties, by, now)
        for name, own in agreed.calendars.items():
            done += hub.clauses.keep_calendar(connection, name, own, by, now)
        for clause in agreed.clauses:
            done += hub.clauses.agree(connection, clause, by, now)
        if done:
            settle(hub, connection, hub.clauses.located(connection), everything=bool(agreed.calendars))
    return done


def verify(hub: "Hub", connection: "Connection", agreed: Agreed) -> None:
    """Raises Misuse where a clause names what is not there, or says what can't be read."""
    located = hub.clauses.located(connection)
    parties = set(hub.parties.party_keys(connection))
    names = {
        Level.ALL: {""},
        Level.GROUP: {*hub.clauses.members(connection), *agreed.groups},
        Level.PARTY: parties,
        Level.SITE: {f"{each.party_code}/{each.site_code}" for each in located},
    }
    calendars = {*BASES, *hub.clauses.calendars(connection), *agreed.calendars}
    for group, members in agreed.groups.items():
        if strange := sorted(set(members) - parties):
            raise Misuse(f"group {group}: there is no party {', '.join(strange)}")
    for clause, place in zip(agreed.clauses, agreed.places or [""] * len(agreed.clauses), strict=True):
        said = f"{place}: " if place else ""
        if clause.name not in names[clause.level]:
            raise Misuse(f"{said}there is no {clause.level} {clause.name}")
        if clause.feed != ANY and clause.feed not in FEEDS:
            raise Misuse(f"{said}there is no feed {clause.feed}; feeds are {', '.join(FEEDS)}")
        try:
            found = terms(clause.body)
        except ValueError as error:
            raise Misuse(f"{said}{error}") from error
        if found.calendar not in calendars:
            raise Misuse(f"{said}there is no calendar {found.calendar}; there are {', '.join(sorted(calendars))}")
        per_warehouse = clause.feed != ANY and FEEDS[clause.feed].per_warehouse
        if (found.warehouses or clause.warehouse) and not per_warehouse:
            raise Misuse(f"{said}warehouses are agreed for stock alone")


@dataclass(frozen=True)
class Excuse:
    """Days of which nothing is asked for: of a party, or of one site; of a feed, or of all (`*`)."""

    party: int
    site: int | None
    feed: str
    first: date
    last: date
    reason: str


@repeated
def excuse(hub: "Hub", given: Excuse, by: str) -> int:
    """Excuses the slots of these days that nothing has met in time, those to come included; its number."""
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        values: dict[str, Any] = {"party": given.party, "site": given.site, "feed": given.feed, "reason": given.reason}
        days = {"first_date": given.first, "last_date": given.last}
        number = int(hub.slots.add_excuse(connection, {**values, **days, "made_at": now, "made_by": by}))
        _excused(hub, connection, given, number, given.reason)
    return number


@repeated
def take_back(hub: "Hub", number: int, by: str) -> None:
    """The excuse holds no more: its slots are asked for again. Raises Misuse where there is none of the number."""
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.REGULATION)
        found = hub.slots.end_excuse(connection, number, by, hub.clock())
        if found is None:
            raise Misuse(f"there is no excuse {number}, or it was taken back")
        given = Excuse(found.party, found.site, found.feed, found.first_date, found.last_date, found.reason)
        _excused(hub, connection, given, None, given.reason)


def _excused(hub: "Hub", connection: "Connection", given: Excuse, number: int | None, reason: str) -> None:
    shelf = StoreShelf(hub, connection, {})
    sites = [each.site for each in hub.clauses.located(connection) if each.party == given.party]
    for site in sites if given.site is None else [given.site]:
        changed: dict[str, list[tuple[Slot, Slot]]] = {}
        for slot in hub.slots.of_days(connection, site, given.feed, given.first, given.last):
            other = number if number is not None else shelf.excuse_for(slot)
            new = excused(slot, other)
            if new != slot:
                changed.setdefault(slot.feed, []).append((slot, shelf.put(new)))
        for of_feed in changed.values() if number is not None else ():
            recover(shelf, of_feed, hub.clock(), {"reason": reason})
