"""Puts outcomes into the words of an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.packet import Survey
from gateway.domain.party import Sender
from gateway.domain.problem import Problem
from gateway.domain.receipt import Acceptance, ReportedProblem, Status, with_problems

if TYPE_CHECKING:
    from gateway.intake import Submission
    from gateway.wiring import Hub

Graded = list[tuple[Problem, str]]
"""Problems, each with the severity it has for the party."""


def graded(hub: "Hub", problems: Sequence[Problem], weights: Mapping[str, str]) -> Graded:
    """Every problem with its severity: the party's own where it has one and the problem is not fixed."""
    return [(problem, hub.problems.weight(problem.code, weights)) for problem in problems]


def reported(hub: "Hub", problem: Problem, severity: str, language: str) -> ReportedProblem:
    """A problem in words."""
    words = hub.problems.wording(problem, language)
    place = (problem.document, problem.row, problem.field, problem.value)
    return ReportedProblem(problem.code, severity, *place, words.message, words.remedy)


def acceptance(
    hub: "Hub",
    sender: Sender,
    submission: "Submission",
    survey: Survey,
    problems: Graded,
    status: Status,
    now: datetime,
) -> Acceptance:
    """The answer, in the party's language."""
    answer = Acceptance(
        packet_id=submission.packet_id,
        feed=submission.feed,
        status=status,
        received_at=now,
        sha256=survey.sha256 or None,
        documents=survey.found.documents or 0,
        rows=survey.found.rows or 0,
    )
    return with_problems(answer, [reported(hub, problem, weight, sender.language) for problem, weight in problems])
