"""Use case: takes a packet in. Checked while the caller waits; what is accepted is durable before the answer."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from gateway.answering import Graded, acceptance, graded
from gateway.domain.feed import Feed
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Header, Stated, Survey, control_problems, header_problems
from gateway.domain.party import Sender
from gateway.domain.problem import Problem, Severity
from gateway.domain.receipt import Acceptance, Status
from gateway.domain.regulation import Regulation, created_problems, mode_problems
from gateway.guards import GUARDS, guard_problems, may_confirm, too_soon, unknown_codes
from gateway.incident_sources import HELD, goes_on, waits_for_a_person
from gateway.repeating import repeated
from gateway.scoring import touch

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

HISTORIC = Regulation(shrink_percent=100)


@dataclass(frozen=True)
class Submission:
    """What the caller sent: `content` is the packet's XML, plain, gzip or zip of one file.

    `payload` is the key under which a transfer has kept the content already; `broken` what is wrong with the transfer.
    What is `historic` is vouched for by a person: no rule that is agreed with the site stops it.
    """

    feed: str
    packet_id: str
    content: bytes
    dry_run: bool = False
    confirm: bool = False
    payload: int | None = None
    broken: tuple[Problem, ...] = ()
    historic: bool = False


def submit(hub: "Hub", sender: Sender, submission: Submission) -> Acceptance:
    """Answers every situation of the contract's table. Raises Busy where the store is away."""
    now = hub.clock()
    with hub.exchange.reading() as connection:
        agreed = hub.regulations.regulation_of(connection, sender.site, submission.feed)
        weights = hub.regulations.severities(connection, sender.party)
        stored = hub.journal.stored_acceptance(connection, sender.site, submission.packet_id)
    regulation = HISTORIC if submission.historic else agreed
    if not submission.dry_run:
        if stored:
            return _answered_before(hub, sender, submission, stored, now)
        if wait := too_soon(hub, sender, submission.feed, regulation):
            return _throttled(hub, sender, submission, regulation, wait, now)
    survey = _surveyed(hub, sender, submission, regulation)
    problems = graded(hub, _problems(hub, sender, submission, survey, regulation), weights)
    if any(severity == Severity.ERROR for _, severity in problems):
        status = Status.DRY_RUN_REJECTED if submission.dry_run else Status.REJECTED
    else:
        status, problems = _passed(hub, sender, submission, survey, regulation, problems)
    answer = acceptance(hub, sender, submission, survey, problems, status, now)
    kept = answer if submission.dry_run else _kept(hub, sender, submission, survey, problems, answer)
    if kept is answer:
        _count(hub, answer, problems)
    return kept


def _passed(
    hub: "Hub", sender: Sender, submission: Submission, survey: Survey, regulation: Regulation, problems: Graded
) -> tuple[Status, Graded]:
    """A valid packet's status, with the warnings that only the facts can tell."""
    with hub.warehouse.reading() as facts:
        asked = guard_problems(hub, facts, sender, FEEDS[submission.feed], survey, regulation)
        more = [*asked, *unknown_codes(hub, facts, sender, survey)]
    problems = [*problems, *((problem, str(Severity.WARNING)) for problem in more)]
    if submission.dry_run:
        return Status.DRY_RUN_OK, problems
    held = asked and not (submission.confirm and may_confirm(asked))
    return (Status.HELD if held else Status.ACCEPTED), problems


def _answered_before(
    hub: "Hub", sender: Sender, submission: Submission, stored: Acceptance, now: datetime
) -> Acceptance:
    """The stored acceptance where the content is the same; released where it was held and is now confirmed."""
    sha256 = hub.formats.content_hash(submission.content, hub.settings.packet_bytes)
    if stored.sha256 != sha256:
        return _conflict(hub, sender, submission, sha256, now)
    if stored.status is Status.HELD and submission.confirm:
        return confirmed(hub, sender, stored, now)
    return stored


@repeated
def confirmed(hub: "Hub", sender: Sender, held: Acceptance, now: datetime) -> Acceptance:
    """The held packet goes on, if its guards let the sender decide; the acceptance takes the held one's place."""
    if not may_confirm([Problem(problem.code) for problem in held.problems]):
        return held
    answer = replace(held, status=Status.ACCEPTED, received_at=now)
    with hub.exchange.writing() as connection:
        hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
        released = hub.journal.release(connection, sender.site, answer)
        stored = hub.journal.stored_acceptance(connection, sender.site, held.packet_id)
        goes_on(hub, connection, sender.site, held.feed)
    return answer if released else stored or held


def _conflict(hub: "Hub", sender: Sender, submission: Submission, sha256: str | None, now: datetime) -> Acceptance:
    problem = Problem("ID_CONFLICT", field="packetId", value=submission.packet_id)
    return _attempted(hub, sender, submission, Survey(sha256 or "", 0), problem, Status.CONFLICT, now)


def _throttled(
    hub: "Hub", sender: Sender, submission: Submission, regulation: Regulation, wait: int, now: datetime
) -> Acceptance:
    params = {"interval": str(regulation.minimum_interval), "wait": str(wait)}
    problem = Problem("TOO_SOON", params=params)
    return _attempted(hub, sender, submission, Survey("", 0), problem, Status.THROTTLED, now, wait)


