"""The audit journal's writer: requests hand in what is noted of them, a thread stores it in batches.

A request never waits for it. While the store is away the rows wait, up to a bound; what came beyond is counted, and
the count becomes a row of the journal itself when the store is back.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

import structlog

from gateway.domain.audit import Entry
from gateway.domain.errors import Busy

GATHER_SECONDS = 0.2
"""How long a batch gathers: what a killed gateway may lose of the journal."""
BATCH = 500
CAPACITY = 50_000
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 15.0
GAP = "AuditGap"
"""The operation of the row that tells how many rows were lost."""

Store = Callable[[Sequence[Entry]], None]


class AuditWriter:
    """Takes entries from any thread; `close` stores what waits."""

    def __init__(self, store: Store, capacity: int = CAPACITY) -> None:
        self._store, self._capacity = store, capacity
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()
        self._changed = threading.Condition()
        self._waiting: deque[Entry] = deque()
        self._lost = 0
        self._lost_since: datetime | None = None
        self._hurry = self._closed = False
        self._thread: threading.Thread | None = None

    def record(self, entry: Entry) -> None:
        """Never blocks and never fails."""
        with self._changed:
            if len(self._waiting) >= self._capacity:
                self._lost += 1
                self._lost_since = self._lost_since or entry.at
                return
            self._waiting.append(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_on, name="audit-writer", daemon=True)
                self._thread.start()
            if len(self._waiting) in (1, BATCH):
                self._changed.notify_all()

    def flush(self, seconds: float | None = None) -> bool:
        """Waits until everything handed in is stored; False where the store stayed away."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._pending(), CLOSE_SECONDS if seconds is None else seconds)

    def close(self) -> None:
        """Stores what waits, then stops. Says how much the journal lost if the store is away for too long."""
        stored = self.flush()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if not stored:
            self._log.error("audit rows lost", rows=len(self._waiting) + self._lost)

    def _pending(self) -> bool:
        return bool(self._waiting or self._lost)

    def _write_on(self) -> None:
        while self._gathered():
            try:
                self._write_batch()
            except Exception:  # not even a log that can't be written may stop it
                self._rest()

    def _gathered(self) -> bool:
        """Blocks until there is a batch; False once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending() or self._closed)
            self._changed.wait_for(lambda: len(self._waiting) >= BATCH or self._hurry or self._closed, GATHER_SECONDS)
            return not self._closed

    def _write_batch(self) -> None:
        with self._changed:
            batch, lost, since = list(islice(self._waiting, BATCH)), self._lost, self._lost_since
        try:
            self._store([*batch, *([_gap(lost, since)] if since else [])])
        except Busy as error:
            self._log.warning("audit journal waits for the store", rows=len(batch), error=str(error))
            self._rest()
        except Exception as error:  # one batch that can't be stored must not stop the journal
            self._settle(batch, lost=len(batch))
            self._log.error("audit rows refused by the store", rows=len(batch), exc_info=error)
            self._rest()
        else:
            self._settle(batch, lost=-lost)

    def _settle(self, batch: Sequence[Entry], lost: int) -> None:
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._lost += lost
            if not self._lost:
                self._lost_since = None
            elif self._lost_since is None and batch:
                self._lost_since = batch[0].at
            self._hurry = self._hurry and self._pending()
            self._changed.notify_all()

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, RETRY_SECONDS)


def _gap(lost: int, since: datetime) -> Entry:
    return Entry(at=since, address="", operation=GAP, outcome=f"{lost} rows lost")
