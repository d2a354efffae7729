"""Loading of 1,000,000 stored lines into facts, against columns and a plain bulk insert of the same rows."""

import statistics
from contextlib import suppress
from pathlib import Path

import adbc_driver_sqlite.dbapi as adbc

from bench import hubs
from bench.figures import Figure, Floor, Plan, compared, seconds
from bench.memory import peak
from bench.shipments import packet, shipments, zipped
from connectors.formats.columns import Part, batches
from connectors.formats.content import canonical
from gateway.domain.feeds import FEEDS
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.wiring import Hub

LINES, FEW_LINES = 1_000_000, 10_000
_FEED, _LIMIT = FEEDS["shipments"], 1 << 30


def run(plan: Plan) -> list[Figure]:
    """Every packet speaks for another year, so that facts grow as they do in life."""
    lines, few = plan.size(LINES), plan.size(FEW_LINES)
    with hubs.hub_in(plan.folder / "hub") as hub:
        stored = Stored(hub)
        stored.loaded(1900, few)
        small = [stored.loaded(1901 + run, few) for run in range(plan.pairs)]
        large = compared(
            lambda run: stored.loaded(1950 + run, lines), lambda run: _inserted(plan, stored.content), plan.pairs
        )
        stored.accept(2000, lines)
    used = peak("bench.loading:load_stored", str(plan.folder / "hub"))
    per_line, per_small_line = large.ours / lines, statistics.median(small) / few
    return [
        Figure("loading ÷ columns and plain ADBC ingest", large.ratio, "×", Floor("≤", 4)),
        Figure("loading", large.ours, "s"),
        Figure("columns and plain ADBC ingest", large.theirs, "s"),
        Figure("peak memory of loading", used, "MB", Floor("≤", 400)),
        Figure("a line of 10,000", per_small_line * 1e6, "µs"),
        Figure("a line of 1,000,000", per_line * 1e6, "µs"),
    ]


class Stored:
    """Packets accepted by intake, and loaded under the clock."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._sender = hub, hubs.sender(hub)
        self.content = b""

    def accept(self, year: int, lines: int) -> None:
        packet_id = f"packet-{year}"
        self.content = zipped(packet(packet_id, year, shipments(lines, year)))
        answer = submit(self._hub, self._sender, Submission(_FEED.name, packet_id, self.content))
        if answer.status != "accepted":
            raise RuntimeError(f"{packet_id}: {answer.problems[:3]}")

    def loaded(self, year: int, lines: int) -> float:
        self.accept(year, lines)
        took = seconds(lambda: load_all(self._hub))
        with self._hub.exchange.reading() as connection:
            progress = self._hub.journal.progress(connection, self._sender.site, f"packet-{year}")
        if progress is None or progress.rows_loaded != lines:
            raise RuntimeError(f"of {lines} lines this was loaded: {progress}")
        return took


def load_stored(folder: str) -> None:
    """What a child does whose memory is measured."""
    with hubs.opened(Path(folder)) as hub:
        load_all(hub)


def _inserted(plan: Plan, content: bytes) -> float:
    """Text columns of documents and rows, as they are, into a new file in one transaction."""
    file = plan.folder / "plain.db"
    try:
        return seconds(lambda: _insert(file, content))
    finally:
        for each in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
            with suppress(FileNotFoundError):
                each.unlink()


def _insert(file: Path, content: bytes) -> None:
    with adbc.connect(str(file)) as connection, connection.cursor() as cursor:
        for part in (Part.DOCUMENTS, Part.ROWS):
            for batch in batches(_FEED, part, canonical(content, _LIMIT)):
                cursor.adbc_ingest(part.value, batch, mode="create_append")
        connection.commit()
