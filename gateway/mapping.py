"""Use case: people change the crosswalk; facts follow in the same commit, receipts after it; nothing is resent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.crosswalk import UnitWish, Wish
from gateway.domain.feeds import FEEDS
from gateway.domain.receipt import Loaded
from gateway.loading import unmapped_problems
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

SITES = 1000
"""Above that, facts are looked for everywhere rather than site by site."""


@dataclass(frozen=True)
class Changed:
    """A change that was made; `rows` tells how many facts got another record of ours, by feed."""

    key: int
    codes: int
    units: int
    rows: dict[str, int]


def map_codes(hub: "Hub", kind: str, by: str, wishes: Sequence[Wish], units: Sequence[UnitWish] = ()) -> Changed | None:
    """Makes the crosswalk say what is wished; None where it says so already. Raises Misuse for what we don't have.

    1. Mappings, the facts that they touch, and how many these are: one commit, apart from any load.
    2. Receipts follow; where that was cut off, the worker does it.
    """
    sites = _sites(hub)
    with hub.warehouse.writing() as connection:
        hub.crosswalk.take_turn(connection)
        laid, ended = hub.mappings.differences(connection, wishes, by, hub.clock())
        factors, old = hub.units.unit_differences(connection, units)
        if not (laid or ended or factors or old):
            return None
        key = hub.mappings.begin_change(connection, kind, by, hub.clock())
        hub.mappings.lay(connection, key, laid, ended)
        hub.units.lay_units(connection, key, factors, old)
        rows = _follow(hub, connection, key, sites)
    catch_up(hub)
    return Changed(key, len(laid), len({owner for owner, _ in factors}) or len(old), rows)


def undo(hub: "Hub", key: int, by: str) -> Changed:
    """Takes a change back: mappings, units and facts are again as before it. Raises Misuse where a later one stands."""
    sites = _sites(hub)
    with hub.warehouse.writing() as connection:
        hub.crosswalk.take_turn(connection)
        back = hub.mappings.undo(connection, key, by, hub.clock())
        rows = _follow(hub, connection, back, sites)
    catch_up(hub)
    return Changed(back, 0, 0, rows)


def catch_up(hub: "Hub") -> int:
    """Tells the journal of the packets whose unmapped rows a change has altered; how many were told.

    A packet that is being loaded stays to be told, since its load may have counted before the change.
    """
    total = 0
    while True:
        with hub.warehouse.reading() as connection:
            waiting, last = hub.attribution.packets_behind(connection), hub.mappings.last_change(connection)
        told = [each for each in waiting if tell_journal(hub, each[1])]
        total += len(told)
        if not told or _settled(hub, told, last):
            return total


@repeated
def tell_journal(hub: "Hub", packet: int) -> bool:
    """Counts a packet's unmapped rows again; False where it isn't loaded yet."""
    with hub.exchange.reading() as connection:
        if not hub.journal.is_loaded(connection, packet):
            return False
        feed = FEEDS[hub.journal.journalled(connection, packet).feed]
    with hub.warehouse.reading() as connection:
        was = hub.merging.load_of(connection, packet)
    if was is None:
        return False
    unmapped = unmapped_problems(hub, feed, packet)
    rows = sum(int(problem.params["rows"]) for problem in unmapped)
    done = Loaded(was.rows_loaded, rows, was.rows_quarantined, was.superseded)
    with hub.exchange.writing() as connection:
        hub.journal.record_load(connection, packet, done, unmapped, hub.clock())
    return True


@repeated
def _settled(hub: "Hub", told: list[tuple[int, int]], last: int) -> bool:
    """What was told is done with, unless the crosswalk has changed meanwhile: then it may be out of date."""
    with hub.warehouse.writing() as connection:
        hub.crosswalk.keep_still(connection)
        if hub.mappings.last_change(connection) != last:
            return False
        for change, packet in told:
            hub.attribution.caught_up(connection, change, packet)
    return True


def _sites(hub: "Hub") -> Callable[[list[int]], list[int] | None]:
    with hub.exchange.reading() as connection:
        found = hub.parties.sites_by_party(connection)

    def of(parties: list[int]) -> list[int] | None:
        sites = [site for party in parties for site in found.get(party, ())]
        return sites if len(sites) <= SITES else None

    return of


def _follow(
    hub: "Hub", connection: "Connection", change: int, sites: Callable[[list[int]], list[int] | None]
) -> dict[str, int]:
    hub.mappings.settle(connection, change, hub.clock())
    hub.touching.note_units(connection, change)
    rows: dict[str, int] = hub.attribution.attribute(
        connection, change, sites(hub.mappings.parties_of(connection, change))
    )
    hub.attribution.note_rows(connection, change, rows)
    return {feed: count for feed, count in rows.items() if count}
