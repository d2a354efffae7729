"""What a cluster needs beside Airflow: PostgreSQL, Redis and a reverse proxy, each of a folder and on a free port."""

import asyncio
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.airflow.standing import free_port

PATIENCE = 60
OWNER = "postgres"
"""Who PostgreSQL runs as where we are root: it refuses to be root's."""


def tool(name: str) -> str | None:
    """Debian keeps PostgreSQL's own commands off the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or next((str(each / name) for each in folders if (each / name).exists()), None)


def missing() -> list[str]:
    return [name for name in ("redis-server", "initdb", "postgres") if tool(name) is None]


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    folder.mkdir()
    port = free_port()
    with running([str(tool("redis-server")), "--port", str(port), "--dir", str(folder), "--save", ""], folder, port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres() -> Iterator[str]:
    """An empty database; `user:password@host:port/name` of it.

    In a folder of its own: those of tests are closed to others, again by each run of pytest.
    """
    with TemporaryDirectory(prefix="obmen-postgres-") as made:
        folder, port = Path(made), free_port()
        files = folder / "files"
        as_owner = ["runuser", "-u", OWNER, "--"] if os.getuid() == 0 else []
        if as_owner:
            shutil.chown(folder, OWNER)
        making = [str(tool("initdb")), "-D", str(files), "-U", "airflow", "--auth=trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*as_owner, *making], cwd=folder, check=True, capture_output=True)
        options = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=127.0.0.1"]
        serving = [*as_owner, str(tool("postgres")), "-D", str(files), "-p", str(port), *options]
        with running(serving, folder, port):
            yield f"airflow@127.0.0.1:{port}/postgres"


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log").open("wb") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            ends = time.monotonic() + PATIENCE
            while not listens(port):
                assert process.poll() is None, (folder / "log").read_text(errors="replace")
                assert time.monotonic() < ends, f"{command[0]} does not listen"
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Proxy:
    """Hands each connection to the next gateway that answers, as a load balancer does."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._turn = ports, 0
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._ports:
            self._turn += 1
            with suppress(OSError):
                port = self._ports[self._turn % len(self._ports)]
                theirs = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_pipe(reader, theirs[1]), _pipe(theirs[0], writer))
                return
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        writer.close()
