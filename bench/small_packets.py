"""Packets of 100 rows over kept connections, at 1 and at 50 senders, against a bare spyne service."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench import hubs
from bench.figures import Compared, Figure, Floor, Plan, compared
from bench.senders import load
from bench.serving import Service, child, until_listening
from bench.shipments import packet, shipments, zipped
from gateway.wiring import Hub

ROWS = 100
LOADS = {1: 200, 50: 1000}
"""Senders at once, and how many packets they send together."""


def run(plan: Plan) -> list[Figure]:
    """Ours is `obmen up`, alone as the bare service is; then with its worker, which loads what is sent."""
    figures = []
    file, log = str(plan.folder / "bare.db"), plan.folder / "bare.log"
    with child("bench.bare_service", file, log=log) as bare:
        with _ours(plan, "alone", lanes=0) as ours:
            for senders, packets in LOADS.items():
                figures += _figures(*_contested(plan, ours, bare, senders, packets))
        with _ours(plan, "whole", lanes=1) as ours:
            figures += _figures_beside(*_contested(plan, ours, bare, max(LOADS), LOADS[max(LOADS)]))
    return figures


def _contested(plan: Plan, ours: "_Ours", bare: Service, senders: int, packets: int) -> tuple["_Contest", Compared]:
    contest = _Contest(plan, ours, bare, senders, max(2, plan.size(packets) // senders))
    return contest, compared(contest.ours, contest.bare, plan.pairs)


class _Contest:
    """Both sides get the same requests."""

    def __init__(self, plan: Plan, ours: "_Ours", bare: Service, senders: int, each: int) -> None:
        self._plan, self._ours, self._bare = plan, ours, bare
        self.senders, self._each = senders, each
        self.packets = senders * each
        self.spread: list[tuple[float, float]] = []
        self.draining: list[float] = []
        self.cpu: list[float] = []
        self.bare_cpu: list[float] = []

    def ours(self, run: int) -> float:
        sent = load(self._ours.gateway, self._requests(run), self._plan.folder)
        self.cpu.append(sent.cpu_seconds / len(sent.each))
        cuts = statistics.quantiles(sent.each, n=100)
        self.spread.append((cuts[49], cuts[98]))
        began = time.perf_counter()
        self._ours.wait_until_loaded()
        self.draining.append(sent.seconds + time.perf_counter() - began)
        return sent.seconds

    def bare(self, run: int) -> float:
        sent = load(self._bare, self._requests(run), self._plan.folder)
        self.bare_cpu.append(sent.cpu_seconds / len(sent.each))
        return sent.seconds

    def _requests(self, run: int) -> list[list[bytes]]:
        return [
            [self._request(sender, f"{self.senders}-{run}-{number}", 1700 + number) for number in range(self._each + 1)]
            for sender in range(self.senders)
        ]

    def _request(self, sender: int, packet_id: str, year: int) -> bytes:
        content = zipped(packet(packet_id, year, shipments(ROWS, year)))
        return hubs.http_request(hubs.request(packet_id, content), sender)


def _figures(contest: _Contest, result: Compared) -> list[Figure]:
    senders, packets = f"{contest.senders} sender{'s' if contest.senders > 1 else ''}", contest.packets
    median, p99 = (statistics.median(values) for values in zip(*contest.spread, strict=True))
    spread = statistics.median(last / middle for middle, last in contest.spread)
    share, slowest = (Floor("≥", 50), Floor("≤", 5)) if contest.senders > 1 else (None, None)
    return [
        Figure(f"{senders}: requests a second, share of bare spyne's", 100 / result.ratio, "%", share),
        Figure(f"{senders}: ours", packets / result.ours, "1/s"),
        Figure(f"{senders}: bare spyne with one INSERT", packets / result.theirs, "1/s"),
        Figure(f"{senders}: processor time of our gateway a packet", statistics.median(contest.cpu) * 1000, "ms"),
        Figure(f"{senders}: processor time of bare spyne a packet", statistics.median(contest.bare_cpu) * 1000, "ms"),
        Figure(f"{senders}: 99th percentile ÷ median", spread, "×", slowest),
        Figure(f"{senders}: median", median * 1000, "ms"),
        Figure(f"{senders}: 99th percentile", p99 * 1000, "ms"),
    ]


def _figures_beside(contest: _Contest, result: Compared) -> list[Figure]:
    senders, loaded = f"{contest.senders} senders, a worker beside", statistics.median(contest.draining)
    return [
        Figure(f"{senders}: share of bare spyne's, which has none", 100 / result.ratio, "%"),
        Figure(f"{senders}: loaded into facts, from the first request on", contest.packets / loaded, "1/s"),
    ]


class _Ours:
    """`obmen up`, and a look at its queue."""

    def __init__(self, hub: Hub, gateway: Service, lanes: int) -> None:
        self._hub, self.gateway, self._lanes = hub, gateway, lanes

    def wait_until_loaded(self) -> None:
        while self._lanes and self._waiting():
            time.sleep(0.05)

    def _waiting(self) -> int:
        with self._hub.exchange.reading() as connection:
            return int(self._hub.queue.waiting(connection))


@contextmanager
def _ours(plan: Plan, name: str, lanes: int) -> Iterator[_Ours]:
    folder, log = plan.folder / name, plan.folder / f"{name}.log"
    settings = {"DATABASE": f"sqlite:///{folder}", "PORT": "0", "LOG": "json", "LANES": f"{lanes}"}
    with (
        hubs.hub_in(folder, sites=max(LOADS)) as hub,
        child("gateway.cli", "up", log=log, **{f"OBMEN_{key}": value for key, value in settings.items()}) as gateway,
    ):
        until_listening(gateway.address)
        yield _Ours(hub, gateway, lanes)
