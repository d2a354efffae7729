"""Airflow in place of the worker: how soon a small packet is in the facts, and how fast the lanes of a night load."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import hubs
from bench.figures import Figure, Floor, Plan
from bench.night import PACKETS_OF_A_SITE, SITES, accept, told_to
from connectors.shipped import DAGS
from gateway.airflow.standing import Standing, standing
from gateway.config import Settings, load_settings
from gateway.domain.party import Sender
from gateway.wiring import Hub
from gateway.worker import beside

LANES, SMALL, ROWS_OF_SMALL = 2, 7, 10
REST_SECONDS = 5.0
"""After what the packet before led to is done, so that all is idle."""
PATIENCE_SECONDS = 1800.0


def run(plan: Plan) -> list[Figure]:
    """The worker loads a night before Airflow and one after it: what else the machine does counts for both.

    Airflow stands for a while when it gets its night: what it does as it starts is done by then.
    """
    folder = plan.folder / "hub"
    sites, packets = plan.sites(SITES), max(3, int(SMALL * plan.share))
    settings = load_settings(database=f"sqlite:///{folder}", lanes=LANES, log="json")
    with hubs.hub_in(folder, sites=sites) as hub, told_to(plan.folder / "lanes.log"):
        senders = [hubs.sender(hub, site) for site in range(sites)]
        before = _by_worker(hub, settings, senders, 1700)
        with standing(plan.folder / "airflow", DAGS, settings) as airflow:
            small = [_until_loaded(hub, senders[0], 1800, number) for number in range(packets)]
            with _paused(airflow):
                _accept_night(hub, senders, 1710)
            ours = _rate(hub)
        after = _by_worker(hub, settings, senders, 1720)
    return [
        Figure("from receipt to facts under Airflow, idle, median", statistics.median(small), "s", Floor("≤", 15)),
        Figure("loaded under Airflow, share of the worker's", ours * 2 / (before + after), "", Floor("≥", 0.8)),
        Figure(f"worker, {LANES} lanes: loaded", (before + after) / 2, "1/s"),
        Figure(f"Airflow, {LANES} lanes: loaded", ours, "1/s"),
    ]


def _by_worker(hub: Hub, settings: Settings, senders: list[Sender], year: int) -> float:
    _accept_night(hub, senders, year)
    with beside(settings):
        return _rate(hub)


@contextmanager
def _paused(airflow: Standing) -> Iterator[None]:
    """Nothing is loaded for the time of the block."""
    _told(airflow, "pause")
    yield
    _told(airflow, "unpause")


def _told(airflow: Standing, word: str) -> None:
    saying = [sys.executable, "-m", "airflow", "dags", word, "--yes", "load_packets"]
    subprocess.run(saying, env=dict(airflow.environment), check=True, capture_output=True)


def _accept_night(hub: Hub, senders: list[Sender], year: int) -> None:
    for sender in senders:
        for number in range(PACKETS_OF_A_SITE):
            accept(hub, sender, year + number)


def _rate(hub: Hub) -> float:
    """Packets per second, from the first that is seen loaded to the last: how long lanes take to begin is left out."""
    all_of_them = _waiting(hub)
    _sleep_while(lambda: _waiting(hub) == all_of_them)
    began, first = time.perf_counter(), _waiting(hub)
    _sleep_while(lambda: _waiting(hub) > 0)
    return first / (time.perf_counter() - began)


def _until_loaded(hub: Hub, sender: Sender, year: int, number: int) -> float:
    _sleep_while(lambda: _to_reconcile(hub))
    time.sleep(REST_SECONDS)
    began = time.perf_counter()
    accept(hub, sender, year, rows=ROWS_OF_SMALL, part=number)
    _sleep_while(lambda: _waiting(hub) > 0)
    return time.perf_counter() - began


def _to_reconcile(hub: Hub) -> bool:
    with hub.warehouse.reading() as connection:
        return bool(hub.touching.parties_touched(connection))


def _waiting(hub: Hub) -> int:
    with hub.exchange.reading() as connection:
        return int(hub.queue.waiting(connection))


def _sleep_while(goes_on: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while goes_on():
        if time.monotonic() > ends:
            raise RuntimeError("nothing is loaded")
        time.sleep(0.02)
