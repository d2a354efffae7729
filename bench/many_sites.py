"""750 sites that send at once for some minutes, in packets of all sizes, while a worker loads what they sent.

Runs its senders in a child: `python -m bench.many_sites ADDRESS FILE SECONDS`; the file holds each site's requests.
"""

import asyncio
import json
import pickle
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench import hubs
from bench.figures import Figure, Floor, Plan
from bench.senders import exchanged
from bench.serving import ROOT, child, until_listening
from bench.shipments import packet, shipments, zipped
from gateway.wiring import Hub

SITES = 750
SECONDS = 180
PACKETS_OF_A_SITE = 110
"""More than a site gets through in the time."""
ROWS = (10, 30, 100, 300, 1_000, 5_000)
WEIGHTS = (55, 25, 13, 5, 1.7, 0.3)
"""How often a packet has so many rows, in per cent."""
_RETRY = re.compile(rb"retryAfter[^0-9]{1,20}(\d+)")


class Told(NamedTuple):
    """What the senders were told in so many seconds: accepted ids by site with theirs, Busy faults, the rest."""

    accepted: list[tuple[int, str, float]]
    busy: int
    others: dict[str, int]
    seconds: float


def run(plan: Plan) -> list[Figure]:
    folder, seconds = plan.folder / "hub", max(5, SECONDS * plan.share)
    sites = min(SITES, plan.sites(SITES))
    settings = {"OBMEN_DATABASE": f"sqlite:///{folder}", "OBMEN_PORT": "0", "OBMEN_LOG": "json"}
    with (
        hubs.hub_in(folder, sites=sites) as hub,
        child("gateway.cli", "up", log=plan.folder / "gateway.log", **settings) as gateway,
    ):
        until_listening(gateway.address)
        file = plan.folder / "requests"
        file.write_bytes(pickle.dumps([_packets(site) for site in range(sites)]))
        command = [sys.executable, "-m", "bench.many_sites", gateway.address, str(file), str(seconds)]
        said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        told = Told(*json.loads(said))
        kept, waiting = _kept(hub), _waiting(hub)
    return _figures(told, kept, waiting, sites)


def _figures(told: Told, kept: set[tuple[str, str]], waiting: int, sites: int) -> list[Figure]:
    acknowledged = {(str(site), packet_id) for site, packet_id, _ in told.accepted}
    each = [took for _, _, took in told.accepted]
    cuts = statistics.quantiles(each, n=100)
    for name, count in told.others.items():
        print(f"neither accepted nor Busy, {count} times: {name}", file=sys.stderr)
    others, lost, none = sum(told.others.values()), len(acknowledged - kept), Floor("≤", 0)
    return [
        Figure(f"{sites} sites: answers that are neither accepted nor Busy", others, "", none),
        Figure(f"{sites} sites: acknowledged, and not in the journal", lost, "", none),
        Figure(f"{sites} sites: accepted", len(each) / told.seconds, "1/s"),
        Figure(f"{sites} sites: told Busy, share of answers", 100 * told.busy / (len(each) + told.busy), "%"),
        Figure(f"{sites} sites: median of an accepted request", cuts[49], "s"),
        Figure(f"{sites} sites: 95th percentile", cuts[94], "s"),
        Figure(f"{sites} sites: loaded into facts beside it", (len(kept) - waiting) / told.seconds, "1/s"),
    ]


def _packets(site: int) -> list[tuple[str, bytes]]:
    """(packet id, whole HTTP request); each packet speaks for a year of its own."""
    chance = random.Random(site)
    found = []
    for number in range(PACKETS_OF_A_SITE):
        packet_id, year = f"{site}-{number}", 1700 + number
        (rows,) = chance.choices(ROWS, WEIGHTS)
        content = zipped(packet(packet_id, year, shipments(rows, year)))
        found.append((packet_id, hubs.http_request(hubs.request(packet_id, content), site)))
    return found


def _kept(hub: Hub) -> set[tuple[str, str]]:
    """(site code, packet id) of every packet in the journal."""
    with hub.exchange.reading() as connection:
        rows = connection.exec_driver_sql("SELECT s.code, p.packet_id FROM packet p JOIN site s ON s.key = p.site")
        return {(site, packet_id) for site, packet_id in rows.tuples()}


def _waiting(hub: Hub) -> int:
    with hub.exchange.reading() as connection:
        return int(hub.queue.waiting(connection))


class _Senders:
    """All sites, until the time is over; who is told Busy waits as long as he is told, then sends the same again."""

    def __init__(self, address: str, seconds: float) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._host, self._port = host, int(port)
        self._end = time.monotonic() + seconds
        self.accepted: list[tuple[int, str, float]] = []
        self.busy = 0
        self.others: Counter[str] = Counter()

    async def site(self, site: int, packets: Sequence[tuple[str, bytes]]) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        left = list(packets)
        try:
            while left and time.monotonic() < self._end:
                packet_id, request = left[0]
                began = time.perf_counter()
                body = await exchanged(reader, writer, request)
                if b">accepted<" in body:
                    self.accepted.append((site, packet_id, time.perf_counter() - began))
                    left.pop(0)
                elif b"Server.Busy" in body and (found := _RETRY.search(body)):
                    self.busy += 1
                    await asyncio.sleep(min(float(found.group(1)), max(0.0, self._end - time.monotonic())))
                else:
                    self.others[body[:300].decode(errors="replace")] += 1
                    left.pop(0)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.others[repr(error)] += 1
        finally:
            writer.close()


async def _all(address: str, requests: list[list[tuple[str, bytes]]], seconds: float) -> _Senders:
    senders = _Senders(address, seconds)
    await asyncio.gather(*(senders.site(site, packets) for site, packets in enumerate(requests)))
    return senders


def main(address: str, file: str, seconds: str) -> None:
    requests = pickle.loads(Path(file).read_bytes())
    began = time.perf_counter()
    told = uvloop.run(_all(address, requests, float(seconds)))
    print(json.dumps([told.accepted, told.busy, told.others, time.perf_counter() - began]))


if __name__ == "__main__":
    main(*sys.argv[1:])