@repeated
def _attempted(
    hub: "Hub",
    sender: Sender,
    submission: Submission,
    survey: Survey,
    problem: Problem,
    status: Status,
    now: datetime,
    retry_after: int | None = None,
) -> Acceptance:
    """An attempt that ends with one problem, written down without a payload."""
    problems = graded(hub, [problem], {})
    answer = acceptance(hub, sender, submission, survey, problems, status, now)
    answer = replace(answer, retry_after=retry_after)
    stated = _stated(hub, sender, submission)
    with hub.exchange.writing() as connection:
        hub.journal.add_attempt(connection, sender.site, answer, problems, None, stated, submission.historic)
    _count(hub, answer, problems)
    return answer


def _count(hub: "Hub", answer: Acceptance, problems: Graded) -> None:
    hub.metrics.submitted(answer, Counter((problem.code, severity) for problem, severity in problems))


def _stated(hub: "Hub", sender: Sender, submission: Submission, header: Header | None = None) -> Stated:
    """What the packet says of itself: for people, whatever becomes of it."""
    return header.stated if header else hub.formats.stated(submission.content, hub.settings.packet_bytes, sender.zone)


def _surveyed(hub: "Hub", sender: Sender, submission: Submission, regulation: Regulation) -> Survey:
    feed = FEEDS.get(submission.feed)
    if feed is None:
        return Survey("", 0, problems=(Problem("FEED_UNKNOWN", field="feed", value=submission.feed),))
    if submission.broken:
        return Survey("", 0, problems=submission.broken)
    today = hub.clock().astimezone(sender.zone).date()
    dates = (today, regulation.earliest(today))
    return hub.formats.survey(feed, submission.content, hub.settings.packet_bytes, sender.zone, *dates)


def _problems(
    hub: "Hub", sender: Sender, submission: Submission, survey: Survey, regulation: Regulation
) -> list[Problem]:
    """The header's and control's problems first: they are why the rest may look odd."""
    header = survey.header
    if header is None:
        return list(survey.problems)
    feed: Feed = FEEDS[submission.feed]
    return [
        *header_problems(header, feed, submission.packet_id, sender.organizations),
        *created_problems(header.created, hub.clock()),
        *mode_problems(regulation, feed, header.mode),
        *control_problems(survey.control, survey.found),
        *survey.problems,
    ]


def _kept(
    hub: "Hub", sender: Sender, submission: Submission, survey: Survey, problems: Graded, answer: Acceptance
) -> Acceptance:
    """One durable commit; whoever came second with the same id gets the first one's answer."""
    new = not submission.payload and not submission.broken
    packed = hub.formats.compressed(submission.content) if new else b""
    header = _windowed(survey.header, survey) if survey.header else None
    stated = _stated(hub, sender, submission, header)
    step = partial(_journalled, hub, sender, submission, problems, answer, packed, header, stated)
    stored = _written(hub, step)
    if stored is answer or stored.sha256 == answer.sha256:
        return stored
    return _conflict(hub, sender, submission, answer.sha256, answer.received_at)


@repeated
def _written(hub: "Hub", step: "Callable[[Connection], Acceptance]") -> Acceptance:
    return hub.exchange.together(step)


def _journalled(
    hub: "Hub",
    sender: Sender,
    submission: Submission,
    problems: Graded,
    answer: Acceptance,
    packed: bytes,
    header: Header | None,
    stated: Stated,
    connection: "Connection",
) -> Acceptance:
    """The answer, or the one that the id has already."""
    hub.locks.take_turn(connection, hub.locks.of_site(sender.site))
    stored: Acceptance | None = hub.journal.stored_acceptance(connection, sender.site, submission.packet_id)
    if stored:
        return stored
    payload = submission.payload
    if packed:
        payload = hub.journal.keep_payload(connection, packed, answer.received_at)
    given = (answer, problems, payload, stated, submission.historic)
    attempt = hub.journal.add_attempt(connection, sender.site, *given)
    if answer.status is not Status.REJECTED and header:
        assert payload
        hub.journal.add_packet(connection, sender.site, answer, header, attempt, payload, submission.historic)
    if answer.status is Status.REJECTED and not submission.historic:
        touch(hub, connection, sender.party, answer.received_at)
    if answer.status is Status.HELD:
        _note_held(hub, connection, sender, answer, problems)
    return answer


def _note_held(hub: "Hub", connection: "Connection", sender: Sender, answer: Acceptance, problems: Graded) -> None:
    reasons = ", ".join(dict.fromkeys(each.code for each, _ in problems if each.code in GUARDS))
    waits_for_a_person(hub, connection, HELD, sender.site, answer.feed, answer.packet_id, reasons=reasons)


def _windowed(header: Header, survey: Survey) -> Header:
    """The header with its window: a packet without one speaks for its documents' dates, stock by each warehouse's."""
    if FEEDS[header.feed].per_warehouse:
        return header
    first, last = header.first_date or survey.first_date, header.last_date or survey.last_date
    return replace(header, first_date=first, last_date=last)
