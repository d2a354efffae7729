"""What only a server can show: turns between sessions, deadlocks, and every statement of the hub."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import inspect, update

from connectors.database import locks
from connectors.database.facts import WAREHOUSE
from connectors.database.staging import STAGING, staging_metadata
from connectors.database.tables import EXCHANGE, metadata, site
from gateway.domain.errors import Busy, Interrupted
from gateway.repeating import repeated
from gateway.wiring import Hub
from tests.hubs import add_site, hub_in
from tests.integration import whole_flow
from tests.integration.exchange import Clock

pytestmark = pytest.mark.mssql


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with hub_in(tmp_path) as found:
        yield found


def test_every_statement_of_the_hub_runs(tmp_path: Path) -> None:
    clock = Clock()
    with hub_in(tmp_path, clock) as hub:
        whole_flow.run(hub, clock)


def test_a_migrated_database_has_the_tables_and_columns_that_the_product_knows(hub: Hub) -> None:
    with hub.warehouse.reading() as connection:
        found = inspect(connection)
        for table in (*metadata.sorted_tables, *staging_metadata.sorted_tables):
            columns = {each["name"]: each["nullable"] for each in found.get_columns(table.name, table.schema)}
            assert columns == {each.name: each.nullable for each in table.columns}, table.fullname
        assert {EXCHANGE, WAREHOUSE, STAGING} <= set(found.get_schema_names())


def test_a_turn_that_another_session_has_is_waited_for_and_then_refused(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub.exchange.writing() as one:
        locks.take_turn(one, locks.of_site(1))
        with hub.exchange.writing() as other:
            locks.take_turn(other, locks.of_site(2))
            with pytest.raises(Busy):
                locks.take_turn(other, locks.of_site(1), seconds=1)
    with hub.exchange.writing() as again:
        locks.take_turn(again, locks.of_site(1), seconds=1)


def test_a_shared_turn_is_had_by_several_and_keeps_the_exclusive_one_out(hub: Hub) -> None:
    with hub.warehouse.writing() as one, hub.warehouse.writing() as other:
        for connection in (one, other):
            locks.take_turn(connection, locks.CROSSWALK, shared=True, seconds=1)
        with hub.warehouse.writing() as third, pytest.raises(Busy):
            locks.take_turn(third, locks.CROSSWALK, seconds=1)


def test_rows_are_still_counted_after_a_turn(hub: Hub) -> None:
    add_site(hub)
    with hub.exchange.writing() as connection:
        locks.take_turn(connection, locks.AUDIT)
        assert connection.execute(update(site).values(addresses=None)).rowcount == 1


def test_the_victim_of_a_deadlock_is_interrupted_and_done_when_it_is_repeated(hub: Hub) -> None:
    keys = [add_site(hub, site=name, login=name).site for name in ("one", "two")]
    barrier, interrupted = Barrier(2, timeout=30), []

    def crossing(order: list[int]) -> None:
        tries = []

        @repeated
        def cross() -> None:
            tries.append(1)
            try:
                with hub.exchange.writing() as connection:
                    for key in order:
                        connection.execute(update(site).where(site.c.key == key).values(time_zone="Europe/Samara"))
                        if len(tries) == 1 and key == order[0]:
                            barrier.wait()
            except Interrupted:
                interrupted.append(order)
                raise

        cross()

    with ThreadPoolExecutor(2) as both:
        list(both.map(crossing, [keys, keys[::-1]]))
    assert len(interrupted) >= 1
