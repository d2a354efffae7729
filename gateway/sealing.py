"""Use case: seals the audit journal afterwards, in hash-chained segments; walks the chain to see what was touched."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.audit import Seal, StoredEntry, breach
from gateway.domain.audit import seal as sealed
from gateway.repeating import repeated

if TYPE_CHECKING:
    from gateway.wiring import Hub

SEGMENT_ROWS = 1000
BELOW_ALL = -(1 << 62)
"""Below every key, even of rows that somebody wrote by hand."""


@dataclass(frozen=True)
class Verdict:
    """What a walk over the chain found. `last` is the last seal that holds; `breach` says where it broke."""

    segments: int
    rows: int
    unsealed: int
    last: Seal | None
    breach: str | None


def seal_when_due(hub: "Hub") -> int:
    """Seals once the oldest unsealed row is `audit_seal_seconds` old; how many rows were sealed."""
    with hub.exchange.reading() as connection:
        last = hub.audits.last_seal(connection)
        oldest = hub.audits.entries_after(connection, last.last_key if last else BELOW_ALL, limit=1)
    due = timedelta(seconds=hub.settings.audit_seal_seconds)
    return seal(hub) if oldest and hub.clock() - oldest[0].entry.at >= due else 0


def seal(hub: "Hub") -> int:
    """Seals every committed row; how many there were. One sealer at a time, a commit for each segment."""
    total = 0
    while rows := _seal_segment(hub):
        total += rows
    return total


@repeated
def _seal_segment(hub: "Hub") -> int:
    with hub.exchange.writing() as connection:
        hub.audits.take_turn(connection)
        last = hub.audits.last_seal(connection)
        rows = hub.audits.entries_after(connection, last.last_key if last else BELOW_ALL, SEGMENT_ROWS)
        if not rows:
            return 0
        made = sealed(last, rows, hub.clock())
        hub.audits.add_seal(connection, made)
    hub.log.info("audit sealed", segment=made.number, rows=made.rows, last_row=made.last_key, hash=made.hash)
    return made.rows


def verify(hub: "Hub", noted: tuple[int, str] | None = None) -> Verdict:
    """Walks the chain up to its end or the first breach.

    `noted` is the number and hash of a seal as somebody wrote it down elsewhere: only that shows a chain that was made
    anew, or cut at its end.
    """
    before: Seal | None = None
    rows, wrong = 0, None
    while wrong is None and (following := _next_segment(hub, before)):
        found, stored = following
        wrong = breach(found, before, stored)
        if wrong is None and noted and found.number == noted[0] and found.hash != noted[1]:
            wrong = f"segment {found.number} has another hash than was noted"
        if wrong is None:
            before, rows = found, rows + found.rows
    segments = before.number if before else 0
    if wrong is None and noted and noted[0] > segments:
        wrong = f"segment {noted[0]} was noted and is missing"
    return Verdict(segments, rows, _unsealed(hub), before, wrong)


def _next_segment(hub: "Hub", before: Seal | None) -> tuple[Seal, list[StoredEntry]] | None:
    """The next seal with all rows that stand between it and the seal before."""
    with hub.exchange.reading() as connection:
        found = hub.audits.seal_after(connection, before.number if before else 0)
        if found is None:
            return None
        rows = hub.audits.entries_after(connection, before.last_key if before else BELOW_ALL, 2 * SEGMENT_ROWS)
    return found, [row for row in rows if row.key <= found.last_key]


def _unsealed(hub: "Hub") -> int:
    with hub.exchange.reading() as connection:
        last = hub.audits.last_seal(connection)
        return hub.audits.count_after(connection, last.last_key if last else BELOW_ALL)
