"""`obmen up` says where it is, keeps a worker beside it, and stops cleanly, whenever it is told to."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from gateway.airflow.standing import free_port
from tests.acceptance.commands import (
    PATIENCE,
    begun,
    children_of,
    environment,
    is_alive,
    said,
    up,
    wait_until,
)
from tests.erp_service import erp_at_work
from tests.hubs import add_site, client_of, hub_in
from tests.packets import long_ago, shipments


def prepared(folder: Path) -> Path:
    """With a site that may send."""
    with hub_in(folder) as hub:
        add_site(hub)
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_with_nothing_left_behind(tmp_path: Path, number: signal.Signals) -> None:
    with up(tmp_path) as gateway:
        assert requests.get(f"{gateway.service}?wsdl", timeout=PATIENCE).status_code == 200
        assert requests.get(f"{gateway.address}/", timeout=PATIENCE).status_code == 200
        wait_until(gateway.children)
        workers = gateway.children()
        done = gateway.stop(number)
    assert (done.status, done.out, trouble(done.told)) == (0, "", [])
    assert [worker for worker in workers if is_alive(worker)] == []


def test_the_wsdl_names_the_public_address(tmp_path: Path) -> None:
    with up(tmp_path, OBMEN_PUBLIC_URL="https://hub.example/") as gateway:
        assert gateway.line.startswith("Obmen is up: https://hub.example/ ")


def test_told_to_stop_while_it_starts_it_stops_too(tmp_path: Path) -> None:
    port = free_port()
    process = begun(tmp_path, "up", "--port", str(port))

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens)
    process.terminate()
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode in (0, -signal.SIGTERM)
    assert trouble(told) == []


def test_a_worker_that_dies_is_followed_by_another(tmp_path: Path) -> None:
    with up(prepared(tmp_path)) as gateway:
        wait_until(gateway.children)
        (worker,) = gateway.children()
        os.kill(worker, signal.SIGKILL)
        with client_of(gateway.address) as client:
            assert client.send("shipments", "p-1", long_ago(shipments("p-1"))).status == "accepted"
            assert client.wait("p-1", seconds=PATIENCE).rowsLoaded == 1


def test_an_erp_of_its_own_is_exchanged_with_beside_the_gateway(tmp_path: Path) -> None:
    with erp_at_work() as (url, books):
        books.say("cancellations", order="nobody-knows")
        with up(tmp_path, OBMEN_ERP_URL=url) as gateway:
            wait_until(lambda: books.problems)
            assert len(gateway.children()) == 2
            done = gateway.stop()
    assert [(each.kind, each.code) for each in books.problems] == [("cancellation", "ORDER_UNKNOWN")]
    assert done.status == 0


def test_each_lane_is_a_process_and_all_end_with_the_gateway(tmp_path: Path) -> None:
    with up(prepared(tmp_path), OBMEN_LANES="3") as gateway:
        wait_until(lambda: len(gateway.children()) == 3)
        lanes = gateway.children()
        os.kill(lanes[0], signal.SIGKILL)
        wait_until(lambda: len(gateway.children()) == 3 and lanes[0] not in gateway.children())
        lanes = gateway.children()
        assert gateway.stop().status == 0
    assert [lane for lane in lanes if is_alive(lane)] == []


def test_a_worker_whose_gateway_is_killed_ends_by_itself(tmp_path: Path) -> None:
    with up(tmp_path) as gateway:
        wait_until(gateway.children)
        (worker,) = gateway.children()
        gateway.process.kill()
        wait_until(lambda: not is_alive(worker))


def test_a_worker_process_ends_quietly_while_its_gateway_still_holds_its_input(tmp_path: Path) -> None:
    said(tmp_path, "db", "upgrade")
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "gateway.worker"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdin=pipe, stderr=pipe, text=True) as worker:
        wait_until(lambda: handles_term(worker.pid))
        worker.terminate()
        status = worker.wait(PATIENCE)
        assert worker.stderr
        assert (status, trouble(worker.stderr.read())) == (0, [])


@pytest.mark.parametrize("lanes", [1, 2])
def test_work_goes_on_until_it_is_told_to_stop(tmp_path: Path, lanes: int) -> None:
    process = begun(tmp_path, "work", "--lanes", str(lanes))
    wait_until(lambda: handles_term(process.pid) and len(children_of(process.pid)) == lanes)
    process.terminate()
    out, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, trouble(told)) == (0, "", [])


def trouble(told: str) -> list[str]:
    """Lines of a log that are more than information."""
    return [line for line in told.splitlines() if "[info " not in line]


def handles_term(process: int) -> bool:
    """Whether the process has a handler of its own for SIGTERM."""
    status = Path(f"/proc/{process}/status").read_text()
    (caught,) = [text for text in status.splitlines() if text.startswith("SigCgt:")]
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
