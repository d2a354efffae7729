"""Senders at once, each on a kept connection: the load on a service, from a child of its own.

Runs in a child: `python -m bench.senders ADDRESS PID FILE`; the file holds each sender's requests, of which the first
is to warm up.
"""

import asyncio
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench.serving import ROOT, Service

Requests = Sequence[bytes]


class Load(NamedTuple):
    """What a load took, the service's processor time, and each request of it, in seconds."""

    seconds: float
    cpu_seconds: float
    each: list[float]


def load(service: Service, requests: Sequence[Requests], folder: Path) -> Load:
    """Sends every sender's whole HTTP requests, one after the other; the answers must say `accepted`."""
    file = folder / "requests"
    file.write_bytes(pickle.dumps(requests))
    command = [sys.executable, "-m", "bench.senders", service.address, str(service.pid), str(file)]
    return Load(*json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout))


async def _sent(service: Service, senders: Sequence[Requests]) -> Load:
    """Warms up over connections of its own: the first of them may be closed before the last password is verified."""
    await asyncio.gather(*(_answered_all(service.address, requests[:1]) for requests in senders))
    began, used = time.perf_counter(), service.cpu_seconds
    each = await asyncio.gather(*(_answered_all(service.address, requests[1:]) for requests in senders))
    took, used = time.perf_counter() - began, service.cpu_seconds - used
    return Load(took, used, [seconds for times in each for seconds in times])


async def _answered_all(address: str, requests: Requests) -> list[float]:
    """One sender's requests over one connection; the seconds of each."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        return [await _answered(reader, writer, request) for request in requests]
    finally:
        writer.close()


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    began = time.perf_counter()
    body = await exchanged(reader, writer, request)
    took = time.perf_counter() - began
    if b">accepted<" not in body:
        raise RuntimeError(f"not accepted: {body[:1000].decode(errors='replace')}")
    return took


async def exchanged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """The body that answers a whole HTTP request."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))


def main(address: str, pid: str, file: str) -> None:
    requests = pickle.loads(Path(file).read_bytes())
    print(json.dumps(uvloop.run(_sent(Service(address, int(pid)), requests))))


if __name__ == "__main__":
    main(*sys.argv[1:])
