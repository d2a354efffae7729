"""What is old loses its content, never its row; what may still be needed keeps it; a touched audit journal is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.database.tables import attempt, packet, payload, payload_part, transfer
from gateway.domain.errors import ContractBroken, Misuse
from gateway.lineage import traced
from gateway.loading import load_next
from gateway.pruning import prune
from gateway.releasing import retry
from gateway.transferring import complete, open_transfer, put_part
from gateway.wiring import Hub
from tests.integration.exchange import Clock, Site, site_in
from tests.integration.failing import fail
from tests.packets import shipments

RULES = {"payload_days": 100, "tries": 1}


def contents(hub: Hub) -> int:
    """How many payloads still have theirs."""
    with hub.exchange.reading() as connection:
        return int(connection.scalar(select(func.count(func.distinct(payload_part.c.payload)))) or 0)


def rows(hub: Hub) -> list[int]:
    """Of packets, attempts and payloads: these stay."""
    with hub.exchange.reading() as connection:
        return [connection.scalar(select(func.count()).select_from(each)) or 0 for each in (packet, attempt, payload)]


def pruned(hub: Hub) -> tuple[int, int]:
    done = prune(hub)
    return done.payloads, done.transfers


def test_a_loaded_packet_loses_its_content_by_age_and_a_rejected_one_after_thirty_days(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock, **RULES) as volga:
        volga.load(shipments("p-1"))
        assert volga.send(shipments("p-2").replace(b'kind="sale"', b'kind="sold"')).status == "rejected"
        before = rows(volga.hub)
        clock.pass_by(timedelta(days=30).total_seconds())
        assert (pruned(volga.hub), contents(volga.hub)) == ((0, 0), 2)
        clock.pass_by(1)
        assert (pruned(volga.hub), contents(volga.hub)) == ((1, 0), 1)
        clock.pass_by(timedelta(days=70).total_seconds())
        assert (pruned(volga.hub), contents(volga.hub)) == ((1, 0), 0)
        assert (pruned(volga.hub), rows(volga.hub)) == ((0, 0), before)
        assert volga.send(shipments("p-1")).status == "accepted"  # the same answer as ever
        with pytest.raises(Misuse, match="pruned"):
            traced(volga.hub, 1, 1)


def test_what_may_still_be_loaded_keeps_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with site_in(tmp_path, clock, **RULES) as volga:
        fail(monkeypatch)
        volga.send(shipments("parked"))
        assert load_next(volga.hub)
        clock.pass_by(timedelta(days=200).total_seconds())
        assert (pruned(volga.hub), contents(volga.hub)) == ((0, 0), 1)
        retry(volga.hub, volga.sender, "parked")
        assert pruned(volga.hub) == (0, 0)
        assert load_next(volga.hub)
        assert volga.state("parked") == "loaded-with-problems"
        assert pruned(volga.hub) == (1, 0)


def begun(volga: Site, packet_id: str) -> tuple[str, bytes]:
    content = shipments(packet_id)
    key, _ = open_transfer(volga.hub, volga.sender, "shipments", packet_id, len(content), None)
    put_part(volga.hub, volga.sender, key, 1, content)
    return key, content


def test_a_transfer_that_nobody_finished_goes_after_a_week_and_one_that_is_finished_stays(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock, **RULES) as volga:
        left, _ = begun(volga, "p-1")
        finished, _ = begun(volga, "p-2")
        clock.pass_by(timedelta(days=7, seconds=1).total_seconds())
        assert complete(volga.hub, volga.sender, finished, dry_run=False, confirm=False).status == "accepted"
        assert (pruned(volga.hub), contents(volga.hub)) == ((0, 1), 1)
        with pytest.raises(ContractBroken, match="open one"):
            complete(volga.hub, volga.sender, left, dry_run=False, confirm=False)
        with volga.hub.exchange.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(transfer)) == 1
        assert load_next(volga.hub)
        assert volga.state("p-2") == "loaded-with-problems"
