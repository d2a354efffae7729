"""One packet of 100,000 lines, from request to facts, against typed spyne records and `executemany`."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from bench import hubs
from bench.figures import Figure, Floor, Plan, compared, seconds
from bench.serving import child
from bench.shipments import packet, shipments, zipped
from bench.typed_sender import TypedSender
from gateway.loading import load_all
from gateway.wiring import Hub

LINES = 100_000
WARMING_LINES = 100
VALIDATOR = "lxml"
"""The faster one: spyne's own `soft` takes a quarter longer."""


def run(plan: Plan) -> list[Figure]:
    """Both sides get fresh records each time, made before the clock starts."""
    with _ours(plan) as ours, _typed(plan) as typed:
        ours.once(1, WARMING_LINES)
        typed.once(1, WARMING_LINES)
        lines = plan.size(LINES)
        result = compared(lambda run: ours.once(run + 2, lines), lambda run: typed.once(run + 2, lines), plan.pairs)
    return [
        Figure("from request to facts, times faster than typed records", 1 / result.ratio, "×", Floor("≥", 8)),
        Figure("typed records, request to answer", result.theirs, "s"),
        Figure("ours, request to facts", result.ours, "s"),
        Figure("… intake: request to acceptance", statistics.median(ours.intake[1:]), "s"),
        Figure("… loading: stored packet to facts", statistics.median(ours.loading[1:]), "s"),
    ]


class _Ours:
    """The gateway in a child, loading here: what a worker does, without waiting for its poll."""

    def __init__(self, hub: Hub, address: str) -> None:
        self._hub, self._address = hub, address
        self.intake: list[float] = []
        self.loading: list[float] = []

    def once(self, run: int, lines: int) -> float:
        year, packet_id = 1900 + run, f"packet-{run}"
        body = hubs.request(packet_id, zipped(packet(packet_id, year, shipments(lines, year))))
        self.intake.append(seconds(lambda: hubs.post(self._address, body, b">accepted<")))
        self.loading.append(seconds(lambda: load_all(self._hub)))
        _check(self._hub, packet_id, lines)
        return self.intake[-1] + self.loading[-1]


def _check(hub: Hub, packet_id: str, lines: int) -> None:
    with hub.exchange.reading() as connection:
        progress = hub.journal.progress(connection, hubs.sender(hub).site, packet_id)
    if progress is None or progress.rows_loaded != lines:
        raise RuntimeError(f"{packet_id}: of {lines} lines this was loaded: {progress}")


@contextmanager
def _ours(plan: Plan) -> Iterator[_Ours]:
    folder = plan.folder / "hub"
    settings = {"OBMEN_DATABASE": f"sqlite:///{folder}"}
    with (
        hubs.hub_in(folder) as hub,
        child("bench.gateway_alone", log=plan.folder / "gateway.log", **settings) as gateway,
    ):
        yield _Ours(hub, gateway.address)


@contextmanager
def _typed(plan: Plan) -> Iterator[TypedSender]:
    file = str(plan.folder / "typed.db")
    with child("bench.typed_service", file, VALIDATOR, log=plan.folder / "typed.log") as service:
        yield TypedSender(service.address)
