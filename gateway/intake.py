"""Use case: takes a packet in. Checked while the caller waits; what is accepted is durable before the answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.feeds import FEEDS
from gateway.domain.packet import Header, Survey, control_problems, header_problems
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.receipt import Acceptance, ReportedProblem, Status, with_problems

if TYPE_CHECKING:
    from gateway.wiring import Hub


@dataclass(frozen=True)
class Submission:
    """What the caller sent: `content` is the packet's XML, plain, gzip or zip of one file."""

    feed: str
    packet_id: str
    content: bytes
    dry_run: bool = False
    confirm: bool = False


def submit(hub: "Hub", sender: Sender, submission: Submission) -> Acceptance:
    """Answers every situation of the contract's table. Raises Busy where the store is away."""
    now = hub.clock()
    if not submission.dry_run and (known := _answered_before(hub, sender, submission, now)):
        return known
    survey = _surveyed(hub, sender, submission)
    problems = _all_problems(sender, submission, survey)
    rejected = any(hub.problems.is_error(problem) for problem in problems)
    answer = _acceptance(hub, sender, submission, survey, problems, now)
    if submission.dry_run:
        return replace(answer, status=Status.DRY_RUN_REJECTED if rejected else Status.DRY_RUN_OK)
    answer = replace(answer, status=Status.REJECTED if rejected else Status.ACCEPTED)
    return _kept(hub, sender, submission, survey, problems, answer)


def _answered_before(hub: "Hub", sender: Sender, submission: Submission, now: datetime) -> Acceptance | None:
    """The stored acceptance where the id has one and the content is the same; a conflict where it is not."""
    with hub.exchange.reading() as connection:
        stored = hub.journal.stored_acceptance(connection, sender.site, submission.packet_id)
    if stored is None:
        return None
    sha256 = hub.formats.content_hash(submission.content, hub.settings.packet_bytes)
    return stored if stored.sha256 == sha256 else _conflict(hub, sender, submission, sha256, now)


def _conflict(hub: "Hub", sender: Sender, submission: Submission, sha256: str | None, now: datetime) -> Acceptance:
    problem = Problem("ID_CONFLICT", field="packetId", value=submission.packet_id)
    answer = _acceptance(hub, sender, submission, Survey(sha256 or "", 0), [problem], now)
    answer = replace(answer, status=Status.CONFLICT)
    with hub.exchange.writing() as connection:
        hub.journal.add_attempt(connection, sender.site, answer, _graded(hub, [problem]), None)
    return answer


def _surveyed(hub: "Hub", sender: Sender, submission: Submission) -> Survey:
    feed = FEEDS.get(submission.feed)
    if feed is None:
        return Survey("", 0, problems=(Problem("FEED_UNKNOWN", field="feed", value=submission.feed),))
    today = hub.clock().astimezone(sender.zone).date()
    return hub.formats.survey(feed, submission.content, hub.settings.packet_bytes, sender.zone, today)


def _all_problems(sender: Sender, submission: Submission, survey: Survey) -> list[Problem]:
    """The header's and control's problems first: they are why the rest may look odd."""
    if survey.header is None:
        return list(survey.problems)
    feed = FEEDS[submission.feed]
    header = header_problems(survey.header, feed, submission.packet_id, sender.organizations)
    return [*header, *control_problems(survey.control, survey.found), *survey.problems]


def _acceptance(
    hub: "Hub", sender: Sender, submission: Submission, survey: Survey, problems: list[Problem], now: datetime
) -> Acceptance:
    """The answer but for its status, in the party's language."""
    answer = Acceptance(
        packet_id=submission.packet_id,
        feed=submission.feed,
        status=Status.UNKNOWN,
        received_at=now,
        sha256=survey.sha256 or None,
        documents=survey.found.documents or 0,
        rows=survey.found.rows or 0,
    )
    return with_problems(answer, [reported(hub, problem, sender.language) for problem in problems])


def reported(hub: "Hub", problem: Problem, language: str) -> ReportedProblem:
    """A problem in words."""
    words = hub.problems.wording(problem, language)
    severity = hub.problems.severity(problem.code)
    place = (problem.document, problem.row, problem.field, problem.value)
    return ReportedProblem(problem.code, severity, *place, words.message, words.remedy)


def _kept(
    hub: "Hub", sender: Sender, submission: Submission, survey: Survey, problems: list[Problem], answer: Acceptance
) -> Acceptance:
    """One durable commit; whoever came second with the same id gets the first one's answer."""
    packed = hub.formats.compressed(submission.content)
    with hub.exchange.writing() as connection:
        stored = hub.journal.stored_acceptance(connection, sender.site, submission.packet_id)
        if stored is None:
            payload = hub.journal.keep_payload(connection, packed, answer.received_at)
            graded = _graded(hub, problems)
            attempt = hub.journal.add_attempt(connection, sender.site, answer, graded, payload)
            if answer.status is Status.ACCEPTED and survey.header:
                hub.journal.add_packet(
                    connection, sender.site, answer, _windowed(survey.header, survey), attempt, payload
                )
            return answer
    if stored.sha256 == answer.sha256:
        return stored
    return _conflict(hub, sender, submission, answer.sha256, answer.received_at)


def _windowed(header: Header, survey: Survey) -> Header:
    """The header with its window: a snapshot that gives none speaks for its documents' dates."""
    first, last = header.first_date or survey.first_date, header.last_date or survey.last_date
    return replace(header, first_date=first, last_date=last)


def _graded(hub: "Hub", problems: list[Problem]) -> list[tuple[Problem, str]]:
    return [(problem, hub.problems.severity(problem.code)) for problem in problems]
