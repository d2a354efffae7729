"""Services in children of their own: how a child serves, how a benchmark starts and ends it."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn


class Service(NamedTuple):
    """A child that serves."""

    address: str
    pid: int

    @property
    def cpu_seconds(self) -> float:
        """What it and its clerks have used of the processor so far; its worker is left out."""
        return sum(_cpu_seconds(pid) for pid in (self.pid, *_clerks(self.pid)))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _clerks(gateway: int) -> list[int]:
    lists = (each.read_text(encoding="utf-8") for each in Path(f"/proc/{gateway}/task").glob("*/children"))
    started = [child for each in lists for child in each.split()]
    return [int(child) for child in started if b"gateway.clerk" in Path(f"/proc/{child}/cmdline").read_bytes()]


ROOT = Path(__file__).parents[1]
Asgi = Callable[[Any, Any, Any], Any]
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def quiet_spyne() -> None:
    """Spyne logs whole payloads: nobody would run it so."""
    logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)


def serve(application: Asgi) -> None:
    """Serves on a free port until SIGTERM; says where, in one line on standard output."""
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off")
    listener = config.bind_socket()
    listener.listen()  # so that nobody who reads the address is refused
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def wsgi_in_threads(application: Wsgi) -> Asgi:
    """A WSGI application behind the same server as ours, each request in a thread."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        status, headers, content = await asyncio.to_thread(_called, application, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return answer


def _called(application: Wsgi, scope: Any, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    started: list[tuple[int, list[tuple[bytes, bytes]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers]
        started.append((int(status.split()[0]), raw))

    given = {name.decode(): value.decode() for name, value in scope["headers"]}
    environ = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": scope["path"],
        "QUERY_STRING": scope["query_string"].decode(),
        "CONTENT_TYPE": given.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }
    content = b"".join(application(environ, start_response))
    status, headers = started[-1]
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(content)).encode()))
    return status, headers, content


@contextmanager
def child(module: str, *arguments: str, log: Path, **settings: str) -> Iterator[Service]:
    """`python -m module …`, which is ended after the block; its messages go into `log`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OBMEN_")} | settings
    with log.open("wb") as messages, subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=messages
    ) as running:  # fmt: skip
        assert running.stdout
        try:
            words = running.stdout.readline().decode().split()
            addresses = [word.rstrip("/") for word in words if word.startswith("http://")]
            if not addresses:
                raise RuntimeError(f"{module} did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
            yield Service(addresses[0], running.pid)
        finally:
            running.terminate()


def until_listening(address: str) -> None:
    """Waits for a service that names its address before it listens."""
    host, _, port = address.removeprefix("http://").partition(":")
    while True:
        with suppress(ConnectionRefusedError), socket.create_connection((host, int(port))):
            return
        time.sleep(0.01)
