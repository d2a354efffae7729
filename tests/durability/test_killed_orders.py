"""Orders, with gateway and worker killed and every third answer lost: none lost, none doubled, every quantity exact."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import requests
from lxml import etree

from gateway.domain.errors import Busy
from gateway.domain.order import Kind, State, TransferOrder, may
from gateway.loading import load_all
from gateway.ordering import cancel, find_order, history_of, revise, take_transfer_order
from gateway.ordering_advancing import advance_all
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.durability.ordering import STRIKES
from tests.durability.running import AUTH, Tree
from tests.hubs import LOGIN, add_site, hub_in, settings_for
from tests.integration.exchange import Clock, Site
from tests.integration.ordered import counted, distributor, order, purchases, served, state, told, went
from tests.packets import packet
from tests.security.posting import envelope

ROOT = Path(__file__).parents[2]
KILLS = max(5, int(os.environ.get("OBMEN_TEST_KILLS", "16")) // 4)
SEED = int(os.environ.get("OBMEN_TEST_SEED", "20261122"))
ORDERS = 12 * KILLS
RULES = {"lease_seconds": 2, "order_lease_seconds": 2, "tries": 1000, "poll_seconds": 0.05, "order_days": 3650}
"""Leases run out while the client is away."""


def test_orders_that_were_cut_off_at_named_places_went_each_step_once(tmp_path: Path) -> None:
    with hub_in(tmp_path, Clock()) as hub:
        distributor(hub)
    subprocess.run([sys.executable, "-m", "tests.durability.ordering", str(tmp_path)], cwd=ROOT, check=True)
    with hub_in(tmp_path, Clock()) as hub:
        advance_all(hub)
        advancing = [strike for strike, _ in STRIKES].count(STRIKES[0][0])
        offered = ["received", "translated", "offered"]
        assert [each.number for each in purchases(hub)] == [f"ЗП-{n}" for n in range(advancing)]
        for number in range(len(STRIKES)):
            found = find_order(hub, f"T-{number}")
            assert found
            assert went(hub, found.key) == [*offered, "pulled", "acknowledged", "accepted"], STRIKES[number]
            assert [each.ours for each in found.lines] == [2]


class Books(threading.Thread):
    """A distributor's 1C: pulls, books by id and revision, acknowledges, tells a status; gives up on nothing."""

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self._tree, self._calls, self._packets = tree, 0, 0
        self._enough = threading.Event()
        self.orders: dict[tuple[str, int], bytes] = {}
        self.doubled: list[tuple[str, int]] = []
        """Came again, and said something else."""

    def run(self) -> None:
        while True:
            enough = self._enough.is_set()
            answer = self._insisting("PullOrders", "<limit>5</limit><asText>true</asText>")
            batch = answer.findtext(".//{*}batchId")
            if batch is None:
                if enough:
                    return
                time.sleep(0.05)
                continue
            orders = etree.fromstring(answer.findtext(".//{*}text").encode())
            self._insisting("AckOrders", f"<batchId>{batch}</batchId>{self._results(orders)}")
            self._tell([each for each in orders.iterfind("{*}order") if each.get("cancelled") is None])

    def finish(self) -> None:
        """Until nothing is left to pull."""
        self._enough.set()
        self.join()

    def _results(self, orders: Any) -> str:
        said = ""
        for each in orders.iterfind("{*}order"):
            key, content = (each.get("id"), int(each.get("revision"))), etree.tostring(each)
            if self.orders.setdefault(key, content) != content:
                self.doubled.append(key)
            its = f"<order>{key[0]}</order><revision>{key[1]}</revision><accepted>true</accepted>"
            said += f"<results>{its}</results>"
        return said

    def _tell(self, orders: list[Any]) -> None:
        if not orders:
            return
        self._packets += 1
        documents = [told(each.get("id"), "picking", 10, revision=each.get("revision")) for each in orders]
        created = f"2024-11-20T21:{self._packets // 60:02}:{self._packets % 60:02}+03:00"
        content = packet("order-statuses", *documents, created=created).decode().replace("2026-", "2024-")
        content = content.replace('id="p-1"', f'id="st-{self._packets}"', 1).replace("<", "&lt;")
        arguments = f"<feed>order-statuses</feed><packetId>st-{self._packets}</packetId><text>{content}</text>"
        answer = self._insisting("SendPacketText", arguments)
        assert answer.findtext(".//{*}status") == "accepted", etree.tostring(answer)

    def _insisting(self, operation: str, arguments: str) -> Any:
        while True:
            try:
                asked: Any = {"data": envelope(operation, arguments), "auth": AUTH, "timeout": 30}
                answer = requests.post(self._tree.address + PATH, **asked)
            except requests.RequestException:
                time.sleep(0.05)
                continue
            self._calls += 1
            if answer.status_code == 200 and self._calls % 3:  # every third answer is lost
                return etree.fromstring(answer.content)
            assert answer.status_code == 200 or b"Server.Busy" in answer.content, answer.content


