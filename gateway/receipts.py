"""Use case: tells a sender what became of his packets."""

from typing import TYPE_CHECKING

from gateway.answering import reported
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.receipt import Acceptance, Progress, Receipt, ReportedProblem, Status, with_problems

if TYPE_CHECKING:
    from gateway.wiring import Hub

LIMIT = 1000
"""How many problems one GetProblems returns at most."""


def receipt(hub: "Hub", sender: Sender, packet_id: str) -> Receipt:
    """The accepted packet's acceptance and progress, else the last attempt's; `unknown` where there was none."""
    with hub.exchange.reading() as connection:
        stored = hub.journal.stored_acceptance(connection, sender.site, packet_id)
        progress = hub.journal.progress(connection, sender.site, packet_id)
        latest = hub.journal.latest_attempt(connection, sender.site, packet_id)
    if stored and progress:
        return Receipt(stored, progress)
    if latest:
        answer = latest[1]
        return Receipt(answer, Progress(answer.status, answer.received_at, problems_total=answer.problems_total))
    return _unknown(hub, sender, packet_id)


def problems(hub: "Hub", sender: Sender, packet_id: str, offset: int, limit: int) -> tuple[list[ReportedProblem], int]:
    """A slice of the problems of the latest attempt under an id, and how many there are."""
    with hub.exchange.reading() as connection:
        latest = hub.journal.latest_attempt(connection, sender.site, packet_id)
        if latest is None:
            return [_unknown_problem(hub, sender, packet_id)][offset:], 1
        total = hub.journal.count_problems(connection, latest[0])
        found = hub.journal.problems_of(connection, latest[0], max(offset, 0), min(max(limit, 0), LIMIT))
    return [reported(hub, problem, severity, sender.language) for problem, severity in found], total


def _unknown_problem(hub: "Hub", sender: Sender, packet_id: str) -> ReportedProblem:
    problem = Problem("PACKET_UNKNOWN", field="packetId", value=packet_id)
    return reported(hub, problem, hub.problems.severity(problem.code), sender.language)


def _unknown(hub: "Hub", sender: Sender, packet_id: str) -> Receipt:
    now = hub.clock()
    answer = Acceptance(packet_id=packet_id, feed="", status=Status.UNKNOWN, received_at=now)
    answer = with_problems(answer, [_unknown_problem(hub, sender, packet_id)])
    return Receipt(answer, Progress(Status.UNKNOWN, now, problems_total=1))
