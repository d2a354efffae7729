"""A real `obmen up` as a tree of processes, to be killed, and a process that loads the reference beside it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import requests

from gateway.config import Settings
from tests.acceptance.commands import clerks_of
from tests.hubs import LOGIN, PASSWORD

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://[\d.:]+")
PATIENCE = 60  # seconds; guards against a hang and measures nothing
AUTH = requests.auth.HTTPBasicAuth(LOGIN.encode(), PASSWORD.encode())


class Tree:
    """`obmen up` and its worker; `address` changes with every start."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {**os.environ, **settings.as_environment()}
        self._orphans: list[int] = []
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()
        ends = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{worker}").exists() for worker in self._orphans):
            assert time.monotonic() < ends, "a worker stayed after its gateway was gone"
            time.sleep(0.05)

    def start(self) -> None:
        self._gateway = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "up"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self._gateway.stdout
        for said in self._gateway.stdout:
            if "Obmen is up" in said and (found := ADDRESS.search(said)):
                self.address = found[0]
                break
        else:
            raise AssertionError("obmen up ended before it was up")
        threading.Thread(target=self._drain, args=(self._gateway.stdout,), daemon=True).start()

    def stop(self) -> None:
        """As an operator does: requests under way are answered, and the audit journal is stored."""
        self._gateway.terminate()
        assert self._gateway.wait(PATIENCE) == 0

    def kill_all(self) -> None:
        """Gateway and worker at once, as a machine that loses power."""
        with suppress(ProcessLookupError):  # it was stopped
            os.killpg(self._gateway.pid, signal.SIGKILL)
        self._gateway.wait()

    def kill_gateway(self) -> None:
        """Its worker notices, ends what it is doing and goes; a new gateway's worker may meet it."""
        self._orphans += self.workers()
        self._gateway.kill()
        self._gateway.wait()

    def kill_worker(self) -> None:
        """The gateway starts another."""
        for worker in self.workers():
            os.kill(worker, signal.SIGKILL)

    def kill_clerk(self) -> None:
        """The gateway starts another."""
        for clerk in self.clerks()[:1]:
            os.kill(clerk, signal.SIGKILL)

    def clerks(self) -> list[int]:
        """Those that have worked on a request, and so have the store open."""
        return [each for each in clerks_of(self._gateway.pid) if _has_open(each, "exchange.db")]

    def workers(self) -> list[int]:
        """The process ids of all that it has started."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            if int(fields[1]) == self._gateway.pid and fields[0] != "Z":
                found.append(int(status.parent.name))
        return found

    @staticmethod
    def _drain(output) -> None:  # type: ignore[no-untyped-def]
        with output:
            for _ in output:
                pass


def _has_open(process: int, name: str) -> bool:
    try:
        return any(Path(os.readlink(each)).name == name for each in Path(f"/proc/{process}/fd").iterdir())
    except OSError:  # it has just ended
        return False


class Referring:
    """A process that loads the reference over and over."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "tests.durability.referring", str(folder)]
        self._process = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """Another is started."""
        assert self._process.poll() is None
        self._process.kill()
        self._process.wait()
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.DEVNULL)
