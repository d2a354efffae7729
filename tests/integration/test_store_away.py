"""What is Busy and what stays an error; files that were moved take no more writes."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import OperationalError

from connectors.database.engine import database_file
from connectors.database.tables import packet
from gateway.domain.errors import Busy
from gateway.domain.feeds import FEEDS
from gateway.domain.packet import claim_key
from gateway.monitoring import readiness
from tests.durability.disks import filled, mounted
from tests.hubs import hub_in
from tests.integration.exchange import Site, site_in
from tests.packets import INN, shipments

pytestmark = pytest.mark.sqlite
SHARED: dict[str, Any] = {"check_same_thread": False}


def ids(volga: Site) -> list[str]:
    with volga.hub.exchange.reading() as connection:
        return sorted(connection.scalars(select(packet.c.packet_id)))


@pytest.mark.parametrize("statement", ["SELECT nothing FROM packet", "SELECT * FROM nowhere", "SELEC 1"])
def test_a_statement_of_ours_that_is_wrong_stays_an_error(tmp_path: Path, statement: str) -> None:
    with site_in(tmp_path) as volga, pytest.raises(OperationalError), volga.hub.exchange.reading() as connection:
        connection.execute(text(statement))


def test_whoever_waits_too_long_for_another_writer_is_told_to_come_again(tmp_path: Path) -> None:
    with site_in(tmp_path, store_seconds=1) as volga:
        with closing(sqlite3.connect(database_file(tmp_path, "exchange"), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(Busy) as told:
                volga.send(shipments("p-1"))
            assert told.value.retry_after
            assert ids(volga) == []
        assert volga.send(shipments("p-1")).status == "accepted"


def test_of_two_that_make_a_store_at_once_neither_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(database_file(tmp_path, "exchange"), isolation_level=None, **SHARED)) as other:
        other.execute("BEGIN IMMEDIATE")
        Timer(0.2, other.rollback).start()
        with hub_in(tmp_path) as hub:
            assert readiness(hub) == {"store": True, "schema": True, "disk": True}


def test_whoever_opens_the_store_during_a_merge_waits_for_it_no_more_than_packets_do(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga, closing(sqlite3.connect(database_file(tmp_path, "warehouse"))) as merging:
        merging.execute("BEGIN IMMEDIATE")
        with hub_in(tmp_path) as another, another.exchange.reading() as connection:
            assert another.parties.find_party(connection, "VOLGA")
        assert volga.send(shipments("p-1")).status == "accepted"


def test_a_store_that_may_only_be_read_is_busy_for_writers(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga, pytest.raises(Busy), volga.hub.exchange.writing() as connection:
        connection.execute(text("PRAGMA query_only = 1")).connection.execute(delete(packet))


def test_a_load_that_finds_no_room_for_its_staging_is_to_come_again(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk, site_in(disk) as volga, filled(disk):
        feed, content = FEEDS["shipments"], shipments("p-1")

        def batches() -> Any:
            return volga.hub.formats.staged(feed, content, len(content), volga.sender.zone, INN, None, claim_key(1, 1))

        with pytest.raises(Busy), volga.hub.bulk.staged(volga.hub.warehouse, feed, 1, 1, batches):
            pass
        assert list(disk.glob("staging-*")) == []


def test_a_store_that_was_moved_away_takes_nothing_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    with site_in(folder) as volga:
        volga.load(shipments("p-1"))
        folder.rename(elsewhere)
        with pytest.raises(Busy):
            volga.send(shipments("p-2"))
        with pytest.raises(Busy):
            ids(volga)
        assert not folder.exists()
        elsewhere.rename(folder)
        assert ids(volga) == ["p-1"]
        volga.load(shipments("p-2"))


def test_what_is_written_while_the_store_is_moved_away_is_not_acknowledged(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    with site_in(folder) as volga:
        with pytest.raises(Busy), volga.hub.exchange.writing():
            folder.rename(elsewhere)
        elsewhere.rename(folder)


def test_a_store_that_was_put_in_place_of_another_is_the_one_that_is_used(tmp_path: Path) -> None:
    folder, backup = tmp_path / "store", tmp_path / "backup"
    with site_in(folder) as volga:
        volga.load(shipments("p-1"))
        shutil.copytree(folder, backup)
        volga.load(shipments("p-2"))
        shutil.rmtree(folder)
        with pytest.raises(Busy):
            volga.send(shipments("p-3"))
        backup.rename(folder)
        assert ids(volga) == ["p-1"]
        volga.load(shipments("p-3"))
    with hub_in(folder) as hub:
        assert ids(Site(hub, volga.sender)) == ["p-1", "p-3"]
