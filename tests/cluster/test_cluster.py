"""Two gateways behind a proxy, Airflow on Celery with two workers: nights of 340 parties, with kills in the middle.

`make cluster-test`; OBMEN_TEST_PARTIES makes it smaller. Both gateways and all workers are on one store.
"""

import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import sleep

import pytest
import requests
from sqlalchemy import func, select

from connectors.database.tables import packet
from connectors.shipped import DAGS
from gateway.airflow.standing import Standing, standing
from gateway.soap.endpoint import PATH
from gateway.wiring import Hub
from tests.acceptance.commands import ROOT
from tests.acceptance.test_airflow import until, waiting_to_be_reconciled
from tests.cluster.servers import Proxy, missing, postgres, redis
from tests.durability.running import Tree
from tests.facts import totals
from tests.hubs import PASSWORD, add_site, hub_in
from tests.integration.looking import journal, loads, orphans
from tests.packets import line, shipment, shipments
from tests.security.posting import envelope

PARTIES = int(os.environ.get("OBMEN_TEST_PARTIES", "340"))
PACKETS, LINES = 5, 30
"""Of each party in each night; of each packet."""
LANES, PER_WORKER = 4, 3
PATIENCE = 3600
"""Seconds for a night; guards against a hang and measures nothing."""
SENDERS = 8
pytestmark = pytest.mark.skipif("OBMEN_TEST_CLUSTER" not in os.environ, reason="run by make cluster-test alone")


@dataclass
class Cluster:
    """What a night needs: the store to look at, the gateways and where to reach them, and Airflow."""

    hub: Hub
    gateways: list[Tree]
    address: str
    airflow: Standing


def test_nights_of_many_parties_on_a_cluster(tmp_path: Path) -> None:
    """One that a worker finds waiting, one that two find waiting, and one with kills while it is sent and loaded."""
    assert missing() == [], "apt-get install redis-server postgresql"
    with cluster(tmp_path) as built:
        send(built, "one")
        with worker(built, tmp_path, "first"):
            until_loaded(built)
        send(built, "two")
        with worker(built, tmp_path, "first"), worker(built, tmp_path, "second") as second:
            until_loaded(built)
            with ThreadPoolExecutor(1) as beside:
                sending = beside.submit(send, built, "three")
                until(lambda: loaded(built, "three") > PARTIES, PATIENCE)
                os.killpg(second.pid, signal.SIGKILL)
                built.gateways[1].kill_all()
                sending.result()
            until_loaded(built)
            until(lambda: not waiting_to_be_reconciled(built.hub), PATIENCE)
        packets = 3 * PARTIES * PACKETS
        assert totals(built.hub) == (packets * LINES, Decimal(2 * packets * LINES), Decimal(20 * packets * LINES))
        assert (len(loads(built.hub)), orphans(built.hub)) == (packets, 0)
        for night, workers in (("one", "one worker"), ("two", "two workers")):
            print(f"\nloaded with {workers}: {PARTIES * PACKETS / seconds_of(built, night):.1f} packets per second")


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        hub = stack.enter_context(hub_in(folder, lanes=LANES, lease_seconds=5))
        for party in range(PARTIES):
            add_site(hub, f"P{party}", login=f"p-{party}")
        alone = hub.settings.model_copy(update={"lanes": 0})
        gateways = [stack.enter_context(Tree(alone)) for _ in range(2)]
        proxy = Proxy([int(each.address.rpartition(":")[2]) for each in gateways])
        stack.callback(proxy.close)
        database = stack.enter_context(postgres())
        given = {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
            "AIRFLOW__CELERY__BROKER_URL": stack.enter_context(redis(folder / "redis")),
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql://{database}",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
        }
        airflow = stack.enter_context(standing(folder / "airflow", DAGS, hub.settings, given=given))
        yield Cluster(hub, gateways, proxy.address, airflow)


@contextmanager
def worker(built: Cluster, folder: Path, name: str) -> Iterator["subprocess.Popen[bytes]"]:
    words = [
        "celery",
        "worker",
        "--skip-serve-logs",
        "--without-mingle",
        "--without-gossip",
        "-c",
        str(PER_WORKER),
        "-H",
        name,
    ]
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.airflow.part", *words],
            cwd=ROOT,
            env=dict(built.airflow.environment),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


def send(built: Cluster, night: str) -> None:
    """Every packet of the night, until it is accepted."""
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(lambda party: _send_all(built, night, party), range(PARTIES)))


def _send_all(built: Cluster, night: str, party: int) -> None:
    with requests.Session() as session:
        session.auth = requests.auth.HTTPBasicAuth(f"p-{party}", PASSWORD.encode())
        for number in range(PACKETS):
            packet_id = f"{night}-{number}"
            sent = b64encode(content(packet_id, night)).decode()
            named = f"<feed>shipments</feed><packetId>{packet_id}</packetId><content>{sent}</content>"
            while not _accepted(session, built.address + PATH, envelope("SendPacket", named)):
                sleep(0.2)


def _accepted(session: requests.Session, url: str, body: bytes) -> bool:
    """False where nobody knows: the gateway was killed under it, or is busy."""
    try:
        answer = session.post(url, body, timeout=60)
    except requests.RequestException:
        return False
    return answer.status_code == 200 and b"status>accepted<" in answer.content


def content(packet_id: str, night: str) -> bytes:
    document = shipment(packet_id, *(line(n) for n in range(1, LINES + 1)), date="2024-11-05")
    named = {"mode": "merge", "created": "2024-11-20T10:00:00", "from": None, "to": None}
    return shipments(packet_id, document, **named)


def loaded(built: Cluster, night: str) -> int:
    of_night = select(func.count()).where(
        packet.c.packet_id.startswith(f"{night}-"), packet.c.state.startswith("loaded")
    )
    with built.hub.exchange.reading() as connection:
        return int(connection.scalar(of_night) or 0)


def until_loaded(built: Cluster) -> None:
    until(lambda: not journal(built.hub)["work"], PATIENCE)


def seconds_of(built: Cluster, night: str) -> float:
    """From the first packet of the night that was loaded to the last."""
    moments = select(func.min(packet.c.changed_at), func.max(packet.c.changed_at))
    with built.hub.exchange.reading() as connection:
        first, last = connection.execute(moments.where(packet.c.packet_id.startswith(f"{night}-"))).one()
    return float((last - first).total_seconds())
