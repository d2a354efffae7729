"""Disk full, store locked, store gone: the real gateway says Server.Busy, loses nothing, and goes on by itself."""

import re
import shutil
import sqlite3
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
import requests

from connectors.database.engine import database_file
from gateway.auditing import GAP
from tests.durability.disks import filled, mounted
from tests.durability.running import PATIENCE, Tree
from tests.hubs import PASSWORD, add_site, hub_in, settings_for
from tests.integration import looking
from tests.packets import element, line, shipment, shipments
from tests.security.posting import ARGUMENTS, Posted, journal, post

pytestmark = pytest.mark.sqlite

NAME = "admin"
RULES = {"store_seconds": 1, "lease_seconds": 2, "poll_seconds": 0.1}
WRITING = ("SendPacketText", "OpenTransfer", "AckNotices")
READING = ("TestConnection", "GetSettings", "GetReceipt", "GetProblems", "GetTotals", "GetCatalog", "GetNotices")
PARTS = ("PutPart", "CompleteTransfer")


class Exchange:
    """A gateway and worker at work, somebody who sends, and somebody who looks at the pages."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.asked = tree, 0
        self.acknowledged: dict[str, str] = {}
        self.workers: list[int] = []
        """They survive whatever happens to the store."""
        self._browser = requests.Session()

    def send(self, packet_id: str) -> str:
        """`accepted`, or the fault's code. What was acknowledged once is so for ever, in the same words."""
        answer = self.ask("SendPacket", sending(packet_id))
        if answer.code != "ok":
            return answer.code
        assert "status>accepted<" in answer.text
        assert self.acknowledged.setdefault(packet_id, answer.text) == answer.text
        return "accepted"

    def is_accepted(self, packet_id: str) -> None:
        """In the end: on a slow machine the worker may have the store for as long as a writer waits."""
        eventually(lambda: self.send(packet_id) == "accepted")

    def ask(self, operation: str, arguments: str | None = None) -> Posted:
        answer = post(self.tree.address, operation, ARGUMENTS[operation] if arguments is None else arguments)
        self.asked += 1
        assert (answer.code == "Server.Busy") == (answer.retry_after is not None)
        return answer

    def outcomes(self, *operations: str) -> dict[str, str]:
        return {operation: self.ask(operation).code for operation in operations}

    def sign_in(self) -> int:
        form = {"name": NAME, "password": PASSWORD}
        address = f"{self.tree.address}/login"
        return self._browser.post(address, form, allow_redirects=False, timeout=PATIENCE).status_code

    def look(self) -> int:
        answer = self._browser.get(f"{self.tree.address}/", allow_redirects=False, timeout=PATIENCE)
        assert (answer.status_code == 503) == ("Retry-After" in answer.headers)
        return answer.status_code

    def is_loaded(self, packet_id: str) -> bool:
        answer = self.ask("GetReceipt", f"<packetId>{packet_id}</packetId>")
        return re.search("state>loaded", answer.text) is not None


def sending(packet_id: str) -> str:
    """A packet that no packing makes small."""
    draw = Random(packet_id)
    noise = (element("attribute", name="noise", value=draw.randbytes(400).hex()) for _ in range(400))
    content = shipments(packet_id, shipment(packet_id, line(), *noise), mode="merge", **{"from": None, "to": None})
    return f"<feed>shipments</feed><packetId>{packet_id}</packetId><content>{b64encode(content).decode()}</content>"


@contextmanager
def exchange_in(folder: Path) -> Iterator[Exchange]:
    """At its end everything that was acknowledged is loaded, once, and the audit journal tells of every request."""
    with hub_in(folder) as hub:
        add_site(hub)
        with hub.exchange.writing() as connection:
            hub.parties.add_person(connection, NAME, hub.access.hash(PASSWORD))
    with Tree(settings_for(folder, **RULES)) as tree:
        exchange = Exchange(tree)
        eventually(lambda: exchange.sign_in() == 303)
        exchange.is_accepted("before")
        eventually(lambda: exchange.is_loaded("before"))
        exchange.workers = tree.workers()
        yield exchange
        assert tree.workers() == exchange.workers
        exchange.is_accepted("after")
        eventually(lambda: all(exchange.is_loaded(packet_id) for packet_id in exchange.acknowledged))
        assert exchange.look() == 200
        for packet_id in exchange.acknowledged:
            exchange.is_accepted(packet_id)
        tree.stop()
    with hub_in(folder) as hub:
        assert [number for _, number, _ in looking.documents(hub)] == sorted(exchange.acknowledged)
        entries = journal(hub)
        assert len(entries) == exchange.asked
        assert [each for each in entries if each.operation == GAP or each.outcome.startswith("Server.Internal")] == []


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_full_disk_is_busy_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk, exchange_in(disk / "store") as exchange:
        with filled(disk):
            outcomes = [exchange.send(f"full-{number}") for number in range(20)]
            assert set(outcomes) <= {"accepted", "Server.Busy"}
            assert outcomes[-1] == "Server.Busy"
            assert set(exchange.outcomes(*WRITING).values()) <= {"ok", "Server.Busy"}
            assert set(exchange.outcomes(*READING).values()) == {"ok"}
            assert exchange.sign_in() in (303, 503)
            assert exchange.look() == 200
        for number in range(20):
            exchange.is_accepted(f"full-{number}")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_lock_that_lasts_is_busy_for_who_writes_and_nothing_for_who_reads(tmp_path: Path) -> None:
    with exchange_in(tmp_path) as exchange:
        with locked(database_file(tmp_path, "exchange")):
            assert exchange.send("locked") == "Server.Busy"
            assert set(exchange.outcomes(*WRITING).values()) == {"Server.Busy"}
            assert set(exchange.outcomes(*READING).values()) == {"ok"}
            assert (exchange.sign_in(), exchange.look()) == (503, 200)
        exchange.is_accepted("locked")


def test_a_lock_on_the_facts_delays_only_their_loading(tmp_path: Path) -> None:
    with exchange_in(tmp_path) as exchange, locked(database_file(tmp_path, "warehouse")):
        exchange.is_accepted("locked")
        time.sleep(RULES["store_seconds"] + 1)  # the worker gives up waiting at least once
        assert not exchange.is_loaded("locked")


def test_a_store_that_is_away_is_busy_for_everybody_and_nothing_is_made_in_its_place(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    with exchange_in(folder) as exchange:
        folder.rename(elsewhere)
        assert exchange.send("away") == "Server.Busy"
        everybody = exchange.outcomes(*WRITING, *READING, *PARTS)
        assert set(everybody.values()) == {"Server.Busy"}
        assert exchange.ask("Ping").code == "ok"
        assert (exchange.sign_in(), exchange.look()) == (503, 503)
        assert not folder.exists()
        elsewhere.rename(folder)
        exchange.is_accepted("away")


def test_a_store_that_was_deleted_is_never_made_anew_and_a_backup_of_it_is_taken_as_it_comes(tmp_path: Path) -> None:
    folder, backup = tmp_path / "store", tmp_path / "backup"
    with exchange_in(folder) as exchange:
        shutil.copytree(folder, backup)
        shutil.rmtree(folder)
        folder.mkdir()
        assert exchange.send("deleted") == "Server.Busy"
        assert exchange.look() == 503
        exchange.tree.kill_worker()
        eventually(lambda: exchange.tree.workers() not in ([], exchange.workers))
        exchange.workers = exchange.tree.workers()
        assert exchange.send("deleted") == "Server.Busy"
        assert list(folder.iterdir()) == []
        folder.rmdir()
        backup.rename(folder)
        exchange.is_accepted("deleted")
