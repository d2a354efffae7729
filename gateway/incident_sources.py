"""Use case: what opens and ends incidents beside the regulation: parked and held packets, findings, failed tasks."""

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.incident import Breach, Severity, Subject
from gateway.domain.reconciliation import JUDGED
from gateway.incidents import breached, recovered
from gateway.repeating import repeated

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

PARKED, HELD, TASK_FAILED = "LOAD_FAILED", "PACKET_HELD", "TASK_FAILED"
FOR_A_PERSON = (PARKED, HELD)
"""About packets that were accepted: they end when nothing waits any more."""
FINDINGS = (*(each.code for each in JUDGED.values()), "FEED_MISSING")
FINDING_DAYS = 31
"""Findings of older days open no incident: nobody mends last year's books by a notice."""


def waits_for_a_person(
    hub: "Hub", connection: "Connection", rule: str, site: int, feed: str, packet_id: str, **params: str
) -> None:
    """A packet was parked or held; one incident for all such packets of a site and feed."""
    subject = Subject(hub.parties.sender(connection, site).party, site, feed)
    severity = Severity(hub.problems.severity(rule))
    breached(hub, connection, [Breach(rule, subject, severity, hub.clock(), params, packet_id=packet_id)])


def goes_on(hub: "Hub", connection: "Connection", site: int, feed: str) -> None:
    """Ends these incidents where no packet of the site and feed waits for a person any more."""
    open_now = hub.incidents.open_of_site(connection, FOR_A_PERSON, site, feed)
    if not open_now:
        return
    waiting = hub.failures.waiting_for_a_person(connection, site, feed)
    left = {PARKED: waiting.parked, HELD: waiting.held}
    for rule, subject in open_now:
        if not left[rule]:
            recovered(hub, connection, rule, subject, hub.clock())


def follow_findings(hub: "Hub") -> bool:
    """Opens and ends the incidents of one party as its findings say now; False where no findings have changed.

    1. The incidents follow, in one commit of `exchange`; others that follow the same party wait.
    2. The marks that were read before go. After a crash in between it is all done again, to the same end.
    """
    with hub.warehouse.reading() as connection:
        judged = hub.judgements.next_judged(connection)
    if judged is None:
        return False
    party, marks = judged
    _follow(hub, party)
    _forget(hub, marks)
    return True


@repeated
def _follow(hub: "Hub", party: int) -> None:
    now = hub.clock()
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_findings(party))
        with hub.warehouse.reading() as facts:
            found_now = hub.judgements.standing(facts, party, (now - timedelta(days=FINDING_DAYS)).date())
        closed: set[int | None] = set(hub.parties.closed_sites(connection))
        sites = hub.parties.sites_by_party(connection).get(party)
        if sites and closed.issuperset(sites):
            closed.add(None)  # the party as a whole
        standing = {about: found for about, found in found_now.items() if about[1].site not in closed}
        known = hub.incidents.open_with_rules(connection, FINDINGS, party)
        for (rule, subject), (day, found) in standing.items():
            params = {**found, "day": str(day)}
            if known.get((rule, subject)) != params:
                severity = Severity(hub.problems.severity(rule))
                breached(hub, connection, [Breach(rule, subject, severity, now, params)])
        for rule, subject in known.keys() - standing.keys():
            recovered(hub, connection, rule, subject, now)


@repeated
def _forget(hub: "Hub", marks: list[int]) -> None:
    with hub.warehouse.writing() as connection:
        hub.judgements.forget(connection, marks)


@repeated
def task_failed(hub: "Hub", task: str, failure: str, severity: Severity = Severity.ERROR) -> None:
    """A task of an engine outside failed, as Airflow's; `task` names it, `failure` says how in one line."""
    params = {"task": task, "failure": " ".join(failure.split())[:300]}
    breach = Breach(TASK_FAILED, Subject(None, key=task), severity, hub.clock(), params)
    with hub.exchange.writing() as connection:
        breached(hub, connection, [breach])


@repeated
def task_recovered(hub: "Hub", task: str) -> None:
    """The task went well; nothing is written where no incident of it is open."""
    subject = Subject(None, key=task)
    with hub.exchange.reading() as connection:
        if not hub.incidents.is_open(connection, TASK_FAILED, subject):
            return
    with hub.exchange.writing() as connection:
        recovered(hub, connection, TASK_FAILED, subject, hub.clock())
