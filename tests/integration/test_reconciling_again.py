"""Only what changed is reconciled again, and that leaves what reconciling everything anew would leave."""

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from connectors.database.reconciliation_tables import reconciled, tolerance, touched
from gateway.domain.feed import Register
from gateway.domain.reconciliation import Rule
from gateway.loading import load_all
from gateway.reconciling import ask_again, reconcile_all, reconcile_next, reconcile_rest
from gateway.referencing import load_reference
from gateway.wiring import Hub
from tests.integration.exchange import Clock, Site, site, site_in
from tests.integration.reconciled import (
    day,
    everything,
    judged,
    movement,
    sale,
    send_shipments,
    send_stock,
    settlement,
)
from tests.integration.test_queue import LEASE, claimed
from tests.packets import packet, shipments, stock, warehouse

PRODUCTS = ("TEA", "COFFEE", "MILK")
LAST = 12


def _some_stock(luck: random.Random, volga: Site, number: int) -> None:
    places = luck.choice((("MAIN",), ("SHOP",), ("MAIN", "SHOP"), ("MAIN", "SHOP")))
    held = [(place, {name: luck.randint(-2, 9) for name in PRODUCTS if luck.random() < 0.8}) for place in places]
    send_stock(volga, luck.randint(1, LAST), *held, created=_created(number))


def _some_shipments(luck: random.Random, volga: Site, number: int) -> None:
    first = luck.randint(1, LAST)
    last = luck.randint(first, LAST)
    documents = [
        sale(
            f"РН-{number}-{luck.randint(1, 3)}-{each}",
            luck.randint(first, last),
            luck.randint(1, 5),
            luck.choice(PRODUCTS),
            warehouse=luck.choice(("MAIN", "SHOP", None)),
            outlet=luck.choice(("TT-1", "TT-2", None)),
        )
        for each in range(luck.randint(0, 4))
    ]
    mode = luck.choice(("replace", "merge"))
    send_shipments(volga, f"s-{number}", first, last, *documents, mode=mode, created=_created(number))


def _moved(luck: random.Random, volga: Site, number: int) -> None:
    """One and the same document, on another day again and again."""
    document = movement("ПТ-1", luck.randint(1, LAST), "purchase", luck.randint(1, 5), luck.choice(PRODUCTS))
    _merge(volga, "movements", f"m-{number}", number, document)


def _replaced_movements(luck: random.Random, volga: Site, number: int) -> None:
    first = luck.randint(1, LAST)
    last = luck.randint(first, LAST)
    kind = luck.choice(("purchase", "write-off", "transfer"))
    document = movement(f"Д-{number}", first, kind, 3, luck.choice(PRODUCTS), toWarehouse="SHOP")
    content = packet("movements", document, **{"mode": "replace", "from": day(first), "to": day(last)})
    volga.load(_named(content, f"r-{number}", number))


def _settled(luck: random.Random, volga: Site, number: int) -> None:
    kind = luck.choice(("invoice", "payment", "return"))
    told = settlement(str(luck.randint(1, 4)), luck.randint(1, LAST), kind, luck.randint(1, 50))
    _merge(volga, "settlements", f"c-{number}", number, told)


def _indebted(luck: random.Random, volga: Site, number: int) -> None:
    first = luck.randint(1, LAST)
    content = packet("receivables", **{"from": day(max(1, first - luck.randint(0, 3))), "to": day(first)})
    volga.load(_named(content, f"d-{number}", number))


def _mapped(luck: random.Random, volga: Site, number: int) -> None:
    name = luck.choice(PRODUCTS)
    load_reference(volga.hub, Register.PRODUCT, [{"code": name, "name": name}])


EVENTS: tuple[Callable[[random.Random, Site, int], None], ...] = (
    *(_some_stock, _some_stock, _some_shipments, _some_shipments),
    *(_moved, _replaced_movements, _settled, _indebted, _mapped),
)


def _merge(volga: Site, feed: str, packet_id: str, number: int, *documents: str) -> None:
    volga.load(_named(packet(feed, *documents), packet_id, number))


def _named(content: bytes, packet_id: str, number: int) -> bytes:
    content = content.replace(b'id="p-1"', f'id="{packet_id}"'.encode(), 1)
    return content.replace(b"2026-11-20T21:10:05", _created(number).encode(), 1)


def _created(number: int) -> str:
    return f"2026-11-21T{number // 60:02}:{number % 60:02}:00"


