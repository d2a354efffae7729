"""A real `obmen up` as a tree of processes, to be killed; and a sender that gives up on nothing."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from itertools import count
from pathlib import Path
from typing import Self

import requests

from gateway.config import Settings
from gateway.soap.endpoint import PATH
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

    def kill_all(self) -> None:
        """Gateway and worker at once, as a machine that loses power."""
        os.killpg(self._gateway.pid, signal.SIGKILL)
        self._gateway.wait()

    def kill_gateway(self) -> None:
        """Its worker notices, ends what it is doing and goes; a new gateway's worker may meet it."""
        self._orphans += self._children()
        self._gateway.kill()
        self._gateway.wait()

    def kill_worker(self) -> None:
        """The gateway starts another."""
        for worker in self._children():
            os.kill(worker, signal.SIGKILL)

    def _children(self) -> list[int]:
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


class StubbornSender(threading.Thread):
    """Sends each packet until it is acknowledged, then all of them again and again; keeps every answer as it came."""

    def __init__(self, tree: Tree, packets: dict[str, bytes]) -> None:
        super().__init__()
        self._tree, self._packets = tree, packets
        self._enough, self._given_up = threading.Event(), threading.Event()
        self.answers: dict[str, set[bytes]] = {packet_id: set() for packet_id in packets}

    def run(self) -> None:
        for turn in count(1):
            for packet_id, content in self._packets.items():
                if turn > 2 and self._enough.is_set():
                    return
                while not self._sent(packet_id, content):
                    if self._given_up.wait(0.02):
                        return

    def finish(self) -> None:
        """Every packet twice is enough from now on."""
        self._enough.set()
        self.join()

    def give_up(self) -> None:
        self._given_up.set()
        self.finish()

    def _sent(self, packet_id: str, content: bytes) -> bool:
        try:
            answer = requests.post(self._tree.address + PATH, data=envelope(packet_id, content), auth=AUTH, timeout=30)
        except requests.RequestException:
            return False
        if answer.status_code != 200:
            return False  # Server.Busy: the store was away for a moment
        self.answers[packet_id].add(answer.content)
        return True


def envelope(packet_id: str, content: bytes) -> bytes:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<SendPacket xmlns="urn:obmen:exchange:v1"><feed>shipments</feed><packetId>{packet_id}</packetId>'
        f"<content>{b64encode(content).decode()}</content></SendPacket></e:Body></e:Envelope>"
    ).encode()
