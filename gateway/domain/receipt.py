"""Outcomes: the immutable acceptance of a packet, and the receipt that adds its progress."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

PROBLEMS_IN_ANSWER = 100
"""How many problems an acceptance carries; the rest is read by GetProblems (contract, Acceptance)."""


class Status(StrEnum):
    """What became of one attempt (contract, table of situations)."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    DRY_RUN_OK = "dry-run-ok"
    DRY_RUN_REJECTED = "dry-run-rejected"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"
    """Only in receipts: no packet and no attempt of this id."""


class State(StrEnum):
    """Where an accepted packet stands."""

    ACCEPTED = "accepted"
    HELD = "held"
    LOADING = "loading"
    LOADED = "loaded"
    LOADED_WITH_PROBLEMS = "loaded-with-problems"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


@dataclass(frozen=True)
class ReportedProblem:
    """A problem as the sender reads it, in his language; frozen with the acceptance that holds it."""

    code: str
    severity: str
    document: str | None
    row: int | None
    field: str | None
    value: str | None
    message: str
    remedy: str


@dataclass(frozen=True)
class Acceptance:
    """The answer to a packet. `received_at` is UTC; `retry_after` in seconds."""

    packet_id: str
    feed: str
    status: Status
    received_at: datetime
    sha256: str | None = None
    documents: int = 0
    rows: int = 0
    problems_total: int = 0
    problems: tuple[ReportedProblem, ...] = ()
    retry_after: int | None = None


@dataclass(frozen=True)
class Progress:
    """What the hub has done with the packet so far."""

    state: str
    changed_at: datetime
    rows_loaded: int = 0
    rows_unmapped: int = 0
    rows_quarantined: int = 0
    problems_total: int = 0


@dataclass(frozen=True)
class Receipt:
    acceptance: Acceptance
    progress: Progress


@dataclass(frozen=True)
class Loaded:
    """What one load did; kept beside the facts, so that loading again finds it."""

    rows_loaded: int
    rows_unmapped: int
    rows_quarantined: int
    superseded: bool = False

    @property
    def state(self) -> State:
        if self.superseded:
            return State.SUPERSEDED
        troubled = self.rows_unmapped or self.rows_quarantined
        return State.LOADED_WITH_PROBLEMS if troubled else State.LOADED


def with_problems(acceptance: Acceptance, problems: list[ReportedProblem]) -> Acceptance:
    """The acceptance with the first problems and the count of all."""
    return replace(acceptance, problems=tuple(problems[:PROBLEMS_IN_ANSWER]), problems_total=len(problems))
