"""What a gateway tells Prometheus: its own counts, and the store's, read now and then and never through all history."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from connectors.database.incident_tables import channel
from connectors.database.tables import work
from gateway.domain.delivery import SETTLING
from gateway.intake import Submission, submit
from gateway.metrics import KEPT, OF_THE_STORE
from gateway.releasing import release
from gateway.wiring import Hub
from tests.hubs import hub_in
from tests.integration import incident_world, regulated
from tests.integration.exchange import Clock, Site, site
from tests.packets import line, shipment, shipments, stock, warehouse


@pytest.fixture
def volga(tmp_path: Path) -> Iterator[Site]:
    with hub_in(tmp_path, Clock()) as hub:
        yield site(hub)


def figure(hub: Hub, name: str, **labels: str) -> float | None:
    return hub.metrics.registry.get_sample_value(name, labels)


def told(hub: Hub, name: str) -> dict[str, float]:
    """What is not 0, by the labels' values with blanks between."""
    samples = (each for family in hub.metrics.registry.collect() for each in family.samples if each.name == name)
    return {" ".join(each.labels.values()): each.value for each in samples if each.value}


def pass_by(volga: Site, seconds: float) -> None:
    volga.hub.clock.pass_by(seconds)  # type: ignore[attr-defined]


def park(hub: Hub) -> None:
    with hub.exchange.writing() as connection:
        connection.execute(update(work).values(failed=True))


def test_a_gateway_counts_packets_rows_and_problems_as_it_answers(volga: Site) -> None:
    two = shipments("p-1", shipment("РН-1", line(1), line(2)), shipment("РН-2", line(1)))
    for content in (two, two, stock("s-1", warehouse())):
        volga.send(content)
    wrong = shipment("РН-1", line(1, quantity="x"), line(2, quantity="y"))
    volga.send(shipments("p-2", wrong))
    volga.send(shipments("p-1", wrong))
    submit(volga.hub, volga.sender, Submission("shipments", "p-3", two.replace(b"p-1", b"p-3"), dry_run=True))
    submit(volga.hub, volga.sender, Submission("invented " * 9, "p-4", two))
    assert told(volga.hub, "obmen_packets_total") == {
        "shipments accepted": 1,
        "stock accepted": 1,
        "shipments rejected": 1,
        "shipments conflict": 1,
        "shipments dry-run-ok": 1,
        "other rejected": 1,
    }
    assert told(volga.hub, "obmen_rows_total")["shipments accepted"] == 3
    problems = told(volga.hub, "obmen_problems_total")
    assert problems["NUMBER_INVALID error"] == 2
    assert problems["ID_CONFLICT error"] == problems["FEED_UNKNOWN error"] == 1


def test_the_store_tells_where_packets_stand_and_for_how_long(volga: Site) -> None:
    hub = volga.hub
    volga.load(shipments("p-1", *(shipment(f"РН-{n}") for n in range(20))))
    assert volga.send(shipments("p-2", empty=True, created="2026-11-24T00:00:00")).status == "held"
    volga.send(stock("s-1", warehouse()))
    park(hub)
    pass_by(volga, 60)
    volga.send(shipments("p-3", mode="merge", created="2026-11-25T00:00:00"))
    pass_by(volga, 90)
    assert told(hub, "obmen_queue_packets") == {"shipments accepted": 1, "shipments held": 1, "stock failed": 1}
    assert figure(hub, "obmen_loading_lag_seconds") == figure(hub, "obmen_oldest_packet_seconds") == 90
    assert told(hub, "obmen_day_packets") == {
        "shipments loaded-with-problems": 1,
        "shipments held": 1,
        "shipments accepted": 1,
        "stock accepted": 1,
    }
    assert told(hub, "obmen_day_rows") == {"shipments loaded": 20, "shipments unmapped": 20}
    assert figure(hub, "obmen_parties_to_reconcile") == figure(hub, "obmen_store_up") == 1
    release(hub, volga.sender, "p-2")
    with hub.exchange.writing() as connection:
        hub.queue.claim(connection, hub.clock(), KEPT * 100)
    pass_by(volga, 600)
    assert told(hub, "obmen_queue_packets") == {"shipments accepted": 1, "shipments loading": 1, "stock failed": 1}
    assert figure(hub, "obmen_oldest_packet_seconds") == 750
    pass_by(volga, 24 * 3600)
    assert told(hub, "obmen_day_packets") == {}


