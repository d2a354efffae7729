"""One night's run: five packets of ordinary size from each of 340 sites, in 1, 2 and 4 lanes, intake beside them."""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import hubs
from bench.figures import Figure, Plan, seconds
from bench.shipments import packet, shipments, zipped
from gateway.config import load_settings
from gateway.domain.party import Sender
from gateway.intake import Submission, submit
from gateway.wiring import Hub
from gateway.worker import run_once

SITES, PACKETS_OF_A_SITE, ROWS = 340, 5, 300
LANES = (1, 2, 4)
PAUSE_SECONDS = 0.05


def run(plan: Plan) -> list[Figure]:
    """Each number of lanes gets packets of its own, accepted before the clock starts."""
    folder = plan.folder / "hub"
    sites = min(SITES, plan.sites(SITES))
    figures = []
    with hubs.hub_in(folder, sites=sites) as hub:
        senders = [hubs.sender(hub, site) for site in range(sites)]
        for turn, lanes in enumerate(LANES):
            for sender in senders:
                for number in range(PACKETS_OF_A_SITE):
                    accept(hub, sender, 1700 + 10 * turn + number)
            figures += _loaded(hub, folder, senders[0], lanes, sites * PACKETS_OF_A_SITE, 1800 + 50 * turn)
    return figures


def _loaded(hub: Hub, folder: Path, sender: Sender, lanes: int, packets: int, year: int) -> list[Figure]:
    settings = load_settings(database=f"sqlite:///{folder}", lanes=lanes, log="json")
    with _Intake(hub, sender, year) as intake, told_to(folder.parent / "lanes.log"):
        took = seconds(lambda: run_once(settings))
    words = f"{lanes} lane{'s' if lanes > 1 else ''}"
    cuts = statistics.quantiles(intake.each, n=100)
    return [
        Figure(f"{words}: loaded", packets / took, "1/s"),
        Figure(f"{words}: rows", packets * ROWS / took, "1/s"),
        Figure(f"{words}: 99th percentile of intake beside it", cuts[98] * 1000, "ms"),
    ]


@contextmanager
def told_to(log: Path) -> Iterator[None]:
    """Lanes are processes of their own and tell of every packet."""
    kept = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


class _Intake:
    """Sends a small packet every now and then while the night's packets are loaded."""

    def __init__(self, hub: Hub, sender: Sender, year: int) -> None:
        self._hub, self._sender, self._year = hub, sender, year
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.each: list[float] = []

    def __enter__(self) -> "_Intake":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _send(self) -> None:
        number = 0
        while not self._ended.is_set() or len(self.each) < 2:
            began = time.perf_counter()
            accept(self._hub, self._sender, self._year, rows=10, part=number)
            self.each.append(time.perf_counter() - began)
            number += 1
            self._ended.wait(PAUSE_SECONDS)


def accept(hub: Hub, sender: Sender, year: int, rows: int = ROWS, part: int = 0) -> None:
    packet_id = f"{year}-{part}"
    content = zipped(packet(packet_id, year, shipments(rows, year)))
    answer = submit(hub, sender, Submission("shipments", packet_id, content, historic=True))
    if answer.status != "accepted":
        raise RuntimeError(f"{packet_id}: {answer.problems[:3]}")
