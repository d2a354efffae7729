"""The DAGs under a real Airflow: read as it reads them, and each of them run on a real store."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from connectors.shipped import DAGS
from gateway.cli_hub import sender_of
from gateway.domain.incident import Subject
from gateway.domain.scorecard import month_of
from gateway.incident_sources import TASK_FAILED
from gateway.loading import load_all, load_next
from gateway.scoring import zone
from gateway.wiring import Wanted, now
from tests.facts import numbers
from tests.hubs import hub_in
from tests.integration.dag_runs import airflow
from tests.integration.exchange import Site, site
from tests.integration.failing import fail
from tests.integration.looking import journal, loads, orphans
from tests.packets import long_ago, position, shipment, shipments, stock, warehouse

pytest.importorskip("airflow", reason="the extra `airflow` is not installed: make test brings it")
AHEAD = 20
"""So many packets always wait, until Airflow has taken one."""
READ_SECONDS = 30
"""Airflow gives a file up after that long."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow") / "home"


def test_dags_are_read_without_a_warning_and_touch_nothing(home: Path, tmp_path: Path) -> None:
    found = airflow(home, tmp_path, "read", OBMEN_LANES="3")
    assert (found["errors"], found["warnings"], found["touched"]) == ({}, [], [])
    assert found["slowest"] < READ_SECONDS / 3
    dags = found["dags"]
    assert sorted(dags) == sorted(file.stem for file in DAGS.glob("*.py"))
    for each in dags.values():
        assert (each["owner"], "obmen" in each["tags"]) == ("obmen", True)
        assert each["doc"].strip().startswith("### ")
        assert each["retries"] > 0
    assert (dags["load_packets"]["reads"], dags["load_packets"]["writes"]) == (["packets"], ["facts", "orders"])
    assert reached("packets", dags) >= {"facts", "reconciliation", "analytics", "incidents", "orders"}
    assert reached("reconciliation", dags) >= {"incidents", "scorecards", "notices"}
    assert [name for each in dags.values() for name in each["must"]] == ["login", "paths"]
    assert (dags["reconcile"]["reads"], dags["reconcile"]["form"]) == (["facts"], ["first", "last", "party"])


def test_every_dag_runs_on_a_real_store(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packet that is due, one that is parked, one whose content is old, history of which half is refused."""
    history = tmp_path / "history"
    history.mkdir()
    (history / "a.xml").write_bytes(january("h-1"))
    (history / "b.xml").write_bytes(january("h-2").replace(b'kind="sale"', b'kind="sold"'))
    with hub_in(tmp_path, lambda: now() - timedelta(days=450)) as hub:
        site(hub).load(long_ago(stock("old", warehouse("MAIN", position()))))
    with hub_in(tmp_path, now, tries=1) as hub:
        volga = Site(hub, sender_of(hub, "VOLGA-main"))
        volga.send(long_ago(shipments("p-1")))
        fail(monkeypatch)
        assert load_next(hub)
        assert volga.state("p-1") == "failed"
        volga.send(long_ago(stock("p-2", warehouse("COLD", position()))))
        wanted = [
            ["retry_packets", {"party": "VOLGA", "feed": "shipments"}],
            ["import_history", {"login": "VOLGA-main", "paths": [str(history)]}],
            ["load_packets", {}],
            ["reconcile", {"party": "VOLGA"}],
            ["refresh_analytics", {"party": "VOLGA", "first": "2024-11-01", "last": "2024-11-30"}],
            ["advance_orders", {}],
            ["check_regulations", {}],
            ["count_scorecards", {}],
            ["exchange_with_erp", {}],
            ["send_notices", {}],
            ["prune", {}],
        ]
        *found, wrong = airflow(home, tmp_path, "run", json.dumps([*wanted, ["retry_packets", {"party": "VOLGOGRAD"}]]))
        assert (wrong[1], wrong[-1]) == ("failed", 1)  # it is not tried again: the answer would be the same
        states = {dag: state for dag, state, *_ in found}
        assert states == {dag: "success" for dag, _ in wanted} | {"import_history": "failed"}, found
        tasks = dict(each for _, _, done, *_ in found for each in done.items())
        assert (tasks["take_in[0]"], tasks["take_in[1]"]) == ("success", "failed")
        assert {volga.state(each) for each in ("p-1", "p-2", "h-1")} == {"loaded-with-problems"}
        assert numbers(hub) == ["РН-1", "РН-9"]
        with hub.warehouse.reading() as connection:
            assert not hub.touching.parties_touched(connection)
            assert hub.reconciliations.lines(connection, Wanted(), 10)
            month = month_of(now().astimezone(zone(hub)).date())
            (card,) = hub.scorecards.listed(connection, month, volga.sender.party, "*")
            assert (card.packets, card.rejected) == (2, 0)  # history does not count
        with hub.exchange.reading() as connection:
            failed = [Subject(None, key=f"import_history.take_in[{place}]") for place in (0, 1)]
            assert [hub.incidents.is_open(connection, TASK_FAILED, each) for each in failed] == [False, True]
            old, new = (hub.failures.packets_of_id(connection, each)[0][0] for each in ("old", "p-1"))
            kept = [hub.journal.journalled(connection, key).payload for key in (old, new)]
            assert [bool(hub.journal.read_payload(connection, each)) for each in kept] == [False, True]


def test_airflow_and_the_worker_load_from_one_store_each_packet_once(home: Path, tmp_path: Path) -> None:
    """Packets go on coming until both have loaded some."""
    with hub_in(tmp_path, now) as hub, ThreadPoolExecutor(1) as beside:
        volga, sent, ours = site(hub), 0, 0
        running = beside.submit(airflow, home, tmp_path, "run", '[["load_packets", {}]]')
        while not running.done():
            if len(loads(hub)) == ours:
                volga.send(merged(sent))
                sent += 1
            if sent > AHEAD:
                ours += load_next(hub)
                sleep(0.01)  # the other one shall get its turn
        _, state, _, given, _ = running.result()[0]
        theirs = given["load[0]"]
        ours += load_all(hub)
        assert (state, ours > 0, theirs > 0, ours + theirs) == ("success", True, True, sent)
        assert len(loads(hub)) == sent
        assert (orphans(hub), len(numbers(hub)), journal(hub)["work"]) == (0, sent, [])


def reached(asset: str, dags: dict[str, dict[str, list[str]]]) -> set[str]:
    """What comes from an asset, as Airflow's graph shows it."""
    found, more = set[str](), {asset}
    while more - found:
        found |= more
        more = {name for each in dags.values() if found & set(each["reads"]) for name in each["writes"]}
    return found


def merged(number: int) -> bytes:
    """Of one organisation in turn: one packet of each may be loaded at a time."""
    named = {"mode": "merge", "organization": f"77000000{number % 10:02}"}
    return long_ago(shipments(f"p-{number}", shipment(f"РН-{number}"), **named))


def january(packet_id: str) -> bytes:
    window = {"from": "2024-01-01", "to": "2024-01-31", "created": "2024-02-01T10:00:00"}
    return shipments(packet_id, shipment("РН-9", date="2024-01-09"), **window)