@pytest.mark.parametrize("seed", range(4))
def test_step_by_step_leaves_what_all_at_once_leaves(tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    with site_in(tmp_path, shrink_percent=100) as volga:
        for number in range(25):
            luck.choice(EVENTS)(luck, volga, number)
            if luck.random() < 0.5:
                reconcile_all(volga.hub)
        reconcile_all(volga.hub)
        step_by_step = everything(volga.hub)
        assert any(each[0] == "finding" for each in step_by_step)
        _forget(volga.hub)
        ask_again(volga.hub, [volga.sender.party], None, None)
        reconcile_all(volga.hub)
        at_once = everything(volga.hub)
        assert [each for each in step_by_step if each not in at_once] == []
        assert [each for each in at_once if each not in step_by_step] == []


def _forget(hub: Hub) -> None:
    with hub.warehouse.writing() as connection:
        connection.execute(delete(reconciled))


def test_what_did_not_change_is_left_as_it_stands(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        for number in (1, 2, 3, 4, 5):
            send_stock(volga, number, ("MAIN", {"TEA": number}))
        judged(volga.hub, Rule.STOCK)
        before = _keys(volga.hub)
        send_stock(volga, 4, ("MAIN", {"TEA": 9}), created="2026-11-21T00:00:00")
        reconcile_all(volga.hub)
        after = _keys(volga.hub)
        assert {on for on, key in after if (on, key) not in before} == {day(3), day(4), day(5)}


def _keys(hub: Hub) -> set[tuple[str, int]]:
    with hub.warehouse.reading() as connection:
        found = connection.execute(select(reconciled.c.day, reconciled.c.key).where(reconciled.c.rule == "stock"))
        return {(str(on), key) for on, key in found}


def test_nothing_new_is_nothing_to_do(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 1, ("MAIN", {"TEA": 1}))
        assert (reconcile_next(volga.hub, set()), reconcile_next(volga.hub, set())) == (True, False)
        assert reconcile_all(volga.hub) == 0


def test_where_packets_wait_and_lanes_are_at_work_it_gives_way_unless_a_person_asked(tmp_path: Path) -> None:
    clock = Clock()
    with site_in(tmp_path, clock=clock) as volga:
        volga.load(stock("s-1", warehouse("MAIN")))
        volga.send(stock("s-2", warehouse("MAIN"), created="2024-11-21T10:00:00"))
        volga.send(shipments("p-1"))
        held = claimed(volga.hub)
        assert reconcile_rest(volga.hub, gives_way=True) == 0
        clock.pass_by(LEASE.total_seconds())  # who had it died: nobody loads
        assert reconcile_rest(volga.hub, gives_way=True) == 1
        ask_again(volga.hub, [volga.sender.party], None, None)
        assert claimed(volga.hub) != held
        assert reconcile_rest(volga.hub) == 1


def test_a_run_that_was_overtaken_leaves_the_newer_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 1, ("MAIN", {"TEA": 1}))
        send_stock(volga, 2, ("MAIN", {"TEA": 2}))
        read = volga.hub.touching.touches

        def while_another_runs(connection, party):  # type: ignore[no-untyped-def]
            found = read(connection, party)
            monkeypatch.undo()
            send_stock(volga, 2, ("MAIN", {"TEA": 3}), created="2026-11-21T00:00:00")
            assert reconcile_all(volga.hub) == 1
            return found

        monkeypatch.setattr(volga.hub.touching, "touches", while_another_runs)
        assert reconcile_all(volga.hub) == 0
        assert [line[3] for line in judged(volga.hub, Rule.STOCK)] == [3]


def test_a_party_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 1, ("MAIN", {"TEA": 1}))
        send_stock(site(volga.hub, "OTHER"), 1, ("MAIN", {"TEA": 1}))
        unknown = {"party": volga.sender.party, "rule": "of a later version", "days": 0, "off": False}
        with volga.hub.warehouse.writing() as connection:
            connection.execute(insert(tolerance).values(absolute=Decimal(0), percent=Decimal(0), **unknown))
        set_aside: set[int] = set()
        while reconcile_next(volga.hub, set_aside):
            pass
        with volga.hub.warehouse.reading() as connection:
            assert volga.hub.touching.parties_touched(connection) == [volga.sender.party]
        assert set_aside == {volga.sender.party}


def test_a_change_and_its_mark_are_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site_in(tmp_path) as volga:
        send_stock(volga, 1, ("MAIN", {"TEA": 1}))
        reconcile_all(volga.hub)

        def fails(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("connectors.database.scopes.withdraw", fails)
        volga.send(stock("p-2", warehouse("MAIN", as_of=f"{day(2)}T21:00:00")))
        load_all(volga.hub)
        with volga.hub.warehouse.reading() as connection:
            assert connection.execute(select(touched)).all() == []
