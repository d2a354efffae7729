"""Use case: keeps scorecards. A change marks its party's month, a refresh counts what is marked, and nothing else."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.domain.feeds import FEEDS
from gateway.domain.scorecard import NOT_THEIRS, Tally, bounds, of_incident, score
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

ALL = "*"
"""The feed of a scorecard of all feeds together."""


def touch(hub: "Hub", connection: "Connection", party: int, at: datetime) -> None:
    """Something that counts happened at an instant: within the caller's writing transaction of `exchange`."""
    hub.scorecards.note(connection, party, at.astimezone(zone(hub)).date())


def zone(hub: "Hub") -> ZoneInfo:
    """Where a month of packets and incidents begins; a slot's day is its site's own."""
    return ZoneInfo(hub.settings.time_zone)


def refresh(hub: "Hub") -> int:
    """Counts what has changed since it was last counted; how many scorecards of a party and month.

    1. Marks are read. 2. Their scorecards are counted and stored, one commit a month. 3. The marks go; killed before
    that, the same is counted once more. What changes meanwhile is left for the next time.
    """
    done: set[tuple[int, date]] = set()
    more = True
    while more:
        with hub.exchange.reading() as connection:
            marks = hub.scorecards.changed(connection)
        with hub.warehouse.reading() as connection:
            ripe = hub.scorecards.due(connection, hub.clock())
        wanted = {*((mark.party, mark.month) for mark in marks), *ripe}
        for month, parties in _by_month(wanted).items():
            count(hub, month, parties)
        _settle(hub, [mark.key for mark in marks])
        done |= wanted
        more = len(marks) == hub.scorecards.AT_ONCE
    return len(done)


@repeated
def count(hub: "Hub", month: date, parties: Collection[int]) -> None:
    """Counts a month of the parties anew. What is counted is read while nobody else stores: no older count can win."""
    with hub.warehouse.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.SCORECARDS)
        with hub.exchange.reading() as journal:
            rows = list(_rows(hub, journal, month, parties))
        hub.scorecards.replace(connection, parties, month, rows)


@repeated
def _settle(hub: "Hub", marks: list[int]) -> None:
    if marks:
        with hub.exchange.writing() as connection:
            hub.scorecards.counted(connection, marks)


def _rows(hub: "Hub", journal: "Connection", month: date, parties: Collection[int]) -> Iterable[dict[str, Any]]:
    begin, end = bounds(month, zone(hub))
    named = hub.scorecards.parties(journal, parties)
    tallies = hub.scorecards.tallies(journal, parties, month, begin, end)
    reactions, look_at = _reactions(hub, hub.scorecards.incidents(journal, parties, begin, end))
    for of, tally in _with_totals((*tallies.items(), *reactions)).items():
        party = named[of[0]]
        known = {"month": month, "party_code": party.code, "party_name": party.name}
        instants = {"made_at": hub.clock(), "look_at": look_at.get(of[0])}
        yield {**hub.scorecards.row_of(of, tally, score(tally)), **known, **instants}


def _reactions(
    hub: "Hub", incidents: Iterable[Any]
) -> tuple[list[tuple[tuple[int, str], Tally]], Mapping[int, datetime]]:
    """What incidents add, and by party when the first of those comes of age that can't be judged yet."""
    found, look_at = [], dict[int, datetime]()
    for each in incidents:
        if each.rule in NOT_THEIRS:
            continue
        tally, later = of_incident(each.opened_at, each.closed_at, hub.clock())
        found.append(((each.party, each.feed or ""), tally))
        if later:
            look_at[each.party] = min(later, look_at.get(each.party, later))
    return found, look_at


def _with_totals(found: Iterable[tuple[tuple[int, str], Tally]]) -> Mapping[tuple[int, str], Tally]:
    """Of each feed, and of each party as a whole: with what belongs to no feed, or to one that there is not."""
    sums: dict[tuple[int, str], Tally] = defaultdict(Tally)
    for (party, feed), tally in found:
        sums[party, ALL] += tally
        if feed in FEEDS:
            sums[party, feed] += tally
    return sums


def _by_month(wanted: Iterable[tuple[int, date]]) -> dict[date, list[int]]:
    months: dict[date, list[int]] = defaultdict(list)
    for party, month in sorted(wanted):
        months[month].append(party)
    return months
