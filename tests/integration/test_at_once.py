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

import pytest
from sqlalchemy import func, select

from connectors.database.tables import attempt, packet, payload, work
from gateway.domain.receipt import Acceptance
from gateway.wiring import Hub
from tests.facts import totals
from tests.integration.exchange import Clock, Site, site_in
from tests.integration.looking import loads, orphans, staged
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


@pytest.mark.parametrize(("workers", "lanes"), [(2, 1), (1, 3), (2, 2)])
def test_workers_and_lanes_on_one_store_load_every_packet_exactly_once(
    tmp_path: Path, workers: int, lanes: int
) -> None:
    """Real processes. Every packet adds a document and corrects the one before; half are of another organisation."""
    clock = Clock()
    clock.now = datetime(2020, 1, 2, tzinfo=UTC)  # long past for the workers, so that everything is due
    with site_in(tmp_path, clock) as volga:
        for number in range(PACKETS):
            documents = [
                shipment(f"РН-{number - 2}", line(1, quantity=3), date="2020-01-01"),
                shipment(f"РН-{number}", date="2020-01-01"),
            ]
            made = {"mode": "merge", "from": None, "to": None, "created": f"2020-01-01T00:{number:02}:00"}
            organization = ("7701234567", "5001234567")[number % 2]
            content = shipments(f"p-{number}", *documents, organization=organization, **made)
            assert volga.send(content).status == "accepted"
        said = worked_once(volga.hub, workers, lanes)
        assert sum(int(each.splitlines()[-1].split()[0]) for each in said) == PACKETS
        assert [key for key, *_ in loads(volga.hub)] == list(range(1, PACKETS + 1))
        assert {volga.state(f"p-{number}") for number in range(PACKETS)} == {"loaded-with-problems"}
        assert totals(volga.hub)[:2] == (PACKETS + 2, Decimal(3 * PACKETS + 4))
        assert (orphans(volga.hub), staged(volga.hub)) == (0, [])


def worked_once(hub: Hub, workers: int, lanes: int) -> list[str]:
    """What `obmen work --once` said in so many processes at once."""
    command = [sys.executable, "-m", "gateway.cli", "work", "--once", "--lanes", str(lanes)]
    environment = {**os.environ, **hub.settings.as_environment()}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    said = [each.communicate()[0] for each in running]
    assert [each.returncode for each in running] == [0] * workers
    return said
