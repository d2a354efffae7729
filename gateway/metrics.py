"""What Prometheus is told: what this gateway counts of its own work, and what the store says, read now and then."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.domain.feeds import FEEDS
from gateway.domain.receipt import Acceptance, Status

Values = Mapping[tuple[str, ...], float]
Figures = Mapping[str, Values]
"""By a gauge's name: a value for each combination of its labels."""
KEPT = timedelta(seconds=15)
"""How long what the store said is told again: however often somebody asks, the store is asked no more often."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
OTHER = "other"
KEPT_STATUSES = (Status.ACCEPTED, Status.HELD, Status.REJECTED, Status.CONFLICT, Status.THROTTLED)
disable_created_metrics()  # type: ignore[no-untyped-call]  # half of all lines would say since when there is a series


@dataclass(frozen=True)
class Told:
    """A metric as Prometheus sees it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


def _gauge(name: str, help: str, *labels: str) -> Told:
    return Told(name, "gauge", help, labels)


REQUESTS = Told(
    "obmen_request_seconds",
    "histogram",
    "Requests at the exchange service, by how long their answers took",
    ("operation", "outcome"),
)
PACKETS = Told("obmen_packets_total", "counter", "Packets submitted, repetitions left out", ("feed", "status"))
ROWS = Told("obmen_rows_total", "counter", "Rows of these packets", ("feed", "status"))
PROBLEMS = Told("obmen_problems_total", "counter", "Problems that senders were told at once", ("code", "severity"))
BUILD = _gauge("obmen_build_info", "Always 1; the version that runs", "version")
OF_THE_GATEWAY = (REQUESTS, PACKETS, ROWS, PROBLEMS, BUILD)

STORE_UP = _gauge("obmen_store_up", "1 where the store answered, 0 where it is away: its other gauges are absent then")
STORE_FREE = _gauge("obmen_store_free_bytes", "Room left on the disk of the SQLite store; absent for MS SQL")
OF_THE_STORE = (
    STORE_UP,
    STORE_FREE,
    _gauge("obmen_queue_packets", "Packets that are not loaded, by where they stand", "feed", "state"),
    _gauge("obmen_loading_lag_seconds", "For how long the packet that nobody has claimed has been due; 0 without one"),
    _gauge("obmen_oldest_packet_seconds", "Age of the oldest accepted packet that is not loaded, claimed or not"),
    _gauge("obmen_day_packets", "Packets received in the last 24 hours, by where they stand now", "feed", "state"),
    _gauge("obmen_day_rows", "Rows of these packets, by what became of them", "feed", "fate"),
    _gauge("obmen_day_slots", "Deliveries that were due in the last 24 hours, by what became of them", "feed", "state"),
    _gauge("obmen_regulation_lag_seconds", "For how long the check of the regulation has been due; 0 while it is not"),
    _gauge("obmen_incidents_open", "Open incidents", "severity"),
    _gauge("obmen_outbox_notices", "Notices to people that wait to be sent, those of later hours included"),
    _gauge("obmen_outbox_lag_seconds", "For how long the notice that waits longest has been due; 0 without one"),
    _gauge("obmen_channels_dead", "Addresses of people at which nothing arrives any more"),
    _gauge("obmen_parties_to_reconcile", "Parties with changes that are not reconciled yet"),
)


class Submitted(NamedTuple):
    """A packet that was looked at, as it is counted: `problems` has how often each code and severity is among them."""

    feed: str
    status: str
    rows: int
    problems: Mapping[tuple[str, str], int]


class Metrics:
    """Of one process. `registry` is what a scrape collects."""

    def __init__(self, read: Callable[[], Figures], clock: Callable[[], datetime]) -> None:
        self.registry = own = CollectorRegistry()
        self._requests = Histogram(REQUESTS.name, REQUESTS.help, REQUESTS.labels, buckets=SECONDS, registry=own)
        counted = (Counter(told.name, told.help, told.labels, registry=own) for told in (PACKETS, ROWS, PROBLEMS))
        self._packets, self._rows, self._problems = counted
        for feed, status in product(FEEDS, KEPT_STATUSES):  # a rise from nothing is none to Prometheus, one from 0 is
            self._packets.labels(feed, status)
        Gauge(BUILD.name, BUILD.help, BUILD.labels, registry=own).labels(__version__).set(1)
        ProcessCollector(registry=own)
        own.register(_OfTheStore(read, clock))

    def request(self, operation: str, outcome: str, seconds: float) -> None:
        """Both words from a bounded set: each pair is a series for ever."""
        self._requests.labels(operation, outcome).observe(seconds)

    def submitted(self, answer: Acceptance, problems: Mapping[tuple[str, str], int]) -> None:
        """Counts a packet, with how often each code and severity is among its problems."""
        feed = answer.feed if answer.feed in FEEDS else OTHER
        self.count(Submitted(feed, answer.status, answer.rows, problems))

    def count(self, packet: Submitted) -> None:
        self._packets.labels(packet.feed, packet.status).inc()
        self._rows.labels(packet.feed, packet.status).inc(packet.rows)
        for (code, severity), times in packet.problems.items():
            self._problems.labels(code, severity).inc(times)


class HandedOn(Metrics):
    """Of a process that nobody scrapes: what it would count is `taken` to the one that is scraped."""

    def __init__(self) -> None:
        self._waiting: deque[Submitted] = deque()

    def count(self, packet: Submitted) -> None:
        self._waiting.append(packet)

    def taken(self) -> list[Submitted]:
        """In many threads at once: each is taken by one of them."""
        found: list[Submitted] = []
        with suppress(IndexError):
            while True:
                found.append(self._waiting.popleft())
        return found


class _OfTheStore(Collector):
    """The store's gauges. One caller reads, those beside it wait for what he found."""

    def __init__(self, read: Callable[[], Figures], clock: Callable[[], datetime]) -> None:
        self._read, self._clock = read, clock
        self._turn = threading.Lock()
        self._read_at: datetime | None = None
        self._known: Figures = {}

    def describe(self) -> Iterator[Metric]:
        """For the registry, which must not ask the store while the hub is put together."""
        return _families({})

    def collect(self) -> Iterator[Metric]:
        with self._turn:
            now = self._clock()
            if self._read_at is None or not timedelta(0) <= now - self._read_at < KEPT:
                self._known = self._read()
                self._read_at = now
            known = self._known
        return _families(known)


def _families(known: Figures) -> Iterator[Metric]:
    for told in OF_THE_STORE:
        family = GaugeMetricFamily(told.name, told.help, labels=told.labels)
        for labels, value in known.get(told.name, {}).items():
            family.add_metric(labels, value)
        yield family
