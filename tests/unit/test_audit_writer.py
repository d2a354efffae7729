"""The audit journal's writer: batches, a store that is away, and rows that it had to let go."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gateway import auditing
from gateway.auditing import AuditWriter
from gateway.domain.audit import Entry
from gateway.domain.errors import Busy

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
PATIENCE = 30.0


def entry(number: int = 1) -> Entry:
    return Entry(NOW, "192.0.2.1", "Ping", "ok", packet_id=f"p-{number}")


class Store:
    """Keeps what it is given, once it is there."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []
        self.batches: list[int] = []
        self.tries = 0
        self.there = threading.Event()
        self.there.set()
        self.asked = threading.Event()
        self.refuses: Exception = Busy("away")

    def __call__(self, entries: Sequence[Entry]) -> None:
        self.tries += 1
        away = not self.there.is_set()  # looked at first: whoever waits to be asked lets it be there
        self.asked.set()
        if away:
            raise self.refuses
        self.rows += entries
        self.batches.append(len(entries))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(auditing, "RETRY_SECONDS", 0.01)


def numbers(store: Store) -> list[str | None]:
    return [row.packet_id for row in store.rows]


def test_what_is_recorded_is_stored_in_its_order() -> None:
    store = Store()
    writer = AuditWriter(store)
    for number in range(1200):
        writer.record(entry(number))
    assert writer.flush(PATIENCE)
    assert numbers(store) == [f"p-{number}" for number in range(1200)]
    assert max(store.batches) <= auditing.BATCH
    writer.close()


def test_many_requests_share_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "GATHER_SECONDS", PATIENCE)
    store = Store()
    writer = AuditWriter(store)
    for number in range(auditing.BATCH - 1):
        writer.record(entry(number))
    assert store.batches == []
    assert writer.flush(PATIENCE)
    assert store.batches == [auditing.BATCH - 1]
    writer.close()


def test_nothing_is_lost_when_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "GATHER_SECONDS", PATIENCE)
    store = Store()
    writer = AuditWriter(store)
    writer.record(entry())
    writer.close()
    assert store.rows == [entry()]


def test_rows_wait_while_the_store_is_away() -> None:
    store = Store()
    store.there.clear()
    writer = AuditWriter(store)
    writer.record(entry(1))
    assert store.asked.wait(PATIENCE)
    writer.record(entry(2))
    store.there.set()
    assert writer.flush(PATIENCE)
    assert numbers(store) == ["p-1", "p-2"]
    writer.close()


def test_what_came_beyond_the_bound_is_counted_in_the_journal_itself() -> None:
    store = Store()
    store.there.clear()
    writer = AuditWriter(store, capacity=3)
    for number in range(5):
        writer.record(entry(number))
    store.asked.clear()
    assert store.asked.wait(PATIENCE)  # what it had begun to write before the last of them is refused
    store.there.set()
    assert writer.flush(PATIENCE)
    assert numbers(store) == ["p-0", "p-1", "p-2", None]
    gap = store.rows[-1]
    assert (gap.at, gap.operation, gap.outcome) == (NOW, auditing.GAP, "2 rows lost")
    writer.record(entry(9))
    assert writer.flush(PATIENCE)
    assert numbers(store)[4:] == ["p-9"]
    writer.close()


def test_a_batch_that_the_store_refuses_is_counted_too_and_stops_nothing() -> None:
    store = Store()
    store.there.clear()
    store.refuses = ValueError("no such column")
    writer = AuditWriter(store)
    writer.record(entry(1))
    assert store.asked.wait(PATIENCE)
    store.there.set()
    writer.record(entry(2))
    assert writer.flush(PATIENCE)
    assert {row.outcome for row in store.rows} == {"1 rows lost", "ok"}
    assert "p-2" in numbers(store)
    writer.close()


def test_a_store_that_stays_away_does_not_keep_the_hub_from_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "CLOSE_SECONDS", 0.1)
    store = Store()
    store.there.clear()
    writer = AuditWriter(store)
    writer.record(entry())
    assert not writer.flush(0.1)
    writer.close()
    tries = store.tries
    writer.record(entry())
    assert store.tries <= tries + 1
