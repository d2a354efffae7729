"""A real Airflow in place of the worker: packets come by SOAP and become facts, whatever is killed in between."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.shipped import DAGS
from gateway.airflow.standing import standing
from gateway.contact_book import load_book
from gateway.wiring import Hub
from tests.acceptance.commands import children_of
from tests.acceptance.exchanging import Exchange, exchanging
from tests.facts import totals
from tests.integration.looking import journal, loads, orphans
from tests.notice_servers import web_server
from tests.packets import line, long_ago, shipment, shipments

pytest.importorskip("airflow", reason="the extra `airflow` is not installed: make test brings it")
PATIENCE = 300
"""Seconds; guards against a hang and measures nothing."""
PACKETS, AHEAD = 40, 5
LINES = 200


def test_packets_become_facts_under_airflow_though_its_worker_and_triggerer_are_killed(tmp_path: Path) -> None:
    """One packet, to see that all is well; many, and kills while they are loaded; one that a person is told of."""
    quick = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20"}
    with web_server() as desk, exchanging(tmp_path, lanes=2, lease_seconds=3) as exchange:
        load_book(exchange.hub, f"people: {{anna: {{webhook: '{desk.url}', roles: operations}}}}", "anna")
        with standing(tmp_path / "airflow", DAGS, exchange.hub.settings, given=quick):
            exchange.client.send("shipments", "p-0", content(0))
            exchange.client.wait("p-0", PATIENCE)
            kill_once_seen("triggerer")
            sent = send(exchange, 1, PACKETS)
            until(lambda: len(loads(exchange.hub)) > PACKETS // 4)
            sent = kill_over_a_packet(exchange, sent)
            kill_once_seen("triggerer")
            states = {exchange.client.wait(f"p-{number}", PATIENCE).state for number in range(sent)}
            assert states == {"loaded-with-problems"}  # codes that no reference knows
            until(lambda: not waiting_to_be_reconciled(exchange.hub))
            nothing = long_ago(shipments("held", empty=True, created="2026-11-24T00:00:00"))
            assert exchange.client.send("shipments", "held", nothing).status == "held"
            until(lambda: any(told[2].get("rule") == "PACKET_HELD" for told in desk.taken))
        assert totals(exchange.hub) == (sent * LINES, Decimal(2 * sent * LINES), Decimal(20 * sent * LINES))
        assert len(loads(exchange.hub)) == sent
        assert (orphans(exchange.hub), journal(exchange.hub)["work"]) == (0, [])


def send(exchange: Exchange, first: int, end: int) -> int:
    for number in range(first, end):
        assert exchange.client.send("shipments", f"p-{number}", content(number)).status == "accepted"
    return end


def content(number: int) -> bytes:
    """Merged one by one, each in its turn."""
    document = shipment(f"РН-{number}", *(line(n) for n in range(1, LINES + 1)), date="2024-11-05")
    created = f"2024-11-20T10:{number // 60:02}:{number % 60:02}"
    named = {"mode": "merge", "created": created, "from": None, "to": None}
    return shipments(f"p-{number}", document, **named)


def waiting_to_be_reconciled(hub: Hub) -> bool:
    with hub.warehouse.reading() as connection:
        return bool(hub.touching.parties_touched(connection))


def until(is_so: Callable[[], bool], patience: float = PATIENCE) -> None:
    ends = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.1)


def kill_once_seen(title: str) -> None:
    """All processes below this one whose title has the words, at once."""
    until(lambda: bool(titled(title)))
    tell(titled(title), signal.SIGKILL)


def kill_over_a_packet(exchange: Exchange, sent: int) -> int:
    """Where everything is loaded before a worker is met, more is sent; how much it is in the end."""
    ends = time.monotonic() + PATIENCE
    while not workers_killed_over_a_packet(exchange.hub):
        assert time.monotonic() < ends, "no worker was met over a packet"
        if len(loads(exchange.hub)) > sent - AHEAD:
            sent = send(exchange, sent, sent + AHEAD)
        time.sleep(0.1)
    return sent


def workers_killed_over_a_packet(hub: Hub) -> bool:
    """Airflow's workers and their tasks, held still to see whether one has a packet in its hands; else they go on.

    The idle ones live: one of them holds the lock of LocalExecutor's queue, and its successors would wait for it.
    """
    held = titled("airflow worker -- ")
    tell(held, signal.SIGSTOP)
    busy = [each for each in held if "<idle>" not in title_of(each)]
    with hub.exchange.reading() as connection:
        over_a_packet = bool(busy) and bool(hub.queue.live_claims(connection, hub.clock()))
    tell(busy if over_a_packet else [], signal.SIGKILL)
    tell(held, signal.SIGCONT)
    return over_a_packet


def titled(words: str) -> list[int]:
    return [each for each in descendants(os.getpid()) if words in title_of(each)]


def tell(processes: list[int], number: signal.Signals) -> None:
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, number)


def title_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:  # it has just ended
        return ""


def descendants(process: int) -> list[int]:
    try:
        below = children_of(process)
    except OSError:
        return []
    return below + [each for child in below for each in descendants(child)]