def insisting(step: Callable[[], Any]) -> Any:
    while True:
        try:
            return step()
        except Busy:
            time.sleep(0.05)


def give(hub: Hub, draw: random.Random, given: dict[str, TransferOrder | None], number: int) -> None:
    """A new order, or another word on one before: what the manufacturer wants in the end stands in `given`."""
    name = draw.choice(list(given)) if given and draw.random() < 0.3 else f"T-{number}"
    wanted = order(
        name, ("TEA", draw.randint(1, 999)), ("COFFEE", draw.randint(1, 50)), date=order().date.replace(year=2024)
    )
    if name not in given:
        assert insisting(lambda: take_transfer_order(hub, wanted, "erp")).key
        given[name] = wanted
    elif given[name] is not None and draw.random() < 0.3:
        if insisting(lambda: cancel(hub, name, "erp")).problem is None:
            given[name] = None
    elif given[name] is not None and insisting(lambda: revise(hub, wanted, "erp")).problem is None:
        given[name] = wanted


def strike(tree: Tree, draw: random.Random) -> None:
    match draw.choice(["all", "gateway", "worker", "worker"]):
        case "all":
            tree.kill_all()
            tree.start()
        case "gateway":
            tree.kill_gateway()
            tree.start()
        case "worker":
            tree.kill_worker()


def test_orders_survive_kills_and_lost_answers(tmp_path: Path) -> None:
    draw, given = random.Random(SEED), dict[str, TransferOrder | None]()
    with hub_in(tmp_path, **RULES) as hub:
        volga = served(Site(hub, add_site(hub, login=LOGIN)))
        counted(volga, "кор", 12, code="000123")
        with Tree(settings_for(tmp_path, **RULES)) as tree:
            books = Books(tree)
            books.start()
            try:
                for number in range(ORDERS):
                    give(hub, draw, given, number)
                    if number % (ORDERS // KILLS) == 0:
                        time.sleep(draw.uniform(0.05, 0.8))
                        strike(tree, draw)
            finally:
                advanced(hub)
                books.finish()
            tree.stop()
        advanced(hub)
        assert books.doubled == []
        for name, wanted in given.items():
            in_the_end(hub, books, name, wanted)


def advanced(hub: Hub) -> None:
    """As workers will in the time to come."""
    for _ in range(3):
        insisting(lambda: load_all(hub))
        insisting(lambda: advance_all(hub))
        time.sleep(0.1)


def in_the_end(hub: Hub, books: Books, name: str, wanted: TransferOrder | None) -> None:
    found = find_order(hub, name)
    assert found
    had = books.orders.get((name, found.revision))
    steps = history_of(hub, found.key)
    taken = Counter((step.revision, step.state) for step in steps if step.state is State.ACKNOWLEDGED)
    assert set(taken.values()) <= {1}, name
    assert not [step for step in steps if step.refused and step.state is not State.PICKING], name
    legal = [step.state for step in steps if not step.refused and step.revision == found.revision]
    assert all(may(Kind.TRANSFER, was, to, True) or was == to for was, to in pairwise(legal)), name
    assert legal[-1] == found.state, name
    if wanted is None:
        assert found.state is State.CANCELLED, name
        assert had is None or b'cancelled="true"' in had, name
        return
    assert (had is not None, state(hub, name) in ("accepted", "picking")) == (True, True), (name, found.state)
    lines = [dict(each.attrib) for each in etree.fromstring(had or b"")]
    tea, coffee = (int(each.quantity) for each in wanted.lines)
    assert [int(lines[0]["quantity"]) * 12 + int(lines[0].get("remainder", 0)), int(lines[1]["quantity"])] == [
        tea,
        coffee,
    ]