def test_deliveries_and_the_check_of_them_are_told(tmp_path: Path) -> None:
    with regulated.world_in(tmp_path) as world:
        world.agree(**regulated.EVENING)
        world.send("02 20:55", 2, 2)
        world.go("03 21:31")
        assert told(world.hub, "obmen_day_slots") == {"shipments late": 1}
        assert (told(world.hub, "obmen_incidents_open"), figure(world.hub, "obmen_regulation_lag_seconds")) == (
            *({"warning": 1}, 0),
        )
        world.clock.now = regulated.at("05 21:30")
        lag = 24 * 3600 - SETTLING.total_seconds()  # since the 3rd's was to be looked at again
        assert figure(world.hub, "obmen_regulation_lag_seconds") == lag
        world.go("05 21:31")
        assert told(world.hub, "obmen_day_slots") == {"shipments late": 1}
        assert told(world.hub, "obmen_incidents_open") == {"error": 1, "warning": 1}


def test_notices_that_wait_are_told(tmp_path: Path) -> None:
    with incident_world.world_in(tmp_path) as world:
        world.book(incident_world.contact("olga"))
        world.breaks()
        world.clock.pass_by(90)
        names = ("obmen_outbox_notices", "obmen_outbox_lag_seconds", "obmen_channels_dead")
        assert [figure(world.hub, name) for name in names] == [1, 90, 0]
        with world.hub.exchange.writing() as connection:
            connection.execute(update(channel).values(dead_since=world.clock()))
        world.clock.pass_by(60)
        assert [figure(world.hub, name) for name in names] == [1, 150, 1]


def test_the_store_is_asked_no_more_often_than_it_may_be(volga: Site) -> None:
    asked = list[str]()
    event.listen(volga.hub.exchange.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for _ in range(3):
        told(volga.hub, "obmen_queue_packets")
    once = len(asked)
    assert 0 < once < 20
    pass_by(volga, KEPT.total_seconds() - 1)
    told(volga.hub, "obmen_queue_packets")
    assert len(asked) == once
    pass_by(volga, 1)
    told(volga.hub, "obmen_queue_packets")
    assert len(asked) == 2 * once


@pytest.mark.sqlite
def test_no_statement_of_a_scrape_reads_through_what_grows(volga: Site) -> None:
    """The queue is as long as what waits, so that it may be read through; history may not."""
    plans = list[str]()
    explaining = list[bool]()

    def explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if not explaining:
            explaining.append(True)
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in found)
            explaining.clear()

    for store in (volga.hub.exchange, volga.hub.warehouse):
        event.listen(store.engine, "before_cursor_execute", explain)
    told(volga.hub, "obmen_queue_packets")
    assert any(each.startswith("SEARCH exchange.packet USING INDEX ix_packet_received_at") for each in plans), plans
    scanned = {each.split()[1] for each in plans if each.startswith("SCAN")}
    assert scanned <= {"exchange.work", "exchange.channel", "warehouse.touched"}


@pytest.mark.sqlite
def test_of_a_store_that_is_away_nothing_is_told_but_that(volga: Site, tmp_path: Path) -> None:
    volga.send(shipments("p-1"))
    (tmp_path / "exchange.db").rename(tmp_path / "gone")
    names = {told.name for told in OF_THE_STORE}
    samples = [each for family in volga.hub.metrics.registry.collect() for each in family.samples]
    assert [(each.name, each.value) for each in samples if each.name in names] == [("obmen_store_up", 0)]
    assert told(volga.hub, "obmen_packets_total") == {"shipments accepted": 1}
