"""Senders at once, each on a kept connection: the load on a service, from a child of its own.

Runs in a child: `python -m bench.senders ADDRESS FILE`; the file holds each sender's requests, the first to warm up.
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

from bench.serving import ROOT

Requests = Sequence[bytes]


class Load(NamedTuple):
    """What a load took, and each request of it, in seconds."""

    seconds: float
    each: list[float]


def load(address: str, requests: Sequence[Requests], folder: Path) -> Load:
    """Sends every sender's whole HTTP requests, one after the other; the answers must say `accepted`."""
    file = folder / "requests"
    file.write_bytes(pickle.dumps(requests))
    command = [sys.executable, "-m", "bench.senders", address, str(file)]
    return Load(*json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout))


async def _sent(address: str, senders: Sequence[Requests]) -> Load:
    host, _, port = address.removeprefix("http://").partition(":")
    ready = asyncio.Barrier(len(senders) + 1)
    each: list[float] = []

    async def sender(requests: Requests) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        await _answered(reader, writer, requests[0])
        await ready.wait()
        for request in requests[1:]:
            each.append(await _answered(reader, writer, request))
        writer.close()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(sender(requests)) for requests in senders]
        await ready.wait()
        began = time.perf_counter()
        await asyncio.gather(*tasks)
        took = time.perf_counter() - began
    return Load(took, each)


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    began = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length))
    took = time.perf_counter() - began
    if b">accepted<" not in body:
        raise RuntimeError(f"not accepted: {body[:1000].decode(errors='replace')}")
    return took


def main(address: str, file: str) -> None:
    requests = pickle.loads(Path(file).read_bytes())
    print(json.dumps(uvloop.run(_sent(address, requests))))


if __name__ == "__main__":
    main(*sys.argv[1:])
