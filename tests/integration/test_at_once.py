"""Many at once: senders with the same packet, and workers on the same store."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier

from sqlalchemy import func, select

from connectors.database.tables import attempt, packet, payload, work
from gateway.domain.receipt import Acceptance
from gateway.wiring import Hub
from tests.facts import totals
from tests.integration.exchange import Clock, Site, site_in
from tests.integration.looking import loads, orphans
from tests.packets import line, shipment, shipments

SENDERS = 50
PACKETS = 40


def at_once(volga: Site, content_of: Callable[[int], bytes]) -> list[Acceptance]:
    """Everybody sends at the same moment."""
    barrier = Barrier(SENDERS)

    def send(number: int) -> Acceptance:
        content = content_of(number)
        barrier.wait()
        return volga.send(content)

    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(send, range(SENDERS)))


def counts(hub: Hub) -> list[int]:
    """How many packets, attempts, payloads and rows of work there are."""
    with hub.exchange.reading() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (packet, attempt, payload, work)
        ]


def test_the_same_packet_from_many_senders_is_one_packet_with_one_acceptance(tmp_path: Path) -> None:
    content = shipments("p-1")
    with site_in(tmp_path) as volga:
        answers = at_once(volga, lambda _: content)
        assert {answer.status for answer in answers} == {"accepted"}
        assert len(set(answers)) == 1
        assert counts(volga.hub) == [1, 1, 1, 1]


def test_of_different_packets_under_one_id_one_is_accepted_and_the_others_conflict(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        answers = at_once(volga, lambda number: shipments("p-1", shipment(f"РН-{number}")))
        assert Counter(answer.status for answer in answers) == {"accepted": 1, "conflict": SENDERS - 1}
        assert counts(volga.hub) == [1, SENDERS, 1, 1]


def test_different_packets_at_once_are_all_accepted(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        answers = at_once(volga, lambda number: shipments(f"p-{number}"))
        assert {answer.status for answer in answers} == {"accepted"}
        assert counts(volga.hub) == [SENDERS] * 4


def test_two_workers_on_one_store_load_every_packet_exactly_once(tmp_path: Path) -> None:
    """Two real processes. Every packet adds a document and corrects the one before."""
    clock = Clock()
    clock.now = datetime(2020, 1, 2, tzinfo=UTC)  # long past for the workers, so that everything is due
    with site_in(tmp_path, clock) as volga:
        for number in range(PACKETS):
            documents = [
                shipment(f"РН-{number - 1}", line(1, quantity=3), date="2020-01-01"),
                shipment(f"РН-{number}", date="2020-01-01"),
            ]
            made = {"mode": "merge", "from": None, "to": None, "created": f"2020-01-01T00:{number:02}:00"}
            assert volga.send(shipments(f"p-{number}", *documents, **made)).status == "accepted"
        command = [sys.executable, "-m", "gateway.cli", "work", "--once"]
        environment = {**os.environ, **volga.hub.settings.as_environment()}
        workers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        said = [worker.communicate()[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0]
        assert sum(int(each.splitlines()[-1].split()[0]) for each in said) == PACKETS
        assert [key for key, *_ in loads(volga.hub)] == list(range(1, PACKETS + 1))
        assert {volga.state(f"p-{number}") for number in range(PACKETS)} == {"loaded-with-problems"}
        assert totals(volga.hub)[:2] == (PACKETS + 1, Decimal(3 * PACKETS + 2))
        assert (orphans(volga.hub), list(tmp_path.glob("staging-*"))) == (0, [])
