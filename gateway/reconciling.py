"""Use case: reconciles what changed, party by party, and fills the analytics tables beside it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import choice
from typing import TYPE_CHECKING

from gateway.domain.errors import Busy, Incomplete, Overtaken
from gateway.domain.reconciliation import Line, Rule, Tolerance, findings, usual
from gateway.loading import is_loading
from gateway.reconciling_parties import Party
from gateway.reconciling_sites import Site
from gateway.repeating import repeated
from gateway.reporting import Report, of_party, of_site

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from connectors.database.touching import Touch
    from gateway.wiring import Hub

RECENT_DAYS = 56
Result = tuple[int | None, Rule, tuple[date, date], list[Line]]


def reconcile_all(hub: "Hub", party: int | None = None) -> int:
    """Reconciles all that changed since it was last done, of one party or of all; how many parties there were."""
    with hub.warehouse.reading() as connection:
        waiting = hub.touching.parties_touched(connection)
    chosen = [each for each in waiting if party in (None, each)]
    return sum(_reconcile(hub, each) for each in chosen)


def reconcile_next(hub: "Hub", set_aside: set[int]) -> bool:
    """Reconciles one party, for a worker between packets; False where nothing changed.

    A party that fails is set aside, lest it stop the others; a new worker tries it again. Raises Busy.
    """
    with hub.warehouse.reading() as connection:
        waiting = [party for party in hub.touching.parties_touched(connection) if party not in set_aside]
    if not waiting:
        return False
    party = choice(waiting)  # of lanes beside each other, each takes another
    try:
        return _reconcile(hub, party)
    except Busy:
        raise
    except Exception as error:
        hub.log.error("reconciliation failed", party=party, exc_info=error)
        set_aside.add(party)
        return True


def reconcile_rest(hub: "Hub", gives_way: bool = False) -> int:
    """Reconciles until no party is left, beside others that do the same; how many parties it took.

    Where it gives way, only until packets are loaded: what they change would be to do again after each of them.
    Raises Incomplete where parties failed, once the rest is done.
    """
    set_aside: set[int] = set()
    taken = 0
    while not (gives_way and is_loading(hub)) and reconcile_next(hub, set_aside):
        taken += 1
    if set_aside:
        raise Incomplete(f"parties {', '.join(map(str, sorted(set_aside)))} can't be reconciled: see the log above")
    return taken


def ask_for_recent(hub: "Hub", parties: Sequence[int]) -> None:
    """Has the last weeks reconciled again: what came late from elsewhere than the sites is in the tables then."""
    today = hub.clock().date()
    ask_again(hub, parties, today - timedelta(days=RECENT_DAYS), today)


@repeated
def ask_again(hub: "Hub", parties: Sequence[int], first: date | None, last: date | None) -> None:
    """Has days reconciled again although nothing changed; all days where none are given."""
    with hub.warehouse.writing() as connection:
        for party in parties:
            if first and last:
                hub.touching.note_days(connection, party, first, last)
            else:
                hub.touching.note_party(connection, party)


def agreed_tolerances(hub: "Hub", connection: "Connection", party: int) -> dict[Rule, Tolerance]:
    """Of every rule."""
    return {rule: usual(rule) for rule in Rule} | hub.reconciliations.tolerances(connection, party)


@repeated
def _reconcile(hub: "Hub", party: int) -> bool:
    """1. What changed is read, then what it leads to; a later change leaves its own mark and is done next time.

    2. Results take the place of the old ones and the marks go, in one commit. Where another run has taken a mark
    meanwhile, its results are as new as ours or newer: ours are dropped.
    """
    with hub.exchange.reading() as connection:
        sites = hub.parties.sites_by_party(connection).get(party, [])
    with hub.warehouse.reading() as connection:
        touches = hub.touching.touches(connection, party)
        agreed = agreed_tolerances(hub, connection, party)
        results = list(_results(hub, connection, Party(hub, connection, party, sites, agreed), touches))
        reports = list(_reports(hub, connection, party, sites, touches))
    try:
        with hub.warehouse.writing() as connection:
            if not hub.touching.settle(connection, touches):
                raise Overtaken(f"party {party} was reconciled by another run")
            for result in results:
                _write(hub, connection, party, result, agreed)
            for report in reports:
                hub.analytics.replace(connection, *report)
            hub.judgements.note(connection, party)
    except Overtaken as error:
        hub.log.warning("overtaken", party=party, error=str(error))
        return False
    hub.log.info("reconciled", party=party, lines=sum(len(lines) for *_, lines in results))
    return True


def _touched_sites(sites: Sequence[int], touches: "Sequence[Touch]") -> Iterator[tuple[int, date, date]]:
    """(site, first day, last day) of what changed."""
    for site in sites:
        mine = [each for each in touches if each.site in (None, site)]
        if mine:
            yield site, min(each.first for each in mine), max(each.last for each in mine)


def _results(hub: "Hub", connection: "Connection", party: Party, touches: "Sequence[Touch]") -> Iterator[Result]:
    for site, first, last in _touched_sites(party.sites, touches):
        for rule, span, lines in Site(hub, connection, site, first, last).results():
            yield site, rule, span, lines
    for rule, span, lines in party.results():
        yield None, rule, span, lines


def _reports(
    hub: "Hub", connection: "Connection", party: int, sites: Sequence[int], touches: "Sequence[Touch]"
) -> Iterator[Report]:
    for site, first, last in _touched_sites(sites, touches):
        yield from of_site(hub, connection, party, site, first, last)
    yield from of_party(hub, connection, party, sites)


def _write(hub: "Hub", connection: "Connection", party: int, result: Result, agreed: dict[Rule, Tolerance]) -> None:
    site, rule, span, lines = result
    tolerance = agreed[rule]
    judged = [] if tolerance.off else [(line, line.verdict(tolerance)) for line in lines]
    hub.reconciliations.replace(connection, party, site, rule, span, judged, findings(judged))
