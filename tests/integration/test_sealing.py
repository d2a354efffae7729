"""The audit journal in a real store: sealed by segments, walked, and tampered with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway import sealing
from gateway.domain.audit import Entry
from gateway.sealing import seal, seal_when_due, verify
from gateway.wiring import Hub
from tests.clocks import Clock
from tests.hubs import hub_in


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(sealing, "SEGMENT_ROWS", 4)
    with hub_in(tmp_path, clock) as hub:
        yield hub


def record(hub: Hub, count: int) -> None:
    with hub.exchange.writing() as connection:
        hub.audits.add(connection, [Entry(hub.clock(), "192.0.2.1", "Ping", "ok", "волга") for _ in range(count)])


def tamper(hub: Hub, statement: str) -> None:
    if hub.exchange.folder is None and "SET [key]" in statement:
        pytest.skip("MS SQL lets nobody alter the keys that it has given")
    with hub.exchange.writing() as connection:
        assert connection.execute(text(statement)).rowcount > 0


def test_everything_stored_is_sealed_in_segments(hub: Hub) -> None:
    record(hub, 10)
    assert seal(hub) == 10
    verdict = verify(hub)
    assert (verdict.segments, verdict.rows, verdict.unsealed, verdict.breach) == (3, 10, 0, None)
    assert seal(hub) == 0


def test_rows_that_are_not_sealed_yet_are_counted(hub: Hub) -> None:
    record(hub, 4)
    seal(hub)
    record(hub, 3)
    verdict = verify(hub)
    assert (verdict.rows, verdict.unsealed, verdict.breach) == (4, 3, None)


def test_an_empty_journal_is_whole(hub: Hub) -> None:
    assert seal(hub) == 0
    verdict = verify(hub)
    assert (verdict.segments, verdict.unsealed, verdict.last, verdict.breach) == (0, 0, None, None)


def test_the_worker_seals_once_a_row_is_old_enough(hub: Hub, clock: Clock) -> None:
    record(hub, 1)
    clock.forward(seconds=hub.settings.audit_seal_seconds - 1)
    record(hub, 1)
    assert seal_when_due(hub) == 0
    clock.forward(seconds=1)
    assert seal_when_due(hub) == 2
    clock.forward(hours=1)
    assert seal_when_due(hub) == 0


@pytest.mark.sqlite
def test_a_rolled_back_insert_leaves_a_gap_that_is_no_breach(hub: Hub) -> None:
    record(hub, 1)
    with hub.exchange.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO exchange.audit (key, at, address, operation, outcome, milliseconds, bytes)"
                " SELECT 100, at, address, operation, outcome, milliseconds, bytes FROM exchange.audit"
            )
        )
    seal(hub)
    assert verify(hub).breach is None


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM exchange.audit WHERE [key] = 6", "segment 2 (rows 5 to 8): row 6 is missing"),
        ("DELETE FROM exchange.audit WHERE [key] = 1", "segment 1 (rows 1 to 4): row 1 is missing"),
        ("DELETE FROM exchange.audit", "segment 1 (rows 1 to 4): row 1 is missing"),
        ("UPDATE exchange.audit SET outcome = 'no' WHERE [key] = 7", "segment 2 (rows 5 to 8): row 7 is altered"),
        ("UPDATE exchange.audit SET at = '2026-11-20T20:00:00.000001' WHERE [key] = 10", "row 10 is altered"),
        ("UPDATE exchange.audit SET [key] = 900 WHERE [key] = 10", "segment 3 (rows 9 to 10): row 10 is missing"),
        ("UPDATE exchange.audit SET [key] = 0 WHERE [key] = 3", "row 0 was added after the segment was sealed"),
        ("DELETE FROM exchange.audit_seal WHERE number = 1", "segment 1 is missing"),
        ("DELETE FROM exchange.audit_seal WHERE number = 2", "segment 2 is missing"),
        ("UPDATE exchange.audit_seal SET hash = replace(hash, 'a', 'b') WHERE number = 2", "the seal is altered"),
        ("UPDATE exchange.audit_seal SET rows = 3 WHERE number = 2", "segment 2"),
        ("UPDATE exchange.audit_seal SET last_key = 1000000 WHERE number = 3", "the seal is altered"),
        ("UPDATE exchange.audit_seal SET last_key = 9 WHERE number = 3", "row 10 is missing"),
        ("UPDATE exchange.audit_seal SET marks = X'00' WHERE number = 2", ""),
    ],
)
def test_the_first_thing_touched_is_named(hub: Hub, statement: str, says: str) -> None:
    record(hub, 10)
    seal(hub)
    tamper(hub, statement)
    found = verify(hub).breach
    assert found is None if not says else found and says in found


def test_a_row_slipped_in_below_a_seal_is_named(hub: Hub) -> None:
    record(hub, 4)
    seal(hub)
    tamper(hub, "UPDATE exchange.audit SET [key] = key + 10")
    tamper(hub, "DELETE FROM exchange.audit_seal")
    seal(hub)
    record(hub, 1)
    tamper(hub, "UPDATE exchange.audit SET [key] = 12 - 5 WHERE [key] = 15")
    assert verify(hub).breach == "segment 1 (rows 11 to 14): row 7 was added after the segment was sealed"


def test_a_row_slipped_in_before_the_first_is_named(hub: Hub) -> None:
    record(hub, 5)
    seal(hub)
    record(hub, 1)
    tamper(hub, "UPDATE exchange.audit SET [key] = -6 WHERE [key] = 6")
    assert verify(hub).breach == "segment 1 (rows 1 to 4): row -6 was added after the segment was sealed"


def test_a_journal_cut_at_its_end_or_made_anew_shows_against_a_seal_noted_elsewhere(hub: Hub) -> None:
    record(hub, 8)
    seal(hub)
    last = verify(hub).last
    assert last
    noted = (last.number, last.hash)
    assert verify(hub, noted).breach is None
    tamper(hub, "DELETE FROM exchange.audit_seal WHERE number = 2")
    tamper(hub, "DELETE FROM exchange.audit WHERE [key] > 4")
    assert verify(hub).breach is None
    assert verify(hub, noted).breach == "segment 2 was noted and is missing"
    record(hub, 4)
    tamper(hub, "UPDATE exchange.audit SET login = 'other' WHERE [key] > 4")
    seal(hub)
    assert verify(hub).breach is None
    assert verify(hub, noted).breach == "segment 2 has another hash than was noted"
