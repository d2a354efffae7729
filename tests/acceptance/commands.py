"""The command line as a person uses it: real processes in a folder of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.stores import SERVER, url_in

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds; guards against a hang and measures nothing."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    out: str
    told: str

    @property
    def misuse(self) -> str:
        """The one line that names what a person got wrong; fails where it is anything else."""
        assert (self.status, self.out) == (2, ""), self
        assert self.told.startswith("obmen: "), self.told
        assert self.told.count("\n") == 1, self.told
        return self.told.strip()


def environment(folder: Path | None = None, **variables: str) -> dict[str, str]:
    """The machine's, without any setting of ours but those given; on a server's database if tests run on one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OBMEN_")}
    server = {"OBMEN_DATABASE": url_in(folder)} if folder and SERVER and "OBMEN_DATABASE" not in variables else {}
    return {**kept, "PYTHONPATH": str(ROOT), **server, **variables}


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "gateway.cli", *words]


def obmen(folder: Path, *words: str, **variables: str) -> Done:
    """Runs `obmen …` to its end; warnings are errors there too."""
    done = subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(folder, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def said(folder: Path, *words: str, **variables: str) -> str:
    """What a command printed that should go well."""
    done = obmen(folder, *words, **variables)
    assert (done.status, done.told) == (0, ""), done
    return done.out


class Up:
    """A running `obmen up`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout
        self.line = process.stdout.readline()
        self.address = self.line.split()[3].rstrip("/")
        self.service = self.line.split()[6].partition("?")[0]

    def children(self) -> list[int]:
        return children_of(self.process.pid)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Done:
        """Its end, with all it said after its first line."""
        self.process.send_signal(number)
        out, told = self.process.communicate(timeout=PATIENCE)
        return Done(self.process.returncode, out, told)


@contextmanager
def up(folder: Path, *words: str, **variables: str) -> Iterator[Up]:
    """`obmen up` on a free port; stopped at the end, if the test has not done so."""
    process = begun(folder, "up", "--port", "0", *words, **variables)
    try:
        yield Up(process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def begun(folder: Path, *words: str, **variables: str) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(*words), cwd=folder, env=environment(folder, **variables), stdout=pipe, stderr=pipe, text=True
    )


def children_of(process: int) -> list[int]:
    """Of all its threads: Linux tells them apart."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # the thread has just ended
            found += map(int, task.read_text().split())
    return found


def clerks_of(gateway: int) -> list[int]:
    found = []
    for each in children_of(gateway):
        with suppress(OSError):  # it has just ended
            found += [each] * (b"gateway.clerk" in Path(f"/proc/{each}/cmdline").read_bytes())
    return found


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.05)
