"""The tests' side of a gateway under watch: requests and their answers, what it touched, used and logged."""

import base64
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from lxml import etree

from gateway.soap.endpoint import PATH
from tests.hubs import LOGIN, PASSWORD
from tests.packets import element, line, position, shipment, shipments, stock, warehouse
from tests.unit.envelopes import envelope, operation
from tests.unit.packings import zipped

ROOT = Path(__file__).parents[2]
MEGABYTE = 1 << 20
PATIENCE = 300
MEMORY = 350 * MEGABYTE
CPU_SECONDS = 60
"""Generous: a request that does harm takes many times as much."""
FAULTS = {"Client.Authentication", "Client.Malformed", "Client.TooLarge", "Client.Contract", "Server.Busy"}
"""Server.Internal is an answer too, but means that something escaped."""
_CREDENTIALS = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()


@dataclass(frozen=True)
class Answer:
    """`outcome` is the fault's code, the acceptance's status, or `ok` for any other record."""

    http: int
    outcome: str
    text: str
    codes: tuple[str, ...] = ()


class Canary:
    """A pipe and a port that nobody may touch. Who opens the pipe waits for a writer, and that is noticed here."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "canary"
        os.mkfifo(self.pipe)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self.touched: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.is_set():
            try:
                os.close(os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK))
                self.touched.append("file")
            except OSError:
                pass  # nobody reads it
            try:
                self._listener.accept()[0].close()
                self.touched.append("network")
            except TimeoutError:
                pass

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


@dataclass
class Watched:
    """The gateway. `peak` is in bytes above what it held before the request, `cpu` in seconds of the request."""

    folder: Path
    address: str
    process: "subprocess.Popen[str]"
    canary: Canary
    peak: int = 0
    cpu: float = 0.0
    _session: requests.Session = field(default_factory=requests.Session)
    sent: int = 0

    def post(self, body: bytes | str, content_type: str = "text/xml", **headers: str | bytes) -> Answer:
        given: dict[str, str | bytes] = {
            "Content-Type": content_type,
            "Authorization": f"Basic {_CREDENTIALS}",
            **headers,
        }
        before, began = self._forget_peak(), self._cpu()
        content = body if isinstance(body, bytes) else body.encode()
        reply = self._session.post(self.address + PATH, data=content, headers=given, timeout=PATIENCE)
        self.peak, self.cpu = self._status("VmHWM") - before, self._cpu() - began
        return read(reply.status_code, reply.content)

    def send(self, content: bytes, feed: str = "shipments", packet_id: str | None = None) -> Answer:
        """Sends a packet, by default under an id that is new each time: what is answered from memory isn't read."""
        self.sent += 1
        packet_id = packet_id or f"id-{self.sent}"
        encoded = base64.b64encode(content).decode()
        inner = f"<feed>{feed}</feed><packetId>{packet_id}</packetId><content>{encoded}</content>"
        return self.post(envelope(operation("SendPacket", inner)))

    def misbehaviour(self, name: str, answer: Answer, allowed: set[str]) -> list[str]:
        """What was wrong with the last request; nothing, if all went well."""
        told = [] if answer.outcome in allowed else [f"{name}: {answer.outcome}, {answer.text[:200]}"]
        told += [f"{name}: {self.peak // MEGABYTE} MB"] if self.peak > MEMORY else []
        return told + ([f"{name}: {self.cpu} s of CPU"] if self.cpu > CPU_SECONDS else [])

    def arm(self) -> None:
        """From now on nothing may be touched. Before, everything that is loaded once has been."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("arm\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "armed\n"

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def touched(self) -> list[str]:
        return [*(self.folder / "touched").read_text(encoding="utf-8").splitlines(), *self.canary.touched]

    def _forget_peak(self) -> int:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self._status("VmRSS")

    def _status(self, name: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
        assert found
        return int(found.group(1)) * 1024

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read(http: int, body: bytes) -> Answer:
    """An answer of the service; fails where it is not one."""
    root = etree.fromstring(body)
    texts: dict[str, list[Any]] = {}
    for each in root.iter():
        texts.setdefault(etree.QName(each).localname, []).append(each.text)
    if "faultcode" in texts:
        return Answer(http, texts["faultcode"][0].partition(":")[2], texts["faultstring"][0])
    return Answer(http, texts.get("status", ["ok"])[0], body.decode(), tuple(texts.get("code", ())))


@contextmanager
def watched(folder: Path) -> Iterator[Watched]:
    """A gateway that has worked a while, armed."""
    (folder / "store").mkdir()
    canary = Canary(folder)
    command = [sys.executable, "-m", "tests.security.under_watch", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"}
    pipe = subprocess.PIPE
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=log, text=True, cwd=folder, env=environment
        ) as process,
    ):
        assert process.stdout
        gateway = Watched(folder, process.stdout.readline().strip(), process, canary)
        try:
            _warm_up(gateway)
            gateway.arm()
            yield gateway
        finally:
            gateway._session.close()
            canary.close()
            assert process.stdin
            process.stdin.close()
            assert process.wait(PATIENCE) == 0


def _warm_up(gateway: Watched) -> None:
    extra = (element("mark", "QUJD"), element("attribute", name="a", value="b"))
    good = shipments("warm-1", shipment("РН-1", line(1, *extra)))
    assert gateway.send(good, packet_id="warm-1").outcome == "accepted"
    assert gateway.send(zipped(stock("warm-2", warehouse("A", position()))), "stock", "warm-2").outcome == "accepted"
    bad = shipments("warm-3", *(shipment(str(n), line(1, quantity="x")) for n in range(10_000)))
    assert gateway.send(bad, packet_id="warm-3").outcome == "rejected"
    assert gateway.post(b"").outcome == "Client.Malformed"
